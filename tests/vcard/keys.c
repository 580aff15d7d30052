/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/vcard/keys.h"

#include <openssl/core_names.h>
#include <openssl/obj_mac.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#define MAX_RSA_BITS 4096
#define MAX_POINT (1 + 2 * 66)

static const char *const curves[] = { "prime256v1",      "secp384r1",       "secp521r1", "brainpoolP256r1",
                                      "brainpoolP384r1", "brainpoolP512r1", "secp256k1" };

bool
vc_key_is_rsa (const EVP_PKEY *key)
{
  return EVP_PKEY_get_base_id (key) == EVP_PKEY_RSA;
}

bool
vc_key_is_ec (const EVP_PKEY *key)
{
  return EVP_PKEY_get_base_id (key) == EVP_PKEY_EC;
}

typedef struct
{
  VcKeepGoing keep_going;
  void *data;
} Progress;

static int
on_progress (EVP_PKEY_CTX *ctx)
{
  const Progress *progress = EVP_PKEY_CTX_get_app_data (ctx);

  return progress->keep_going == NULL || progress->keep_going (progress->data);
}

static bool
rsa_size_is_offered (unsigned bits)
{
  return bits == 1024 || bits == 1536 || bits == 2048 || bits == 3072 || bits == 4096;
}

EVP_PKEY *
vc_key_generate_rsa (unsigned bits, VcBytes exponent, VcKeepGoing keep_going, void *data,
                     VcStatus *ret_status)
{
  VC_AUTOPTR (EVP_PKEY_CTX) ctx = EVP_PKEY_CTX_new_from_name (NULL, "RSA", NULL);
  VC_AUTOPTR (BIGNUM) e = NULL;
  Progress progress = { keep_going, data };
  EVP_PKEY *key = NULL;

  *ret_status = VC_SW_WRONG_DATA;
  if (!rsa_size_is_offered (bits) || exponent.len == 0 || exponent.len > 8)
    return NULL;
  e = BN_bin2bn (exponent.data, (int) exponent.len, NULL);
  if (e == NULL || !BN_is_odd (e) || BN_is_one (e))
    return NULL;
  *ret_status = VC_SW_INTERNAL;
  if (ctx == NULL || EVP_PKEY_keygen_init (ctx) <= 0
      || EVP_PKEY_CTX_set_rsa_keygen_bits (ctx, (int) bits) <= 0
      || EVP_PKEY_CTX_set1_rsa_keygen_pubexp (ctx, e) <= 0)
    return NULL;
  EVP_PKEY_CTX_set_app_data (ctx, &progress);
  EVP_PKEY_CTX_set_cb (ctx, on_progress);
  if (EVP_PKEY_generate (ctx, &key) <= 0)
    return NULL;
  *ret_status = VC_SW_OK;
  return key;
}

static bool
bignum_is (const BIGNUM *number, VcBytes bytes)
{
  VC_AUTOPTR (BIGNUM) other = NULL;

  if (bytes.len == 0 || bytes.len > MAX_POINT)
    return false;
  other = BN_bin2bn (bytes.data, (int) bytes.len, NULL);
  return other != NULL && BN_cmp (number, other) == 0;
}

static bool
curve_has (const char *name, VcBytes prime, VcBytes coefficient_a)
{
  VC_AUTOPTR (EC_GROUP) group = EC_GROUP_new_by_curve_name (OBJ_sn2nid (name));
  VC_AUTOPTR (BIGNUM) p = BN_new ();
  VC_AUTOPTR (BIGNUM) a = BN_new ();

  return group != NULL && p != NULL && a != NULL && EC_GROUP_get_curve (group, p, a, NULL, NULL)
         && bignum_is (p, prime) && bignum_is (a, coefficient_a);
}

EVP_PKEY *
vc_key_generate_named_curve (const char *curve)
{
  return EVP_EC_gen (curve);
}

EVP_PKEY *
vc_key_generate_ec (VcBytes prime, VcBytes coefficient_a, VcStatus *ret_status)
{
  for (size_t i = 0; i < sizeof curves / sizeof curves[0]; i++)
    if (curve_has (curves[i], prime, coefficient_a))
      {
        EVP_PKEY *key = vc_key_generate_named_curve (curves[i]);

        *ret_status = key != NULL ? VC_SW_OK : VC_SW_INTERNAL;
        return key;
      }
  *ret_status = VC_SW_WRONG_DATA;
  return NULL;
}

static bool
append_number (const EVP_PKEY *key, const char *param, VcBuf *out)
{
  VC_AUTOPTR (BIGNUM) number = NULL;
  int len;

  if (!EVP_PKEY_get_bn_param (key, param, &number))
    return false;
  len = BN_num_bytes (number);
  return BN_bn2binpad (number, vc_buf_extend (out, (size_t) len), len) == len;
}

bool
vc_key_append_modulus (const EVP_PKEY *key, VcBuf *out)
{
  return append_number (key, OSSL_PKEY_PARAM_RSA_N, out);
}

bool
vc_key_append_exponent (const EVP_PKEY *key, VcBuf *out)
{
  return append_number (key, OSSL_PKEY_PARAM_RSA_E, out);
}

