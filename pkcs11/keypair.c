/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pkcs11/keypair.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "pkcs11/error.h"
#include "pkcs11/keypair-private.h"
#include "pkcs11/object.h"
#include "pkcs11/profile.h"
#include "pkcs11/provider.h"
#include "pkcs11/public-key.h"

#define ID_BYTES 8
#define PROOF_BYTES 32

static gboolean
generates (const CeToken *token, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *ret_info)
{
  return token->f->C_GetMechanismInfo (token->slot, type, ret_info) == CKR_OK
         && (ret_info->flags & CKF_GENERATE_KEY_PAIR) != 0;
}

void
ce_token_abilities (CeToken *token, CeTokenAbilities *ret_abilities)
{
  CK_MECHANISM_INFO info = { 0 };

  *ret_abilities = (CeTokenAbilities){ 0 };
  if (ce_profile_wants_management_key (&token->info))
    return;
  if (generates (token, CKM_RSA_PKCS_KEY_PAIR_GEN, &info))
    {
      ret_abilities->min_rsa_bits = (guint) MIN (info.ulMinKeySize, 16384);
      ret_abilities->max_rsa_bits = (guint) MIN (info.ulMaxKeySize, 16384);
    }
  if (generates (token, CKM_EC_KEY_PAIR_GEN, &info))
    {
      ret_abilities->ec_p256 = info.ulMinKeySize <= 256 && info.ulMaxKeySize >= 256;
      ret_abilities->ec_p384 = info.ulMinKeySize <= 384 && info.ulMaxKeySize >= 384;
    }
}

/* A template under construction; what its attributes point to must outlive it. */
typedef struct
{
  CK_ATTRIBUTE attributes[16];
  CK_ULONG n;
} Template;

static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;

static void
add (Template *template, CK_ATTRIBUTE_TYPE type, const void *value, gsize size)
{
  g_assert (template->n < G_N_ELEMENTS (template->attributes));
  template->attributes[template->n++] = (CK_ATTRIBUTE){ type, (void *) value, size };
}

static void
add_flag (Template *template, CK_ATTRIBUTE_TYPE type, gboolean value)
{
  add (template, type, value ? &yes : &no, sizeof (CK_BBOOL));
}

static void
add_common (Template *template, const guint8 *id, const char *label)
{
  add_flag (template, CKA_TOKEN, TRUE);
  add (template, CKA_ID, id, ID_BYTES);
  add (template, CKA_LABEL, label, strlen (label));
}

static void
add_private (Template *template, CeKeyUse use)
{
  add_flag (template, CKA_PRIVATE, TRUE);
  add_flag (template, CKA_SENSITIVE, TRUE);
  add_flag (template, CKA_EXTRACTABLE, FALSE);
  add_flag (template, CKA_SIGN, TRUE);
  if (use & CE_KEY_USE_DECRYPT)
    add_flag (template, CKA_DECRYPT, TRUE);
  if (use & CE_KEY_USE_DERIVE)
    add_flag (template, CKA_DERIVE, TRUE);
}

static void
add_public (Template *template, CeKeyUse use)
{
  add_flag (template, CKA_VERIFY, TRUE);
  if (use & CE_KEY_USE_DECRYPT)
    add_flag (template, CKA_ENCRYPT, TRUE);
}

static gboolean
unknown_algorithm (const CeToken *token, const char *algorithm, GError **error)
{
  g_set_error (error, CE_ERROR, CE_ERROR_NOT_SUPPORTED,
               "token '%s': key algorithm '%s' is none that can be made", token->info.label, algorithm);
  return FALSE;
}

static CK_RV
generate_raw (const CeToken *token, CK_MECHANISM_TYPE type, Template *public, Template *private,
              CK_OBJECT_HANDLE *ret_public, CK_OBJECT_HANDLE *ret_private)
{
  CK_MECHANISM mechanism = { type, NULL, 0 };

  return token->f->C_GenerateKeyPair (token->session, &mechanism, public->attributes, public->n,
                                      private->attributes, private->n, ret_public, ret_private);
}

