/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pkcs11/public-key.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include "agent/base/text.h"

#define MIN_RSA_BITS 1024
#define MAX_RSA_BITS 8192
#define MAX_EXPONENT_BYTES 8

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OSSL_PARAM_BLD, OSSL_PARAM_BLD_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OSSL_PARAM, OSSL_PARAM_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ASN1_OCTET_STRING, ASN1_OCTET_STRING_free)

static EVP_PKEY *
key_from_params (const char *type, OSSL_PARAM_BLD *builder)
{
  g_autoptr (OSSL_PARAM) params = OSSL_PARAM_BLD_to_param (builder);
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new_from_name (NULL, type, NULL);
  EVP_PKEY *key = NULL;

  if (params == NULL || context == NULL || EVP_PKEY_fromdata_init (context) <= 0
      || EVP_PKEY_fromdata (context, &key, EVP_PKEY_PUBLIC_KEY, params) <= 0)
    ERR_clear_error ();
  return key;
}

static BIGNUM *
number (GBytes *bytes)
{
  return BN_bin2bn (g_bytes_get_data (bytes, NULL), (int) g_bytes_get_size (bytes), NULL);
}

static EVP_PKEY *
rsa_key (GBytes *modulus, GBytes *exponent)
{
  g_autoptr (OSSL_PARAM_BLD) builder = OSSL_PARAM_BLD_new ();
  g_autoptr (BIGNUM) n = NULL;
  g_autoptr (BIGNUM) e = NULL;

  if (modulus == NULL || exponent == NULL || g_bytes_get_size (modulus) > MAX_RSA_BITS / 8 + 1
      || g_bytes_get_size (exponent) > MAX_EXPONENT_BYTES)
    return NULL;
  n = number (modulus);
  e = number (exponent);
  if (BN_num_bits (n) < MIN_RSA_BITS || BN_num_bits (n) > MAX_RSA_BITS || !BN_is_odd (n) || !BN_is_odd (e)
      || !OSSL_PARAM_BLD_push_BN (builder, OSSL_PKEY_PARAM_RSA_N, n)
      || !OSSL_PARAM_BLD_push_BN (builder, OSSL_PKEY_PARAM_RSA_E, e))
    return NULL;
  return key_from_params ("RSA", builder);
}

/* The curve of CKA_EC_PARAMS where it is an OID; PKCS#11's other forms are not in use. */
static const char *
curve_name (GBytes *parameters)
{
  gsize size = 0;
  const guint8 *der = g_bytes_get_data (parameters, &size);
  const guint8 *end = der;
  g_autoptr (ASN1_OBJECT) oid = d2i_ASN1_OBJECT (NULL, &end, (long) size);
  int nid = oid != NULL && end == der + size ? OBJ_obj2nid (oid) : NID_undef;

  ERR_clear_error ();
  return nid != NID_undef ? OBJ_nid2sn (nid) : NULL;
}

static EVP_PKEY *
ec_key_from_point (const char *curve, const guint8 *point, gsize size)
{
  g_autoptr (OSSL_PARAM_BLD) builder = OSSL_PARAM_BLD_new ();

  if (!OSSL_PARAM_BLD_push_utf8_string (builder, OSSL_PKEY_PARAM_GROUP_NAME, curve, 0)
      || !OSSL_PARAM_BLD_push_octet_string (builder, OSSL_PKEY_PARAM_PUB_KEY, point, size))
    return NULL;
  return key_from_params ("EC", builder);
}

/* CKA_EC_POINT is an OCTET STRING around the point; some modules give the bare point. */
static EVP_PKEY *
ec_key (GBytes *parameters, GBytes *point)
{
  const char *curve = parameters != NULL ? curve_name (parameters) : NULL;
  g_autoptr (ASN1_OCTET_STRING) inner = NULL;
  const guint8 *der, *end;
  gsize size = 0;

  if (curve == NULL || point == NULL)
    return NULL;
  end = der = g_bytes_get_data (point, &size);
  inner = d2i_ASN1_OCTET_STRING (NULL, &end, (long) size);
  ERR_clear_error ();
  if (inner != NULL && end == der + size)
    return ec_key_from_point (curve, ASN1_STRING_get0_data (inner), (gsize) ASN1_STRING_length (inner));
  return ec_key_from_point (curve, der, size);
}

EVP_PKEY *
ce_public_key_from_object (const CeToken *token, CK_OBJECT_HANDLE object)
{
  CK_KEY_TYPE type = ce_object_number (token, object, CKA_KEY_TYPE, CK_UNAVAILABLE_INFORMATION);
  g_autoptr (GBytes) one = NULL;
  g_autoptr (GBytes) two = NULL;

  if (type == CKK_RSA)
    {
      one = ce_object_bytes (token, object, CKA_MODULUS);
      two = ce_object_bytes (token, object, CKA_PUBLIC_EXPONENT);
      return rsa_key (one, two);
    }
  if (type == CKK_EC)
    {
      one = ce_object_bytes (token, object, CKA_EC_PARAMS);
      two = ce_object_bytes (token, object, CKA_EC_POINT);
      return ec_key (one, two);
    }
  return NULL;
}

char *
ce_public_key_hash (EVP_PKEY *key)
{
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned char *der = NULL;
  size_t length = 0;
  int der_length = key != NULL ? i2d_PUBKEY (key, &der) : 0;
  gboolean ok
      = der_length > 0 && EVP_Q_digest (NULL, "SHA256", NULL, der, (size_t) der_length, digest, &length) == 1;

  OPENSSL_free (der);
  ERR_clear_error ();
  return ok ? ce_hex (digest, length) : g_strdup ("");
}

static const struct
{
  const char *curve, *algorithm;
} curves[] = {
  { "prime256v1", "ec-p256" },
  { "secp384r1", "ec-p384" },
  { "secp521r1", "ec-p521" },
};

char *
ce_public_key_algorithm (EVP_PKEY *key)
{
  char group[64] = "";

  if (key == NULL)
    return g_strdup ("");
  if (EVP_PKEY_is_a (key, "RSA"))
    return g_strdup_printf ("rsa-%d", EVP_PKEY_get_bits (key));
  if (!EVP_PKEY_is_a (key, "EC") || EVP_PKEY_get_group_name (key, group, sizeof group, NULL) != 1)
    return g_strdup ("");
  for (gsize i = 0; i < G_N_ELEMENTS (curves); i++)
    if (g_str_equal (curves[i].curve, group))
      return g_strdup (curves[i].algorithm);
  return g_strdup_printf ("ec-%s", group);
}

GBytes *
ce_curve_parameters (const char *algorithm)
{
  for (gsize i = 0; i < G_N_ELEMENTS (curves); i++)
    {
      unsigned char *der = NULL;
      int length;
      GBytes *bytes;

      if (!g_str_equal (curves[i].algorithm, algorithm))
        continue;
      length = i2d_ASN1_OBJECT (OBJ_nid2obj (OBJ_sn2nid (curves[i].curve)), &der);
      bytes = g_bytes_new (der, (gsize) MAX (length, 0));
      OPENSSL_free (der);
      return bytes;
    }
  return NULL;
}
