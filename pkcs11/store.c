/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pkcs11/store.h"

#include <string.h>

#include "pkcs11/keypair-private.h"
#include "pkcs11/object.h"
#include "pkcs11/public-key.h"

/* The DER of the three names of a certificate that PKCS#11 wants beside its value. */
typedef struct
{
  unsigned char *subject, *issuer, *serial;
  int subject_size, issuer_size, serial_size;
} Names;

static void
names_clear (Names *names)
{
  OPENSSL_free (names->subject);
  OPENSSL_free (names->issuer);
  OPENSSL_free (names->serial);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Names, names_clear)

static gboolean
names_read (Names *names, GBytes *der, GError **error)
{
  gsize size = 0;
  const guint8 *start = g_bytes_get_data (der, &size);
  const guint8 *end = start;
  g_autoptr (X509) x509 = size <= CE_MAX_ATTRIBUTE_BYTES ? d2i_X509 (NULL, &end, (long) size) : NULL;

  if (x509 == NULL || end != start + size)
    return ce_openssl_error (error, CE_ERROR_PROTOCOL, "the certificate for the card is none");
  names->subject_size = i2d_X509_NAME (X509_get_subject_name (x509), &names->subject);
  names->issuer_size = i2d_X509_NAME (X509_get_issuer_name (x509), &names->issuer);
  names->serial_size = i2d_ASN1_INTEGER (X509_get_serialNumber (x509), &names->serial);
  return TRUE;
}

static gboolean
create (CeToken *token, const CeCardKey *key, GBytes *der, const char *label, CK_OBJECT_HANDLE *ret_object,
        GError **error)
{
  CK_OBJECT_CLASS class = CKO_CERTIFICATE;
  CK_CERTIFICATE_TYPE type = CKC_X_509;
  CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
  g_auto (Names) names = { 0 };
  CK_RV rv;

  if (!names_read (&names, der, error))
    return FALSE;
  {
    CK_ATTRIBUTE template[] = {
      { CKA_CLASS, &class, sizeof class },
      { CKA_CERTIFICATE_TYPE, &type, sizeof type },
      { CKA_TOKEN, &yes, sizeof yes },
      { CKA_PRIVATE, &no, sizeof no },
      { CKA_LABEL, (void *) label, strlen (label) },
      { CKA_ID, (void *) g_bytes_get_data (key->id, NULL), g_bytes_get_size (key->id) },
      { CKA_SUBJECT, names.subject, (CK_ULONG) names.subject_size },
      { CKA_ISSUER, names.issuer, (CK_ULONG) names.issuer_size },
      { CKA_SERIAL_NUMBER, names.serial, (CK_ULONG) names.serial_size },
      { CKA_VALUE, (void *) g_bytes_get_data (der, NULL), g_bytes_get_size (der) },
    };

    rv = token->f->C_CreateObject (token->session, template, G_N_ELEMENTS (template), ret_object);
  }
  return rv == CKR_OK || ce_token_fail (token, rv, "write the certificate", error);
}

gboolean
ce_store_certificate (CeToken *token, const CeCardKey *key, GBytes *der, const char *label, GError **error)
{
  CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
  g_autoptr (GBytes) written = NULL;

  if (!create (token, key, der, label, &object, error))
    return FALSE;
  written = ce_object_bytes (token, object, CKA_VALUE);
  if (written == NULL)
    return ce_token_fail (token, CKR_GENERAL_ERROR, "read the certificate back", error);
  if (!g_bytes_equal (written, der))
    {
      g_set_error (error, CE_ERROR, CE_ERROR_MODULE_FAILED,
                   "token '%s': the certificate on the card is not the one that was written",
                   token->info.label);
      return FALSE;
    }
  return TRUE;
}

static GArray *
find_class (const CeToken *token, CK_OBJECT_CLASS class, GError **error)
{
  CK_ATTRIBUTE template = { CKA_CLASS, &class, sizeof class };

  return ce_object_find (token, &template, 1, error);
}

