/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <time.h>

#include "agent/x509/certificate.h"
#include "x509-maker.h"

typedef struct
{
  EVP_PKEY *root_key, *issuing_key, *user_key;
  X509 *root, *issuing, *user;
  GPtrArray *roots, *intermediates;
  gint64 now;
} Fixture;

static GPtrArray *
list_of (X509 *x509)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  g_ptr_array_add (list, maker_der (x509));
  return list;
}

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->now = (gint64) time (NULL);
  f->root_key = maker_key ("P-256");
  f->issuing_key = maker_key ("P-384");
  f->user_key = maker_key ("RSA");
  f->root = maker_certificate (&(MakerCertificate){ .subject = "Lab Root", .key = f->root_key, .ca = TRUE });
  f->issuing = maker_certificate (&(MakerCertificate){ .subject = "Lab Issuing",
                                                       .key = f->issuing_key,
                                                       .ca = TRUE,
                                                       .issuer_key = f->root_key,
                                                       .issuer = f->root });
  f->user = maker_logon_certificate (f->user_key, f->issuing_key, f->issuing);
  f->roots = list_of (f->root);
  f->intermediates = list_of (f->issuing);
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  EVP_PKEY_free (f->root_key);
  EVP_PKEY_free (f->issuing_key);
  EVP_PKEY_free (f->user_key);
  X509_free (f->root);
  X509_free (f->issuing);
  X509_free (f->user);
  g_ptr_array_unref (f->roots);
  g_ptr_array_unref (f->intermediates);
}

static CeCertificate *
parse (X509 *x509, GError **error)
{
  g_autoptr (GBytes) der = maker_der (x509);

  return ce_certificate_parse (der, error);
}

static CeCertificate *
parse_with (Fixture *f, const char *const *extensions, GError **error)
{
  g_autoptr (X509) x509 = maker_certificate (
      &(MakerCertificate){ .subject = "x", .key = f->root_key, .extensions = extensions });

  return parse (x509, error);
}

static void
tells_all_that_a_logon_needs (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CeCertificate) certificate = parse (f->user, &error);
  g_autofree char *id = ce_public_key_id (f->user_key, NULL);

  g_assert_no_error (error);
  g_assert_cmpstr (certificate->subject, ==, "CN=Alice");
  g_assert_cmpstr (certificate->issuer, ==, "CN=Lab Issuing");
  g_assert_true (g_str_has_prefix (certificate->serial, "5a"));
  g_assert_cmpstr (certificate->template_oid, ==, "1.3.6.1.4.1.311.21.8.1.2");
  g_assert_cmpuint (certificate->template_major, ==, 100);
  g_assert_cmpuint (certificate->template_minor, ==, 7);
  g_assert_cmpstr (certificate->template_name, ==, "");
  g_assert_cmpstr (certificate->upn, ==, "alice@LAB.TEST");
  g_assert_cmpstr (certificate->sid, ==, "S-1-5-21-1-2-3-1104");
  g_assert_cmpuint (certificate->key_usage, ==, KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT);
  g_assert_true (ce_certificate_has_eku (certificate, CE_EKU_SMART_CARD_LOGON));
  g_assert_true (ce_certificate_has_eku (certificate, CE_EKU_CLIENT_AUTH));
  g_assert_false (ce_certificate_has_eku (certificate, CE_EKU_ENROLLMENT_AGENT));
  g_assert_cmpuint (g_strv_length (certificate->crl_urls), ==, 2);
  g_assert_cmpstr (certificate->crl_urls[0], ==, "http://ca1.lab.test/ca.crl");
  g_assert_cmpstr (certificate->public_key_id, ==, id);
  g_assert_cmpint (certificate->not_after_unix - certificate->not_before_unix, ==, 86400 + 3600);
}

static void
a_bare_one_is_empty_but_whole (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CeCertificate) certificate = parse_with (f, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (certificate->template_oid, ==, "");
  g_assert_cmpstr (certificate->template_name, ==, "");
  g_assert_cmpstr (certificate->upn, ==, "");
  g_assert_cmpstr (certificate->sid, ==, "");
  g_assert_cmpuint (g_strv_length (certificate->ekus), ==, 0);
  g_assert_cmpuint (g_strv_length (certificate->crl_urls), ==, 0);
  g_assert_cmpuint (certificate->key_usage, ==, G_MAXUINT32);
}

