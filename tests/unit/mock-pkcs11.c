/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mock-pkcs11.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mock-objects.h"

#define SLOT 7
#define OTHER_SLOT 3
#define SESSION 41

MockControl mock_control;

static const char *const names[MOCK_N_CALLS] = {
  "C_Initialize",
  "C_Finalize",
  "C_GetSlotList",
  "C_GetSlotInfo",
  "C_GetTokenInfo",
  "C_GetMechanismInfo",
  "C_OpenSession",
  "C_CloseSession",
  "C_Login",
  "C_Logout",
  "C_CreateObject",
  "C_DestroyObject",
  "C_GetAttributeValue",
  "C_FindObjectsInit",
  "C_FindObjects",
  "C_GenerateKeyPair",
  "C_SignInit",
  "C_Sign",
};

static CK_RV
enter (MockCall call)
{
  MockEntry *entry = &mock_control.entries[call];

  entry->calls++;
  if (entry->calls <= entry->skip)
    return CKR_OK;
  if (entry->crash)
    abort ();
  while (entry->hang)
    pause ();
  return entry->answer;
}

#define ENTER(call)                                                                                          \
  do                                                                                                         \
    {                                                                                                        \
      CK_RV planned = enter (call);                                                                          \
      if (planned != CKR_OK)                                                                                 \
        return planned;                                                                                      \
    }                                                                                                        \
  while (0)

static guint next_id;
static GArray *found;
static guint found_at;
static MockObject *signing;
static CK_MECHANISM_TYPE signing_mechanism;
static gboolean signing_allowed;

static void
read_environment (void)
{
  const char *text = g_getenv (MOCK_ENV);
  g_auto (GStrv) words = g_strsplit_set (text != NULL ? text : "", ", ", -1);

  for (char **word = words; *word != NULL; word++)
    {
      char *value = strchr (*word, '=');

      if (value != NULL)
        *value++ = '\0';
      mock_control.pin_pad |= g_str_equal (*word, "pin-pad");
      mock_control.prints |= g_str_equal (*word, "prints");
      mock_control.not_initialized |= g_str_equal (*word, "not-initialized");
      for (int i = 0; value != NULL && i < MOCK_N_CALLS; i++)
        if (g_str_equal (*word, names[i]))
          {
            mock_control.entries[i].hang = g_str_equal (value, "hang");
            mock_control.entries[i].crash = g_str_equal (value, "crash");
            mock_control.entries[i].answer = strtoul (value, NULL, 0);
          }
      if (value != NULL && g_str_equal (*word, "tries"))
        mock_control.tries = (guint) strtoul (value, NULL, 10);
      if (value != NULL && g_str_equal (*word, "reader"))
        g_strlcpy (mock_control.reader, g_strdelimit (value, "_", ' '), sizeof mock_control.reader);
    }
}

static void
reset (void)
{
  mock_objects_reset ();
  next_id = 0;
  signing = NULL;
  mock_control = (MockControl){ .tries = 3,
                                .free_bytes = CK_UNAVAILABLE_INFORMATION,
                                .reader = MOCK_READER,
                                .manufacturer = "Mock",
                                .serial = "MOCK0001" };
}

MockControl *mock_reset (void);

MockControl *
mock_reset (void)
{
  reset ();
  return &mock_control;
}

static CK_RV
mock_initialize (CK_VOID_PTR args)
{
  const CK_C_INITIALIZE_ARGS *init = args;

  if (mock_objects == NULL)
    {
      reset ();
      read_environment ();
    }
  if (mock_control.prints)
    {
      printf ("the module is chatty\n");
      fprintf (stderr, "the module is chatty\n");
    }
  g_strlcpy (mock_control.opensc_driver, g_getenv ("OPENSC_DRIVER") != NULL ? g_getenv ("OPENSC_DRIVER") : "",
             sizeof mock_control.opensc_driver);
  ENTER (MOCK_INITIALIZE);
  g_strlcpy (mock_control.reserved, init != NULL && init->pReserved != NULL ? init->pReserved : "",
             sizeof mock_control.reserved);
  return CKR_OK;
}

static CK_RV
mock_finalize (CK_VOID_PTR reserved)
{
  (void) reserved;
  ENTER (MOCK_FINALIZE);
  mock_control.logged_in = FALSE;
  g_clear_pointer (&found, g_array_unref);
  return CKR_OK;
}

