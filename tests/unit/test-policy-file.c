/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <openssl/pem.h>
#include <string.h>

#include "agent/base/error.h"
#include "policy/plan.h"
#include "policy/sources/file.h"
#include "x509-maker.h"

#define FILE_NAME "policy.conf"

static CePolicy *
policy_of (const char *principal, const char *account)
{
  CePolicy *policy = ce_policy_new ();

  g_free (policy->user.principal);
  policy->user.principal = g_strdup (principal);
  g_free (policy->user.account);
  policy->user.account = g_strdup (account);
  return policy;
}

static CePolicy *
parse (const char *text, const char *principal, const char *account, const char *group)
{
  const char *groups[] = { group, NULL };
  g_autoptr (CePolicy) policy = policy_of (principal, account);
  g_autoptr (GError) error = NULL;

  ce_file_parse (text, FILE_NAME, policy, groups, &error);
  g_assert_no_error (error);
  return g_steal_pointer (&policy);
}

#define LOGON                                                                                                \
  "[template Logon]\ndisplay-name=Card Logon\noid=1.3.6.1.4.1.99.1\nversion=100.3\nusers=alice@LAB.TEST; "   \
  "bob\n"                                                                                                    \
  "groups=card-users\nkey-algorithm=ec-p256\nkey-bits=256\nkey-usage=digital-signature;key-encipherment\n"   \
  "extended-key-usage=client-auth; "                                                                         \
  "smart-card-logon;1.2.3.4\nvalidity-days=10\nrenewal-days=2\nsupersedes=Old\n"
#define CA "[ca Site CA]\nurl=https://ca.lab.test/one;https://ca.lab.test/two\ntemplates=Logon\n"

static void
test_every_key (void)
{
  g_autoptr (CePolicy) policy = parse (LOGON CA, "alice@LAB.TEST", "alice", "nobody");
  const CeTemplate *t = policy->templates->pdata[0];
  const CeEnrollmentService *service = policy->services->pdata[0];

  g_assert_cmpstr (t->name, ==, "Logon");
  g_assert_cmpstr (t->display_name, ==, "Card Logon");
  g_assert_cmpstr (t->oid, ==, "1.3.6.1.4.1.99.1");
  g_assert_cmpuint (t->major_version, ==, 100);
  g_assert_cmpuint (t->minor_version, ==, 3);
  g_assert_cmpstr (t->key_algorithm, ==, "ECDSA_P256");
  g_assert_cmpuint (t->min_key_bits, ==, 256);
  g_assert_cmphex (t->key_usage[0], ==, 0xa0);
  g_assert_cmpuint (g_strv_length (t->ekus), ==, 3);
  g_assert_true (ce_template_has_eku (t, "1.3.6.1.4.1.311.20.2.2") && ce_template_has_eku (t, "1.2.3.4"));
  g_assert_cmpint (t->validity_s, ==, 864000);
  g_assert_cmpint (t->renewal_s, ==, 172800);
  g_assert_cmpstr (t->supersedes[0], ==, "Old");
  g_assert_true (ce_template_is_for_cards (t));
  g_assert_cmpstr (service->name, ==, "Site CA");
  g_assert_cmpuint (service->endpoints->len, ==, 2);
  g_assert_cmpstr (((const CeCaEndpoint *) service->endpoints->pdata[0])->url, ==, "https://ca.lab.test/one");
  g_assert_true (service->may_enroll && policy->no_directory);
}

