/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pkcs11/provider.h"

#include <openssl/core_names.h>
#include <openssl/provider.h>

#define PROVIDER "cardenroll"
#define PROPERTIES "provider=" PROVIDER
/* Carries a CeProviderKey's address from ce_provider_key_new() to key_import(), in this process only. */
#define PARAM_KEY "cardenroll-key"

static void *
key_new (void *provider)
{
  (void) provider;
  return g_new0 (CeProviderKey, 1);
}

static void
key_free (void *data)
{
  CeProviderKey *key = data;

  EVP_PKEY_free (key->public_key);
  g_free (key);
}

static int
key_import (void *data, int selection, const OSSL_PARAM params[])
{
  const OSSL_PARAM *param = OSSL_PARAM_locate_const (params, PARAM_KEY);
  CeProviderKey *key = data;
  const void *from = NULL;
  size_t size = 0;

  (void) selection;
  if (param == NULL || !OSSL_PARAM_get_octet_ptr (param, &from, &size) || size != sizeof *key)
    return 0;
  *key = *(const CeProviderKey *) from;
  return EVP_PKEY_up_ref (key->public_key);
}

static const OSSL_PARAM *
key_import_types (int selection)
{
  static const OSSL_PARAM types[] = { OSSL_PARAM_octet_ptr (PARAM_KEY, NULL, 0), OSSL_PARAM_END };

  (void) selection;
  return types;
}

/* To refuse the private part is what makes OpenSSL come back here to sign. */
static int
key_export (void *data, int selection, OSSL_CALLBACK *callback, void *user_data)
{
  const CeProviderKey *key = data;
  OSSL_PARAM *params = NULL;
  int ok;

  if ((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY)
      || EVP_PKEY_todata (key->public_key, EVP_PKEY_PUBLIC_KEY, &params) != 1)
    return 0;
  ok = callback (params, user_data);
  OSSL_PARAM_free (params);
  return ok;
}

static const OSSL_PARAM *
rsa_export_types (int selection)
{
  static const OSSL_PARAM types[] = { OSSL_PARAM_BN (OSSL_PKEY_PARAM_RSA_N, NULL, 0),
                                      OSSL_PARAM_BN (OSSL_PKEY_PARAM_RSA_E, NULL, 0), OSSL_PARAM_END };

  return selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY ? NULL : types;
}