static CK_RV
mock_get_slot_list (CK_BBOOL present, CK_SLOT_ID *slots, CK_ULONG *n)
{
  CK_ULONG wanted = mock_control.two_slots ? 2 : 1;

  (void) present;
  ENTER (MOCK_GET_SLOT_LIST);
  if (slots != NULL && *n < wanted)
    return CKR_BUFFER_TOO_SMALL;
  *n = wanted;
  if (slots != NULL)
    slots[0] = OTHER_SLOT;
  if (slots != NULL)
    slots[wanted - 1] = SLOT;
  return CKR_OK;
}

static void
pad (CK_UTF8CHAR *field, gsize size, const char *text)
{
  memset (field, ' ', size);
  memcpy (field, text, MIN (strlen (text), size));
}

static CK_RV
mock_get_slot_info (CK_SLOT_ID slot, CK_SLOT_INFO *info)
{
  (void) slot;
  ENTER (MOCK_GET_SLOT_INFO);
  memset (info, 0, sizeof *info);
  pad (info->slotDescription, sizeof info->slotDescription, mock_control.reader);
  info->flags = CKF_TOKEN_PRESENT | CKF_REMOVABLE_DEVICE | CKF_HW_SLOT;
  return CKR_OK;
}

static CK_FLAGS
pin_flags (void)
{
  if (mock_control.tries == 0)
    return CKF_USER_PIN_LOCKED;
  if (mock_control.tries == 1)
    return CKF_USER_PIN_FINAL_TRY;
  return mock_control.tries < 3 ? CKF_USER_PIN_COUNT_LOW : 0;
}

static CK_RV
mock_get_token_info (CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
  ENTER (MOCK_GET_TOKEN_INFO);
  memset (info, 0, sizeof *info);
  pad (info->label, sizeof info->label, slot == SLOT ? "mock card" : "other");
  pad (info->manufacturerID, sizeof info->manufacturerID, mock_control.manufacturer);
  pad (info->model, sizeof info->model, "Model 1");
  pad (info->serialNumber, sizeof info->serialNumber, mock_control.serial);
  info->ulMinPinLen = 6;
  info->ulMaxPinLen = 15;
  info->ulTotalPublicMemory = 100000;
  info->ulFreePublicMemory = mock_control.free_bytes;
  info->flags = CKF_LOGIN_REQUIRED | pin_flags ();
  if (!mock_control.not_initialized)
    info->flags |= CKF_TOKEN_INITIALIZED;
  if (!mock_control.not_initialized && !mock_control.pin_not_set && slot == SLOT)
    info->flags |= CKF_USER_PIN_INITIALIZED;
  if (mock_control.pin_pad)
    info->flags |= CKF_PROTECTED_AUTHENTICATION_PATH;
  return CKR_OK;
}

static CK_RV
mock_get_mechanism_info (CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info)
{
  (void) slot;
  ENTER (MOCK_GET_MECHANISM_INFO);
  info->flags = CKF_GENERATE_KEY_PAIR;
  info->ulMinKeySize = type == CKM_EC_KEY_PAIR_GEN ? 256 : 1024;
  info->ulMaxKeySize = type == CKM_EC_KEY_PAIR_GEN ? 256 : 3072;
  return type == CKM_EC_KEY_PAIR_GEN || type == CKM_RSA_PKCS_KEY_PAIR_GEN ? CKR_OK : CKR_MECHANISM_INVALID;
}

static CK_RV
mock_open_session (CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR application, CK_NOTIFY notify,
                   CK_SESSION_HANDLE *session)
{
  (void) application;
  (void) notify;
  ENTER (MOCK_OPEN_SESSION);
  g_assert_cmpuint (slot, ==, SLOT);
  mock_control.read_write = (flags & CKF_RW_SESSION) != 0;
  *session = SESSION;
  return CKR_OK;
}

static CK_RV
mock_close_session (CK_SESSION_HANDLE session)
{
  g_assert_cmpuint (session, ==, SESSION);
  ENTER (MOCK_CLOSE_SESSION);
  return CKR_OK;
}

static CK_RV
mock_login (CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin, CK_ULONG length)
{
  g_assert_cmpuint (session, ==, SESSION);
  ENTER (MOCK_LOGIN);
  mock_control.null_pin = pin == NULL;
  if (mock_control.tries == 0)
    return CKR_PIN_LOCKED;
  if (pin == NULL ? !mock_control.pin_pad
                  : length != strlen (MOCK_PIN) || memcmp (pin, MOCK_PIN, length) != 0)
    {
      mock_control.tries--;
      return CKR_PIN_INCORRECT;
    }
  mock_control.tries = 3;
  if (user == CKU_CONTEXT_SPECIFIC)
    {
      mock_control.context_logins++;
      signing_allowed = TRUE;
      return CKR_OK;
    }
  mock_control.logged_in = TRUE;
  return CKR_OK;
}

