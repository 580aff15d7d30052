/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <openssl/core_names.h>
#include <openssl/proverr.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "pkcs11/provider.h"
#include "pkcs11/sign.h"

/* One signature being made. The EVP_PKEY_CTX around it keeps the key alive. */
typedef struct
{
  const CeProviderKey *key;
  CeSignScheme scheme;
  EVP_MD *md;
  EVP_MD_CTX *hash;
} Signer;

static void *
signer_new (void *provider, const char *properties)
{
  (void) provider;
  (void) properties;
  return g_new0 (Signer, 1);
}

static void
signer_free (void *data)
{
  Signer *signer = data;

  EVP_MD_CTX_free (signer->hash);
  EVP_MD_free (signer->md);
  g_free (signer);
}

/* Not optional: EVP_DigestSignFinal() works on a copy. */
static void *
signer_dup (void *data)
{
  const Signer *from = data;
  Signer *signer = g_new0 (Signer, 1);

  signer->key = from->key;
  signer->scheme = from->scheme;
  if (from->md != NULL && EVP_MD_up_ref (from->md))
    signer->md = from->md;
  if (from->hash == NULL)
    return signer;
  signer->hash = EVP_MD_CTX_new ();
  if (EVP_MD_CTX_copy_ex (signer->hash, from->hash))
    return signer;
  signer_free (signer);
  return NULL;
}

static int
set_md (Signer *signer, const char *name)
{
  EVP_MD *md = EVP_MD_fetch (NULL, name, NULL);

  if (md == NULL)
    return 0;
  EVP_MD_free (signer->md);
  signer->md = md;
  return 1;
}

static const struct
{
  int number;
  const char *name;
  CeSignScheme scheme;
} paddings[] = {
  { RSA_PKCS1_PADDING, OSSL_PKEY_RSA_PAD_MODE_PKCSV15, CE_SIGN_RSA_PKCS1 },
  { RSA_PKCS1_PSS_PADDING, OSSL_PKEY_RSA_PAD_MODE_PSS, CE_SIGN_RSA_PSS },
};

/* OpenSSL names a padding by number or by word. */
static int
set_padding (Signer *signer, const OSSL_PARAM *param)
{
  int number = 0;

  if (signer->scheme == CE_SIGN_ECDSA)
    return 0;
  if (param->data_type != OSSL_PARAM_UTF8_STRING && !OSSL_PARAM_get_int (param, &number))
    return 0;
  for (gsize i = 0; i < G_N_ELEMENTS (paddings); i++)
    if (number != 0 ? number == paddings[i].number : g_strcmp0 (param->data, paddings[i].name) == 0)
      {
        signer->scheme = paddings[i].scheme;
        return 1;
      }
  return 0;
}

/* Only a salt as long as the hash is made: what Windows makes and takes. "max" and "auto" become that. */
static gboolean
salt_is_possible (const Signer *signer, const OSSL_PARAM *param)
{
  static const char *const words[] = { "digest", "max", "auto", NULL };
  int length = 0;

  if (param->data_type == OSSL_PARAM_UTF8_STRING && g_strv_contains (words, param->data))
    return TRUE;
  if (param->data_type == OSSL_PARAM_UTF8_STRING)
    length = atoi (param->data);
  else if (!OSSL_PARAM_get_int (param, &length))
    return FALSE;
  return length < 0 || signer->md == NULL || length == EVP_MD_get_size (signer->md);
}

static int
set_params (void *data, const OSSL_PARAM params[])
{
  Signer *signer = data;
  const OSSL_PARAM *param;

  if (params == NULL)
    return 1;
  param = OSSL_PARAM_locate_const (params, OSSL_SIGNATURE_PARAM_DIGEST);
  if (param != NULL && (param->data_type != OSSL_PARAM_UTF8_STRING || !set_md (signer, param->data)))
    return 0;
  param = OSSL_PARAM_locate_const (params, OSSL_SIGNATURE_PARAM_PAD_MODE);
  if (param != NULL && !set_padding (signer, param))
    return 0;
  param = OSSL_PARAM_locate_const (params, OSSL_SIGNATURE_PARAM_PSS_SALTLEN);
  if (param != NULL && !salt_is_possible (signer, param))
    return 0;
  param = OSSL_PARAM_locate_const (params, OSSL_SIGNATURE_PARAM_MGF1_DIGEST);
  return param == NULL || signer->md == NULL || EVP_MD_is_a (signer->md, param->data);
}