bool
vc_key_append_point (const EVP_PKEY *key, VcBuf *out)
{
  uint8_t point[MAX_POINT];
  size_t len = 0;

  if (!EVP_PKEY_get_octet_string_param (key, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, point, sizeof point, &len))
    return false;
  vc_buf_append (out, point, len);
  return true;
}

static const EVP_MD *
hash_by_number (unsigned number)
{
  switch (number)
    {
    case 1:
      return EVP_sha1 ();
    case 2:
      return EVP_sha224 ();
    case 3:
      return EVP_sha256 ();
    case 4:
      return EVP_sha384 ();
    case 5:
      return EVP_sha512 ();
    default:
      return NULL;
    }
}

static const EVP_MD *
hash_by_length (size_t len)
{
  for (unsigned number = 1; number <= 5; number++)
    if ((size_t) EVP_MD_get_size (hash_by_number (number)) == len)
      return hash_by_number (number);
  return NULL;
}

static bool
set_pss (EVP_PKEY_CTX *ctx, const EVP_MD *hash)
{
  return EVP_PKEY_CTX_set_rsa_padding (ctx, RSA_PKCS1_PSS_PADDING) > 0
         && EVP_PKEY_CTX_set_signature_md (ctx, hash) > 0 && EVP_PKEY_CTX_set_rsa_mgf1_md (ctx, hash) > 0
         && EVP_PKEY_CTX_set_rsa_pss_saltlen (ctx, RSA_PSS_SALTLEN_DIGEST) > 0;
}

static bool
set_padding (EVP_PKEY_CTX *ctx, unsigned scheme, const EVP_MD *hash)
{
  switch (scheme)
    {
    case VC_ALG_RSA_RAW:
      return EVP_PKEY_CTX_set_rsa_padding (ctx, RSA_NO_PADDING) > 0;
    case VC_ALG_RSA_PKCS1:
      return EVP_PKEY_CTX_set_rsa_padding (ctx, RSA_PKCS1_PADDING) > 0;
    case VC_ALG_RSA_PSS:
      return set_pss (ctx, hash);
    default:
      return true;
    }
}

static VcStatus
sign_prepared (EVP_PKEY *key, unsigned scheme, VcBytes input, VcBuf *out)
{
  VC_AUTOPTR (EVP_PKEY_CTX) ctx = EVP_PKEY_CTX_new (key, NULL);
  const EVP_MD *hash = hash_by_length (input.len);
  size_t before = out->len;
  size_t len = (size_t) EVP_PKEY_get_size (key);

  if (scheme == VC_ALG_RSA_PSS && hash == NULL)
    return VC_SW_WRONG_DATA;
  if (ctx == NULL || EVP_PKEY_sign_init (ctx) <= 0 || !set_padding (ctx, scheme, hash))
    return VC_SW_INTERNAL;
  if (EVP_PKEY_sign (ctx, vc_buf_extend (out, len), &len, input.data, input.len) <= 0)
    {
      vc_buf_truncate (out, before);
      return VC_SW_WRONG_DATA;
    }
  vc_buf_truncate (out, before + len);
  return VC_SW_OK;
}

static bool
digest_sign (EVP_PKEY *key, unsigned scheme, const EVP_MD *hash, VcBytes input, VcBuf *out)
{
  VC_AUTOPTR (EVP_MD_CTX) ctx = EVP_MD_CTX_new ();
  EVP_PKEY_CTX *key_ctx = NULL; /* owned by ctx */
  size_t before = out->len;
  size_t len = (size_t) EVP_PKEY_get_size (key);

  if (ctx == NULL || EVP_DigestSignInit (ctx, &key_ctx, hash, NULL, key) <= 0
      || !set_padding (key_ctx, scheme, hash))
    return false;
  if (EVP_DigestSign (ctx, vc_buf_extend (out, len), &len, input.data, input.len) <= 0)
    {
      vc_buf_truncate (out, before);
      return false;
    }
  vc_buf_truncate (out, before + len);
  return true;
}

VcStatus
vc_key_sign (EVP_PKEY *key, unsigned algorithm, VcBytes input, VcBuf *out)
{
  unsigned scheme = algorithm & 0xF0;
  unsigned number = algorithm & 0x0F;

  if (scheme == VC_ALG_ECDSA ? !vc_key_is_ec (key) : !vc_key_is_rsa (key))
    return VC_SW_WRONG_P1P2;
  if (scheme != VC_ALG_RSA_RAW && scheme != VC_ALG_RSA_PKCS1 && scheme != VC_ALG_RSA_PSS
      && scheme != VC_ALG_ECDSA)
    return VC_SW_WRONG_P1P2;
  if (number == 0)
    return input.len > 0 ? sign_prepared (key, scheme, input, out) : VC_SW_WRONG_LENGTH;
  if (scheme == VC_ALG_RSA_RAW || hash_by_number (number) == NULL)
    return VC_SW_WRONG_P1P2;
  return digest_sign (key, scheme, hash_by_number (number), input, out) ? VC_SW_OK : VC_SW_INTERNAL;
}

