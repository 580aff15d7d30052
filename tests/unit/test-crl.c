/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <time.h>

#include "agent/x509/crl.h"
#include "x509-maker.h"

typedef struct
{
  EVP_PKEY *ca_key, *key, *other_key;
  X509 *ca, *other_ca, *alice, *bob;
  CeCertificate *alice_parsed, *bob_parsed;
  GPtrArray *issuers;
} Fixture;

static CeCertificate *
parse (X509 *x509)
{
  g_autoptr (GBytes) der = maker_der (x509);
  g_autoptr (GError) error = NULL;
  CeCertificate *certificate = ce_certificate_parse (der, &error);

  g_assert_no_error (error);
  return certificate;
}

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->ca_key = maker_key ("P-256");
  f->other_key = maker_key ("P-256");
  f->key = maker_key ("P-256");
  f->ca = maker_certificate (&(MakerCertificate){ .subject = "CA", .key = f->ca_key, .ca = TRUE });
  f->other_ca = maker_certificate (&(MakerCertificate){ .subject = "CA", .key = f->other_key, .ca = TRUE });
  f->alice = maker_logon_certificate (f->key, f->ca_key, f->ca);
  f->bob = maker_logon_certificate (f->key, f->ca_key, f->ca);
  f->alice_parsed = parse (f->alice);
  f->bob_parsed = parse (f->bob);
  f->issuers = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_ptr_array_add (f->issuers, maker_der (f->other_ca));
  g_ptr_array_add (f->issuers, maker_der (f->ca));
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  ce_certificate_free (f->alice_parsed);
  ce_certificate_free (f->bob_parsed);
  EVP_PKEY_free (f->ca_key);
  EVP_PKEY_free (f->other_key);
  EVP_PKEY_free (f->key);
  X509_free (f->ca);
  X509_free (f->other_ca);
  X509_free (f->alice);
  X509_free (f->bob);
  g_ptr_array_unref (f->issuers);
}

static CeCrl *
list_of (const MakerCrl *how)
{
  g_autoptr (GBytes) der = maker_crl (how);
  g_autoptr (GError) error = NULL;
  CeCrl *crl = ce_crl_parse (der, &error);

  g_assert_no_error (error);
  return crl;
}

static gboolean
is_for (const Fixture *f, const CeCrl *crl, GError **error)
{
  const GPtrArray *lists[] = { NULL, f->issuers };

  return ce_crl_is_for (crl, f->alice_parsed, lists, G_N_ELEMENTS (lists), error);
}

static void
test_names_what_is_revoked (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (CeCrl) crl = list_of (&(MakerCrl){
      .issuer = f->ca, .key = f->ca_key, .revoked = f->alice, .reason = CRL_REASON_KEY_COMPROMISE });
  const char *reason = NULL;
  gint64 since = 0;

  g_assert_cmpstr (crl->issuer, ==, "CN=CA");
  g_assert_true (is_for (f, crl, NULL));
  g_assert_true (ce_crl_find (crl, f->alice_parsed, &since, &reason));
  g_assert_cmpint (since, ==, 1700000000);
  g_assert_cmpstr (reason, ==, "keyCompromise");
  g_assert_false (ce_crl_find (crl, f->bob_parsed, NULL, NULL));
}

static void
test_without_a_reason (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (CeCrl) crl
      = list_of (&(MakerCrl){ .issuer = f->ca, .key = f->ca_key, .revoked = f->alice, .reason = -1 });
  const char *reason = NULL;

  g_assert_true (ce_crl_find (crl, f->alice_parsed, NULL, &reason));
  g_assert_cmpstr (reason, ==, "");
}

static void
test_dates (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const gint64 now = (gint64) time (NULL);
  g_autoptr (CeCrl) current = list_of (&(MakerCrl){ .issuer = f->ca, .key = f->ca_key });
  g_autoptr (CeCrl) old
      = list_of (&(MakerCrl){ .issuer = f->ca, .key = f->ca_key, .next_update_unix = now - 10 });
  g_autoptr (CeCrl) early
      = list_of (&(MakerCrl){ .issuer = f->ca, .key = f->ca_key, .this_update_unix = now + 1000 });
  g_autoptr (CeCrl) endless
      = list_of (&(MakerCrl){ .issuer = f->ca, .key = f->ca_key, .next_update_unix = -1 });

  g_assert_true (ce_crl_is_current (current, now));
  g_assert_true (ce_crl_is_current (early, now + 1000 - 290));
  g_assert_false (ce_crl_is_current (old, now));
  g_assert_false (ce_crl_is_current (early, now));
  g_assert_true (ce_crl_is_current (endless, now + 100000));
}

static void
test_another_key_of_the_same_name (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (CeCrl) crl = list_of (
      &(MakerCrl){ .issuer = f->other_ca, .key = f->other_key, .revoked = f->alice, .reason = -1 });
  g_autoptr (GError) error = NULL;

  g_assert_false (is_for (f, crl, &error));
  g_assert_error (error, CE_ERROR, CE_ERROR_NOT_TRUSTED);
  g_assert_nonnull (strstr (error->message, "is not signed by its key"));
}

static void
test_another_issuer (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (X509) ca
      = maker_certificate (&(MakerCertificate){ .subject = "CB", .key = f->ca_key, .ca = TRUE });
  g_autoptr (CeCrl) crl = list_of (&(MakerCrl){ .issuer = ca, .key = f->ca_key });
  g_autoptr (GError) error = NULL;

  g_assert_false (is_for (f, crl, &error));
  g_assert_error (error, CE_ERROR, CE_ERROR_NOT_TRUSTED);
  g_assert_nonnull (strstr (error->message, "one of 'CN=CB', not of 'CN=CA'"));
}

