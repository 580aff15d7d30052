/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pkcs11/sign.h"

#include <openssl/ec.h>
#include <openssl/rsa.h>

#define MAX_SIGNATURE_BYTES 1024

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ECDSA_SIG, ECDSA_SIG_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RSA_PSS_PARAMS, RSA_PSS_PARAMS_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_ALGOR, X509_ALGOR_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_SIG, X509_SIG_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ASN1_STRING, ASN1_STRING_free)

static const struct
{
  int nid;
  CK_MECHANISM_TYPE hash;
  CK_RSA_PKCS_MGF_TYPE mgf;
} pss_hashes[] = {
  { NID_sha1, CKM_SHA_1, CKG_MGF1_SHA1 },
  { NID_sha256, CKM_SHA256, CKG_MGF1_SHA256 },
  { NID_sha384, CKM_SHA384, CKG_MGF1_SHA384 },
  { NID_sha512, CKM_SHA512, CKG_MGF1_SHA512 },
};

static GBytes *
take_der (unsigned char *der, int length)
{
  GBytes *bytes = length > 0 ? g_bytes_new (der, (gsize) length) : NULL;

  OPENSSL_free (der);
  return bytes;
}

/* RFC 8017 9.2: the DigestInfo that CKM_RSA_PKCS pads. */
static GBytes *
digest_info (const EVP_MD *md, const guint8 *hash)
{
  g_autoptr (X509_SIG) info = X509_SIG_new ();
  ASN1_OCTET_STRING *digest;
  X509_ALGOR *algorithm;
  unsigned char *der = NULL;
  int length;

  X509_SIG_getm (info, &algorithm, &digest);
  X509_ALGOR_set0 (algorithm, OBJ_nid2obj (EVP_MD_get_type (md)), V_ASN1_NULL, NULL);
  ASN1_OCTET_STRING_set (digest, hash, EVP_MD_get_size (md));
  length = i2d_X509_SIG (info, &der);
  return take_der (der, length);
}

/* What C_Sign is given: CKM_ECDSA wants no more bytes than the curve's order has. */
static GBytes *
input (const CeProviderKey *key, CeSignScheme scheme, const EVP_MD *md, const guint8 *hash)
{
  gsize length = (gsize) EVP_MD_get_size (md);

  if (scheme == CE_SIGN_RSA_PKCS1)
    return digest_info (md, hash);
  if (scheme == CE_SIGN_ECDSA)
    length = MIN (length, (gsize) (EVP_PKEY_get_bits (key->public_key) + 7) / 8);
  return g_bytes_new (hash, length);
}

/* C_Sign's answer to a DER ECDSA-Sig-Value. */
static GBytes *
ecdsa_der (const guint8 *raw, gsize size)
{
  g_autoptr (ECDSA_SIG) signature = ECDSA_SIG_new ();
  unsigned char *der = NULL;
  int length;

  if (size == 0 || size % 2 != 0)
    return NULL;
  ECDSA_SIG_set0 (signature, BN_bin2bn (raw, (int) size / 2, NULL),
                  BN_bin2bn (raw + size / 2, (int) size / 2, NULL));
  length = i2d_ECDSA_SIG (signature, &der);
  return take_der (der, length);
}

static gboolean
mechanism (CeSignScheme scheme, const EVP_MD *md, CK_MECHANISM *ret_mechanism, CK_RSA_PKCS_PSS_PARAMS *pss)
{
  if (scheme != CE_SIGN_RSA_PSS)
    {
      *ret_mechanism = (CK_MECHANISM){ scheme == CE_SIGN_ECDSA ? CKM_ECDSA : CKM_RSA_PKCS, NULL, 0 };
      return TRUE;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (pss_hashes); i++)
    if (pss_hashes[i].nid == EVP_MD_get_type (md))
      {
        *pss = (CK_RSA_PKCS_PSS_PARAMS){ pss_hashes[i].hash, pss_hashes[i].mgf,
                                         (CK_ULONG) EVP_MD_get_size (md) };
        *ret_mechanism = (CK_MECHANISM){ CKM_RSA_PKCS_PSS, pss, sizeof *pss };
        return TRUE;
      }
  return FALSE;
}