static VcStatus
decipher_raw (EVP_PKEY *key, VcBytes input, VcBuf *out)
{
  VC_AUTOPTR (EVP_PKEY_CTX) ctx = EVP_PKEY_CTX_new (key, NULL);
  size_t before = out->len;
  size_t len = (size_t) EVP_PKEY_get_size (key);

  if (input.len != len)
    return VC_SW_WRONG_LENGTH;
  if (ctx == NULL || EVP_PKEY_decrypt_init (ctx) <= 0
      || EVP_PKEY_CTX_set_rsa_padding (ctx, RSA_NO_PADDING) <= 0)
    return VC_SW_INTERNAL;
  if (EVP_PKEY_decrypt (ctx, vc_buf_extend (out, len), &len, input.data, input.len) <= 0)
    {
      vc_buf_truncate (out, before);
      return VC_SW_WRONG_DATA;
    }
  vc_buf_truncate (out, before + len);
  return VC_SW_OK;
}

static EC_GROUP *
group_of (const EVP_PKEY *key)
{
  char name[64];
  size_t len = 0;

  if (!EVP_PKEY_get_utf8_string_param (key, OSSL_PKEY_PARAM_GROUP_NAME, name, sizeof name, &len))
    return NULL;
  return EC_GROUP_new_by_curve_name (OBJ_txt2nid (name));
}

/* By hand, because EVP_PKEY_derive gives only the x coordinate and the applet answers the whole point. */
static VcStatus
multiply_point (EVP_PKEY *key, VcBytes input, VcBuf *out)
{
  VC_AUTOPTR (EC_GROUP) group = group_of (key);
  VC_AUTOPTR (EC_POINT) point = group != NULL ? EC_POINT_new (group) : NULL;
  VC_AUTOPTR (BIGNUM) scalar = NULL;
  uint8_t encoded[MAX_POINT];
  size_t len;

  if (point == NULL || !EVP_PKEY_get_bn_param (key, OSSL_PKEY_PARAM_PRIV_KEY, &scalar))
    return VC_SW_INTERNAL;
  if (input.len == 0 || !EC_POINT_oct2point (group, point, input.data, input.len, NULL))
    return VC_SW_WRONG_DATA;
  if (!EC_POINT_mul (group, point, NULL, point, scalar, NULL))
    return VC_SW_INTERNAL;
  len = EC_POINT_point2oct (group, point, POINT_CONVERSION_UNCOMPRESSED, encoded, sizeof encoded, NULL);
  if (len == 0)
    return VC_SW_INTERNAL;
  vc_buf_append (out, encoded, len);
  return VC_SW_OK;
}

VcStatus
vc_key_decipher (EVP_PKEY *key, unsigned algorithm, VcBytes input, VcBuf *out)
{
  if (algorithm == VC_ALG_RSA_DECIPHER && vc_key_is_rsa (key))
    return decipher_raw (key, input, out);
  if (algorithm == VC_ALG_ECDH && vc_key_is_ec (key))
    return multiply_point (key, input, out);
  return VC_SW_WRONG_P1P2;
}

bool
vc_key_sign_cvc (EVP_PKEY *key, VcBytes input, VcBuf *out)
{
  VC_AUTOBUF der = { 0 };
  VC_AUTOPTR (ECDSA_SIG) signature = NULL;
  const uint8_t *cursor;
  int len = (EVP_PKEY_get_bits (key) + 7) / 8;

  if (vc_key_is_rsa (key))
    return digest_sign (key, VC_ALG_RSA_PKCS1, EVP_sha256 (), input, out);
  if (!digest_sign (key, VC_ALG_ECDSA, EVP_sha256 (), input, &der))
    return false;
  cursor = der.data;
  signature = d2i_ECDSA_SIG (NULL, &cursor, (long) der.len);
  return signature != NULL
         && BN_bn2binpad (ECDSA_SIG_get0_r (signature), vc_buf_extend (out, (size_t) len), len) == len
         && BN_bn2binpad (ECDSA_SIG_get0_s (signature), vc_buf_extend (out, (size_t) len), len) == len;
}

bool
vc_key_append_der (const EVP_PKEY *key, VcBuf *out)
{
  int len = i2d_PrivateKey (key, NULL);
  uint8_t *cursor;

  if (len <= 0)
    return false;
  cursor = vc_buf_extend (out, (size_t) len);
  return i2d_PrivateKey (key, &cursor) == len;
}

EVP_PKEY *
vc_key_from_der (VcBytes der)
{
  const uint8_t *cursor = der.data;
  EVP_PKEY *key;

  if (der.len == 0 || der.len > 8192)
    return NULL;
  key = d2i_AutoPrivateKey (NULL, &cursor, (long) der.len);
  if (key != NULL && cursor == der.data + der.len
      && ((vc_key_is_rsa (key) && EVP_PKEY_get_bits (key) <= MAX_RSA_BITS)
          || (vc_key_is_ec (key) && EVP_PKEY_get_bits (key) <= 521)))
    return key;
  EVP_PKEY_free (key);
  return NULL;
}