static const OSSL_PARAM *
settable_params (void *signer, void *provider)
{
  static const OSSL_PARAM types[]
      = { OSSL_PARAM_utf8_string (OSSL_SIGNATURE_PARAM_DIGEST, NULL, 0),
          OSSL_PARAM_utf8_string (OSSL_SIGNATURE_PARAM_PAD_MODE, NULL, 0),
          OSSL_PARAM_utf8_string (OSSL_SIGNATURE_PARAM_PSS_SALTLEN, NULL, 0),
          OSSL_PARAM_utf8_string (OSSL_SIGNATURE_PARAM_MGF1_DIGEST, NULL, 0), OSSL_PARAM_END };

  (void) signer;
  (void) provider;
  return types;
}

static int
get_algorithm_id (const Signer *signer, OSSL_PARAM *param)
{
  g_autoptr (GBytes) der = signer->md != NULL ? ce_sign_algorithm_id (signer->scheme, signer->md) : NULL;

  return der != NULL
         && OSSL_PARAM_set_octet_string (param, g_bytes_get_data (der, NULL), g_bytes_get_size (der));
}

static int
get_padding (const Signer *signer, OSSL_PARAM *param)
{
  for (gsize i = 0; i < G_N_ELEMENTS (paddings); i++)
    if (paddings[i].scheme == signer->scheme)
      return param->data_type == OSSL_PARAM_UTF8_STRING ? OSSL_PARAM_set_utf8_string (param, paddings[i].name)
                                                        : OSSL_PARAM_set_int (param, paddings[i].number);
  return 0;
}

static int
get_params (void *data, OSSL_PARAM params[])
{
  const Signer *signer = data;
  const char *md = signer->md != NULL ? EVP_MD_get0_name (signer->md) : "";
  OSSL_PARAM *param;

  param = OSSL_PARAM_locate (params, OSSL_SIGNATURE_PARAM_ALGORITHM_ID);
  if (param != NULL && !get_algorithm_id (signer, param))
    return 0;
  param = OSSL_PARAM_locate (params, OSSL_SIGNATURE_PARAM_PAD_MODE);
  if (param != NULL && !get_padding (signer, param))
    return 0;
  param = OSSL_PARAM_locate (params, OSSL_SIGNATURE_PARAM_PSS_SALTLEN);
  if (param != NULL && !OSSL_PARAM_set_int (param, signer->md != NULL ? EVP_MD_get_size (signer->md) : 0))
    return 0;
  param = OSSL_PARAM_locate (params, OSSL_SIGNATURE_PARAM_MGF1_DIGEST);
  if (param != NULL && !OSSL_PARAM_set_utf8_string (param, md))
    return 0;
  param = OSSL_PARAM_locate (params, OSSL_SIGNATURE_PARAM_DIGEST);
  return param == NULL || OSSL_PARAM_set_utf8_string (param, md);
}

static const OSSL_PARAM *
gettable_params (void *signer, void *provider)
{
  static const OSSL_PARAM types[] = { OSSL_PARAM_octet_string (OSSL_SIGNATURE_PARAM_ALGORITHM_ID, NULL, 0),
                                      OSSL_PARAM_utf8_string (OSSL_SIGNATURE_PARAM_DIGEST, NULL, 0),
                                      OSSL_PARAM_utf8_string (OSSL_SIGNATURE_PARAM_PAD_MODE, NULL, 0),
                                      OSSL_PARAM_utf8_string (OSSL_SIGNATURE_PARAM_PSS_SALTLEN, NULL, 0),
                                      OSSL_PARAM_utf8_string (OSSL_SIGNATURE_PARAM_MGF1_DIGEST, NULL, 0),
                                      OSSL_PARAM_END };

  (void) signer;
  (void) provider;
  return types;
}

static int
operation_init (void *data, void *key, const OSSL_PARAM params[])
{
  Signer *signer = data;

  if (key != NULL)
    {
      signer->key = key;
      signer->scheme = EVP_PKEY_is_a (signer->key->public_key, "RSA") ? CE_SIGN_RSA_PKCS1 : CE_SIGN_ECDSA;
    }
  return signer->key != NULL && set_params (signer, params);
}

static int
leave_error (const Signer *signer, GError *error)
{
  ERR_raise_data (ERR_LIB_PROV, PROV_R_FAILED_TO_SIGN, "%s", error->message);
  g_clear_error (&signer->key->token->sign_error);
  signer->key->token->sign_error = error;
  return 0;
}

