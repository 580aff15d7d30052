/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <time.h>

#include "agent/enroll/authorities.h"
#include "x509-maker.h"

typedef struct
{
  gint64 now;
  EVP_PKEY *key;
  X509 *root, *issuing, *expired;
  CePolicy *policy;
  CeEnrollmentService *service;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->now = (gint64) time (NULL);
  f->key = maker_key ("P-256");
  f->root = maker_certificate (&(MakerCertificate){ .subject = "Root", .key = f->key, .ca = TRUE });
  f->issuing = maker_certificate (&(MakerCertificate){
      .subject = "CA", .key = f->key, .issuer = f->root, .issuer_key = f->key, .ca = TRUE });
  f->expired = maker_certificate (&(MakerCertificate){ .subject = "CA",
                                                       .key = f->key,
                                                       .issuer = f->root,
                                                       .issuer_key = f->key,
                                                       .ca = TRUE,
                                                       .not_before_unix = f->now - 7200,
                                                       .not_after_unix = f->now - 3600 });
  f->policy = ce_policy_new ();
  f->service = ce_enrollment_service_new ();
  g_ptr_array_add (f->policy->services, f->service);
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  EVP_PKEY_free (f->key);
  X509_free (f->root);
  X509_free (f->issuing);
  X509_free (f->expired);
  ce_policy_free (f->policy);
}

static void
assert_unusable (Fixture *f, const char *words)
{
  ce_authorities_check (f->policy, f->now);
  if (words == NULL)
    g_assert_cmpstr (f->service->unusable, ==, "");
  else
    g_assert_nonnull (strstr (f->service->unusable, words));
}

static void
test_trusted (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_ptr_array_add (f->policy->roots, maker_der (f->root));
  g_ptr_array_add (f->service->certificates, maker_der (f->issuing));
  assert_unusable (f, NULL);
}

static void
test_untrusted (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_ptr_array_add (f->service->certificates, maker_der (f->issuing));
  assert_unusable (f, "is not trusted");
}

static void
test_expired (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_ptr_array_add (f->policy->roots, maker_der (f->root));
  g_ptr_array_add (f->service->certificates, maker_der (f->expired));
  assert_unusable (f, "expired");
}

static void
test_renewed (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_ptr_array_add (f->policy->roots, maker_der (f->root));
  g_ptr_array_add (f->service->certificates, maker_der (f->expired));
  g_ptr_array_add (f->service->certificates, maker_der (f->issuing));
  assert_unusable (f, NULL);
}

/* Two self-signed certificates of one name: neither says by which key it was signed. */
static void
test_root_with_a_new_key (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (EVP_PKEY) new_key = maker_key ("P-256");
  g_autoptr (X509) renewed
      = maker_certificate (&(MakerCertificate){ .subject = "Root", .key = new_key, .ca = TRUE });

  g_ptr_array_add (f->policy->roots, maker_der (f->root));
  g_ptr_array_add (f->policy->roots, maker_der (renewed));
  g_ptr_array_add (f->service->certificates, maker_der (renewed));
  assert_unusable (f, NULL);
  g_ptr_array_set_size (f->service->certificates, 0);
  g_ptr_array_add (f->service->certificates, maker_der (f->root));
  assert_unusable (f, NULL);
}

static void
test_without_certificate (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_unusable (f, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, test) g_test_add ("/authorities/" path, Fixture, NULL, set_up, test, tear_down)
  ADD ("one-that-chains-to-a-root-is-usable", test_trusted);
  ADD ("one-without-a-root-is-not-trusted", test_untrusted);
  ADD ("one-that-has-expired-is-of-no-use", test_expired);
  ADD ("one-that-was-renewed-is-usable", test_renewed);
  ADD ("a-root-that-was-renewed-with-a-new-key-is-usable-beside-the-old-one", test_root_with_a_new_key);
  ADD ("one-without-a-certificate-is-not-judged", test_without_certificate);
#undef ADD
  return g_test_run ();
}