static gboolean
generate (CeToken *token, const char *algorithm, CeKeyUse use, Template *public, Template *private,
          CK_OBJECT_HANDLE *ret_public, CK_OBJECT_HANDLE *ret_private, GError **error)
{
  static const guint8 exponent[] = { 1, 0, 1 };
  g_autoptr (GBytes) curve = ce_curve_parameters (algorithm);
  CK_ULONG bits = 0;
  CK_RV rv;

  add_public (public, use);
  add_private (private, use);
  if (curve != NULL)
    {
      add (public, CKA_EC_PARAMS, g_bytes_get_data (curve, NULL), g_bytes_get_size (curve));
      rv = generate_raw (token, CKM_EC_KEY_PAIR_GEN, public, private, ret_public, ret_private);
    }
  else
    {
      if (g_str_has_prefix (algorithm, "rsa-"))
        bits = strtoul (algorithm + strlen ("rsa-"), NULL, 10);
      if (bits < 2048 || bits > 4096)
        return unknown_algorithm (token, algorithm, error);
      add (public, CKA_MODULUS_BITS, &bits, sizeof bits);
      add (public, CKA_PUBLIC_EXPONENT, exponent, sizeof exponent);
      rv = generate_raw (token, CKM_RSA_PKCS_KEY_PAIR_GEN, public, private, ret_public, ret_private);
    }
  return rv == CKR_OK || ce_token_fail (token, rv, "make a key pair", error);
}

/* The key as the token has it now, which need not be what was asked for. */
static CeCardKey *
read_back (const CeToken *token, CK_OBJECT_HANDLE public, CK_OBJECT_HANDLE private, GError **error)
{
  g_autoptr (EVP_PKEY) public_key = ce_public_key_from_object (token, public);
  g_autoptr (GBytes) id = NULL;
  CeCardKey *key;

  if (public_key == NULL)
    {
      ce_token_fail (token, CKR_GENERAL_ERROR, "read the new public key", error);
      return NULL;
    }
  id = ce_object_id (token, private);
  key = ce_card_key_new (id, ce_object_label (token, private), public_key);
  key->has_private = key->has_public = TRUE;
  key->always_authenticate = ce_object_flag (token, private, CKA_ALWAYS_AUTHENTICATE);
  return key;
}

gboolean
ce_keypair_generate (CeToken *token, const char *algorithm, CeKeyUse use, const char *label,
                     CeCardKey **ret_key, GError **error)
{
  Template public = { 0 }, private = { 0 };
  CK_OBJECT_HANDLE public_handle = CK_INVALID_HANDLE, private_handle = CK_INVALID_HANDLE;
  guint8 id[ID_BYTES];
  CeCardKey *key;

  if (RAND_bytes (id, sizeof id) != 1)
    return ce_openssl_error (error, CE_ERROR_FAILED, "cannot choose an ID for the key");
  add_common (&public, id, label);
  add_common (&private, id, label);
  if (!generate (token, algorithm, use, &public, &private, &public_handle, &private_handle, error))
    return FALSE;
  key = read_back (token, public_handle, private_handle, error);
  if (key == NULL)
    return FALSE;
  ce_token_remember_key (token, key->public_key_id, key->id);
  *ret_key = key;
  return TRUE;
}

