/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pkcs11/inventory.h"

#include "pkcs11/hsm-files.h"
#include "pkcs11/keypair.h"
#include "pkcs11/object.h"
#include "pkcs11/profile.h"
#include "pkcs11/public-key.h"
#include "pkcs11/reader.h"

void
ce_card_key_free (CeCardKey *key)
{
  if (key == NULL)
    return;
  g_bytes_unref (key->id);
  g_free (key->label);
  g_free (key->public_key_id);
  g_free (key->algorithm);
  EVP_PKEY_free (key->public_key);
  g_free (key);
}

CeCardKey *
ce_card_key_copy (const CeCardKey *key)
{
  CeCardKey *copy = g_new0 (CeCardKey, 1);

  *copy = *key;
  copy->id = g_bytes_ref (key->id);
  copy->label = g_strdup (key->label);
  copy->public_key_id = g_strdup (key->public_key_id);
  copy->algorithm = g_strdup (key->algorithm);
  if (copy->public_key != NULL)
    EVP_PKEY_up_ref (copy->public_key);
  return copy;
}

static void
set_public_key (CeCardKey *key, EVP_PKEY *public_key)
{
  g_free (key->public_key_id);
  g_free (key->algorithm);
  key->public_key_id = ce_public_key_hash (public_key);
  key->algorithm = ce_public_key_algorithm (public_key);
  EVP_PKEY_up_ref (public_key);
  key->public_key = public_key;
}

CeCardKey *
ce_card_key_presume (const CeCardKey *key, EVP_PKEY *public_key)
{
  CeCardKey *copy = ce_card_key_new (key->id, g_strdup (key->label), public_key);

  copy->has_private = key->has_private;
  copy->has_public = key->has_public;
  copy->always_authenticate = key->always_authenticate;
  return copy;
}

static void
certificate_free (CeCardCertificate *certificate)
{
  g_bytes_unref (certificate->id);
  g_free (certificate->label);
  g_bytes_unref (certificate->der);
  g_free (certificate->public_key_id);
  g_free (certificate);
}

void
ce_inventory_free (CeInventory *inventory)
{
  if (inventory == NULL)
    return;
  g_ptr_array_unref (inventory->certificates);
  g_ptr_array_unref (inventory->keys);
  g_free (inventory);
}

static CeInventory *
inventory_new (void)
{
  CeInventory *inventory = g_new0 (CeInventory, 1);

  inventory->keys = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_card_key_free);
  inventory->certificates = g_ptr_array_new_with_free_func ((GDestroyNotify) certificate_free);
  return inventory;
}

static CeCardKey *
find_by_public_key (const CeInventory *inventory, const char *public_key_id)
{
  for (guint i = 0; *public_key_id != '\0' && i < inventory->keys->len; i++)
    {
      CeCardKey *key = g_ptr_array_index (inventory->keys, i);

      if (g_str_equal (key->public_key_id, public_key_id))
        return key;
    }
  return NULL;
}

static CeCardKey *
find_by_id (const CeInventory *inventory, GBytes *id)
{
  for (guint i = 0; g_bytes_get_size (id) > 0 && i < inventory->keys->len; i++)
    {
      CeCardKey *key = g_ptr_array_index (inventory->keys, i);

      if (g_bytes_equal (key->id, id))
        return key;
    }
  return NULL;
}

CeCardKey *
ce_card_key_new (GBytes *id, char *label, EVP_PKEY *public_key)
{
  CeCardKey *key = g_new0 (CeCardKey, 1);

  key->id = g_bytes_ref (id);
  key->label = label;
  key->public_key_id = g_strdup ("");
  key->algorithm = g_strdup ("");
  if (public_key != NULL)
    set_public_key (key, public_key);
  return key;
}

static CeCardKey *
add_key (CeInventory *inventory, GBytes *id, char *label, EVP_PKEY *public_key)
{
  CeCardKey *key = ce_card_key_new (id, label, public_key);

  g_ptr_array_add (inventory->keys, key);
  return key;
}