static CK_RV
mock_logout (CK_SESSION_HANDLE session)
{
  (void) session;
  ENTER (MOCK_LOGOUT);
  mock_control.logged_in = FALSE;
  return CKR_OK;
}

static CK_RV
mock_create_object (CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG n,
                    CK_OBJECT_HANDLE *ret_object)
{
  MockObject *object;

  (void) session;
  ENTER (MOCK_CREATE_OBJECT);
  object = mock_object_new (template, n);
  if (mock_control.spoils_certificates && mock_object_number (object, CKA_CLASS) == CKO_CERTIFICATE)
    mock_object_spoil (object);
  *ret_object = object->handle;
  return CKR_OK;
}

static CK_RV
mock_destroy_object (CK_SESSION_HANDLE session, CK_OBJECT_HANDLE handle)
{
  MockObject *object = mock_object_lookup (handle);

  (void) session;
  ENTER (MOCK_DESTROY_OBJECT);
  if (object == NULL)
    return CKR_OBJECT_HANDLE_INVALID;
  if (!mock_control.logged_in)
    return CKR_USER_NOT_LOGGED_IN;
  g_ptr_array_remove (mock_objects, object);
  return CKR_OK;
}

static CK_RV
mock_get_attribute_value (CK_SESSION_HANDLE session, CK_OBJECT_HANDLE handle, CK_ATTRIBUTE *template,
                          CK_ULONG n)
{
  const MockObject *object = mock_object_lookup (handle);
  CK_RV rv = CKR_OK;

  (void) session;
  ENTER (MOCK_GET_ATTRIBUTE_VALUE);
  if (object == NULL)
    return CKR_OBJECT_HANDLE_INVALID;
  for (CK_ULONG i = 0; i < n; i++)
    {
      CK_RV one = mock_object_give (object, &template[i]);

      rv = one != CKR_OK ? one : rv;
    }
  return rv;
}

static CK_RV
mock_find_objects_init (CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG n)
{
  (void) session;
  ENTER (MOCK_FIND_OBJECTS_INIT);
  g_clear_pointer (&found, g_array_unref);
  found = g_array_new (FALSE, FALSE, sizeof (CK_OBJECT_HANDLE));
  found_at = 0;
  for (guint i = 0; i < mock_objects->len; i++)
    {
      const MockObject *object = g_ptr_array_index (mock_objects, i);

      if (mock_object_visible (object) && mock_object_matches (object, template, n)
          && !(mock_control.no_public_objects && mock_object_number (object, CKA_CLASS) == CKO_PUBLIC_KEY))
        g_array_append_val (found, object->handle);
    }
  return CKR_OK;
}

static CK_RV
mock_find_objects (CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *handles, CK_ULONG max, CK_ULONG *n)
{
  (void) session;
  ENTER (MOCK_FIND_OBJECTS);
  if (mock_control.find_at_once > 0)
    max = MIN (max, mock_control.find_at_once);
  for (*n = 0; *n < max && found_at < found->len; (*n)++)
    handles[*n] = g_array_index (found, CK_OBJECT_HANDLE, found_at++);
  if (mock_control.find_again && found_at == found->len)
    found_at = 0;
  return CKR_OK;
}

static CK_RV
mock_find_objects_final (CK_SESSION_HANDLE session)
{
  (void) session;
  g_clear_pointer (&found, g_array_unref);
  return CKR_OK;
}

static EVP_PKEY *
make_key (gboolean rsa, const CK_ATTRIBUTE *template, CK_ULONG n)
{
  CK_ULONG bits = 2048;

  for (CK_ULONG i = 0; i < n; i++)
    if (template[i].type == CKA_MODULUS_BITS)
      memcpy (&bits, template[i].pValue, sizeof bits);
  return rsa ? EVP_RSA_gen (bits) : EVP_EC_gen ("P-256");
}

