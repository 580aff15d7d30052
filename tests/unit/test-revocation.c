/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <arpa/inet.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "agent/base/error.h"
#include "agent/enroll/revocation.h"
#include "agent/x509/crl.h"
#include "x509-maker.h"

/* A web server that gives the list of the moment and counts who asks. */
typedef struct
{
  int listener;
  guint port;
  GThread *thread;
  GMutex lock;
  GBytes *list;         /* %NULL: answers 503 */
  const char *location; /* %NULL: does not send elsewhere */
  guint asked;
} Server;

typedef struct
{
  Server server;
  EVP_PKEY *ca_key, *key;
  X509 *ca, *alice;
  CeCertificate *parsed;
  CePolicy *policy;
  char *url;
  gint64 now;
} Fixture;

static void
answer (Server *server, int peer)
{
  char question[2048];
  g_autofree char *head = NULL;
  gsize length = 0;
  const void *body = NULL;

  if (read (peer, question, sizeof question) <= 0)
    return;
  g_mutex_lock (&server->lock);
  server->asked++;
  if (server->list != NULL)
    body = g_bytes_get_data (server->list, &length);
  if (server->location != NULL)
    head = g_strdup_printf (
        "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        server->location);
  else
    head = g_strdup_printf ("HTTP/1.1 %s\r\nContent-Length: %" G_GSIZE_FORMAT "\r\nConnection: close\r\n\r\n",
                            body != NULL ? "200 OK" : "503 Unavailable", length);
  g_assert_cmpint (write (peer, head, strlen (head)), >, 0);
  /* Whoever has read enough closes the connection. */
  if (body != NULL && server->location == NULL)
    (void) !send (peer, body, length, MSG_NOSIGNAL);
  g_mutex_unlock (&server->lock);
}

static gpointer
serve (gpointer data)
{
  Server *server = data;
  int peer;

  while ((peer = accept (server->listener, NULL, NULL)) >= 0)
    {
      answer (server, peer);
      close (peer);
    }
  return NULL;
}

static void
start (Server *server)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t length = sizeof address;

  g_mutex_init (&server->lock);
  server->listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (server->listener, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (listen (server->listener, 5), ==, 0);
  g_assert_cmpint (getsockname (server->listener, (struct sockaddr *) &address, &length), ==, 0);
  server->port = ntohs (address.sin_port);
  server->thread = g_thread_new ("server", serve, server);
}

static void
stop (Server *server)
{
  shutdown (server->listener, SHUT_RDWR);
  g_thread_join (server->thread);
  close (server->listener);
  g_clear_pointer (&server->list, g_bytes_unref);
  g_mutex_clear (&server->lock);
}

static void
publish (Fixture *f, const MakerCrl *how)
{
  MakerCrl whole = how != NULL ? *how : (MakerCrl){ 0 };

  g_mutex_lock (&f->server.lock);
  g_clear_pointer (&f->server.list, g_bytes_unref);
  if (how != NULL)
    {
      whole.issuer = f->ca;
      whole.key = whole.key != NULL ? whole.key : f->ca_key;
      f->server.list = maker_crl (&whole);
    }
  g_mutex_unlock (&f->server.lock);
}

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const char *extensions[] = { "crlDistributionPoints", NULL, NULL };
  g_autofree char *points = NULL;
  g_autoptr (GBytes) der = NULL;

  start (&f->server);
  f->url = g_strdup_printf ("http://127.0.0.1:%u/ca.crl", f->server.port);
  points = g_strdup_printf ("URI:ldap:///CN=ca,URI:%s", f->url);
  extensions[1] = points;
  f->now = (gint64) time (NULL);
  f->ca_key = maker_key ("P-256");
  f->key = maker_key ("P-256");
  f->ca = maker_certificate (&(MakerCertificate){ .subject = "CA", .key = f->ca_key, .ca = TRUE });
  f->alice = maker_certificate (&(MakerCertificate){ .subject = "Alice",
                                                     .key = f->key,
                                                     .issuer = f->ca,
                                                     .issuer_key = f->ca_key,
                                                     .extensions = extensions });
  der = maker_der (f->alice);
  f->parsed = ce_certificate_parse (der, NULL);
  g_assert_nonnull (f->parsed);
  f->policy = ce_policy_new ();
  g_ptr_array_add (f->policy->roots, maker_der (f->ca));
  publish (f, &(MakerCrl){ 0 });
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  stop (&f->server);
  g_free (f->url);
  EVP_PKEY_free (f->ca_key);
  EVP_PKEY_free (f->key);
  X509_free (f->ca);
  X509_free (f->alice);
  ce_certificate_free (f->parsed);
  ce_policy_free (f->policy);
}

