/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <time.h>

#include "agent/enroll/checks.h"
#include "x509-maker.h"

#define DAY (24 * 3600)
#define EKU "extendedKeyUsage"
#define LOGON "clientAuth,1.3.6.1.4.1.311.20.2.2"
#define KU "keyUsage"
#define SIGN "critical,digitalSignature"
#define SAN "subjectAltName"
#define OTHER_NAME "otherName:1.3.6.1.4.1.311.20.2.3;UTF8:"
#define UPN OTHER_NAME "alice@LAB.TEST"

static const char *const right[] = { EKU, LOGON, KU, SIGN, SAN, UPN, NULL };

typedef struct
{
  EVP_PKEY *ca_key, *key;
  X509 *ca;
  CePolicy *policy;
  GPtrArray *entries;
  gint64 now;
} Fixture;

static void
entry_free (gpointer data)
{
  CeCardEntry *entry = data;

  ce_certificate_free (entry->parsed);
  ce_revocation_clear (&entry->revocation);
  g_free ((CeCardCertificate *) entry->on_card);
  g_free (entry);
}

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->now = (gint64) time (NULL);
  f->ca_key = maker_key ("P-256");
  f->key = maker_key ("P-256");
  f->ca = maker_certificate (&(MakerCertificate){ .subject = "CA", .key = f->ca_key, .ca = TRUE });
  f->policy = ce_policy_new ();
  g_ptr_array_add (f->policy->roots, maker_der (f->ca));
  g_ptr_array_add (f->policy->nt_auth, maker_der (f->ca));
  g_free (f->policy->user.upn);
  g_free (f->policy->user.sid);
  f->policy->user.upn = g_strdup ("alice@lab.test");
  f->policy->user.sid = g_strdup ("S-1-5-21-1-2-3-1104");
  f->entries = g_ptr_array_new_with_free_func (entry_free);
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_ptr_array_unref (f->entries);
  ce_policy_free (f->policy);
  X509_free (f->ca);
  EVP_PKEY_free (f->ca_key);
  EVP_PKEY_free (f->key);
}

/* Puts a certificate on the card, with its key unless @without_key. Takes @x509. */
static const CeCardEntry *
add (Fixture *f, X509 *x509, gboolean without_key)
{
  static const CeCardKey key;
  g_autoptr (GBytes) der = maker_der (x509);
  CeCardEntry *entry = g_new0 (CeCardEntry, 1);
  CeCardCertificate *on_card = g_new0 (CeCardCertificate, 1);

  on_card->key = without_key ? NULL : &key;
  entry->on_card = on_card;
  entry->parsed = ce_certificate_parse (der, NULL);
  g_assert_nonnull (entry->parsed);
  g_ptr_array_add (f->entries, entry);
  X509_free (x509);
  return entry;
}

static const CeCardEntry *
add_made (Fixture *f, const char *const *extensions, gint64 not_before_unix, gint64 not_after_unix)
{
  return add (f,
              maker_certificate (&(MakerCertificate){ .subject = "alice",
                                                      .key = f->key,
                                                      .issuer_key = f->ca_key,
                                                      .issuer = f->ca,
                                                      .not_before_unix = not_before_unix,
                                                      .not_after_unix = not_after_unix,
                                                      .extensions = extensions }),
              FALSE);
}

static const CeCheck *
find_failed (GPtrArray *checks, const CeCardEntry *entry, const Fixture *f)
{
  ce_logon_checks (checks, entry, f->policy, f->now);
  g_assert_nonnull (ce_checks_first_failed (checks));
  return ce_checks_first_failed (checks);
}