static void
test_weak_digest (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (CeCrl) crl = list_of (&(MakerCrl){ .issuer = f->ca, .key = f->ca_key, .digest = "SHA1" });
  g_autoptr (GError) error = NULL;

  g_assert_false (is_for (f, crl, &error));
  g_assert_nonnull (strstr (error->message, "weak digest"));
}

/* There only the signature's parameters name the digest. */
static void
test_weak_digest_of_pss (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (EVP_PKEY) key = maker_key ("RSA");
  g_autoptr (X509) ca = maker_certificate (&(MakerCertificate){ .subject = "CA", .key = key, .ca = TRUE });
  g_autoptr (X509) alice = maker_logon_certificate (f->key, key, ca);
  g_autoptr (CeCertificate) parsed = parse (alice);
  g_autoptr (GPtrArray) issuers = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  const GPtrArray *lists[] = { issuers };
  MakerCrl how = { .issuer = ca, .key = key, .pss = TRUE };
  g_autoptr (CeCrl) good = list_of (&how), weak = NULL;
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (issuers, maker_der (ca));
  g_assert_true (ce_crl_is_for (good, parsed, lists, 1, &error));
  how.digest = "SHA1";
  weak = list_of (&how);
  g_assert_false (ce_crl_is_for (weak, parsed, lists, 1, &error));
  g_assert_nonnull (strstr (error->message, "weak digest"));
}

static void
test_issuer_that_may_not (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const extensions[] = { "keyUsage", "critical,keyCertSign", NULL };
  g_autoptr (X509) ca = maker_certificate (
      &(MakerCertificate){ .subject = "CA", .key = f->ca_key, .extensions = extensions });
  g_autoptr (CeCrl) crl = list_of (&(MakerCrl){ .issuer = f->ca, .key = f->ca_key });

  g_ptr_array_set_size (f->issuers, 0);
  g_ptr_array_add (f->issuers, maker_der (ca));
  g_assert_false (is_for (f, crl, NULL));
}

static void
test_lists_of_another_kind (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const struct
  {
    const char *extension, *value, *words;
  } rows[] = {
    { "2.5.29.27", "critical,DER:020101", "a delta" },
    { "2.5.29.28", "critical,DER:30038401ff", "indirect" },
    { "2.5.29.28", "critical,DER:30038201ff", "not about users' certificates" },
    { "2.5.29.28", "critical,DER:30038501ff", "not about users' certificates" },
    { "2.5.29.28", "critical,DER:300483020640", "some reasons only" },
    { "2.5.29.28", "critical,DER:3003ff", "malformed" },
    { "1.2.3.4", "critical,DER:0500", "critical extension that is not known" },
    { "2.5.29.28", "critical,DER:30038101ff", NULL },
    { "1.2.3.4", "DER:0500", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GBytes) der = maker_crl (&(MakerCrl){
          .issuer = f->ca, .key = f->ca_key, .extension = rows[i].extension, .value = rows[i].value });
      g_autoptr (GError) error = NULL;
      g_autoptr (CeCrl) crl = ce_crl_parse (der, &error);

      if (rows[i].words == NULL)
        {
          g_assert_no_error (error);
          continue;
        }
      g_assert_null (crl);
      g_assert_error (error, CE_ERROR, CE_ERROR_PROTOCOL);
      if (strstr (error->message, rows[i].words) == NULL)
        g_error ("%s %s: %s", rows[i].extension, rows[i].value, error->message);
    }
}

static void
test_bytes_that_are_none (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) der = maker_crl (&(MakerCrl){ .issuer = f->ca, .key = f->ca_key });
  const gsize length = g_bytes_get_size (der);
  g_autofree guint8 *longer = g_malloc0 (length + 1);
  g_autoptr (GBytes) trailing = NULL;

  memcpy (longer, g_bytes_get_data (der, NULL), length);
  trailing = g_bytes_new (longer, length + 1);
  g_assert_null (ce_crl_parse (trailing, NULL));
  for (gsize i = 0; i < length; i += 7)
    {
      g_autoptr (GBytes) cut = g_bytes_new_from_bytes (der, 0, i);

      g_assert_null (ce_crl_parse (cut, NULL));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, test) g_test_add ("/crl/" path, Fixture, NULL, set_up, test, tear_down)
  ADD ("names-what-is-revoked-since-when-and-why", test_names_what_is_revoked);
  ADD ("an-entry-without-a-reason-counts", test_without_a_reason);
  ADD ("is-current-between-its-dates", test_dates);
  ADD ("one-signed-by-another-key-of-the-same-name-is-refused", test_another_key_of_the_same_name);
  ADD ("one-of-another-issuer-is-refused", test_another_issuer);
  ADD ("one-signed-with-sha-1-is-refused", test_weak_digest);
  ADD ("one-signed-with-rsa-pss-and-sha-1-is-refused", test_weak_digest_of_pss);
  ADD ("an-issuer-that-may-not-sign-lists-is-refused", test_issuer_that_may_not);
  ADD ("deltas-and-partial-lists-are-refused", test_lists_of_another_kind);
  ADD ("cut-or-trailing-bytes-are-refused", test_bytes_that_are_none);
#undef ADD
  return g_test_run ();
}