static void
assert_state (Fixture *f, gint64 now, gboolean afresh, CeRevocationState state, const char *words)
{
  const CeRevocationBudget budget = ce_revocation_budget (now, afresh);
  g_auto (CeRevocation) found = ce_revocation_check (f->parsed, f->policy, &budget);

  if (found.state != state || strstr (found.detail, words) == NULL)
    g_error ("%s: %s", ce_revocation_state_name (found.state), found.detail);
}

static void
test_a_current_list_is_fetched_once (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_state (f, f->now, FALSE, CE_REVOCATION_GOOD, "not revoked, by the list that is current until");
  publish (f, NULL);
  assert_state (f, f->now, FALSE, CE_REVOCATION_GOOD, "not revoked");
  g_assert_cmpuint (f->server.asked, ==, 1);
}

static void
test_revoked (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  publish (f, &(MakerCrl){ .revoked = f->alice, .reason = CRL_REASON_SUPERSEDED });
  assert_state (f, f->now, FALSE, CE_REVOCATION_REVOKED, "revoked since 2023-11-14 22:13 UTC (superseded)");
}

static void
test_afresh (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_state (f, f->now, FALSE, CE_REVOCATION_GOOD, "");
  publish (f, &(MakerCrl){ .revoked = f->alice, .reason = -1 });
  assert_state (f, f->now, FALSE, CE_REVOCATION_GOOD, "");
  assert_state (f, f->now, TRUE, CE_REVOCATION_REVOKED, "revoked since");
  assert_state (f, f->now, FALSE, CE_REVOCATION_REVOKED, "revoked since");
  g_assert_cmpuint (f->server.asked, ==, 2);
}

static void
test_older_list_does_not_replace_a_newer_one (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  publish (f, &(MakerCrl){ .revoked = f->alice, .reason = -1, .this_update_unix = f->now - 600 });
  assert_state (f, f->now, FALSE, CE_REVOCATION_REVOKED, "revoked since");
  publish (f, &(MakerCrl){ .this_update_unix = f->now - 1200 });
  assert_state (f, f->now, TRUE, CE_REVOCATION_REVOKED, "revoked since");
  assert_state (f, f->now, FALSE, CE_REVOCATION_REVOKED, "revoked since");
  g_assert_cmpuint (f->server.asked, ==, 2);
  publish (f, &(MakerCrl){ .this_update_unix = f->now - 300 });
  assert_state (f, f->now, TRUE, CE_REVOCATION_GOOD, "not revoked");
  /* What has ended holds nobody back. */
  publish (f, &(MakerCrl){ .this_update_unix = f->now - 900, .next_update_unix = f->now + 5 * 86400 });
  assert_state (f, f->now + 2 * 86400, TRUE, CE_REVOCATION_GOOD, "not revoked");
}

static void
test_afresh_while_the_server_is_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_state (f, f->now, FALSE, CE_REVOCATION_GOOD, "");
  publish (f, NULL);
  assert_state (f, f->now, TRUE, CE_REVOCATION_GOOD, "not revoked");
}

static void
test_out_of_date (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const gint64 later = f->now + 2 * 86400;

  assert_state (f, f->now, FALSE, CE_REVOCATION_GOOD, "");
  publish (f, NULL);
  assert_state (f, later, FALSE, CE_REVOCATION_UNKNOWN, "and a newer one cannot be had: http://127.0.0.1");
}

