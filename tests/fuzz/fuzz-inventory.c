/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a card may hold: the input is a list of attributes, each [object][type][length high][length low][bytes]. */
#include <string.h>

#include "pkcs11/inventory.h"
#include "pkcs11/keypair.h"
#include "pkcs11/object.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

#define N_OBJECTS 8

static const CK_ATTRIBUTE_TYPE types[]
    = { CKA_CLASS,   CKA_KEY_TYPE,        CKA_ID,        CKA_LABEL,    CKA_VALUE,
        CKA_MODULUS, CKA_PUBLIC_EXPONENT, CKA_EC_PARAMS, CKA_EC_POINT, CKA_ALWAYS_AUTHENTICATE };

static const guint8 *input;
static gsize input_size;

static const guint8 *
find (CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, gsize *ret_size)
{
  for (gsize at = 0; at + 4 <= input_size;)
    {
      gsize length = MIN ((gsize) input[at + 2] << 8 | input[at + 3], input_size - at - 4);

      if (input[at] % N_OBJECTS == object && types[input[at + 1] % G_N_ELEMENTS (types)] == type)
        {
          *ret_size = length;
          return input + at + 4;
        }
      at += 4 + length;
    }
  return NULL;
}

/* Classes and key types are one byte in the input, so that they are often right. */
static CK_RV
get_number (const guint8 *value, gsize size, CK_ATTRIBUTE *attribute)
{
  CK_ULONG number = size > 0 ? value[0] : 0;

  if (attribute->pValue != NULL && attribute->ulValueLen < sizeof number)
    return CKR_BUFFER_TOO_SMALL;
  if (attribute->pValue != NULL)
    memcpy (attribute->pValue, &number, sizeof number);
  attribute->ulValueLen = sizeof number;
  return CKR_OK;
}

static CK_RV
get_attribute_value (CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *attribute, CK_ULONG n)
{
  gsize size = 0;
  const guint8 *value = find (object, attribute->type, &size);

  (void) session;
  (void) n;
  if (value == NULL)
    return CKR_ATTRIBUTE_TYPE_INVALID;
  if (attribute->type == CKA_CLASS || attribute->type == CKA_KEY_TYPE)
    return get_number (value, size, attribute);
  if (attribute->pValue != NULL && attribute->ulValueLen < size)
    return CKR_BUFFER_TOO_SMALL;
  if (attribute->pValue != NULL)
    memcpy (attribute->pValue, value, size);
  attribute->ulValueLen = size;
  return CKR_OK;
}

static CK_ULONG found;

static CK_RV
find_objects_init (CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG n)
{
  (void) session;
  (void) template;
  (void) n;
  found = 0;
  return CKR_OK;
}

static CK_RV
find_objects (CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *objects, CK_ULONG max, CK_ULONG *n)
{
  (void) session;
  for (*n = 0; *n < max && found < N_OBJECTS; (*n)++)
    objects[*n] = found++;
  return CKR_OK;
}

static CK_RV
find_objects_final (CK_SESSION_HANDLE session)
{
  (void) session;
  return CKR_OK;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  CK_FUNCTION_LIST functions = {
    .C_GetAttributeValue = get_attribute_value,
    .C_FindObjectsInit = find_objects_init,
    .C_FindObjects = find_objects,
    .C_FindObjectsFinal = find_objects_final,
  };
  CeToken token = { .f = &functions, .info = { .login_required = TRUE } };
  g_autoptr (GHashTable) seen
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
  g_autoptr (CeInventory) inventory = NULL;

  token.seen_ids = seen;
  input = data;
  input_size = size;
  inventory = ce_token_read (&token, NULL);
  g_assert_nonnull (inventory);
  for (guint i = 0; i < inventory->certificates->len; i++)
    {
      const CeCardCertificate *certificate = g_ptr_array_index (inventory->certificates, i);

      g_assert_true (certificate->key == NULL
                     || g_str_equal (certificate->key->public_key_id, certificate->public_key_id));
    }
  return 0;
}
