/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "agent/x509/certificate.h"
#include "agent/x509/cms-request.h"
#include "agent/x509/request.h"
#include "x509-maker.h"

/* What the product builds by hand is taken apart and verified here by OpenSSL's own CMS. */

typedef struct
{
  EVP_PKEY *ca_key, *old_key, *new_key, *agent_key;
  X509 *ca, *old, *agent;
  GBytes *old_der, *agent_der;
} Fixture;

static const CeRequestParams template = {
  .template_name = "LabSmartcard",
  .template_oid = "1.3.6.1.4.1.311.21.8.1.2",
  .template_schema = 2,
  .template_major = 100,
};

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const agent[] = { "extendedKeyUsage", "1.3.6.1.4.1.311.20.2.1", NULL };

  f->ca_key = maker_key ("P-256");
  f->old_key = maker_key ("RSA");
  f->new_key = maker_key ("P-256");
  f->agent_key = maker_key ("P-384");
  f->ca = maker_certificate (&(MakerCertificate){ .subject = "CA", .key = f->ca_key, .ca = TRUE });
  f->old = maker_logon_certificate (f->old_key, f->ca_key, f->ca);
  f->agent = maker_certificate (&(MakerCertificate){
      .subject = "Eva", .key = f->agent_key, .issuer_key = f->ca_key, .issuer = f->ca, .extensions = agent });
  f->old_der = maker_der (f->old);
  f->agent_der = maker_der (f->agent);
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  EVP_PKEY_free (f->ca_key);
  EVP_PKEY_free (f->old_key);
  EVP_PKEY_free (f->new_key);
  EVP_PKEY_free (f->agent_key);
  X509_free (f->ca);
  X509_free (f->old);
  X509_free (f->agent);
  g_bytes_unref (f->old_der);
  g_bytes_unref (f->agent_der);
}

static GBytes *
pkcs10_new (EVP_PKEY *key, GBytes *renewed, gboolean null_signature)
{
  CeRequestParams params = template;
  g_autoptr (GError) error = NULL;
  GBytes *request;

  params.renewal_certificate = renewed;
  params.null_signature = null_signature;
  request = ce_request_new_pkcs10 (key, &params, &error);
  g_assert_no_error (error);
  return request;
}

static CMS_ContentInfo *
cms_from (GBytes *der)
{
  gsize length;
  const guint8 *start, *at;
  CMS_ContentInfo *cms;

  start = at = g_bytes_get_data (der, &length);
  cms = d2i_CMS_ContentInfo (NULL, &at, (long) length);
  g_assert_nonnull (cms);
  g_assert_true (at == start + length);
  return cms;
}

/* Verifies every signature, with @extra where a certificate does not go along; gives the content. */
static GBytes *
verified_content (GBytes *der, X509 *extra)
{
  g_autoptr (CMS_ContentInfo) cms = cms_from (der);
  g_autoptr (BIO) out = BIO_new (BIO_s_mem ());
  STACK_OF (X509) *certificates = sk_X509_new_null ();
  char *bytes;
  long length;

  if (extra != NULL)
    sk_X509_push (certificates, extra);
  if (!CMS_verify (cms, certificates, NULL, NULL, out, CMS_NO_SIGNER_CERT_VERIFY | CMS_BINARY))
    g_error ("CMS_verify: %s", ERR_reason_error_string (ERR_peek_last_error ()));
  sk_X509_free (certificates);
  length = BIO_get_mem_data (out, &bytes);
  return g_bytes_new (bytes, (gsize) length);
}

static CMS_SignerInfo *
signer_at (CMS_ContentInfo *cms, int i)
{
  return sk_CMS_SignerInfo_value (CMS_get0_SignerInfos (cms), i);
}

static char *
content_type (CMS_ContentInfo *cms)
{
  char text[64];

  OBJ_obj2txt (text, sizeof text, CMS_get0_eContentType (cms), 1);
  return g_strdup (text);
}

static X509_REQ *
request_from (GBytes *der)
{
  gsize length;
  const guint8 *at = g_bytes_get_data (der, &length);
  X509_REQ *request = d2i_X509_REQ (NULL, &at, (long) length);

  g_assert_nonnull (request);
  return request;
}

