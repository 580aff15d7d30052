/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "agent/x509/reply.h"
#include "x509-maker.h"

typedef struct
{
  EVP_PKEY *key;
  X509 *ca, *user;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->key = maker_key ("P-256");
  f->ca = maker_certificate (&(MakerCertificate){ .subject = "CA", .key = f->key, .ca = TRUE });
  f->user = maker_logon_certificate (f->key, f->key, f->ca);
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  EVP_PKEY_free (f->key);
  X509_free (f->ca);
  X509_free (f->user);
}

static gboolean
contains (const GPtrArray *list, X509 *x509)
{
  g_autoptr (GBytes) der = maker_der (x509);

  for (guint i = 0; i < list->len; i++)
    if (g_bytes_equal (list->pdata[i], der))
      return TRUE;
  return FALSE;
}

static void
certs_only_gives_every_certificate (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  X509 *const both[] = { f->user, f->ca };
  g_autoptr (GBytes) message = maker_certs_only (both, 2);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = ce_reply_certificates (message, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (list->len, ==, 2);
  g_assert_true (contains (list, f->user) && contains (list, f->ca));
  g_assert_cmpint (ce_reply_cmc_status (message), ==, CE_CMC_NONE);
}

static void
a_full_cmc_response_gives_certificates_and_status (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const struct
  {
    int status;
    CeCmcStatus expected;
  } cases[] = {
    { 0, CE_CMC_SUCCESS },    { 2, CE_CMC_FAILED }, { 3, CE_CMC_PENDING },
    { 4, CE_CMC_NO_SUPPORT }, { 9, CE_CMC_NONE },
  };
  X509 *const both[] = { f->user, f->ca };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) message = maker_cmc_response (cases[i].status, f->key, f->ca, both, 2);
      g_autoptr (GPtrArray) list = ce_reply_certificates (message, NULL);

      g_assert_cmpuint (list->len, ==, 2);
      g_assert_cmpint (ce_reply_cmc_status (message), ==, cases[i].expected);
    }
}

static void
a_message_without_certificates_is_empty (Fixture *f G_GNUC_UNUSED, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) message = maker_certs_only (NULL, 0);
  g_autoptr (GPtrArray) list = ce_reply_certificates (message, NULL);

  g_assert_cmpuint (list->len, ==, 0);
}

static void
a_wrong_signature_does_not_matter (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) message = maker_cmc_response (0, f->key, f->ca, &f->user, 1);
  gsize length;
  g_autofree guint8 *bytes = NULL;
  g_autoptr (GBytes) broken = NULL;
  g_autoptr (GPtrArray) list = NULL;

  bytes = g_memdup2 (g_bytes_get_data (message, &length), g_bytes_get_size (message));
  bytes[length - 1] ^= 1;
  broken = g_bytes_new (bytes, length);
  list = ce_reply_certificates (broken, NULL);
  g_assert_cmpuint (list->len, ==, 1);
}

static void
assert_refused (GBytes *message, const char *in_message)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (ce_reply_certificates (message, &error));
  g_assert_error (error, CE_ERROR, CE_ERROR_PROTOCOL);
  g_assert_nonnull (strstr (error->message, in_message));
  g_assert_cmpint (ce_reply_cmc_status (message), ==, CE_CMC_NONE);
}

static void
too_many_certificates_are_refused (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  X509 *many[CE_REPLY_MAX_CERTIFICATES + 1];
  g_autoptr (GBytes) most = NULL, more = NULL;
  g_autoptr (GPtrArray) list = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (many); i++)
    many[i] = maker_certificate (&(MakerCertificate){ .subject = "x", .key = f->key });
  most = maker_certs_only (many, CE_REPLY_MAX_CERTIFICATES);
  more = maker_certs_only (many, CE_REPLY_MAX_CERTIFICATES + 1);
  list = ce_reply_certificates (most, NULL);
  g_assert_cmpuint (list->len, ==, CE_REPLY_MAX_CERTIFICATES);
  assert_refused (more, "33 certificates: at most 32");
  for (gsize i = 0; i < G_N_ELEMENTS (many); i++)
    X509_free (many[i]);
}

static void
what_is_no_signed_message_is_refused (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) whole = maker_certs_only (&f->user, 1);
  g_autoptr (GBytes) empty = g_bytes_new_static ("", 0);
  g_autoptr (GBytes) text = g_bytes_new_static ("<html>", 6);
  g_autoptr (GBytes) cut = g_bytes_new_from_bytes (whole, 0, g_bytes_get_size (whole) - 1);
  g_autoptr (GBytes) bare = maker_der (f->user);
  /* ContentInfo { data, [0] OCTET STRING "" } */
  g_autoptr (GBytes) plain
      = g_bytes_new_static ("\x30\x0f\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\xa0\x02\x04\x00", 17);
  g_autoptr (GByteArray) more = g_byte_array_new ();
  g_autoptr (GBytes) trailing = NULL, huge = NULL;

  g_byte_array_append (more, g_bytes_get_data (whole, NULL), (guint) g_bytes_get_size (whole));
  g_byte_array_append (more, (const guint8 *) "x", 1);
  trailing = g_bytes_new (more->data, more->len);
  g_byte_array_set_size (more, CE_REPLY_MAX_DER + 1);
  huge = g_bytes_new (more->data, more->len);
  assert_refused (empty, "its length is out of range");
  assert_refused (text, "it is no CMS");
  assert_refused (cut, "it is no CMS");
  assert_refused (bare, "it is no CMS");
  assert_refused (plain, "it is no SignedData");
  assert_refused (trailing, "something follows it");
  assert_refused (huge, "its length is out of range");
}

#define ADD(path, function) g_test_add ("/reply/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("certs-only-gives-every-certificate", certs_only_gives_every_certificate);
  ADD ("a-full-cmc-response-gives-certificates-and-status",
       a_full_cmc_response_gives_certificates_and_status);
  ADD ("a-message-without-certificates-is-empty", a_message_without_certificates_is_empty);
  ADD ("a-wrong-signature-does-not-matter", a_wrong_signature_does_not_matter);
  ADD ("too-many-certificates-are-refused", too_many_certificates_are_refused);
  ADD ("what-is-no-signed-message-is-refused", what_is_no_signed_message_is_refused);
  return g_test_run ();
}
