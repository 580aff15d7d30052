/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mock-objects.h"

#include <openssl/core_names.h>
#include <string.h>

GPtrArray *mock_objects;
static CK_OBJECT_HANDLE next_handle = 100;

static void
object_free (MockObject *object)
{
  g_hash_table_unref (object->attributes);
  EVP_PKEY_free (object->key);
  g_free (object);
}

void
mock_objects_reset (void)
{
  g_clear_pointer (&mock_objects, g_ptr_array_unref);
  mock_objects = g_ptr_array_new_with_free_func ((GDestroyNotify) object_free);
}

void
mock_object_set (MockObject *object, CK_ATTRIBUTE_TYPE type, gconstpointer value, gsize size)
{
  g_hash_table_insert (object->attributes, GSIZE_TO_POINTER (type), g_bytes_new (value, size));
}

MockObject *
mock_object_new (const CK_ATTRIBUTE *template, CK_ULONG n)
{
  MockObject *object = g_new0 (MockObject, 1);

  object->handle = next_handle++;
  object->attributes = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_bytes_unref);
  for (CK_ULONG i = 0; i < n; i++)
    mock_object_set (object, template[i].type, template[i].pValue, template[i].ulValueLen);
  g_ptr_array_add (mock_objects, object);
  return object;
}

GBytes *
mock_object_get (const MockObject *object, CK_ATTRIBUTE_TYPE type)
{
  return g_hash_table_lookup (object->attributes, GSIZE_TO_POINTER (type));
}

CK_ULONG
mock_object_number (const MockObject *object, CK_ATTRIBUTE_TYPE type)
{
  GBytes *bytes = mock_object_get (object, type);
  CK_ULONG value = CK_UNAVAILABLE_INFORMATION;

  if (bytes != NULL && g_bytes_get_size (bytes) == sizeof value)
    memcpy (&value, g_bytes_get_data (bytes, NULL), sizeof value);
  return value;
}

gboolean
mock_object_visible (const MockObject *object)
{
  return mock_control.logged_in || !mock_control.hides_private
         || mock_object_number (object, CKA_CLASS) != CKO_PRIVATE_KEY;
}

MockObject *
mock_object_lookup (CK_OBJECT_HANDLE handle)
{
  for (guint i = 0; mock_objects != NULL && i < mock_objects->len; i++)
    {
      MockObject *object = g_ptr_array_index (mock_objects, i);

      if (object->handle == handle && mock_object_visible (object))
        return object;
    }
  return NULL;
}

gboolean
mock_object_matches (const MockObject *object, const CK_ATTRIBUTE *template, CK_ULONG n)
{
  for (CK_ULONG i = 0; i < n; i++)
    {
      GBytes *value = mock_object_get (object, template[i].type);

      if (value == NULL || g_bytes_get_size (value) != template[i].ulValueLen
          || memcmp (g_bytes_get_data (value, NULL), template[i].pValue, template[i].ulValueLen) != 0)
        return FALSE;
    }
  return TRUE;
}

void
mock_object_spoil (MockObject *object)
{
  GBytes *value = mock_object_get (object, CKA_VALUE);
  gsize size = g_bytes_get_size (value);
  g_autofree guint8 *bytes = g_memdup2 (g_bytes_get_data (value, NULL), size);

  bytes[size - 1] ^= 1;
  mock_object_set (object, CKA_VALUE, bytes, size);
}

static gboolean
shows (const MockObject *object, CK_ATTRIBUTE_TYPE type)
{
  gboolean public_part = type == CKA_MODULUS || type == CKA_PUBLIC_EXPONENT || type == CKA_EC_POINT;

  return !((mock_control.hides_public_part && public_part) || (mock_control.hides_ids && type == CKA_ID))
         || mock_object_number (object, CKA_CLASS) != CKO_PRIVATE_KEY;
}

CK_RV
mock_object_give (const MockObject *object, CK_ATTRIBUTE *attribute)
{
  GBytes *value = shows (object, attribute->type) ? mock_object_get (object, attribute->type) : NULL;

  if (value == NULL)
    {
      attribute->ulValueLen = CK_UNAVAILABLE_INFORMATION;
      return CKR_ATTRIBUTE_TYPE_INVALID;
    }
  if (attribute->pValue != NULL && attribute->ulValueLen < g_bytes_get_size (value))
    {
      attribute->ulValueLen = CK_UNAVAILABLE_INFORMATION;
      return CKR_BUFFER_TOO_SMALL;
    }
  attribute->ulValueLen = g_bytes_get_size (value);
  if (attribute->pValue != NULL && attribute->ulValueLen > 0)
    memcpy (attribute->pValue, g_bytes_get_data (value, NULL), attribute->ulValueLen);
  return CKR_OK;
}

static void
set_number (MockObject *object, CK_ATTRIBUTE_TYPE type, CK_ULONG value)
{
  mock_object_set (object, type, &value, sizeof value);
}

static void
set_bignum (MockObject *object, CK_ATTRIBUTE_TYPE type, const char *param)
{
  g_autoptr (BIGNUM) value = NULL;
  guint8 bytes[1024];

  g_assert_true (EVP_PKEY_get_bn_param (object->key, param, &value));
  mock_object_set (object, type, bytes, (gsize) BN_bn2bin (value, bytes));
}

static void
set_point (MockObject *object)
{
  guint8 wrapped[256] = { V_ASN1_OCTET_STRING };
  size_t size = 0;

  g_assert_true (EVP_PKEY_get_octet_string_param (object->key, OSSL_PKEY_PARAM_PUB_KEY, wrapped + 2,
                                                  sizeof wrapped - 2, &size));
  wrapped[1] = (guint8) size;
  if (mock_control.bare_ec_points)
    mock_object_set (object, CKA_EC_POINT, wrapped + 2, size);
  else
    mock_object_set (object, CKA_EC_POINT, wrapped, size + 2);
}

MockObject *
mock_object_new_key (CK_OBJECT_CLASS class, const CK_ATTRIBUTE *template, CK_ULONG n, EVP_PKEY *key,
                     gboolean rsa, guint id)
{
  MockObject *object = mock_object_new (template, n);
  guint8 chosen = (guint8) id;

  EVP_PKEY_up_ref (key);
  object->key = key;
  set_number (object, CKA_CLASS, class);
  set_number (object, CKA_KEY_TYPE, rsa ? CKK_RSA : CKK_EC);
  if (mock_control.rewrites_ids)
    mock_object_set (object, CKA_ID, &chosen, 1);
  if (rsa)
    {
      set_bignum (object, CKA_MODULUS, OSSL_PKEY_PARAM_RSA_N);
      set_bignum (object, CKA_PUBLIC_EXPONENT, OSSL_PKEY_PARAM_RSA_E);
    }
  else
    set_point (object);
  return object;
}
