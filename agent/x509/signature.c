/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/x509/signature.h"

#include <openssl/rsa.h>

/* id-RSASSA-PSS { SHA-256, MGF1 { SHA-256 }, salt 32 }; RFC 4055 3.1. */
static const guint8 pss_sha256[] = {
  0x30, 0x41, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a, 0x30, 0x34, 0xa0, 0x0f,
  0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0xa1, 0x1c,
  0x30, 0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08, 0x30, 0x0d, 0x06, 0x09,
  0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0xa2, 0x03, 0x02, 0x01, 0x20,
};

X509_ALGOR *
ce_signature_algorithm (EVP_PKEY *key, gboolean pss, GError **error)
{
  g_autoptr (X509_ALGOR) algorithm = NULL;
  const unsigned char *at = pss_sha256;
  gboolean rsa = EVP_PKEY_is_a (key, "RSA");

  if (!rsa && !EVP_PKEY_is_a (key, "EC"))
    {
      g_set_error (error, CE_ERROR, CE_ERROR_NOT_SUPPORTED, "a key of type %s cannot sign a request",
                   EVP_PKEY_get0_type_name (key));
      return NULL;
    }
  if (rsa && pss)
    return d2i_X509_ALGOR (NULL, &at, sizeof pss_sha256);

  algorithm = X509_ALGOR_new ();
  /* RFC 4055 wants NULL parameters for RSA, RFC 5758 none for ECDSA. */
  if (algorithm == NULL
      || !X509_ALGOR_set0 (algorithm, OBJ_nid2obj (rsa ? NID_sha256WithRSAEncryption : NID_ecdsa_with_SHA256),
                           rsa ? V_ASN1_NULL : V_ASN1_UNDEF, NULL))
    return ce_openssl_error (error, CE_ERROR_FAILED, "cannot name a signature algorithm"), NULL;
  return g_steal_pointer (&algorithm);
}

static gboolean
choose_pss (EVP_PKEY_CTX *context)
{
  return EVP_PKEY_CTX_set_rsa_padding (context, RSA_PKCS1_PSS_PADDING) > 0
         && EVP_PKEY_CTX_set_rsa_mgf1_md_name (context, "SHA256", NULL) > 0
         && EVP_PKEY_CTX_set_rsa_pss_saltlen (context, RSA_PSS_SALTLEN_DIGEST) > 0;
}

GBytes *
ce_signature_make (EVP_PKEY *key, gboolean pss, const void *data, gsize length, GError **error)
{
  g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
  EVP_PKEY_CTX *key_context = NULL;
  /* The full size at once: asking a card for the length first could cost a second signature. */
  gsize size = (gsize) MAX (EVP_PKEY_get_size (key), 0);
  g_autofree guint8 *signature = g_malloc (size + 1);

  if (context == NULL || EVP_DigestSignInit_ex (context, &key_context, "SHA256", NULL, NULL, key, NULL) <= 0
      || (pss && EVP_PKEY_is_a (key, "RSA") && !choose_pss (key_context))
      || EVP_DigestSign (context, signature, &size, data, length) <= 0)
    return ce_openssl_error (error, CE_ERROR_FAILED, "the key did not sign"), NULL;
  return g_bytes_new_take (g_steal_pointer (&signature), size);
}