static CK_RV
mock_generate_key_pair (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_ATTRIBUTE *public,
                        CK_ULONG n_public, CK_ATTRIBUTE *private, CK_ULONG n_private,
                        CK_OBJECT_HANDLE *ret_public, CK_OBJECT_HANDLE *ret_private)
{
  gboolean rsa = mechanism->mechanism == CKM_RSA_PKCS_KEY_PAIR_GEN;
  g_autoptr (EVP_PKEY) key = NULL;
  CK_BBOOL yes = CK_TRUE;
  MockObject *object;

  (void) session;
  ENTER (MOCK_GENERATE_KEY_PAIR);
  if (!mock_control.logged_in)
    return CKR_USER_NOT_LOGGED_IN;
  key = make_key (rsa, public, n_public);
  object = mock_object_new_key (CKO_PUBLIC_KEY, public, n_public, key, rsa, next_id);
  *ret_public = object->handle;
  object = mock_object_new_key (CKO_PRIVATE_KEY, private, n_private, key, rsa, next_id);
  if (!rsa)
    g_hash_table_insert (object->attributes, GSIZE_TO_POINTER (CKA_EC_PARAMS),
                         g_bytes_ref (mock_object_get (mock_object_lookup (*ret_public), CKA_EC_PARAMS)));
  if (mock_control.always_authenticate)
    mock_object_set (object, CKA_ALWAYS_AUTHENTICATE, &yes, sizeof yes);
  *ret_private = object->handle;
  next_id++;
  return CKR_OK;
}

static CK_RV
mock_sign_init (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
  (void) session;
  ENTER (MOCK_SIGN_INIT);
  signing = mock_object_lookup (key);
  signing_mechanism = mechanism->mechanism;
  signing_allowed = FALSE;
  return signing != NULL ? CKR_OK : CKR_KEY_HANDLE_INVALID;
}

/* The DER of an ECDSA signature to PKCS#11's two numbers. */
static void
to_raw (guint8 *signature, CK_ULONG *length)
{
  const guint8 *p = signature;
  ECDSA_SIG *parsed = d2i_ECDSA_SIG (NULL, &p, (long) *length);

  BN_bn2binpad (ECDSA_SIG_get0_r (parsed), signature, 32);
  BN_bn2binpad (ECDSA_SIG_get0_s (parsed), signature + 32, 32);
  ECDSA_SIG_free (parsed);
  *length = 64;
}

static CK_RV
mock_sign (CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG size, CK_BYTE *signature, CK_ULONG *length)
{
  g_autoptr (EVP_PKEY_CTX) context = NULL;
  size_t room = *length;
  gboolean ok;

  (void) session;
  ENTER (MOCK_SIGN);
  if (!mock_control.logged_in
      || (mock_object_get (signing, CKA_ALWAYS_AUTHENTICATE) != NULL && !signing_allowed))
    return CKR_USER_NOT_LOGGED_IN;
  context = EVP_PKEY_CTX_new (signing->key, NULL);
  ok = EVP_PKEY_sign_init (context) == 1;
  if (signing_mechanism == CKM_RSA_PKCS)
    ok = ok && EVP_PKEY_CTX_set_rsa_padding (context, RSA_PKCS1_PADDING) == 1;
  if (signing_mechanism == CKM_RSA_PKCS_PSS)
    ok = ok && EVP_PKEY_CTX_set_rsa_padding (context, RSA_PKCS1_PSS_PADDING) == 1
         && EVP_PKEY_CTX_set_signature_md (context, size == 32 ? EVP_sha256 () : EVP_sha384 ()) == 1
         && EVP_PKEY_CTX_set_rsa_pss_saltlen (context, RSA_PSS_SALTLEN_DIGEST) == 1;
  if (!ok || EVP_PKEY_sign (context, signature, &room, data, size) != 1)
    return CKR_FUNCTION_FAILED;
  *length = room;
  if (signing_mechanism == CKM_ECDSA)
    to_raw (signature, length);
  if (mock_control.signature_says > 0)
    *length = mock_control.signature_says;
  return CKR_OK;
}

static CK_FUNCTION_LIST functions = {
  .version = { 2, 40 },
  .C_Initialize = mock_initialize,
  .C_Finalize = mock_finalize,
  .C_GetSlotList = mock_get_slot_list,
  .C_GetSlotInfo = mock_get_slot_info,
  .C_GetTokenInfo = mock_get_token_info,
  .C_GetMechanismInfo = mock_get_mechanism_info,
  .C_OpenSession = mock_open_session,
  .C_CloseSession = mock_close_session,
  .C_Login = mock_login,
  .C_Logout = mock_logout,
  .C_CreateObject = mock_create_object,
  .C_DestroyObject = mock_destroy_object,
  .C_GetAttributeValue = mock_get_attribute_value,
  .C_FindObjectsInit = mock_find_objects_init,
  .C_FindObjects = mock_find_objects,
  .C_FindObjectsFinal = mock_find_objects_final,
  .C_GenerateKeyPair = mock_generate_key_pair,
  .C_SignInit = mock_sign_init,
  .C_Sign = mock_sign,
};

CK_RV
C_GetFunctionList (CK_FUNCTION_LIST_PTR_PTR list)
{
  *list = &functions;
  return CKR_OK;
}
