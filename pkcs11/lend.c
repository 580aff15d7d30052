/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pkcs11/lend.h"

#include <dlfcn.h>
#include <string.h>

#include "agent/base/error.h"
#include "pkcs11/shared-token.h"
#include "pkcs11/token-private.h"

/* PKCS#11 functions have no place for data of ours. */
static struct
{
  CeToken *token;
  void *library;
  CK_FUNCTION_LIST **place;
  CK_FUNCTION_LIST functions;
  CK_RV signing;      /* what became of the last signature */
  gboolean wants_rsa; /* the last search was for RSA keys */
  gboolean found_any;
  gboolean found_none; /* and came to its end */
} lent;

static CK_RV
do_nothing (void *reserved G_GNUC_UNUSED)
{
  return CKR_OK;
}

static CK_RV
do_nothing_with (CK_ULONG handle G_GNUC_UNUSED)
{
  return CKR_OK;
}

static CK_RV
get_function_list (CK_FUNCTION_LIST **ret_functions)
{
  *ret_functions = &lent.functions;
  return CKR_OK;
}

static CK_RV
get_slot_list (CK_BBOOL with_token G_GNUC_UNUSED, CK_SLOT_ID *ret_slots, CK_ULONG *count)
{
  const gboolean fits = ret_slots == NULL || *count >= 1;

  if (ret_slots != NULL && fits)
    ret_slots[0] = lent.token->slot;
  *count = 1;
  return fits ? CKR_OK : CKR_BUFFER_TOO_SMALL;
}

static CK_RV
get_token_info (CK_SLOT_ID slot, CK_TOKEN_INFO *ret_info)
{
  const char *label = lent.token->info.label;

  if (slot != lent.token->slot)
    return CKR_SLOT_ID_INVALID;
  *ret_info = (CK_TOKEN_INFO){ .flags = CKF_TOKEN_INITIALIZED | CKF_USER_PIN_INITIALIZED };
  memset (ret_info->label, ' ', sizeof ret_info->label);
  memcpy (ret_info->label, label, MIN (strlen (label), sizeof ret_info->label));
  return CKR_OK;
}

static CK_RV
login (CK_SESSION_HANDLE session G_GNUC_UNUSED, CK_USER_TYPE user G_GNUC_UNUSED,
       CK_UTF8CHAR *pin G_GNUC_UNUSED, CK_ULONG length G_GNUC_UNUSED)
{
  return CKR_USER_ALREADY_LOGGED_IN;
}

/* libkrb5 before 1.22 knows RSA keys only, and says nothing of it when the key is another one. */
static CK_RV
find_objects_init (CK_SESSION_HANDLE session, CK_ATTRIBUTE *wanted, CK_ULONG n_wanted)
{
  const CK_KEY_TYPE rsa = CKK_RSA;

  lent.wants_rsa = lent.found_any = lent.found_none = FALSE;
  for (CK_ULONG i = 0; i < n_wanted; i++)
    lent.wants_rsa |= wanted[i].type == CKA_KEY_TYPE && wanted[i].ulValueLen == sizeof rsa
                      && memcmp (wanted[i].pValue, &rsa, sizeof rsa) == 0;
  return lent.token->f->C_FindObjectsInit (session, wanted, n_wanted);
}

static CK_RV
find_objects (CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *ret_objects, CK_ULONG max, CK_ULONG *ret_count)
{
  CK_RV rv = lent.token->f->C_FindObjects (session, ret_objects, max, ret_count);

  /* A borrower may ask until no more come. */
  lent.found_any |= rv == CKR_OK && *ret_count > 0;
  lent.found_none = rv == CKR_OK && !lent.found_any;
  return rv;
}

static CK_RV
sign (CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG data_length, CK_BYTE *ret_signature,
      CK_ULONG *length)
{
  CK_RV rv = lent.token->f->C_Sign (session, data, data_length, ret_signature, length);

  lent.signing = rv != CKR_BUFFER_TOO_SMALL ? rv : CKR_OK;
  return rv;
}

static void
fill_functions (const CK_FUNCTION_LIST *real)
{
  lent.functions = *real;
  lent.functions.C_GetFunctionList = get_function_list;
  lent.functions.C_Initialize = do_nothing;
  lent.functions.C_Finalize = do_nothing;
  lent.functions.C_Logout = do_nothing_with;
  lent.functions.C_CloseAllSessions = do_nothing_with;
  lent.functions.C_GetSlotList = get_slot_list;
  lent.functions.C_GetTokenInfo = get_token_info;
  lent.functions.C_Login = login;
  lent.functions.C_FindObjectsInit = find_objects_init;
  lent.functions.C_FindObjects = find_objects;
  lent.functions.C_Sign = sign;
}

gboolean
ce_token_lend (CeToken *token, const char *module_path, GError **error)
{
  void *library;
  CK_FUNCTION_LIST **place;

  g_return_val_if_fail (lent.token == NULL && token->logged_in, FALSE);

  library = dlopen (module_path, RTLD_NOW | RTLD_LOCAL);
  place = library != NULL ? dlsym (library, CE_SHARED_TOKEN_SYMBOL) : NULL;
  if (place == NULL)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_FAILED, "cannot load %s: %s", module_path, dlerror ());
      if (library != NULL)
        dlclose (library);
      return FALSE;
    }
  lent.token = token;
  lent.library = library;
  lent.place = place;
  fill_functions (token->f);
  *place = &lent.functions;
  return TRUE;
}

gboolean
ce_token_take_back (CeToken *token, GError **error)
{
  const CK_RV signing = lent.signing;
  const gboolean no_rsa = lent.wants_rsa && lent.found_none;

  g_return_val_if_fail (lent.token == token, FALSE);

  *lent.place = NULL;
  dlclose (lent.library);
  memset (&lent, 0, sizeof lent);
  if (signing != CKR_OK)
    return ce_token_fail (token, signing, "sign", error);
  if (!no_rsa)
    return TRUE;
  g_set_error_literal (
      error, CE_ERROR, CE_ERROR_NOT_SUPPORTED,
      "the Kerberos library of this system uses RSA keys only, and this key is of another kind");
  return FALSE;
}