CK_OBJECT_HANDLE
ce_keypair_find_private (const CeToken *token, const CeCardKey *key, GError **error)
{
  CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
  CK_ATTRIBUTE template[] = { { CKA_CLASS, &class, sizeof class } };
  g_autoptr (GArray) objects = ce_object_find (token, template, G_N_ELEMENTS (template), error);
  CK_OBJECT_HANDLE twin = CK_INVALID_HANDLE;
  guint n_twins = 0;

  for (guint i = 0; objects != NULL && i < objects->len; i++)
    {
      CK_OBJECT_HANDLE object = g_array_index (objects, CK_OBJECT_HANDLE, i);
      g_autoptr (EVP_PKEY) public_key = ce_public_key_from_object (token, object);
      g_autofree char *public_key_id = ce_public_key_hash (public_key);
      g_autoptr (GBytes) id = ce_object_id (token, object);

      if (public_key != NULL && g_str_equal (public_key_id, key->public_key_id))
        return object;
      /* Without an ID it may be any other one. */
      if (public_key != NULL || g_bytes_get_size (id) == 0 || !g_bytes_equal (id, key->id))
        continue;
      twin = object;
      n_twins++;
    }
  if (n_twins > 1)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_MODULE_FAILED,
                   "token '%s': %u private keys have the ID of '%s', and none shows its public part",
                   token->info.label, n_twins, key->label);
      return CK_INVALID_HANDLE;
    }
  if (objects != NULL && twin == CK_INVALID_HANDLE)
    g_set_error (error, CE_ERROR, CE_ERROR_NOT_FOUND, "token '%s': the private key of '%s' is not there",
                 token->info.label, key->label);
  return twin;
}

EVP_PKEY *
ce_keypair_to_evp (CeToken *token, const CeCardKey *key, GError **error)
{
  CK_OBJECT_HANDLE private_key = ce_keypair_find_private (token, key, error);

  if (private_key == CK_INVALID_HANDLE)
    return NULL;
  if (key->public_key == NULL)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_NOT_FOUND, "token '%s': the public key of '%s' is not known",
                   token->info.label, key->label);
      return NULL;
    }
  return ce_provider_key_new (token, private_key, key->always_authenticate, key->public_key, error);
}

GError *
ce_keypair_take_error (CeToken *token)
{
  return g_steal_pointer (&token->sign_error);
}

static GBytes *
sign (CeToken *token, EVP_PKEY *key, const guint8 *data, gsize size, GError **error)
{
  g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
  size_t length = (size_t) EVP_PKEY_get_size (key);
  g_autofree guint8 *signature = g_malloc (length);
  GError *token_error;

  if (EVP_DigestSignInit_ex (context, NULL, "SHA256", NULL, NULL, key, NULL) == 1
      && EVP_DigestSign (context, signature, &length, data, size) == 1)
    return g_bytes_new_take (g_steal_pointer (&signature), length);

  token_error = ce_keypair_take_error (token);
  if (token_error != NULL)
    g_propagate_error (error, token_error);
  else
    ce_openssl_error (error, CE_ERROR_FAILED, "cannot sign with the card's key");
  ERR_clear_error ();
  return NULL;
}

gboolean
ce_keypair_prove (CeToken *token, const CeCardKey *key, X509 *certificate, GError **error)
{
  g_autoptr (EVP_PKEY) card_key = ce_keypair_to_evp (token, key, error);
  g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
  g_autoptr (GBytes) signature = NULL;
  guint8 data[PROOF_BYTES];

  if (card_key == NULL)
    return FALSE;
  if (RAND_bytes (data, sizeof data) != 1)
    return ce_openssl_error (error, CE_ERROR_FAILED, "cannot make random bytes to sign");
  signature = sign (token, card_key, data, sizeof data, error);
  if (signature == NULL)
    return FALSE;
  if (EVP_DigestVerifyInit_ex (context, NULL, "SHA256", NULL, NULL, X509_get0_pubkey (certificate), NULL) != 1
      || EVP_DigestVerify (context, g_bytes_get_data (signature, NULL), g_bytes_get_size (signature), data,
                           sizeof data)
             != 1)
    {
      ERR_clear_error ();
      g_set_error (error, CE_ERROR, CE_ERROR_FAILED,
                   "token '%s': the certificate does not belong to the key '%s': its signature is wrong",
                   token->info.label, key->label);
      return FALSE;
    }
  return TRUE;
}