static void
the_name_of_a_version_1_template_is_read (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const user[] = { "1.3.6.1.4.1.311.20.2", "DER:1e080055007300650072", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (CeCertificate) certificate = parse_with (f, user, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (certificate->template_name, ==, "User");
}

static void
a_template_oid_with_huge_arcs_is_read (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const huge[]
      = { "1.3.6.1.4.1.311.21.7", "DER:301506132b060104018237150881ffffffffffffffff7f", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (CeCertificate) certificate = parse_with (f, huge, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (certificate->template_oid, ==, "1.3.6.1.4.1.311.21.8.18446744073709551615");
  g_assert_cmpuint (certificate->template_major, ==, 0);
}

static void
a_sid_in_the_alternative_name_counts_too (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  /* GeneralNames { [6] "tag:microsoft.com,2022-09-14:sid:S-1-5-21-7-8-9-500" } */
  static const char *const uri[] = {
    "2.5.29.17",
    "DER:303586337461673a6d6963726f736f66742e636f6d2c323032322d30392d31343a7369643a"
    "532d312d352d32312d372d382d392d353030",
    NULL,
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (CeCertificate) certificate = parse_with (f, uri, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (certificate->sid, ==, "S-1-5-21-7-8-9-500");
}

static void
a_malformed_extension_refuses_the_whole (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const struct
  {
    const char *oid, *der, *in_message;
  } cases[] = {
    { "1.3.6.1.4.1.311.21.7", "DER:0500", "template extension is malformed" },
    { "1.3.6.1.4.1.311.21.7", "DER:300b06022a0302050100000000", "template extension is malformed" },
    { "1.3.6.1.4.1.311.21.7", "DER:300706022a030201ff", "template extension is malformed" },
    { "1.3.6.1.4.1.311.20.2", "DER:0c0455736572", "template name extension is malformed" },
    { "1.3.6.1.4.1.311.25.2", "DER:3000", "SID extension is malformed" },
    { "1.3.6.1.4.1.311.25.2", "DER:3016a014060a2b060104018237190201a0060404532d312d",
      "the SID in it is malformed" },
    { "2.5.29.17", "DER:0500", "alternative name extension is malformed" },
    { "2.5.29.37", "DER:0500", "extended key usage extension is malformed" },
    { "2.5.29.31", "DER:0500", "CRL distribution point extension is malformed" },
    { "2.5.29.15", "DER:0500", "key usage extension is malformed" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *const extension[] = { cases[i].oid, cases[i].der, NULL };
      g_autoptr (GError) error = NULL;

      g_test_message ("%s %s", cases[i].oid, cases[i].der);
      g_assert_null (parse_with (f, extension, &error));
      g_assert_error (error, CE_ERROR, CE_ERROR_PROTOCOL);
      g_assert_nonnull (g_strstr_len (error->message, -1, cases[i].in_message));
    }
}

static void
an_extension_that_is_there_twice_refuses_the_whole (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const twice[][5] = {
    { "1.3.6.1.4.1.311.21.7", "DER:300406022a03", "1.3.6.1.4.1.311.21.7", "DER:300406022a04", NULL },
    { "extendedKeyUsage", "clientAuth", "extendedKeyUsage", "serverAuth", NULL },
    { "subjectAltName", "email:a@b", "subjectAltName", "email:c@d", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (twice); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (parse_with (f, twice[i], &error));
      g_assert_error (error, CE_ERROR, CE_ERROR_PROTOCOL);
      g_assert_nonnull (g_strstr_len (error->message, -1, "there twice"));
    }
}

static void
what_is_no_certificate_is_refused (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) whole = maker_der (f->user);
  gsize length = g_bytes_get_size (whole);
  g_autofree guint8 *longer = g_malloc0 (CE_CERTIFICATE_MAX_DER + 1);
  g_autoptr (GByteArray) trailing = g_byte_array_new ();
  g_autoptr (GPtrArray) cases = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  g_byte_array_append (trailing, g_bytes_get_data (whole, NULL), (guint) length);
  g_byte_array_append (trailing, (const guint8 *) "", 1);
  g_ptr_array_add (cases, g_bytes_new_static ("", 0));
  g_ptr_array_add (cases, g_bytes_new_static ("-----BEGIN", 10));
  g_ptr_array_add (cases, g_bytes_new_from_bytes (whole, 0, length - 1));
  g_ptr_array_add (cases, g_bytes_new (trailing->data, trailing->len));
  g_ptr_array_add (cases, g_bytes_new (longer, CE_CERTIFICATE_MAX_DER + 1));
  for (guint i = 0; i < cases->len; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (ce_certificate_parse (cases->pdata[i], &error));
      g_assert_error (error, CE_ERROR, CE_ERROR_PROTOCOL);
    }
}

static void
control_characters_do_not_come_through (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const upn[]
      = { "subjectAltName", "otherName:1.3.6.1.4.1.311.20.2.3;UTF8:a\x1b[31mb", NULL };
  g_autoptr (X509) x509 = maker_certificate (
      &(MakerCertificate){ .subject = "\033]0;x\007y", .key = f->root_key, .extensions = upn });
  g_autoptr (CeCertificate) certificate = parse (x509, NULL);

  g_assert_null (strpbrk (certificate->upn, "\033\007"));
  g_assert_null (strpbrk (certificate->subject, "\033\007"));
}

static void
a_chain_to_a_given_root_is_trusted (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (CeCertificate) certificate = parse (f->user, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (ce_certificate_verify (certificate, f->intermediates, f->roots, f->now, &error));
  g_assert_no_error (error);
}

static void
a_broken_object_among_the_given_ones_hides_no_other (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (CeCertificate) certificate = parse (f->user, NULL);

  g_ptr_array_insert (f->roots, 0, g_bytes_new_static ("x", 1));
  g_ptr_array_insert (f->intermediates, 0, g_bytes_new_static ("", 0));
  g_assert_true (ce_certificate_verify (certificate, f->intermediates, f->roots, f->now, NULL));
}

static void
assert_refused (CeCertificate *certificate, const GPtrArray *intermediates, const GPtrArray *roots,
                gint64 now, const char *in_message)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (ce_certificate_verify (certificate, intermediates, roots, now, &error));
  g_assert_error (error, CE_ERROR, CE_ERROR_NOT_TRUSTED);
  g_test_message ("%s", error->message);
  g_assert_nonnull (g_strstr_len (error->message, -1, in_message));
}

static void
every_other_chain_is_refused_with_the_reason (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (CeCertificate) user = parse (f->user, NULL);
  g_autoptr (GPtrArray) none = g_ptr_array_new ();
  g_autoptr (GPtrArray) issuing_only = list_of (f->issuing);
  g_autoptr (EVP_PKEY) other_key = maker_key ("P-256");
  g_autoptr (X509) impostor
      = maker_certificate (&(MakerCertificate){ .subject = "Lab Root", .key = other_key, .ca = TRUE });
  g_autoptr (GPtrArray) impostors = list_of (impostor);

  assert_refused (user, f->intermediates, none, f->now, "issuer certificate");
  assert_refused (user, NULL, f->roots, f->now, "issuer certificate");
  assert_refused (user, NULL, issuing_only, f->now, "issuer certificate");
  assert_refused (user, f->intermediates, impostors, f->now, "certificate signature failure");
  assert_refused (user, f->intermediates, f->roots, f->now + 2 * 86400, "expired");
  assert_refused (user, f->intermediates, f->roots, f->now - 2 * 86400, "not yet valid");
}

static void
a_sha1_signature_counts_for_nothing (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (X509) weak = maker_certificate (&(MakerCertificate){ .subject = "weak",
                                                                  .key = f->user_key,
                                                                  .issuer_key = f->root_key,
                                                                  .issuer = f->root,
                                                                  .digest = "SHA1" });
  g_autoptr (CeCertificate) certificate = parse (weak, NULL);

  assert_refused (certificate, NULL, f->roots, f->now, "too weak");
}

#define ADD(path, function) g_test_add ("/certificate/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("parse/tells-all-that-a-logon-needs", tells_all_that_a_logon_needs);
  ADD ("parse/a-bare-one-is-empty-but-whole", a_bare_one_is_empty_but_whole);
  ADD ("parse/the-name-of-a-version-1-template-is-read", the_name_of_a_version_1_template_is_read);
  ADD ("parse/a-template-oid-with-huge-arcs-is-read", a_template_oid_with_huge_arcs_is_read);
  ADD ("parse/a-sid-in-the-alternative-name-counts-too", a_sid_in_the_alternative_name_counts_too);
  ADD ("parse/a-malformed-extension-refuses-the-whole", a_malformed_extension_refuses_the_whole);
  ADD ("parse/an-extension-that-is-there-twice-refuses-the-whole",
       an_extension_that_is_there_twice_refuses_the_whole);
  ADD ("parse/what-is-no-certificate-is-refused", what_is_no_certificate_is_refused);
  ADD ("parse/control-characters-do-not-come-through", control_characters_do_not_come_through);
  ADD ("verify/a-chain-to-a-given-root-is-trusted", a_chain_to_a_given_root_is_trusted);
  ADD ("verify/a-broken-object-among-the-given-ones-hides-no-other",
       a_broken_object_among_the_given_ones_hides_no_other);
  ADD ("verify/every-other-chain-is-refused-with-the-reason", every_other_chain_is_refused_with_the_reason);
  ADD ("verify/a-sha1-signature-counts-for-nothing", a_sha1_signature_counts_for_nothing);
  return g_test_run ();
}