static void
test_who_may (void)
{
  static const struct
  {
    const char *principal, *account, *group;
    gboolean may;
  } rows[] = {
    { "alice@LAB.TEST", "alice", "none", TRUE },
    { "ALICE@lab.test", "ALICE", "none", TRUE },
    { "alice@OTHER.TEST", "alice", "none", FALSE },
    { "bob@OTHER.TEST", "bob", "none", TRUE },
    { "bob", "bob", "none", TRUE },
    { "carol", "carol", "none", FALSE },
    { "carol", "carol", "card-users", TRUE },
    { "carol", "carol", "card-user", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (CePolicy) policy = parse (LOGON CA, rows[i].principal, rows[i].account, rows[i].group);
      const CeTemplate *t = policy->templates->pdata[0];

      g_assert_cmpint (t->rights.enroll, ==, rows[i].may);
      g_assert_cmpint (t->rights.autoenroll, ==, rows[i].may);
      g_assert_cmpstr (t->rights_detail, !=, "");
    }
}

static void
test_plan (void)
{
  g_autoptr (CePolicy) policy
      = parse (LOGON CA "[template Hand]\nusers=*\nautoenroll=no\n[template Old]\nusers=*\n", "carol",
               "carol", "card-users");
  const CeWorld world = { .policy = policy, .now_unix = 1800000000, .look_every_s = 3600 };
  g_autoptr (CePlan) plan = NULL;

  policy->autoenrollment = CE_AUTOENROLLMENT_ENROLL | CE_AUTOENROLLMENT_MANAGE;
  plan = ce_plan_make (&world);
  g_assert_cmpuint (plan->actions->len, ==, 1);
  g_assert_cmpstr (((const CeAction *) plan->actions->pdata[0])->template->name, ==, "Logon");
  g_assert_cmpint (((const CeVerdict *) plan->verdicts->pdata[0])->because, ==, CE_REASON_NOT_PUBLISHED);
}

static void
test_roots (void)
{
  g_autoptr (EVP_PKEY) key = maker_key ("P-256");
  g_autoptr (X509) ca = maker_certificate (&(MakerCertificate){ .subject = "CA", .key = key, .ca = TRUE });
  g_autoptr (X509) user = maker_logon_certificate (key, key, ca);
  g_autoptr (BIO) bio = BIO_new (BIO_s_mem ());
  g_autofree char *path = NULL;
  g_autofree char *text = NULL;
  char *pem;
  int fd = g_file_open_tmp ("roots-XXXXXX", &path, NULL);
  long length;

  g_assert_true (PEM_write_bio_X509 (bio, ca) && PEM_write_bio_X509 (bio, user));
  length = BIO_get_mem_data (bio, &pem);
  g_assert_true (g_close (fd, NULL) && g_file_set_contents (path, pem, length, NULL));
  text = g_strdup_printf ("[policy]\nroots=%s\n", path);
  {
    g_autoptr (CePolicy) policy = parse (text, "alice", "alice", "none");

    g_assert_cmpuint (policy->roots->len, ==, 1);
    g_assert_cmpuint (policy->intermediates->len, ==, 1);
  }
  g_unlink (path);
}

static void
test_what_is_wrong_is_named (void)
{
  static const struct
  {
    const char *text, *words;
  } rows[] = {
    { "[template T]\ncolour=red\n", "policy.conf: [template T] colour is not a setting" },
    { "[templates]\n", "[templates] is neither [policy], [template NAME] nor [ca NAME]" },
    { "[template ]\n", "is neither" },
    { "[template T]\noid=1.x\n", "oid=1.x: an OID such as" },
    { "[template T]\nversion=\n", "a version such as 100.3 is expected" },
    { "[template T]\nversion=1.2.3\n", "a version such as 100.3 is expected" },
    { "[template T]\nautoenroll=maybe\n", "yes or no is expected" },
    { "[template T]\nkey-algorithm=dsa\n", "rsa, ec-p256 or ec-p384 is expected" },
    { "[template T]\nkey-bits=99999\n", "256 to 16384 is expected" },
    { "[template T]\nkey-usage=all\n", "key-usage=all: digital-signature" },
    { "[template T]\nextended-key-usage=logon\n", "extended-key-usage=logon: an OID, client-auth" },
    { "[template T]\nvalidity-days=0\n", "1 to 36500 is expected" },
    { "[ca C]\ntemplates=T\n", "url=: an https:// URL is expected" },
    { "[ca C]\nurl=http://x\n", "url=http://x: an https:// URL is expected" },
    { "[ca C]\nurl=https://x\nauthentication=ntlm\n",
      "kerberos, password, certificate or anonymous is expected" },
    { "[ca C]\nurl=https://x\ntemplates=T\n", "[ca C] issues 'T', and there is no [template T]" },
    { "[policy]\nroots=/nonexistent/roots.pem\n", "/nonexistent/roots.pem" },
    { "colour\n", "policy.conf: " },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const char *groups[] = { NULL };
      g_autoptr (CePolicy) policy = policy_of ("alice", "alice");
      g_autoptr (GError) error = NULL;

      g_assert_false (ce_file_parse (rows[i].text, FILE_NAME, policy, groups, &error));
      g_assert_error (error, CE_ERROR, CE_ERROR_MISCONFIGURED);
      if (strstr (error->message, rows[i].words) == NULL)
        g_error ("%s: %s", rows[i].words, error->message);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/policy-file/every-key-finds-its-field", test_every_key);
  g_test_add_func ("/policy-file/users-are-matched-by-principal-name-or-group", test_who_may);
  g_test_add_func ("/policy-file/a-plan-is-made-of-it", test_plan);
  g_test_add_func ("/policy-file/self-signed-certificates-are-roots", test_roots);
  g_test_add_func ("/policy-file/what-is-wrong-is-named", test_what_is_wrong_is_named);
  return g_test_run ();
}
