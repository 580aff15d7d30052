/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "x509-maker.h"

#include <string.h>
#include <openssl/rsa.h>
#include <time.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ASN1_INTEGER, ASN1_INTEGER_free)

EVP_PKEY *
maker_key (const char *kind)
{
  EVP_PKEY *key = strcmp (kind, "RSA") == 0 ? EVP_PKEY_Q_keygen (NULL, NULL, "RSA", (size_t) 2048)
                                            : EVP_PKEY_Q_keygen (NULL, NULL, "EC", kind);

  g_assert_nonnull (key);
  return key;
}

static void
set_name (X509 *x509, const char *cn, gboolean issuer)
{
  g_autoptr (X509_NAME) name = X509_NAME_new ();

  g_assert_true (
      X509_NAME_add_entry_by_NID (name, NID_commonName, MBSTRING_UTF8, (const guchar *) cn, -1, -1, 0));
  g_assert_true (issuer ? X509_set_issuer_name (x509, name) : X509_set_subject_name (x509, name));
}

static void
add_extension (X509 *x509, X509 *issuer, const char *name, const char *value)
{
  g_autoptr (X509_EXTENSION) extension = NULL;
  X509V3_CTX context;

  X509V3_set_ctx (&context, issuer != NULL ? issuer : x509, x509, NULL, NULL, 0);
  extension = X509V3_EXT_nconf (NULL, &context, name, value);
  if (extension == NULL)
    g_error ("extension %s = %s", name, value);
  g_assert_true (X509_add_ext (x509, extension, -1));
}

X509 *
maker_certificate (const MakerCertificate *how)
{
  static guint serial = 1;
  gint64 now = (gint64) time (NULL);
  X509 *x509 = X509_new ();
  g_autoptr (ASN1_INTEGER) number = ASN1_INTEGER_new ();

  g_assert_true (X509_set_version (x509, X509_VERSION_3));
  g_assert_true (ASN1_INTEGER_set_uint64 (number, 0x5a000000 + serial++)
                 && X509_set_serialNumber (x509, number));
  set_name (x509, how->subject, FALSE);
  if (how->issuer != NULL)
    X509_set_issuer_name (x509, X509_get_subject_name (how->issuer));
  else
    set_name (x509, how->subject, TRUE);
  ASN1_TIME_set (X509_getm_notBefore (x509),
                 (time_t) (how->not_before_unix != 0 ? how->not_before_unix : now - 3600));
  ASN1_TIME_set (X509_getm_notAfter (x509),
                 (time_t) (how->not_after_unix != 0 ? how->not_after_unix : now + 86400));
  g_assert_true (X509_set_pubkey (x509, how->key));
  if (how->ca)
    {
      add_extension (x509, how->issuer, "basicConstraints", "critical,CA:TRUE");
      add_extension (x509, how->issuer, "keyUsage", "critical,keyCertSign,cRLSign,digitalSignature");
    }
  add_extension (x509, how->issuer, "subjectKeyIdentifier", "hash");
  for (gsize i = 0; how->extensions != NULL && how->extensions[i] != NULL; i += 2)
    add_extension (x509, how->issuer, how->extensions[i], how->extensions[i + 1]);
  g_assert_cmpint (X509_sign (x509, how->issuer_key != NULL ? how->issuer_key : how->key,
                              EVP_get_digestbyname (how->digest != NULL ? how->digest : "SHA256")),
                   >, 0);
  return x509;
}

X509 *
maker_logon_certificate (EVP_PKEY *key, EVP_PKEY *issuer_key, X509 *issuer)
{
  static const char *const extensions[] = {
    "keyUsage",
    "critical,digitalSignature,keyEncipherment",
    "extendedKeyUsage",
    "1.3.6.1.4.1.311.20.2.2,clientAuth",
    "subjectAltName",
    "otherName:1.3.6.1.4.1.311.20.2.3;UTF8:alice@LAB.TEST,email:alice@lab.test",
    "crlDistributionPoints",
    "URI:http://ca1.lab.test/ca.crl,URI:ldap:///CN=ca",
    /* SEQUENCE { OID 1.3.6.1.4.1.311.21.8.1.2, 100, 7 } */
    "1.3.6.1.4.1.311.21.7",
    "DER:3013060b2b06010401823715080102020164020107",
    /* GeneralNames { otherName 1.3.6.1.4.1.311.25.2.1 OCTET STRING "S-1-5-21-1-2-3-1104" } */
    "1.3.6.1.4.1.311.25.2",
    "DER:3025a023060a2b060104018237190201a0150413532d312d352d32312d312d322d332d31313034",
    NULL,
  };
  MakerCertificate how = {
    .subject = "Alice", .key = key, .issuer_key = issuer_key, .issuer = issuer, .extensions = extensions
  };

  return maker_certificate (&how);
}

GBytes *
maker_der (X509 *certificate)
{
  unsigned char *der = NULL;
  int length = i2d_X509 (certificate, &der);
  GBytes *bytes = g_bytes_new (der, (gsize) length);

  g_assert_cmpint (length, >, 0);
  OPENSSL_free (der);
  return bytes;
}

GBytes *
maker_certs_only (X509 *const *certificates, guint n)
{
  PKCS7 *message = PKCS7_new ();
  unsigned char *der = NULL;
  GBytes *bytes;
  int length;

  g_assert_true (PKCS7_set_type (message, NID_pkcs7_signed) && PKCS7_content_new (message, NID_pkcs7_data));
  PKCS7_set_detached (message, 1);
  for (guint i = 0; i < n; i++)
    g_assert_true (PKCS7_add_certificate (message, certificates[i]));
  length = i2d_PKCS7 (message, &der);
  g_assert_cmpint (length, >, 0);
  bytes = g_bytes_new (der, (gsize) length);
  OPENSSL_free (der);
  PKCS7_free (message);
  return bytes;
}