static CK_RV
card_sign (const CeProviderKey *key, CK_MECHANISM *how, GBytes *what, guint8 *signature, CK_ULONG *length)
{
  CK_FUNCTION_LIST *f = key->token->f;
  gsize size = 0;
  CK_BYTE_PTR data = (CK_BYTE_PTR) g_bytes_get_data (what, &size);
  CK_RV rv = f->C_SignInit (key->token->session, how, key->private_key);

  if (rv == CKR_OK && key->always_authenticate)
    rv = ce_token_authenticate_use (key->token);
  if (rv == CKR_OK)
    rv = f->C_Sign (key->token->session, data, size, signature, length);
  return rv;
}

GBytes *
ce_sign_hash (const CeProviderKey *key, CeSignScheme scheme, const EVP_MD *md, const guint8 *hash,
              GError **error)
{
  g_autoptr (GBytes) what = input (key, scheme, md, hash);
  guint8 signature[MAX_SIGNATURE_BYTES];
  CK_ULONG length = sizeof signature;
  CK_RSA_PKCS_PSS_PARAMS pss;
  CK_MECHANISM how;
  GBytes *result;
  CK_RV rv;

  if (!mechanism (scheme, md, &how, &pss))
    {
      g_set_error (error, CE_ERROR, CE_ERROR_NOT_SUPPORTED, "a PSS signature with %s cannot be made",
                   EVP_MD_get0_name (md));
      return NULL;
    }
  rv = card_sign (key, &how, what, signature, &length);
  if (rv != CKR_OK)
    {
      ce_token_fail (key->token, rv, "sign", error);
      return NULL;
    }
  if (length > sizeof signature)
    {
      ce_token_fail (key->token, CKR_SIGNATURE_LEN_RANGE, "sign", error);
      return NULL;
    }
  result = scheme == CE_SIGN_ECDSA ? ecdsa_der (signature, length) : g_bytes_new (signature, length);
  if (result == NULL)
    ce_token_fail (key->token, CKR_SIGNATURE_LEN_RANGE, "sign", error);
  return result;
}

/* RFC 4055 3.1: RSASSA-PSS-params; the trailer field is its default. */
static gboolean
set_pss_parameters (X509_ALGOR *algorithm, const EVP_MD *md)
{
  g_autoptr (RSA_PSS_PARAMS) pss = RSA_PSS_PARAMS_new ();
  g_autoptr (ASN1_STRING) mgf_hash = NULL;
  g_autoptr (ASN1_STRING) parameters = NULL;

  pss->hashAlgorithm = X509_ALGOR_new ();
  pss->maskGenAlgorithm = X509_ALGOR_new ();
  pss->saltLength = ASN1_INTEGER_new ();
  X509_ALGOR_set_md (pss->hashAlgorithm, md);
  mgf_hash = ASN1_item_pack (pss->hashAlgorithm, ASN1_ITEM_rptr (X509_ALGOR), NULL);
  if (mgf_hash == NULL || !ASN1_INTEGER_set (pss->saltLength, EVP_MD_get_size (md)))
    return FALSE;
  X509_ALGOR_set0 (pss->maskGenAlgorithm, OBJ_nid2obj (NID_mgf1), V_ASN1_SEQUENCE,
                   g_steal_pointer (&mgf_hash));
  parameters = ASN1_item_pack (pss, ASN1_ITEM_rptr (RSA_PSS_PARAMS), NULL);
  if (parameters == NULL)
    return FALSE;
  return X509_ALGOR_set0 (algorithm, OBJ_nid2obj (NID_rsassaPss), V_ASN1_SEQUENCE,
                          g_steal_pointer (&parameters));
}

GBytes *
ce_sign_algorithm_id (CeSignScheme scheme, const EVP_MD *md)
{
  g_autoptr (X509_ALGOR) algorithm = X509_ALGOR_new ();
  int key_nid = scheme == CE_SIGN_ECDSA ? NID_X9_62_id_ecPublicKey : NID_rsaEncryption;
  unsigned char *der = NULL;
  int signature_nid, length;

  if (scheme == CE_SIGN_RSA_PSS)
    {
      if (!set_pss_parameters (algorithm, md))
        return NULL;
    }
  else if (!OBJ_find_sigid_by_algs (&signature_nid, EVP_MD_get_type (md), key_nid))
    return NULL;
  else
    X509_ALGOR_set0 (algorithm, OBJ_nid2obj (signature_nid),
                     scheme == CE_SIGN_ECDSA ? V_ASN1_UNDEF : V_ASN1_NULL, NULL);
  length = i2d_X509_ALGOR (algorithm, &der);
  return take_der (der, length);
}
