/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/ca/http.h"
#include "x509-maker.h"

#define PYTHON "/usr/bin/python3"

/* One server for all tests, in tests/unit/http-server.py. */
typedef struct
{
  GPid pid;
  int input;
  guint tls_port, old_port, plain_port;
  char *folder, *certificate_file, *key_file;
  GPtrArray *roots; /* its own certificate, DER */
} Server;

static Server server;

static FILE *
create (char **ret_path, const char *name)
{
  FILE *file;

  *ret_path = g_build_filename (server.folder, name, NULL);
  file = fopen (*ret_path, "w");
  g_assert_nonnull (file);
  return file;
}

/* For the name localhost and no address, so that 127.0.0.1 is the wrong name. */
static void
make_certificate (void)
{
  static const char *const names[] = { "subjectAltName", "DNS:localhost", NULL };
  g_autoptr (EVP_PKEY) key = maker_key ("P-256");
  g_autoptr (X509) x509 = maker_certificate (
      &(MakerCertificate){ .subject = "localhost", .key = key, .ca = TRUE, .extensions = names });
  FILE *file = create (&server.certificate_file, "certificate.pem");

  g_assert_true (PEM_write_X509 (file, x509));
  fclose (file);
  file = create (&server.key_file, "key.pem");
  g_assert_true (PEM_write_PrivateKey (file, key, NULL, NULL, 0, NULL, NULL));
  fclose (file);
  server.roots = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_ptr_array_add (server.roots, maker_der (x509));
}

static void
start_server (void)
{
  const char *argv[] = { PYTHON, CE_TEST_SOURCE "/http-server.py", NULL, NULL, NULL };
  g_autoptr (GError) error = NULL;
  char line[64] = "";
  int output;
  FILE *from;

  server.folder = g_dir_make_tmp ("cardenroll-http-XXXXXX", NULL);
  make_certificate ();
  argv[2] = server.certificate_file;
  argv[3] = server.key_file;
  g_spawn_async_with_pipes (NULL, (char **) argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &server.pid,
                            &server.input, &output, NULL, &error);
  g_assert_no_error (error);
  from = fdopen (output, "r");
  g_assert_nonnull (fgets (line, sizeof line, from));
  g_assert_cmpint (sscanf (line, "%u %u %u", &server.tls_port, &server.old_port, &server.plain_port), ==, 3);
  fclose (from);
}

static void
stop_server (void)
{
  close (server.input);
  g_spawn_close_pid (server.pid);
  g_unlink (server.certificate_file);
  g_unlink (server.key_file);
  g_rmdir (server.folder);
  g_free (server.certificate_file);
  g_free (server.key_file);
  g_free (server.folder);
  g_ptr_array_unref (server.roots);
}

/* Long, so that a busy computer fails no test; the tests that wait for it say so in their path. */
#define TIMEOUT_S 30
#define SHORT_TIMEOUT_S 3

static CeHttp *
open_at (const char *host, guint port, const char *path, const GPtrArray *roots, const char *tls_ca_file)
{
  g_autofree char *url = g_strdup_printf ("https://%s:%u/%s", host, port, path);
  g_autoptr (GError) error = NULL;
  CeCaOptions options
      = { .url = url,
          .name = "CA",
          .timeout_s = g_str_equal (path, "slow") || g_str_equal (path, "drip") ? SHORT_TIMEOUT_S : TIMEOUT_S,
          .roots = roots,
          .tls_ca_file = tls_ca_file };
  CeHttp *http = ce_http_new (&options, &error);

  g_assert_no_error (error);
  return http;
}

static CeHttp *
open_path (const char *path)
{
  return open_at ("localhost", server.tls_port, path, server.roots, NULL);
}

static char *
post (CeHttp *http, const char *body)
{
  guint status = 0;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) answer = ce_http_post (http, "text/plain", body, &status, NULL, &error);

  g_assert_no_error (error);
  return g_strndup (g_bytes_get_data (answer, NULL), g_bytes_get_size (answer));
}