/* Only @name has failed, with these words first, and it says what to do. */
static void
assert_only_failed (const Fixture *f, const CeCardEntry *entry, const char *name, const char *words)
{
  g_autoptr (GPtrArray) checks = ce_checks_new ();
  const CeCheck *found = find_failed (checks, entry, f);

  g_assert_cmpstr (found->name, ==, name);
  if (!g_str_has_prefix (found->detail, words))
    g_assert_cmpstr (found->detail, ==, words);
  g_assert_nonnull (found->fix);
  for (guint i = 0; i < checks->len; i++)
    if (checks->pdata[i] != found)
      g_assert_cmpint (((const CeCheck *) checks->pdata[i])->state, !=, CE_CHECK_FAILED);
}

static void
what_a_ca_of_windows_issues_logs_on (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const CeCardEntry *entry = add (f, maker_logon_certificate (f->key, f->ca_key, f->ca), FALSE);
  g_autoptr (GPtrArray) checks = ce_checks_new ();

  ce_logon_checks (checks, entry, f->policy, f->now);
  for (guint i = 0; i < checks->len; i++)
    g_assert_cmpint (((const CeCheck *) checks->pdata[i])->state, ==, CE_CHECK_OK);
}

static void
each_thing_that_is_wrong_is_named_alone (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const struct
  {
    const char *name, *words;
    const char *extensions[9];
  } cases[] = {
    { "extended-key-usage",
      "smart card logon (1.3.6.1.4.1.311.20.2.2) is missing",
      { EKU, "clientAuth", SAN, UPN, KU, SIGN } },
    { "extended-key-usage", "smart card logon (1.3.6.1.4.1.311.20.2.2) is missing", { SAN, UPN, KU, SIGN } },
    { "key-usage", "digital signature is missing", { EKU, LOGON, SAN, UPN, KU, "keyEncipherment" } },
    { "key-usage", "digital signature is missing", { EKU, LOGON, SAN, UPN } },
    { "upn", "there is no user principal name in the certificate", { EKU, LOGON, KU, SIGN } },
    { "upn",
      "the certificate is for bob@lab.test, you are alice@lab.test",
      { EKU, LOGON, KU, SIGN, SAN, OTHER_NAME "bob@lab.test" } },
    { "sid-mapping",
      "the certificate is for S-1-5-21-9-9-9-1104, you are S-1-5-21-1-2-3-1104",
      { EKU, LOGON, KU, SIGN, SAN, UPN, "1.3.6.1.4.1.311.25.2",
        "DER:3025a023060a2b060104018237190201a0150413532d312d352d32312d392d392d392d31313034" } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_only_failed (f, add_made (f, cases[i].extensions, 0, 0), cases[i].name, cases[i].words);
}

static void
the_name_that_everybody_has_fits_too (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const CeCardEntry *entry = add_made (f, right, 0, 0);
  g_autoptr (GPtrArray) checks = ce_checks_new ();

  g_free (f->policy->user.upn);
  g_free (f->policy->user.principal);
  f->policy->user.upn = g_strdup ("alice.schmidt@lab.test");
  f->policy->user.principal = g_strdup ("alice@LAB.TEST");
  ce_logon_checks (checks, entry, f->policy, f->now);
  g_assert_false (ce_checks_failed (checks));
}

static void
a_name_that_was_guessed_proves_nothing (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const CeCardEntry *entry = add_made (f, right, 0, 0);
  g_autoptr (GPtrArray) checks = ce_checks_new ();

  g_free (f->policy->user.upn);
  f->policy->user.upn = g_strdup ("a.schmidt@lab.test");
  f->policy->user.upn_guessed = TRUE;
  ce_logon_checks (checks, entry, f->policy, f->now);
  g_assert_false (ce_checks_failed (checks));
}

static void
one_out_of_its_time_is_found_out (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_only_failed (f, add_made (f, right, f->now - DAY / 24, f->now - DAY / 48), "validity",
                      "expired on ");
  assert_only_failed (f, add_made (f, right, f->now + DAY / 24, f->now + DAY / 12), "validity",
                      "not valid before ");
}

static void
an_issuer_that_nobody_knows_is_found_out (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_ptr_array_set_size (f->policy->roots, 0);
  assert_only_failed (f, add_made (f, right, 0, 0), "chain",
                      "the certificate issued by 'CN=CA' is not trusted");
}

static void
an_issuer_outside_nt_auth_is_found_out (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_ptr_array_set_size (f->policy->nt_auth, 0);
  assert_only_failed (f, add_made (f, right, 0, 0), "nt-auth",
                      "the issuer CN=CA is not in NTAuthCertificates");
}

static void
a_key_that_is_elsewhere_is_found_out (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const CeCardEntry *entry = add (f, maker_logon_certificate (f->key, f->ca_key, f->ca), TRUE);

  assert_only_failed (f, entry, "private-key", "not on the card");
}

static void
a_revoked_one_is_found_out_and_an_unknown_one_is_not_held_against_anyone (Fixture *f G_GNUC_UNUSED,
                                                                          gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GPtrArray) checks = ce_checks_new ();
  char words[] = "as it is";

  ce_logon_check_revocation (checks, &(CeRevocation){ CE_REVOCATION_UNKNOWN, words });
  g_assert_null (ce_checks_first_failed (checks));
  g_assert_cmpint (((const CeCheck *) checks->pdata[0])->state, ==, CE_CHECK_WARNING);
  g_assert_nonnull (((const CeCheck *) checks->pdata[0])->fix);
  ce_logon_check_revocation (checks, &(CeRevocation){ CE_REVOCATION_REVOKED, words });
  g_assert_cmpstr (ce_checks_first_failed (checks)->fix, ==, "Run 'cardenroll run' to replace it.");
}

static void
the_one_that_a_logon_program_would_pick_is_checked (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const other[] = { EKU, "clientAuth", NULL };
  const CeCardEntry *late, *best;

  g_assert_null (ce_logon_pick (f->entries, f->now));
  add (f, maker_certificate (&(MakerCertificate){ .subject = "root", .key = f->ca_key, .ca = TRUE }), TRUE);
  g_assert_null (ce_logon_pick (f->entries, f->now));
  late = add_made (f, other, 0, f->now + 9 * DAY);
  g_assert_true (ce_logon_pick (f->entries, f->now) == late);
  add_made (f, right, 0, f->now + DAY);
  best = add_made (f, right, 0, f->now + 2 * DAY);
  add_made (f, right, f->now + DAY, f->now + 5 * DAY);
  add (f, maker_logon_certificate (f->key, f->ca_key, f->ca), TRUE);
  g_assert_true (ce_logon_pick (f->entries, f->now) == best);
}

#define ADD(path, function) g_test_add ("/checks/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("what-a-ca-of-windows-issues-logs-on", what_a_ca_of_windows_issues_logs_on);
  ADD ("each-thing-that-is-wrong-is-named-alone", each_thing_that_is_wrong_is_named_alone);
  ADD ("the-name-that-everybody-has-fits-too", the_name_that_everybody_has_fits_too);
  ADD ("a-name-that-was-guessed-proves-nothing", a_name_that_was_guessed_proves_nothing);
  ADD ("one-out-of-its-time-is-found-out", one_out_of_its_time_is_found_out);
  ADD ("an-issuer-that-nobody-knows-is-found-out", an_issuer_that_nobody_knows_is_found_out);
  ADD ("an-issuer-outside-nt-auth-is-found-out", an_issuer_outside_nt_auth_is_found_out);
  ADD ("a-key-that-is-elsewhere-is-found-out", a_key_that_is_elsewhere_is_found_out);
  ADD ("a-revoked-one-is-found-out-and-an-unknown-one-is-not-held-against-anyone",
       a_revoked_one_is_found_out_and_an_unknown_one_is_not_held_against_anyone);
  ADD ("the-one-that-a-logon-program-would-pick-is-checked",
       the_one_that_a_logon_program_would_pick_is_checked);
  return g_test_run ();
}