static void
a_renewal_names_the_old_certificate_and_keeps_its_names (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) der = pkcs10_new (f->new_key, f->old_der, FALSE);
  g_autoptr (X509_REQ) request = request_from (der);
  g_autoptr (ASN1_OBJECT) oid = OBJ_txt2obj ("1.3.6.1.4.1.311.13.1", 1);
  X509_ATTRIBUTE *attribute = X509_REQ_get_attr (request, X509_REQ_get_attr_by_OBJ (request, oid, -1));
  const ASN1_TYPE *value = X509_ATTRIBUTE_get0_type (attribute, 0);
  STACK_OF (X509_EXTENSION) *extensions = X509_REQ_get_extensions (request);
  int at = X509v3_get_ext_by_NID (extensions, NID_subject_alt_name, -1);
  int old_at = X509_get_ext_by_NID (f->old, NID_subject_alt_name, -1);
  g_autoptr (GBytes) carried = NULL;

  g_assert_cmpint (X509_ATTRIBUTE_count (attribute), ==, 1);
  g_assert_cmpint (value->type, ==, V_ASN1_SEQUENCE);
  carried = g_bytes_new (ASN1_STRING_get0_data (value->value.sequence),
                         (gsize) ASN1_STRING_length (value->value.sequence));
  g_assert_true (g_bytes_equal (carried, f->old_der));
  g_assert_cmpint (X509_NAME_cmp (X509_REQ_get_subject_name (request), X509_get_subject_name (f->old)), ==,
                   0);
  g_assert_cmpint (at, >=, 0);
  g_assert_cmpint (ASN1_OCTET_STRING_cmp (X509_EXTENSION_get_data (X509v3_get_ext (extensions, at)),
                                          X509_EXTENSION_get_data (X509_get_ext (f->old, old_at))),
                   ==, 0);
  sk_X509_EXTENSION_pop_free (extensions, X509_EXTENSION_free);
}

static void
assert_bytes (const ASN1_STRING *string, const guint8 *expected, gsize length)
{
  g_assert_cmpuint ((gsize) ASN1_STRING_length (string), ==, length);
  g_assert_cmpint (memcmp (ASN1_STRING_get0_data (string), expected, length), ==, 0);
}

static void
a_null_signature_is_the_digest (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) der = pkcs10_new (f->new_key, NULL, TRUE);
  g_autoptr (X509_REQ) request = request_from (der);
  const ASN1_BIT_STRING *signature;
  const X509_ALGOR *algorithm;
  const ASN1_OBJECT *oid;
  guint8 *information = NULL, digest[32];
  int length = i2d_re_X509_REQ_tbs (request, &information);
  size_t digest_length = sizeof digest;

  X509_REQ_get0_signature (request, &signature, &algorithm);
  X509_ALGOR_get0 (&oid, NULL, NULL, algorithm);
  g_assert_cmpint (OBJ_obj2nid (oid), ==, NID_sha256);
  g_assert_true (EVP_Q_digest (NULL, "SHA256", NULL, information, (gsize) length, digest, &digest_length));
  assert_bytes (signature, digest, sizeof digest);
  OPENSSL_free (information);
}

static void
a_cms_renewal_is_signed_by_the_old_key (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) pkcs10 = pkcs10_new (f->new_key, f->old_der, FALSE);
  const CeCmsSigner old = { .key = f->old_key, .certificate = f->old_der };
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) request = ce_cms_request_new (pkcs10, &old, 1, &error);
  g_autoptr (GBytes) content = NULL;
  g_autoptr (CMS_ContentInfo) cms = NULL;
  g_autoptr (CeX509Stack) certificates = NULL;
  g_autofree char *type = NULL;

  g_assert_no_error (error);
  content = verified_content (request, NULL);
  g_assert_true (g_bytes_equal (content, pkcs10));
  cms = cms_from (request);
  type = content_type (cms);
  g_assert_cmpstr (type, ==, "1.2.840.113549.1.7.1");
  g_assert_cmpint (sk_CMS_SignerInfo_num (CMS_get0_SignerInfos (cms)), ==, 1);
  g_assert_cmpint (CMS_SignerInfo_cert_cmp (signer_at (cms, 0), f->old), ==, 0);
  certificates = CMS_get1_certs (cms);
  g_assert_cmpint (sk_X509_num (certificates), ==, 1);
  g_assert_cmpint (X509_cmp (sk_X509_value (certificates, 0), f->old), ==, 0);
}