static void
assert_fails (CeHttp *http, CeErrorCode code, const char *in_message, gboolean maybe_sent)
{
  guint status = 0;
  gboolean sent = !maybe_sent;
  g_autoptr (GError) error = NULL;

  g_assert_null (ce_http_post (http, "text/plain", "<question/>", &status, &sent, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, CE_ERROR, (gint) code);
  g_assert_nonnull (strstr (error->message, in_message));
  g_assert_cmpint (sent, ==, maybe_sent);
}

static void
a_body_goes_out_and_comes_back (void)
{
  g_autoptr (CeHttp) http = open_path ("echo");
  g_autoptr (CeHttp) type = open_path ("type");
  g_autofree char *large = g_strnfill (2 * 1024 * 1024, 'x');
  g_autofree char *small_answer = post (http, "<question/>");
  g_autofree char *large_answer = post (http, large);
  g_autofree char *type_answer = post (type, "");

  g_assert_cmpstr (small_answer, ==, "<question/>");
  g_assert_true (strcmp (large, large_answer) == 0);
  g_assert_cmpstr (type_answer, ==, "text/plain");
}

static void
one_connection_serves_every_call (void)
{
  g_autoptr (CeHttp) http = open_path ("count");
  g_autofree char *first = post (http, "");
  g_autofree char *second = post (http, "");

  g_assert_cmpstr (first, ==, second);
}

static void
roots_may_come_from_a_file_too (void)
{
  g_autoptr (GPtrArray) none = g_ptr_array_new ();
  g_autoptr (CeHttp) http = open_at ("localhost", server.tls_port, "echo", none, server.certificate_file);
  g_autofree char *answer = post (http, "x");

  g_assert_cmpstr (answer, ==, "x");
}

static void
an_unknown_certificate_is_not_trusted (void)
{
  g_autoptr (CeHttp) http = open_at ("localhost", server.tls_port, "echo", NULL, NULL);
  g_autofree char *expected
      = g_strdup_printf ("the TLS certificate of localhost:%u is not trusted: self", server.tls_port);

  assert_fails (http, CE_ERROR_NOT_TRUSTED, expected, FALSE);
}

static void
a_certificate_for_another_name_is_not_trusted (void)
{
  g_autoptr (CeHttp) http = open_at ("127.0.0.1", server.tls_port, "echo", server.roots, NULL);
  g_autofree char *expected
      = g_strdup_printf ("the TLS certificate of 127.0.0.1:%u is not for that name", server.tls_port);

  assert_fails (http, CE_ERROR_NOT_TRUSTED, expected, FALSE);
}

static void
what_is_no_modern_tls_is_unreachable (void)
{
  g_autoptr (CeHttp) old = open_at ("localhost", server.old_port, "echo", server.roots, NULL);
  g_autoptr (CeHttp) plain = open_at ("localhost", server.plain_port, "echo", server.roots, NULL);

  assert_fails (old, CE_ERROR_CA_UNREACHABLE, "cannot begin TLS with localhost", FALSE);
  assert_fails (plain, CE_ERROR_CA_UNREACHABLE, "cannot begin TLS with localhost", FALSE);
}

static void
nobody_there_is_unreachable_and_nothing_sent (void)
{
  g_autoptr (CeHttp) port = open_at ("localhost", 1, "echo", server.roots, NULL);
  g_autoptr (CeHttp) name = open_at ("no-such-host.invalid", 443, "echo", server.roots, NULL);

  assert_fails (port, CE_ERROR_CA_UNREACHABLE, "cannot connect to localhost:1: Connection refused", FALSE);
  assert_fails (name, CE_ERROR_CA_UNREACHABLE, "no-such-host.invalid", FALSE);
}

static void
a_broken_or_slow_answer_is_unreachable_and_maybe_sent (void)
{
  static const struct
  {
    const char *path, *in_message;
  } cases[] = {
    { "cut", "the connection to localhost" },     { "cut-mid-answer", "the connection to localhost" },
    { "slow", "did not answer within 3 s" },      { "drip", "did not answer within 3 s" },
    { "garbage", "the connection to localhost" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (CeHttp) http = open_path (cases[i].path);

      assert_fails (http, CE_ERROR_CA_UNREACHABLE, cases[i].in_message, TRUE);
    }
}

static void
a_question_is_never_sent_twice_on_its_own (void)
{
  g_autoptr (CeHttp) http = open_path ("cut-second");
  g_autoptr (CeHttp) count = open_path ("count");
  g_autofree char *first = post (http, "x");
  g_autofree char *answer = NULL;

  assert_fails (http, CE_ERROR_CA_UNREACHABLE, "closed without an answer", TRUE);
  answer = post (count, "");
  g_assert_true (g_str_has_suffix (answer, " 2"));
}

static void
an_endless_answer_is_cut (void)
{
  g_autoptr (CeHttp) body = open_path ("huge");
  g_autoptr (CeHttp) headers = open_path ("headers");

  assert_fails (body, CE_ERROR_PROTOCOL, "more than 4 MiB", TRUE);
  assert_fails (headers, CE_ERROR_CA_UNREACHABLE, "the connection to localhost", TRUE);
}

static void
each_status_has_its_meaning (void)
{
  static const struct
  {
    const char *path;
    CeErrorCode code;
    const char *in_message;
    gboolean maybe_sent;
  } cases[] = {
    { "401", CE_ERROR_NO_TICKET, "no Kerberos ticket for HTTP/localhost: ", FALSE },
    { "403", CE_ERROR_CA_DENIED, "does not let you in", FALSE },
    { "404", CE_ERROR_PROTOCOL, "there is no enrolment service at https://localhost", FALSE },
    { "500", CE_ERROR_PROTOCOL, "answers HTTP 500", TRUE },
    { "503", CE_ERROR_CA_UNREACHABLE, "is busy or down", FALSE },
    { "202", CE_ERROR_PROTOCOL, "answers HTTP 202", TRUE },
    { "redirect", CE_ERROR_PROTOCOL, "sends elsewhere", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (CeHttp) http = open_path (cases[i].path);

      assert_fails (http, cases[i].code, cases[i].in_message, cases[i].maybe_sent);
    }
}

static void
a_redirect_is_not_followed (void)
{
  g_autoptr (CeHttp) http = open_path ("redirect");
  g_autoptr (CeHttp) count = open_path ("count");
  g_autofree char *answer = NULL;

  assert_fails (http, CE_ERROR_PROTOCOL, "sends elsewhere", FALSE);
  answer = post (count, "");
  g_assert_true (strstr (answer, " 0 ") != NULL);
}

static void
a_fault_is_handed_on (void)
{
  static const char *const paths[] = { "500-soap", "400-soap" };

  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (CeHttp) http = open_path (paths[i]);
      g_autofree char *answer = post (http, "");

      g_assert_nonnull (strstr (answer, "<a>said "));
    }
}

static void
an_address_that_is_not_plain_https_is_refused (void)
{
  static const char *const urls[] = { "http://ca1.lab.test/CES",
                                      "ftp://ca1.lab.test/",
                                      "ca1.lab.test",
                                      "",
                                      "https://",
                                      "https:///CES",
                                      "https://alice:secret@ca1.lab.test/",
                                      "file:///etc/passwd" };

  for (gsize i = 0; i < G_N_ELEMENTS (urls); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (ce_http_new (&(CeCaOptions){ .url = urls[i], .name = "CA" }, &error));
      g_assert_error (error, CE_ERROR, CE_ERROR_MISCONFIGURED);
    }
}

static void
an_address_is_put_right_where_it_is_meant_well (void)
{
  g_autoptr (CeHttp) http = ce_http_new (
      &(CeCaOptions){ .url = " https://ca1.lab.test/Our CA_CES/a%20b?c ", .name = "CA" }, NULL);

  g_assert_cmpstr (ce_http_url (http), ==, "https://ca1.lab.test/Our%20CA_CES/a%20b?c");
  g_assert_cmpstr (ce_http_host (http), ==, "ca1.lab.test");
}

static void
roots_that_cannot_be_read_are_named (void)
{
  const char *const files[] = { "/nonexistent/roots.pem", server.key_file, PYTHON };
  static const char *const in_message[] = { "/nonexistent/roots.pem", NULL, "holds none in PEM form" };

  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (CeHttp) http = ce_http_new (
          &(CeCaOptions){ .url = "https://ca1.lab.test/", .name = "CA", .tls_ca_file = files[i] }, &error);

      if (in_message[i] == NULL)
        continue;
      g_assert_error (error, CE_ERROR, CE_ERROR_MISCONFIGURED);
      g_assert_nonnull (strstr (error->message, in_message[i]));
    }
}

int
main (int argc, char **argv)
{
  int status;

  /* Nobody's ticket, domain or proxy decides what happens here. */
  g_setenv ("KRB5_CONFIG", "/dev/null", TRUE);
  g_setenv ("KRB5CCNAME", "FILE:/nonexistent/krb5cc", TRUE);
  g_unsetenv ("https_proxy");
  g_unsetenv ("HTTPS_PROXY");
  g_unsetenv ("ALL_PROXY");
  g_unsetenv ("all_proxy");
  g_test_init (&argc, &argv, NULL);
  if (!g_file_test (PYTHON, G_FILE_TEST_IS_EXECUTABLE))
    {
      g_print ("1..0 # SKIP " PYTHON " is not installed\n");
      return 77;
    }
  start_server ();
  g_test_add_func ("/http/a-body-goes-out-and-comes-back", a_body_goes_out_and_comes_back);
  g_test_add_func ("/http/one-connection-serves-every-call", one_connection_serves_every_call);
  g_test_add_func ("/http/roots-may-come-from-a-file-too", roots_may_come_from_a_file_too);
  g_test_add_func ("/http/an-unknown-certificate-is-not-trusted", an_unknown_certificate_is_not_trusted);
  g_test_add_func ("/http/a-certificate-for-another-name-is-not-trusted",
                   a_certificate_for_another_name_is_not_trusted);
  g_test_add_func ("/http/what-is-no-modern-tls-is-unreachable", what_is_no_modern_tls_is_unreachable);
  g_test_add_func ("/http/nobody-there-is-unreachable-and-nothing-sent",
                   nobody_there_is_unreachable_and_nothing_sent);
  g_test_add_func ("/http/a-broken-or-slow-answer-is-unreachable-and-maybe-sent",
                   a_broken_or_slow_answer_is_unreachable_and_maybe_sent);
  g_test_add_func ("/http/a-question-is-never-sent-twice-on-its-own",
                   a_question_is_never_sent_twice_on_its_own);
  g_test_add_func ("/http/an-endless-answer-is-cut", an_endless_answer_is_cut);
  g_test_add_func ("/http/each-status-has-its-meaning", each_status_has_its_meaning);
  g_test_add_func ("/http/a-redirect-is-not-followed", a_redirect_is_not_followed);
  g_test_add_func ("/http/a-fault-is-handed-on", a_fault_is_handed_on);
  g_test_add_func ("/http/an-address-that-is-not-plain-https-is-refused",
                   an_address_that_is_not_plain_https_is_refused);
  g_test_add_func ("/http/an-address-is-put-right-where-it-is-meant-well",
                   an_address_is_put_right_where_it_is_meant_well);
  g_test_add_func ("/http/roots-that-cannot-be-read-are-named", roots_that_cannot_be_read_are_named);
  status = g_test_run ();
  stop_server ();
  return status;
}
