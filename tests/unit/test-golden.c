/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "agent/x509/cms-request.h"
#include "agent/x509/request.h"
#include "der-outline.h"
#include "x509-maker.h"

/* Our requests beside those that Windows sends, element by element: tests/data/requests/README.md. */

static const char *const ekus[]
    = { "1.3.6.1.4.1.311.10.3.4", "1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.2", NULL };

/* As in the published examples: the default template User, of version 1. */
static const CeRequestParams user = {
  .template_name = "User", .template_oid = "", .template_schema = 1, .key_usage = { 0xA0, 0 }, .ekus = ekus
};

static const char *const logon[] = { "1.3.6.1.5.5.7.3.2", "1.3.6.1.4.1.311.20.2.2", NULL };

static const CeRequestParams smart_card = {
  .template_name = "LabSmartcard",
  .template_oid = "1.3.6.1.4.1.311.21.8.1.2",
  .template_schema = 2,
  .template_major = 100,
  .template_minor = 3,
  .key_usage = { 0xA0, 0 },
  .ekus = logon,
  .application_policies = logon,
};

typedef struct
{
  EVP_PKEY *old_key, *new_key;
  GBytes *old;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (EVP_PKEY) ca_key = maker_key ("P-256");
  g_autoptr (X509) ca = maker_certificate (&(MakerCertificate){ .subject = "CA", .key = ca_key, .ca = TRUE });
  g_autoptr (X509) old = NULL;

  f->old_key = maker_key ("RSA");
  f->new_key = maker_key ("RSA");
  old = maker_logon_certificate (f->old_key, ca_key, ca);
  f->old = maker_der (old);
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  EVP_PKEY_free (f->old_key);
  EVP_PKEY_free (f->new_key);
  g_bytes_unref (f->old);
}

/* Of "- OID 1.2  # why" the mark and the line; empty lines and whole comments are passed over. */
static gboolean
read_line (const char *line, char *ret_mark, char **ret_text)
{
  const char *comment = strchr (line, '#');

  *ret_text = g_strchomp (comment != NULL ? g_strndup (line, (gsize) (comment - line)) : g_strdup (line));
  *ret_mark = **ret_text;
  if (strlen (*ret_text) < 3)
    {
      g_clear_pointer (ret_text, g_free);
      return FALSE;
    }
  memmove (*ret_text, *ret_text + 2, strlen (*ret_text) - 1);
  return TRUE;
}

/* The lines of one side of a comparison: those that both have, and those with @mark. */
static GPtrArray *
side (const char *name, char mark)
{
  g_autofree char *path = g_strconcat (CE_TEST_DATA "/requests/", name, NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  GPtrArray *found = g_ptr_array_new_with_free_func (g_free);

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  for (gsize i = 0; lines[i] != NULL; i++)
    {
      char *line = NULL;
      char of;

      if (!read_line (lines[i], &of, &line))
        continue;
      g_assert_nonnull (strchr (" +-", of));
      if (of == ' ' || of == mark)
        g_ptr_array_add (found, line);
      else
        g_free (line);
    }
  return found;
}

static void
assert_same (const GPtrArray *outline, const GPtrArray *expected)
{
  for (guint i = 0; i < outline->len && i < expected->len; i++)
    if (strcmp (outline->pdata[i], expected->pdata[i]) != 0)
      g_error ("element %u is '%s', expected '%s'", i, (char *) outline->pdata[i],
               (char *) expected->pdata[i]);
  g_assert_cmpuint (outline->len, ==, expected->len);
}

static void
assert_ours (GBytes *der, const char *name)
{
  g_autoptr (GPtrArray) outline = der_outline (der);
  g_autoptr (GPtrArray) expected = side (name, '+');

  assert_same (outline, expected);
}

static GBytes *
pkcs10_new (EVP_PKEY *key, const CeRequestParams *template, GBytes *renewed, gboolean null_signature)
{
  CeRequestParams params = *template;
  g_autoptr (GError) error = NULL;
  GBytes *der;

  params.renewal_certificate = renewed;
  params.null_signature = null_signature;
  der = ce_request_new_pkcs10 (key, &params, &error);
  g_assert_no_error (error);
  return der;
}

static void
a_new_request (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) request = pkcs10_new (f->new_key, &user, NULL, FALSE);

  assert_ours (request, "new.txt");
}

static void
a_renewal (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) pkcs10 = pkcs10_new (f->new_key, &user, f->old, FALSE);
  const CeCmsSigner old = { .key = f->old_key, .certificate = f->old };
  g_autoptr (GBytes) request = ce_cms_request_new (pkcs10, &old, 1, NULL);

  assert_ours (request, "renewal.txt");
}

static void
a_renewal_in_cmc (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) pkcs10 = pkcs10_new (f->new_key, &smart_card, f->old, TRUE);
  const CeCmsSigner signers[] = { { .key = f->new_key }, { .key = f->old_key, .certificate = f->old } };
  g_autoptr (GBytes) request = ce_cmc_request_new (pkcs10, NULL, signers, G_N_ELEMENTS (signers), NULL);

  assert_ours (request, "renewal-cmc.txt");
}

static GBytes *
read_file (const char *path)
{
  char *bytes = NULL;
  gsize length = 0;

  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  return g_bytes_new_take (bytes, length);
}

/* See tests/data/requests/README.md. */
static int
answer (int argc, char **argv)
{
  g_autoptr (GBytes) der = read_file (argv[1]);
  g_autoptr (GPtrArray) outline = der_outline (der);
  g_autoptr (GPtrArray) expected = argc > 2 ? side (argv[2], argc > 3 ? *argv[3] : '-') : NULL;

  if (expected != NULL)
    assert_same (outline, expected);
  for (guint i = 0; expected == NULL && i < outline->len; i++)
    puts (outline->pdata[i]);
  return 0;
}

#define ADD(path, function) g_test_add ("/golden/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  if (argc > 1 && *argv[1] != '-')
    return answer (argc, argv);
  g_test_init (&argc, &argv, NULL);
  ADD ("a-new-request-is-as-windows-makes-it", a_new_request);
  ADD ("a-renewal-is-as-windows-makes-it", a_renewal);
  ADD ("a-renewal-in-cmc-is-as-specified", a_renewal_in_cmc);
  return g_test_run ();
}