/* A certificate of the new key, so that OpenSSL can look for it by its key identifier. */
static X509 *
stand_in (Fixture *f)
{
  return maker_certificate (&(MakerCertificate){ .subject = "stand-in", .key = f->new_key });
}

static void
a_cmc_renewal_is_signed_by_both_keys (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) pkcs10 = pkcs10_new (f->new_key, f->old_der, TRUE);
  const CeCmsSigner signers[] = { { .key = f->new_key }, { .key = f->old_key, .certificate = f->old_der } };
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) request = ce_cmc_request_new (pkcs10, NULL, signers, 2, &error);
  g_autoptr (X509) x509 = stand_in (f);
  g_autoptr (GBytes) content = NULL;
  g_autoptr (CMS_ContentInfo) cms = NULL;
  g_autofree char *type = NULL;
  ASN1_OCTET_STRING *key_id = NULL;
  gsize length;
  const guint8 *bytes;

  g_assert_no_error (error);
  content = verified_content (request, x509);
  cms = cms_from (request);
  type = content_type (cms);
  g_assert_cmpstr (type, ==, "1.3.6.1.5.5.7.12.2");
  g_assert_cmpint (sk_CMS_SignerInfo_num (CMS_get0_SignerInfos (cms)), ==, 2);
  g_assert_true (CMS_SignerInfo_get0_signer_id (signer_at (cms, 0), &key_id, NULL, NULL));
  g_assert_cmpint (ASN1_OCTET_STRING_cmp (key_id, X509_get0_subject_key_id (x509)), ==, 0);
  g_assert_cmpint (CMS_SignerInfo_cert_cmp (signer_at (cms, 1), f->old), ==, 0);

  /* PKIData { {}, { [0] { 1, PKCS#10 } }, {}, {} }: the PKCS#10 stands in it as it was, before two empty
   * lists. */
  bytes = g_bytes_get_data (content, &length);
  g_assert_nonnull (memmem (bytes, length, g_bytes_get_data (pkcs10, NULL), g_bytes_get_size (pkcs10)));
  g_assert_cmpint (memcmp (bytes + 4, "\x30\x00\x30", 3), ==, 0);
  g_assert_cmpint (memcmp (bytes + length - 4, "\x30\x00\x30\x00", 4), ==, 0);
}

static void
attributes_stand_in_the_reg_info_control (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) pkcs10 = pkcs10_new (f->new_key, NULL, TRUE);
  const CeCmsSigner signer = { .key = f->new_key };
  g_autoptr (GBytes) request = ce_cmc_request_new (pkcs10, "CertificateTemplate=User", &signer, 1, NULL);
  g_autoptr (X509) x509 = stand_in (f);
  g_autoptr (GBytes) content = verified_content (request, x509);
  static const char control[] = "\x30\x29\x02\x01\x02\x06\x08\x2b\x06\x01\x05\x05\x07\x07\x12\x31\x1a\x04\x18"
                                "CertificateTemplate=User";

  g_assert_nonnull (
      memmem (g_bytes_get_data (content, NULL), g_bytes_get_size (content), control, sizeof control - 1));
}

static void
an_agent_says_for_whom_it_asks (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) pkcs10 = pkcs10_new (f->new_key, NULL, FALSE);
  const CeCmsSigner agent
      = { .key = f->agent_key, .certificate = f->agent_der, .requester_name = "LAB\\alice" };
  g_autoptr (GBytes) request = ce_cms_request_new (pkcs10, &agent, 1, NULL);
  g_autoptr (GBytes) content = verified_content (request, NULL);
  g_autoptr (CMS_ContentInfo) cms = cms_from (request);
  g_autoptr (ASN1_OBJECT) oid = OBJ_txt2obj ("1.3.6.1.4.1.311.13.2.1", 1);
  const ASN1_STRING *pair = CMS_signed_get0_data_by_OBJ (signer_at (cms, 0), oid, -3, V_ASN1_SEQUENCE);
  static const guint8 expected[] = "\x30\x30\x1e\x1a\0r\0e\0q\0u\0e\0s\0t\0e\0r\0n\0a\0m\0e"
                                   "\x1e\x12\0L\0A\0B\0\\\0a\0l\0i\0c\0e";

  g_assert_nonnull (pair);
  assert_bytes (pair, expected, sizeof expected - 1);
}