static void
test_out_of_date_but_named (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const gint64 later = f->now + 2 * 86400;

  publish (f, &(MakerCrl){ .revoked = f->alice, .reason = -1 });
  assert_state (f, f->now, FALSE, CE_REVOCATION_REVOKED, "");
  publish (f, NULL);
  assert_state (f, later, FALSE, CE_REVOCATION_REVOKED, "");
}

static void
test_server_that_is_down_is_asked_once (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  publish (f, NULL);
  assert_state (f, f->now, FALSE, CE_REVOCATION_UNKNOWN, "HTTP 503");
  assert_state (f, f->now + 1, FALSE, CE_REVOCATION_UNKNOWN, "could not be had a moment ago");
  g_assert_cmpuint (f->server.asked, ==, 1);
  publish (f, &(MakerCrl){ 0 });
  assert_state (f, f->now + CE_REVOCATION_PAUSE_S + 60, FALSE, CE_REVOCATION_GOOD, "");
}

static void
test_foreign_list (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  publish (f, &(MakerCrl){ .key = f->key, .revoked = f->alice, .reason = -1 });
  assert_state (f, f->now, FALSE, CE_REVOCATION_UNKNOWN, "is not signed by its key");
}

static void
test_list_without_end (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const gsize length = 17 * 1024 * 1024;

  publish (f, NULL);
  f->server.list = g_bytes_new_take (g_malloc0 (length), length);
  assert_state (f, f->now, FALSE, CE_REVOCATION_UNKNOWN, "more than 16 MiB");
}

static void
test_sent_elsewhere (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->server.location = "file:///etc/passwd";
  assert_state (f, f->now, FALSE, CE_REVOCATION_UNKNOWN, "the revocation list cannot be had");
  g_assert_cmpuint (f->server.asked, ==, 1);
}

static void
test_sent_round_in_circles (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->server.location = f->url;
  assert_state (f, f->now, FALSE, CE_REVOCATION_UNKNOWN, "the revocation list cannot be had");
  g_assert_cmpuint (f->server.asked, ==, 4);
}

static void
test_no_time_left (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const CeRevocationBudget budget = { .now_unix = f->now, .until_us = g_get_monotonic_time () };
  g_auto (CeRevocation) found = ce_revocation_check (f->parsed, f->policy, &budget);

  g_assert_cmpint (found.state, ==, CE_REVOCATION_UNKNOWN);
  g_assert_nonnull (strstr (found.detail, "no time is left"));
  g_assert_cmpuint (f->server.asked, ==, 0);
}

/* What the directory holds at ldap:///CN=ca. */
typedef struct
{
  GBytes *list;
  guint asked;
} Directory;

static GBytes *
read_directory (const char *url, guint timeout_ms, gsize max_bytes, gpointer data, GError **error)
{
  Directory *directory = data;

  directory->asked++;
  g_assert_cmpstr (url, ==, "ldap:///CN=ca");
  g_assert_cmpuint (timeout_ms, >, 0);
  g_assert_cmpuint (max_bytes, ==, CE_CRL_MAX_DER);
  if (directory->list != NULL)
    return g_bytes_ref (directory->list);
  g_set_error (error, CE_ERROR, CE_ERROR_DIRECTORY_UNREACHABLE, "no controller answers");
  return NULL;
}

static void
put (Fixture *f, Directory *directory, const MakerCrl *how)
{
  MakerCrl whole = how != NULL ? *how : (MakerCrl){ 0 };

  g_clear_pointer (&directory->list, g_bytes_unref);
  whole.issuer = f->ca;
  whole.key = whole.key != NULL ? whole.key : f->ca_key;
  if (how != NULL)
    directory->list = maker_crl (&whole);
}

static void
assert_directory (Fixture *f, Directory *directory, gint64 now, CeRevocationState state, const char *words)
{
  CeRevocationBudget budget = ce_revocation_budget (now, FALSE);
  g_auto (CeRevocation) found = { CE_REVOCATION_UNCHECKED, NULL };

  budget.from_directory = read_directory;
  budget.data = directory;
  found = ce_revocation_check (f->parsed, f->policy, &budget);
  if (found.state != state || strstr (found.detail, words) == NULL)
    g_error ("%s: %s", ce_revocation_state_name (found.state), found.detail);
}