static int
sign (void *data, unsigned char *signature, size_t *length, size_t size, const unsigned char *hash,
      size_t hash_length)
{
  const Signer *signer = data;
  g_autoptr (GBytes) made = NULL;
  GError *error = NULL;

  if (signature == NULL)
    {
      *length = (size_t) EVP_PKEY_get_size (signer->key->public_key);
      return 1;
    }
  if (signer->md == NULL || hash_length != (size_t) EVP_MD_get_size (signer->md))
    return 0;
  made = ce_sign_hash (signer->key, signer->scheme, signer->md, hash, &error);
  if (made == NULL)
    return leave_error (signer, error);
  if (g_bytes_get_size (made) > size)
    return 0;
  *length = g_bytes_get_size (made);
  memcpy (signature, g_bytes_get_data (made, NULL), *length);
  return 1;
}

/* In software: OpenSSL comes here with a request's public key when that is the card's key itself. */
static int
verify (void *data, const unsigned char *signature, size_t length, const unsigned char *hash,
        size_t hash_length)
{
  const Signer *signer = data;
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new_from_pkey (NULL, signer->key->public_key, NULL);

  if (context == NULL || signer->md == NULL || EVP_PKEY_verify_init (context) != 1
      || EVP_PKEY_CTX_set_signature_md (context, signer->md) != 1)
    return 0;
  if (signer->scheme == CE_SIGN_RSA_PSS
      && (EVP_PKEY_CTX_set_rsa_padding (context, RSA_PKCS1_PSS_PADDING) != 1
          || EVP_PKEY_CTX_set_rsa_pss_saltlen (context, RSA_PSS_SALTLEN_AUTO) != 1))
    return 0;
  return EVP_PKEY_verify (context, signature, length, hash, hash_length) == 1;
}

static int
digest_init (void *data, const char *md, void *key, const OSSL_PARAM params[])
{
  Signer *signer = data;

  if (!operation_init (signer, key, params) || (md != NULL && !set_md (signer, md)) || signer->md == NULL)
    return 0;
  EVP_MD_CTX_free (signer->hash);
  signer->hash = EVP_MD_CTX_new ();
  return EVP_DigestInit_ex2 (signer->hash, signer->md, NULL);
}

static int
digest_update (void *data, const unsigned char *bytes, size_t length)
{
  return EVP_DigestUpdate (((Signer *) data)->hash, bytes, length);
}

static int
digest_sign_final (void *data, unsigned char *signature, size_t *length, size_t size)
{
  Signer *signer = data;
  unsigned char hash[EVP_MAX_MD_SIZE];
  unsigned int hash_length = 0;

  if (signature != NULL && !EVP_DigestFinal_ex (signer->hash, hash, &hash_length))
    return 0;
  return sign (signer, signature, length, size, hash, hash_length);
}

static int
digest_verify_final (void *data, const unsigned char *signature, size_t length)
{
  Signer *signer = data;
  unsigned char hash[EVP_MAX_MD_SIZE];
  unsigned int hash_length = 0;

  return EVP_DigestFinal_ex (signer->hash, hash, &hash_length)
         && verify (signer, signature, length, hash, hash_length);
}

/* clang-format off */
#define FUNCTION(id, function) { id, (void (*) (void)) function }
/* clang-format on */

const OSSL_DISPATCH ce_provider_signature_functions[] = {
  FUNCTION (OSSL_FUNC_SIGNATURE_NEWCTX, signer_new),
  FUNCTION (OSSL_FUNC_SIGNATURE_FREECTX, signer_free),
  FUNCTION (OSSL_FUNC_SIGNATURE_DUPCTX, signer_dup),
  FUNCTION (OSSL_FUNC_SIGNATURE_SIGN_INIT, operation_init),
  FUNCTION (OSSL_FUNC_SIGNATURE_SIGN, sign),
  FUNCTION (OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, digest_init),
  FUNCTION (OSSL_FUNC_SIGNATURE_DIGEST_SIGN_UPDATE, digest_update),
  FUNCTION (OSSL_FUNC_SIGNATURE_DIGEST_SIGN_FINAL, digest_sign_final),
  FUNCTION (OSSL_FUNC_SIGNATURE_VERIFY_INIT, operation_init),
  FUNCTION (OSSL_FUNC_SIGNATURE_VERIFY, verify),
  FUNCTION (OSSL_FUNC_SIGNATURE_DIGEST_VERIFY_INIT, digest_init),
  FUNCTION (OSSL_FUNC_SIGNATURE_DIGEST_VERIFY_UPDATE, digest_update),
  FUNCTION (OSSL_FUNC_SIGNATURE_DIGEST_VERIFY_FINAL, digest_verify_final),
  FUNCTION (OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, set_params),
  FUNCTION (OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, settable_params),
  FUNCTION (OSSL_FUNC_SIGNATURE_GET_CTX_PARAMS, get_params),
  FUNCTION (OSSL_FUNC_SIGNATURE_GETTABLE_CTX_PARAMS, gettable_params),
  { 0, NULL },
};