static void
pss_and_ecdsa_verify_too (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) pkcs10 = pkcs10_new (f->new_key, NULL, FALSE);
  const CeCmsSigner signers[] = { { .key = f->old_key, .certificate = f->old_der, .pss = TRUE },
                                  { .key = f->agent_key, .certificate = f->agent_der, .pss = TRUE } };
  g_autoptr (GBytes) request = ce_cms_request_new (pkcs10, signers, 2, NULL);
  g_autoptr (GBytes) content = verified_content (request, NULL);

  g_assert_true (g_bytes_equal (content, pkcs10));
}

static void
one_more_agent_signs_beside_the_others (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) pkcs10 = pkcs10_new (f->new_key, NULL, TRUE);
  const CeCmsSigner first = { .key = f->new_key };
  const CeCmsSigner agent = { .key = f->agent_key, .certificate = f->agent_der };
  const CeCmsSigner other = { .key = f->old_key, .certificate = f->old_der };
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) request = ce_cmc_request_new (pkcs10, NULL, &first, 1, NULL);
  g_autoptr (GBytes) once = ce_cms_request_cosign (request, &agent, &error);
  g_autoptr (GBytes) twice = once != NULL ? ce_cms_request_cosign (once, &other, &error) : NULL;
  g_autoptr (X509) x509 = stand_in (f);
  g_autoptr (GBytes) before = NULL, after = NULL;
  g_autoptr (CMS_ContentInfo) cms = NULL;

  g_assert_no_error (error);
  before = verified_content (request, x509);
  after = verified_content (twice, x509);
  g_assert_true (g_bytes_equal (before, after));
  cms = cms_from (twice);
  g_assert_cmpint (sk_CMS_SignerInfo_num (CMS_get0_SignerInfos (cms)), ==, 3);
}

static void
what_is_no_request_is_not_cosigned (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const CeCmsSigner agent = { .key = f->agent_key, .certificate = f->agent_der };
  g_autoptr (GBytes) pkcs10 = pkcs10_new (f->new_key, NULL, FALSE);
  g_autoptr (GBytes) request = ce_cms_request_new (pkcs10, &agent, 1, NULL);
  g_autoptr (GPtrArray) cases = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  g_ptr_array_add (cases, g_bytes_new_static ("", 0));
  g_ptr_array_add (cases, g_bytes_ref (pkcs10));
  g_ptr_array_add (cases, g_bytes_new_from_bytes (request, 0, g_bytes_get_size (request) - 1));
  g_ptr_array_add (cases, maker_certs_only (&f->ca, 1));
  g_ptr_array_add (cases, maker_cmc_response (0, f->ca_key, f->ca, NULL, 0));
  for (guint i = 0; i < cases->len; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (ce_cms_request_cosign (cases->pdata[i], &agent, &error));
      g_assert_error (error, CE_ERROR, CE_ERROR_PROTOCOL);
    }
}

#define ADD(path, function) g_test_add ("/cms-request/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("a-renewal-names-the-old-certificate-and-keeps-its-names",
       a_renewal_names_the_old_certificate_and_keeps_its_names);
  ADD ("a-null-signature-is-the-digest", a_null_signature_is_the_digest);
  ADD ("a-cms-renewal-is-signed-by-the-old-key", a_cms_renewal_is_signed_by_the_old_key);
  ADD ("a-cmc-renewal-is-signed-by-both-keys", a_cmc_renewal_is_signed_by_both_keys);
  ADD ("attributes-stand-in-the-reg-info-control", attributes_stand_in_the_reg_info_control);
  ADD ("an-agent-says-for-whom-it-asks", an_agent_says_for_whom_it_asks);
  ADD ("pss-and-ecdsa-verify-too", pss_and_ecdsa_verify_too);
  ADD ("one-more-agent-signs-beside-the-others", one_more_agent_signs_beside_the_others);
  ADD ("what-is-no-request-is-not-cosigned", what_is_no_request_is_not_cosigned);
  return g_test_run ();
}
