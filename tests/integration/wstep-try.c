/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One enrolment with a key in software, as whoever holds the ticket: for trying a CA, and for the tests in
 * the lab. Prints the outcome as lines of "name: value"; ends with 0 for any answer, else with the exit code
 * of the error. */
#include <openssl/pem.h>
#include <stdio.h>
#include <time.h>

#include "agent/base/error.h"
#include "agent/ca/ca.h"
#include "agent/x509/certificate.h"
#include "agent/x509/request.h"

static char *url, *name, *root_file, *tls_file, *template_name, *template_oid, *version, *key_file, *query;
static int timeout_s = 20;
static int again = 0;

static const GOptionEntry entries[] = {
  { "url", 0, 0, G_OPTION_ARG_STRING, &url, "where the CA listens", "URL" },
  { "name", 0, 0, G_OPTION_ARG_STRING, &name, "the CA's name", "NAME" },
  { "root", 0, 0, G_OPTION_ARG_FILENAME, &root_file, "DER root, trusted for TLS and for what is issued",
    "FILE" },
  { "tls-ca-file", 0, 0, G_OPTION_ARG_FILENAME, &tls_file, "PEM roots for TLS", "FILE" },
  { "template", 0, 0, G_OPTION_ARG_STRING, &template_name, "the template's cn", "CN" },
  { "oid", 0, 0, G_OPTION_ARG_STRING, &template_oid, "its OID; none for version 1", "OID" },
  { "version", 0, 0, G_OPTION_ARG_STRING, &version, "MAJOR.MINOR", "VERSION" },
  { "key", 0, 0, G_OPTION_ARG_FILENAME, &key_file, "PEM key: made where it does not exist", "FILE" },
  { "query", 0, 0, G_OPTION_ARG_STRING, &query, "ask for a pending request again", "ID" },
  { "timeout", 0, 0, G_OPTION_ARG_INT, &timeout_s, "seconds", "N" },
  { "again", 0, 0, G_OPTION_ARG_INT, &again, "so many more requests on the same connection", "N" },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

static EVP_PKEY *
load_or_make_key (void)
{
  FILE *file = key_file != NULL ? fopen (key_file, "r") : NULL;
  EVP_PKEY *key = file != NULL ? PEM_read_PrivateKey (file, NULL, NULL, NULL)
                               : EVP_PKEY_Q_keygen (NULL, NULL, "RSA", (size_t) 2048);

  if (file == NULL && key_file != NULL && (file = fopen (key_file, "w")) != NULL)
    PEM_write_PrivateKey (file, key, NULL, NULL, 0, NULL, NULL);
  if (file != NULL)
    fclose (file);
  return key;
}

static GPtrArray *
load_root (GError **error)
{
  g_autoptr (GPtrArray) roots = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  char *bytes;
  gsize length;

  if (root_file == NULL)
    return g_steal_pointer (&roots);
  if (!g_file_get_contents (root_file, &bytes, &length, error))
    return NULL;
  g_ptr_array_add (roots, g_bytes_new_take (bytes, length));
  return g_steal_pointer (&roots);
}

static GBytes *
make_request (EVP_PKEY *key, GError **error)
{
  g_auto (GStrv)
    parts = g_strsplit (version != NULL ? version : "1.0", ".", 2);
  CeRequestParams params = {
    .template_name = template_name != NULL ? template_name : "",
    .template_oid = template_oid != NULL ? template_oid : "",
    .template_schema = template_oid != NULL ? 2 : 1,
    .template_major = (guint) g_ascii_strtoull (parts[0], NULL, 10),
    .template_minor = parts[1] != NULL ? (guint) g_ascii_strtoull (parts[1], NULL, 10) : 0,
    .key_usage = { 0xa0, 0x00 },
  };

  return ce_request_new_pkcs10 (key, &params, error);
}

static gboolean
print_certificate (const CeCaReply *reply, const GPtrArray *roots, GError **error)
{
  g_autoptr (CeCertificate) certificate = ce_certificate_parse (reply->certificate, error);

  if (certificate == NULL
      || !ce_certificate_verify (certificate, reply->chain, roots, (gint64) time (NULL), error))
    return FALSE;
  g_print ("subject: %s\nissuer: %s\nupn: %s\nsid: %s\ntemplate: %s %u.%u\nchain: %u\n", certificate->subject,
           certificate->issuer, certificate->upn, certificate->sid, certificate->template_oid,
           certificate->template_major, certificate->template_minor, reply->chain->len);
  return TRUE;
}

static gboolean
print_reply (const CeCaReply *reply, const GPtrArray *roots, GError **error)
{
  static const char *const outcomes[] = { "issued", "pending", "denied" };
  const char *text = ce_ca_hresult_text (reply->hresult);

  g_print ("outcome: %s\nrequest: %s\nreason: %s\n", outcomes[reply->outcome], reply->request_id,
           reply->reason);
  if (*reply->poll_url != '\0')
    g_print ("poll: %s\n", reply->poll_url);
  if (reply->hresult != 0)
    g_print ("hresult: 0x%08x %s\n", reply->hresult, text != NULL ? text : "");
  return reply->certificate == NULL || print_certificate (reply, roots, error);
}

static gboolean
ask (CeCa *ca, EVP_PKEY *key, const GPtrArray *roots, GError **error)
{
  g_autofree char *id = ce_public_key_id (key, error);
  g_autoptr (GBytes) request = query == NULL ? make_request (key, error) : NULL;
  g_autoptr (CeCaReply) reply = NULL;
  gboolean maybe_sent = FALSE;

  if (query != NULL)
    return ce_ca_query (ca, query, id, &reply, error) && print_reply (reply, roots, error);
  if (request == NULL)
    return FALSE;
  if (ce_ca_submit (ca, request, id, &reply, &maybe_sent, error))
    return print_reply (reply, roots, error);
  g_print ("maybe-sent: %s\n", maybe_sent ? "yes" : "no");
  return FALSE;
}

static gboolean
run (GError **error)
{
  g_autoptr (EVP_PKEY) key = load_or_make_key ();
  g_autoptr (GPtrArray) roots = load_root (error);
  CeCaOptions options = { .url = url,
                          .name = name != NULL ? name : "CA",
                          .timeout_s = (guint) timeout_s,
                          .roots = roots,
                          .tls_ca_file = tls_file };
  g_autoptr (CeCa) ca = roots != NULL ? ce_ca_new_wstep (&options, error) : NULL;

  if (ca == NULL)
    return FALSE;
  for (int i = 0; i < again; i++)
    if (!ask (ca, key, roots, error))
      return FALSE;
  return ask (ca, key, roots, error);
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || url == NULL)
    {
      g_printerr ("%s\n", error != NULL ? error->message : "--url is missing");
      return CE_EXIT_USAGE;
    }
  if (run (&error))
    return 0;
  g_print ("error: %s\n", ce_error_name (ce_error_code (error)));
  g_printerr ("%s\n", error->message);
  return (int) ce_error_exit_code (ce_error_code (error));
}
