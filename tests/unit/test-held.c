/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What the plan learns of the user's certificates in the directory. */

#include <string.h>
#include <time.h>

#include "agent/enroll/held.h"
#include "x509-maker.h"

typedef struct
{
  EVP_PKEY *key;
  X509 *ca, *alice;
  CePolicy *policy;
  CeTemplate *template;
  CeRevocationBudget budget;
} Fixture;

static void
set (char **field, const char *text)
{
  g_free (*field);
  *field = g_strdup (text);
}

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->key = maker_key ("P-256");
  f->ca = maker_certificate (&(MakerCertificate){ .subject = "CA", .key = f->key, .ca = TRUE });
  f->alice = maker_logon_certificate (f->key, f->key, f->ca);
  f->policy = ce_policy_new ();
  f->template = ce_template_new ();
  set (&f->template->name, "LabSmartcard");
  set (&f->template->oid, "1.3.6.1.4.1.311.21.8.1.2");
  f->template->rights.enroll = TRUE;
  f->template->enrollment_flags = CE_TEMPLATE_ENROLL_CHECK_USER_DS_CERTIFICATE;
  g_ptr_array_add (f->policy->templates, f->template);
  g_ptr_array_add (f->policy->roots, maker_der (f->ca));
  set (&f->policy->user.principal, "alice@LAB.TEST");
  f->budget = (CeRevocationBudget){ .now_unix = (gint64) time (NULL), .until_us = 0 };
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  EVP_PKEY_free (f->key);
  X509_free (f->ca);
  X509_free (f->alice);
  ce_policy_free (f->policy);
}

static void
publish (Fixture *f, GBytes *der)
{
  g_ptr_array_add (f->policy->user.certificates, der);
}

static void
test_whole (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GPtrArray) held = NULL;
  const CeHeld *one;

  publish (f, maker_der (f->alice));
  held = ce_held_from_directory (f->policy, &f->budget);
  g_assert_cmpuint (held->len, ==, 1);
  one = held->pdata[0];
  g_assert_cmpstr (one->template_oid, ==, f->template->oid);
  g_assert_cmpstr (one->upn, ==, "alice@LAB.TEST");
  g_assert_true (one->trusted);
  g_assert_false (one->has_private_key);
  g_assert_false (one->revoked);
}

static void
test_not_asked_for (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GPtrArray) held = NULL;

  f->template->enrollment_flags = CE_TEMPLATE_ENROLL_AUTO_ENROLLMENT;
  publish (f, maker_der (f->alice));
  publish (f, g_bytes_new_static ("\x30", 1));
  held = ce_held_from_directory (f->policy, &f->budget);
  g_assert_cmpuint (held->len, ==, 0);
  g_assert_cmpuint (g_strv_length (f->policy->skipped), ==, 0);
}

static void
test_other_template (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GPtrArray) held = NULL;

  set (&f->template->oid, "1.2.3");
  publish (f, maker_der (f->alice));
  held = ce_held_from_directory (f->policy, &f->budget);
  g_assert_cmpuint (held->len, ==, 0);
}

static void
test_untrusted (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GPtrArray) held = NULL;

  g_ptr_array_set_size (f->policy->roots, 0);
  publish (f, maker_der (f->alice));
  held = ce_held_from_directory (f->policy, &f->budget);
  g_assert_cmpuint (held->len, ==, 1);
  g_assert_false (((CeHeld *) held->pdata[0])->trusted);
}

static void
test_broken (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GPtrArray) held = NULL;

  publish (f, g_bytes_new_static ("no certificate", 14));
  publish (f, maker_der (f->alice));
  held = ce_held_from_directory (f->policy, &f->budget);
  g_assert_cmpuint (held->len, ==, 1);
  g_assert_cmpuint (g_strv_length (f->policy->skipped), ==, 1);
  g_assert_nonnull (
      strstr (f->policy->skipped[0], "certificate 1 of alice@LAB.TEST in the directory (userCertificate): "));
}

static void
test_too_many (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GPtrArray) held = NULL;

  for (guint i = 0; i < 300; i++)
    publish (f, g_bytes_new_static ("\x30", 1));
  held = ce_held_from_directory (f->policy, &f->budget);
  g_assert_cmpuint (held->len, ==, 0);
  g_assert_cmpuint (g_strv_length (f->policy->skipped), ==, 257);
  g_assert_cmpstr (f->policy->skipped[256], ==,
                   "44 of the 300 certificates of alice@LAB.TEST in the directory (userCertificate)");
}

#define TEST(path, function) g_test_add ("/held/directory/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST ("a-certificate-is-read-whole", test_whole);
  TEST ("nothing-is-read-where-no-template-asks-for-it", test_not_asked_for);
  TEST ("those-of-other-templates-do-not-matter", test_other_template);
  TEST ("what-is-not-trusted-is-told-as-such", test_untrusted);
  TEST ("a-broken-one-is-skipped-by-name", test_broken);
  TEST ("there-may-be-too-many", test_too_many);
  return g_test_run ();
}