static void
read_public_key (const CeToken *token, CK_OBJECT_HANDLE object, CeInventory *inventory)
{
  g_autoptr (EVP_PKEY) public_key = ce_public_key_from_object (token, object);
  g_autofree char *public_key_id = ce_public_key_hash (public_key);
  CeCardKey *key = find_by_public_key (inventory, public_key_id);

  if (key == NULL)
    {
      g_autoptr (GBytes) id = ce_object_id (token, object);

      key = add_key (inventory, id, ce_object_label (token, object), public_key);
    }
  key->has_public = TRUE;
}

static void
set_id (CeCardKey *key, GBytes *id)
{
  g_bytes_unref (key->id);
  key->id = g_bytes_ref (id);
}

/* Where the private key does not show its public part, the public key with its ID is its twin. */
static void
read_private_key (const CeToken *token, CK_OBJECT_HANDLE object, CeInventory *inventory)
{
  g_autoptr (EVP_PKEY) public_key = ce_public_key_from_object (token, object);
  g_autofree char *public_key_id = ce_public_key_hash (public_key);
  g_autoptr (GBytes) id = ce_object_id (token, object);
  CeCardKey *key = find_by_public_key (inventory, public_key_id);

  if (key == NULL && public_key == NULL)
    key = find_by_id (inventory, id);
  if (key == NULL)
    key = add_key (inventory, id, ce_object_label (token, object), public_key);
  set_id (key, id);
  key->has_private = TRUE;
  key->always_authenticate = ce_object_flag (token, object, CKA_ALWAYS_AUTHENTICATE);
}

static EVP_PKEY *
certificate_key (GBytes *der)
{
  gsize size = 0;
  const guint8 *start = g_bytes_get_data (der, &size);
  const guint8 *end = start;
  g_autoptr (X509) x509 = d2i_X509 (NULL, &end, (long) size);
  EVP_PKEY *key = x509 != NULL && end == start + size ? X509_get_pubkey (x509) : NULL;

  ERR_clear_error ();
  return key;
}

/* Its key by public key; else the key with its ID that shows no public part; else, on a token that hides all
 * its private keys before login, one that must be taken for granted. */
static const CeCardKey *
key_of_certificate (CeInventory *inventory, const CeCardCertificate *certificate, EVP_PKEY *public_key,
                    gboolean hides)
{
  CeCardKey *key = find_by_public_key (inventory, certificate->public_key_id);

  if (key != NULL || public_key == NULL)
    return key;

  key = find_by_id (inventory, certificate->id);
  if (key != NULL && *key->public_key_id == '\0')
    {
      set_public_key (key, public_key);
      return key;
    }
  return hides ? add_key (inventory, certificate->id, g_strdup (certificate->label), public_key) : NULL;
}

/* Half of one, one that is too long, or one that is kept elsewhere. */
static void
note_obscure (CeInventory *inventory, GBytes *id)
{
  for (guint i = 0; g_bytes_get_size (id) > 0 && i < inventory->keys->len; i++)
    {
      CeCardKey *key = g_ptr_array_index (inventory->keys, i);

      key->may_have_certificate |= g_bytes_equal (key->id, id);
    }
}

static void
read_certificate (const CeToken *token, CK_OBJECT_HANDLE object, CeInventory *inventory, gboolean hides)
{
  GBytes *der = ce_object_bytes (token, object, CKA_VALUE);
  g_autoptr (EVP_PKEY) public_key = der != NULL ? certificate_key (der) : NULL;
  g_autoptr (GBytes) id = ce_object_id (token, object);
  CeCardCertificate *certificate;

  if (public_key == NULL)
    note_obscure (inventory, id);
  if (der == NULL)
    {
      inventory->other_objects++;
      return;
    }
  certificate = g_new0 (CeCardCertificate, 1);
  certificate->der = der;
  certificate->id = g_bytes_ref (id);
  certificate->label = ce_object_label (token, object);
  certificate->public_key_id = ce_public_key_hash (public_key);
  certificate->key = key_of_certificate (inventory, certificate, public_key, hides);
  g_ptr_array_add (inventory->certificates, certificate);
}

