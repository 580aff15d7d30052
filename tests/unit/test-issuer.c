/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What has become of the CA since it issued a certificate. */

#include <time.h>

#include "agent/enroll/issuer.h"
#include "x509-maker.h"

typedef struct
{
  gint64 now;
  EVP_PKEY *old_key, *new_key;
  X509 *old_ca, *new_ca, *other_ca;
  CeCertificate *alice;
  CePolicy *policy;
  CeEnrollmentService *service;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (X509) alice = NULL;
  g_autoptr (GBytes) der = NULL;

  f->now = (gint64) time (NULL);
  f->old_key = maker_key ("P-256");
  f->new_key = maker_key ("P-256");
  f->old_ca = maker_certificate (&(MakerCertificate){
      .subject = "CA", .key = f->old_key, .ca = TRUE, .not_before_unix = f->now - 90000 });
  f->new_ca = maker_certificate (
      &(MakerCertificate){ .subject = "CA", .key = f->new_key, .ca = TRUE, .not_before_unix = f->now - 60 });
  f->other_ca = maker_certificate (&(MakerCertificate){ .subject = "Other", .key = f->new_key, .ca = TRUE });
  alice = maker_logon_certificate (f->old_key, f->old_key, f->old_ca);
  der = maker_der (alice);
  f->alice = ce_certificate_parse (der, NULL);
  f->policy = ce_policy_new ();
  f->service = ce_enrollment_service_new ();
  g_ptr_array_add (f->policy->services, f->service);
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  EVP_PKEY_free (f->old_key);
  EVP_PKEY_free (f->new_key);
  X509_free (f->old_ca);
  X509_free (f->new_ca);
  X509_free (f->other_ca);
  ce_certificate_free (f->alice);
  ce_policy_free (f->policy);
}

static void
test_same (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_ptr_array_add (f->service->certificates, maker_der (f->old_ca));
  g_assert_false (ce_issuer_renewed (f->alice, f->policy));
}

static void
test_renewed (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_ptr_array_add (f->service->certificates, maker_der (f->new_ca));
  g_assert_true (ce_issuer_renewed (f->alice, f->policy));
  g_ptr_array_add (f->service->certificates, maker_der (f->old_ca));
  g_assert_true (ce_issuer_renewed (f->alice, f->policy));
}

static void
test_issued_later (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_ptr_array_add (f->service->certificates, maker_der (f->new_ca));
  f->alice->not_before_unix = f->now;
  g_assert_false (ce_issuer_renewed (f->alice, f->policy));
}

static void
test_other_name (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_ptr_array_add (f->service->certificates, maker_der (f->other_ca));
  g_assert_false (ce_issuer_renewed (f->alice, f->policy));
}

static void
test_nt_auth (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_assert_false (ce_issuer_withdrawn (f->alice, f->policy));
  g_ptr_array_add (f->policy->nt_auth, maker_der (f->other_ca));
  g_assert_true (ce_issuer_withdrawn (f->alice, f->policy));
  g_ptr_array_add (f->policy->nt_auth, maker_der (f->old_ca));
  g_assert_false (ce_issuer_withdrawn (f->alice, f->policy));
}

static void
test_still_issuing (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_ptr_array_add (f->policy->nt_auth, maker_der (f->other_ca));
  g_ptr_array_add (f->service->certificates, maker_der (f->old_ca));
  g_assert_false (ce_issuer_withdrawn (f->alice, f->policy));
  g_ptr_array_add (f->service->certificates, maker_der (f->new_ca));
  g_assert_true (ce_issuer_withdrawn (f->alice, f->policy));
}

static void
test_no_directory (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_ptr_array_add (f->policy->nt_auth, maker_der (f->other_ca));
  f->policy->no_directory = TRUE;
  g_assert_false (ce_issuer_withdrawn (f->alice, f->policy));
}

#define TEST(path, function) g_test_add ("/issuer/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST ("the-same-key-is-no-renewal", test_same);
  TEST ("a-new-key-of-the-same-name-is-one", test_renewed);
  TEST ("not-for-what-was-issued-since", test_issued_later);
  TEST ("another-name-is-another-ca", test_other_name);
  TEST ("withdrawn-where-domain-controllers-trust-others-only", test_nt_auth);
  TEST ("not-where-a-new-one-would-be-no-better", test_still_issuing);
  TEST ("not-where-nobody-can-tell", test_no_directory);
  return g_test_run ();
}