GBytes *
maker_cmc_response (int status, EVP_PKEY *key, X509 *signer, X509 *const *certificates, guint n)
{
  /* PKIResponse { controls { { 1, id-cmc-statusInfo, { { status, { 1 }, "text" } } } }, {}, {} } */
  guint8 content[]
      = { 0x30, 0x29, 0x30, 0x23, 0x30, 0x21, 0x02, 0x01, 0x01, 0x06, 0x08, 0x2b, 0x06, 0x01, 0x05,
          0x05, 0x07, 0x07, 0x01, 0x31, 0x12, 0x30, 0x10, 0x02, 0x01, 0x00, 0x30, 0x03, 0x02, 0x01,
          0x01, 0x0c, 0x06, 'S',  't',  'a',  't',  'u',  's',  0x30, 0x00, 0x30, 0x00 };
  g_autoptr (BIO) data = BIO_new_mem_buf (content, sizeof content);
  g_autoptr (ASN1_OBJECT) type = OBJ_txt2obj ("1.3.6.1.5.5.7.12.3", 1);
  g_autoptr (CMS_ContentInfo) message
      = CMS_sign (signer, key, NULL, NULL, CMS_BINARY | CMS_PARTIAL | CMS_NOSMIMECAP | CMS_NOCERTS);
  unsigned char *der = NULL;
  GBytes *bytes;
  int length;

  content[25] = (guint8) status;
  g_assert_true (CMS_set_detached (message, 0) && CMS_set1_eContentType (message, type));
  for (guint i = 0; i < n; i++)
    g_assert_true (CMS_add1_cert (message, certificates[i]));
  g_assert_true (CMS_final (message, data, NULL, CMS_BINARY));
  length = i2d_CMS_ContentInfo (message, &der);
  g_assert_cmpint (length, >, 0);
  bytes = g_bytes_new (der, (gsize) length);
  OPENSSL_free (der);
  return bytes;
}

static void
crl_time (X509_CRL *crl, gint64 unix_s, int (*set) (X509_CRL *, const ASN1_TIME *))
{
  ASN1_TIME *when = ASN1_TIME_set (NULL, (time_t) unix_s);

  g_assert_true (set (crl, when));
  ASN1_TIME_free (when);
}

static void
crl_revoke (X509_CRL *crl, X509 *revoked, int reason)
{
  X509_REVOKED *entry = X509_REVOKED_new ();
  ASN1_TIME *when = ASN1_TIME_set (NULL, 1700000000);
  ASN1_ENUMERATED *number = ASN1_ENUMERATED_new ();

  g_assert_true (X509_REVOKED_set_serialNumber (entry, X509_get_serialNumber (revoked)));
  g_assert_true (X509_REVOKED_set_revocationDate (entry, when) && ASN1_ENUMERATED_set (number, reason));
  if (reason >= 0)
    g_assert_true (X509_REVOKED_add1_ext_i2d (entry, NID_crl_reason, number, 0, 0));
  g_assert_true (X509_CRL_add0_revoked (crl, entry));
  ASN1_ENUMERATED_free (number);
  ASN1_TIME_free (when);
}

static void
crl_sign (X509_CRL *crl, const MakerCrl *how)
{
  const EVP_MD *digest = EVP_get_digestbyname (how->digest != NULL ? how->digest : "SHA256");
  EVP_MD_CTX *context = EVP_MD_CTX_new ();
  EVP_PKEY_CTX *key_context = NULL;

  g_assert_true (EVP_DigestSignInit (context, &key_context, digest, NULL, how->key));
  g_assert_true (!how->pss || EVP_PKEY_CTX_set_rsa_padding (key_context, RSA_PKCS1_PSS_PADDING) > 0);
  g_assert_cmpint (X509_CRL_sign_ctx (crl, context), >, 0);
  EVP_MD_CTX_free (context);
}

GBytes *
maker_crl (const MakerCrl *how)
{
  gint64 now = (gint64) time (NULL);
  g_autoptr (X509_CRL) crl = X509_CRL_new ();
  unsigned char *der = NULL;
  GBytes *bytes;
  int length;

  g_assert_true (X509_CRL_set_version (crl, 1) && X509_CRL_set_issuer_name (crl, X509_get_subject_name (how->issuer)));
  crl_time (crl, how->this_update_unix != 0 ? how->this_update_unix : now - 3600, X509_CRL_set1_lastUpdate);
  if (how->next_update_unix >= 0)
    crl_time (crl, how->next_update_unix != 0 ? how->next_update_unix : now + 86400, X509_CRL_set1_nextUpdate);
  if (how->revoked != NULL)
    crl_revoke (crl, how->revoked, how->reason);
  if (how->extension != NULL)
    {
      g_autoptr (X509_EXTENSION) extension = NULL;
      X509V3_CTX context;

      X509V3_set_ctx (&context, how->issuer, NULL, NULL, crl, 0);
      extension = X509V3_EXT_nconf (NULL, &context, how->extension, how->value);
      g_assert_true (extension != NULL && X509_CRL_add_ext (crl, extension, -1));
    }
  X509_CRL_sort (crl);
  crl_sign (crl, how);
  length = i2d_X509_CRL (crl, &der);
  g_assert_cmpint (length, >, 0);
  bytes = g_bytes_new (der, (gsize) length);
  OPENSSL_free (der);
  return bytes;
}