static void
test_directory (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const gint64 later = f->now + 2 * 86400;
  Directory directory = { 0 };

  assert_directory (f, &directory, f->now, CE_REVOCATION_GOOD, "not revoked");
  g_assert_cmpuint (directory.asked, ==, 0);
  publish (f, NULL);
  put (f, &directory, &(MakerCrl){ .next_update_unix = later + 86400 });
  assert_directory (f, &directory, later, CE_REVOCATION_GOOD, "not revoked");
  assert_directory (f, &directory, later, CE_REVOCATION_GOOD, "not revoked");
  g_assert_cmpuint (directory.asked, ==, 1);
  put (f, &directory, &(MakerCrl){ .revoked = f->alice, .reason = -1, .next_update_unix = later + 3 * 86400 });
  assert_directory (f, &directory, later + 2 * 86400, CE_REVOCATION_REVOKED, "revoked since");
  g_assert_cmpuint (directory.asked, ==, 2);
  put (f, &directory, NULL);
}

static void
test_foreign_list_in_the_directory (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  Directory directory = { 0 };

  publish (f, NULL);
  put (f, &directory, &(MakerCrl){ .key = f->key, .revoked = f->alice, .reason = -1 });
  assert_directory (f, &directory, f->now, CE_REVOCATION_UNKNOWN, "is not signed by its key");
  put (f, &directory, NULL);
  assert_directory (f, &directory, f->now + CE_REVOCATION_PAUSE_S + 60, CE_REVOCATION_UNKNOWN, "no controller answers");
  g_assert_cmpuint (directory.asked, ==, 2);
}

static void
remove_folder (const char *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *inside = g_build_filename (path, name, NULL);

      if (g_file_test (inside, G_FILE_TEST_IS_DIR))
        remove_folder (inside);
      else
        g_unlink (inside);
    }
  g_rmdir (path);
}

int
main (int argc, char **argv)
{
  g_autofree char *cache = g_dir_make_tmp ("revocation-XXXXXX", NULL);
  int status;

  g_setenv ("XDG_CACHE_HOME", cache, TRUE);
  g_unsetenv ("http_proxy");
  g_test_init (&argc, &argv, NULL);
#define ADD(path, test) g_test_add ("/revocation/" path, Fixture, NULL, set_up, test, tear_down)
  ADD ("a-current-list-is-fetched-once", test_a_current_list_is_fetched_once);
  ADD ("a-certificate-on-the-list-is-revoked", test_revoked);
  ADD ("a-person-who-asks-gets-a-new-list", test_afresh);
  ADD ("an-older-list-does-not-replace-a-newer-one", test_older_list_does_not_replace_a_newer_one);
  ADD ("a-current-list-serves-a-person-while-the-server-is-down", test_afresh_while_the_server_is_down);
  ADD ("a-list-that-is-out-of-date-proves-nothing-good", test_out_of_date);
  ADD ("a-list-that-is-out-of-date-still-proves-what-it-names", test_out_of_date_but_named);
  ADD ("a-server-that-is-down-is-asked-once", test_server_that_is_down_is_asked_once);
  ADD ("a-list-that-another-key-signed-proves-nothing", test_foreign_list);
  ADD ("a-list-without-end-is-not-read-to-its-end", test_list_without_end);
  ADD ("nobody-is-sent-to-files", test_sent_elsewhere);
  ADD ("nobody-is-sent-in-circles", test_sent_round_in_circles);
  ADD ("without-time-nobody-is-asked", test_no_time_left);
  ADD ("the-directory-is-asked-where-no-web-server-has-it", test_directory);
  ADD ("a-foreign-list-in-the-directory-proves-nothing", test_foreign_list_in_the_directory);
#undef ADD
  status = g_test_run ();
  remove_folder (cache);
  return status;
}