static const OSSL_PARAM *
ec_export_types (int selection)
{
  static const OSSL_PARAM types[]
      = { OSSL_PARAM_utf8_string (OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
          OSSL_PARAM_octet_string (OSSL_PKEY_PARAM_PUB_KEY, NULL, 0), OSSL_PARAM_END };

  return selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY ? NULL : types;
}

static int
key_has (const void *data, int selection)
{
  (void) selection;
  return ((const CeProviderKey *) data)->public_key != NULL;
}

static int
key_match (const void *one, const void *two, int selection)
{
  (void) selection;
  return EVP_PKEY_eq (((const CeProviderKey *) one)->public_key, ((const CeProviderKey *) two)->public_key)
         == 1;
}

/* Bits, sizes, curve, default digest: as the public key has them. */
static int
key_get_params (void *data, OSSL_PARAM params[])
{
  return EVP_PKEY_get_params (((const CeProviderKey *) data)->public_key, params);
}

static const OSSL_PARAM *
key_gettable_params (void *provider)
{
  static const OSSL_PARAM types[] = { OSSL_PARAM_int (OSSL_PKEY_PARAM_BITS, NULL),
                                      OSSL_PARAM_int (OSSL_PKEY_PARAM_SECURITY_BITS, NULL),
                                      OSSL_PARAM_int (OSSL_PKEY_PARAM_MAX_SIZE, NULL),
                                      OSSL_PARAM_utf8_string (OSSL_PKEY_PARAM_DEFAULT_DIGEST, NULL, 0),
                                      OSSL_PARAM_utf8_string (OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
                                      OSSL_PARAM_octet_string (OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, NULL, 0),
                                      OSSL_PARAM_BN (OSSL_PKEY_PARAM_RSA_N, NULL, 0),
                                      OSSL_PARAM_BN (OSSL_PKEY_PARAM_RSA_E, NULL, 0),
                                      OSSL_PARAM_END };

  (void) provider;
  return types;
}

static const char *
rsa_operation (int operation)
{
  return operation == OSSL_OP_SIGNATURE ? "RSA" : NULL;
}

static const char *
ec_operation (int operation)
{
  return operation == OSSL_OP_SIGNATURE ? "ECDSA" : NULL;
}

/* clang-format off */
#define FUNCTION(id, function) { id, (void (*) (void)) function }
#define KEY_FUNCTIONS(kind) { \
    FUNCTION (OSSL_FUNC_KEYMGMT_NEW, key_new), \
    FUNCTION (OSSL_FUNC_KEYMGMT_FREE, key_free), \
    FUNCTION (OSSL_FUNC_KEYMGMT_IMPORT, key_import), \
    FUNCTION (OSSL_FUNC_KEYMGMT_IMPORT_TYPES, key_import_types), \
    FUNCTION (OSSL_FUNC_KEYMGMT_EXPORT, key_export), \
    FUNCTION (OSSL_FUNC_KEYMGMT_EXPORT_TYPES, kind##_export_types), \
    FUNCTION (OSSL_FUNC_KEYMGMT_HAS, key_has), \
    FUNCTION (OSSL_FUNC_KEYMGMT_MATCH, key_match), \
    FUNCTION (OSSL_FUNC_KEYMGMT_GET_PARAMS, key_get_params), \
    FUNCTION (OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, key_gettable_params), \
    FUNCTION (OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, kind##_operation), \
    { 0, NULL } }
/* clang-format on */

static const OSSL_DISPATCH rsa_functions[] = KEY_FUNCTIONS (rsa);
static const OSSL_DISPATCH ec_functions[] = KEY_FUNCTIONS (ec);

static const OSSL_ALGORITHM *
query (void *provider, int operation, int *no_cache)
{
  static const OSSL_ALGORITHM keys[]
      = { { "RSA:rsaEncryption:1.2.840.113549.1.1.1", PROPERTIES, rsa_functions, NULL },
          { "EC:id-ecPublicKey:1.2.840.10045.2.1", PROPERTIES, ec_functions, NULL },
          { NULL, NULL, NULL, NULL } };
  static const OSSL_ALGORITHM signatures[]
      = { { "RSA:rsaEncryption:1.2.840.113549.1.1.1", PROPERTIES, ce_provider_signature_functions, NULL },
          { "ECDSA", PROPERTIES, ce_provider_signature_functions, NULL },
          { NULL, NULL, NULL, NULL } };

  (void) provider;
  *no_cache = 0;
  if (operation == OSSL_OP_KEYMGMT)
    return keys;
  return operation == OSSL_OP_SIGNATURE ? signatures : NULL;
}

static int
provider_init (const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out,
               void **ret_provider)
{
  static const OSSL_DISPATCH functions[]
      = { FUNCTION (OSSL_FUNC_PROVIDER_QUERY_OPERATION, query), { 0, NULL } };

  (void) in;
  *out = functions;
  *ret_provider = (void *) handle;
  return 1;
}

/* Lives as long as the process: keys made in it may outlive any owner that it could have. */
static OSSL_LIB_CTX *
library_context (void)
{
  static gsize once;
  static OSSL_LIB_CTX *context;

  if (g_once_init_enter (&once))
    {
      context = OSSL_LIB_CTX_new ();
      if (!OSSL_PROVIDER_add_builtin (context, PROVIDER, provider_init)
          || OSSL_PROVIDER_load (context, "default") == NULL
          || OSSL_PROVIDER_load (context, PROVIDER) == NULL)
        g_clear_pointer (&context, OSSL_LIB_CTX_free);
      g_once_init_leave (&once, 1);
    }
  return context;
}

EVP_PKEY *
ce_provider_key_new (CeToken *token, CK_OBJECT_HANDLE private_key, gboolean always_authenticate,
                     EVP_PKEY *public_key, GError **error)
{
  const char *type = EVP_PKEY_is_a (public_key, "RSA") ? "RSA" : "EC";
  CeProviderKey key = { public_key, token, private_key, always_authenticate };
  void *address = &key;
  OSSL_PARAM params[]
      = { OSSL_PARAM_construct_octet_ptr (PARAM_KEY, &address, sizeof key), OSSL_PARAM_construct_end () };
  OSSL_LIB_CTX *library = library_context ();
  g_autoptr (EVP_PKEY_CTX) context = NULL;
  EVP_PKEY *result = NULL;

  if (library != NULL)
    context = EVP_PKEY_CTX_new_from_name (library, type, PROPERTIES);
  if (context == NULL || EVP_PKEY_fromdata_init (context) <= 0
      || EVP_PKEY_fromdata (context, &result, EVP_PKEY_KEYPAIR, params) <= 0)
    ce_openssl_error (error, CE_ERROR_FAILED, "cannot make an OpenSSL key of the card's key");
  return result;
}