gboolean
ce_store_delete_certificate (CeToken *token, GBytes *der, GError **error)
{
  g_autoptr (GArray) objects = find_class (token, CKO_CERTIFICATE, error);

  if (objects == NULL)
    return FALSE;
  for (guint i = 0; i < objects->len; i++)
    {
      CK_OBJECT_HANDLE object = g_array_index (objects, CK_OBJECT_HANDLE, i);
      g_autoptr (GBytes) value = ce_object_bytes (token, object, CKA_VALUE);

      if (value != NULL && g_bytes_equal (value, der)
          && !ce_object_destroy (token, object, "delete the certificate", error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_beginning (GBytes *part, GBytes *whole)
{
  gsize size = 0, whole_size = 0;
  gconstpointer bytes = g_bytes_get_data (part, &size);
  gconstpointer whole_bytes = g_bytes_get_data (whole, &whole_size);

  return size <= whole_size && memcmp (bytes, whole_bytes, size) == 0;
}

static gboolean
has_id (const CeToken *token, CK_OBJECT_HANDLE object, const CeCardKey *key)
{
  g_autoptr (GBytes) id = ce_object_id (token, object);

  return g_bytes_get_size (id) > 0 && g_bytes_equal (id, key->id);
}

/* May what has the key's CKA_ID, and says nothing of itself, belong to another key? */
static gboolean
shares_its_id (const CeToken *token, const CeCardKey *key, gboolean *ret_shared, GError **error)
{
  g_autoptr (GArray) objects = find_class (token, CKO_PRIVATE_KEY, error);
  guint n = 0;

  for (guint i = 0; objects != NULL && i < objects->len; i++)
    n += has_id (token, g_array_index (objects, CK_OBJECT_HANDLE, i), key) ? 1 : 0;
  *ret_shared = n > 1;
  return objects != NULL;
}

/* A module shows one of which only a part is there without its value, or with a shorter one. */
static gboolean
is_in_the_way (GBytes *value, GBytes *der, const char *old_fingerprint, gboolean shared)
{
  g_autofree char *fingerprint
      = value != NULL ? g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, value) : NULL;

  return value != NULL ? g_str_equal (fingerprint, old_fingerprint) || is_beginning (value, der) : !shared;
}

gboolean
ce_store_clear_certificates (CeToken *token, const CeCardKey *key, GBytes *der, const char *old_fingerprint,
                             guint *ret_n, GError **error)
{
  g_autoptr (GArray) objects = find_class (token, CKO_CERTIFICATE, error);
  gboolean shared = FALSE;
  guint n = 0;

  if (objects == NULL || !shares_its_id (token, key, &shared, error))
    return FALSE;
  for (guint i = 0; i < objects->len; i++)
    {
      CK_OBJECT_HANDLE object = g_array_index (objects, CK_OBJECT_HANDLE, i);
      g_autoptr (GBytes) value = ce_object_bytes (token, object, CKA_VALUE);

      if (!has_id (token, object, key) || !is_in_the_way (value, der, old_fingerprint, shared))
        continue;
      if (!ce_object_destroy (token, object, "replace the certificate", error))
        return FALSE;
      n++;
    }
  *ret_n = n;
  return TRUE;
}

static gboolean
delete_private (CeToken *token, const CeCardKey *key, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  CK_OBJECT_HANDLE object = ce_keypair_find_private (token, key, &local_error);

  if (object != CK_INVALID_HANDLE)
    return ce_object_destroy (token, object, "delete the private key", error);
  if (g_error_matches (local_error, CE_ERROR, CE_ERROR_NOT_FOUND))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

/* Many modules derive this object from the private key or from a certificate, and let it go only with those.
 */
static gboolean
delete_public (CeToken *token, const char *public_key_id, GError **error)
{
  g_autoptr (GArray) objects = find_class (token, CKO_PUBLIC_KEY, error);

  for (guint i = 0; objects != NULL && i < objects->len; i++)
    {
      CK_OBJECT_HANDLE object = g_array_index (objects, CK_OBJECT_HANDLE, i);
      g_autoptr (EVP_PKEY) public_key = ce_public_key_from_object (token, object);
      g_autofree char *id = ce_public_key_hash (public_key);
      g_autoptr (GError) local_error = NULL;

      if (!g_str_equal (id, public_key_id)
          || ce_object_destroy (token, object, "delete the public key", &local_error))
        continue;
      if (!g_error_matches (local_error, CE_ERROR, CE_ERROR_TOKEN_GONE))
        continue;
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  return objects != NULL;
}

/* The key that is left of a pair once its certificate, and with it the public part, is gone from the card. */
static const CeCardKey *
find_remains (CeToken *token, const CeInventory *inventory, const char *public_key_id)
{
  GBytes *id = g_hash_table_lookup (token->seen_ids, public_key_id);

  for (guint i = 0; id != NULL && i < inventory->keys->len; i++)
    {
      const CeCardKey *key = g_ptr_array_index (inventory->keys, i);

      if (*key->public_key_id == '\0' && g_bytes_equal (key->id, id))
        return key;
    }
  return NULL;
}

gboolean
ce_store_delete_keypair (CeToken *token, const char *public_key_id, GError **error)
{
  g_autoptr (CeInventory) inventory = ce_token_read (token, error);
  const CeCardKey *key;

  if (inventory == NULL)
    return FALSE;
  key = ce_inventory_find_key (inventory, public_key_id);
  if (key == NULL)
    key = find_remains (token, inventory, public_key_id);
  if (key == NULL)
    return TRUE;
  return delete_private (token, key, error) && delete_public (token, public_key_id, error);
}