static gboolean
has_private_keys (const CeInventory *inventory)
{
  for (guint i = 0; i < inventory->keys->len; i++)
    if (((const CeCardKey *) g_ptr_array_index (inventory->keys, i))->has_private)
      return TRUE;
  return FALSE;
}

static void
read_class (const CeToken *token, GArray *objects, GArray *classes, CK_OBJECT_CLASS class,
            CeInventory *inventory)
{
  gboolean hides = !token->logged_in && token->info.login_required && !has_private_keys (inventory);

  for (guint i = 0; i < objects->len; i++)
    {
      CK_OBJECT_HANDLE object = g_array_index (objects, CK_OBJECT_HANDLE, i);

      if (g_array_index (classes, CK_OBJECT_CLASS, i) != class)
        continue;
      if (class == CKO_PUBLIC_KEY)
        read_public_key (token, object, inventory);
      else if (class == CKO_PRIVATE_KEY)
        read_private_key (token, object, inventory);
      else
        read_certificate (token, object, inventory, hides);
    }
}

static void
remember_keys (CeToken *token, const CeInventory *inventory)
{
  for (guint i = 0; i < inventory->keys->len; i++)
    {
      const CeCardKey *key = g_ptr_array_index (inventory->keys, i);

      ce_token_remember_key (token, key->public_key_id, key->id);
    }
}

/* Some modules show an empty or a half empty token where the card was pulled while they read it, and pcscd
 * may not know yet. */
static gboolean
may_be_incomplete (const CeInventory *inventory)
{
  gboolean incomplete
      = inventory->certificates->len == 0 || inventory->keys->len > inventory->certificates->len;

  for (guint i = 0; i < inventory->certificates->len; i++)
    incomplete |= ((const CeCardCertificate *) inventory->certificates->pdata[i])->key == NULL;
  return incomplete;
}

static gboolean
is_still_there (const CeToken *token)
{
  g_autoptr (GBytes) atr = ce_reader_atr (token->info.reader);

  return ce_profile_is_smartcard_hsm (atr) ? ce_hsm_answers (token) : !ce_token_lost_card (token);
}

gboolean
ce_token_check_there (const CeToken *token, const char *doing, GError **error)
{
  return is_still_there (token) ? ce_token_check_stayed (token, error)
                                : ce_token_fail (token, CKR_DEVICE_REMOVED, doing, error);
}

static gboolean
check_complete (const CeToken *token, const CeInventory *inventory, GError **error)
{
  return may_be_incomplete (inventory) ? ce_token_check_there (token, "read what is on it", error)
                                       : ce_token_check_stayed (token, error);
}

CeInventory *
ce_token_read (CeToken *token, GError **error)
{
  g_autoptr (GArray) objects = ce_object_find (token, NULL, 0, error);
  g_autoptr (GArray) classes = g_array_new (FALSE, FALSE, sizeof (CK_OBJECT_CLASS));
  g_autoptr (CeInventory) inventory = NULL;

  if (objects == NULL)
    return NULL;
  inventory = inventory_new ();
  for (guint i = 0; i < objects->len; i++)
    {
      CK_OBJECT_CLASS class = ce_object_number (token, g_array_index (objects, CK_OBJECT_HANDLE, i),
                                                CKA_CLASS, CKO_DATA);

      g_array_append_val (classes, class);
      if (class != CKO_PUBLIC_KEY && class != CKO_PRIVATE_KEY && class != CKO_CERTIFICATE)
        inventory->other_objects++;
    }
  read_class (token, objects, classes, CKO_PUBLIC_KEY, inventory);
  read_class (token, objects, classes, CKO_PRIVATE_KEY, inventory);
  read_class (token, objects, classes, CKO_CERTIFICATE, inventory);
  if (!check_complete (token, inventory, error))
    return NULL;
  remember_keys (token, inventory);
  return g_steal_pointer (&inventory);
}

const CeCardKey *
ce_inventory_find_key (const CeInventory *inventory, const char *public_key_id)
{
  return find_by_public_key (inventory, public_key_id);
}
