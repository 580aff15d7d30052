/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/ca/http.h"

#include <curl/curl.h>
#include <string.h>

#include "agent/base/error.h"
#include "agent/base/openssl.h"
#include "agent/base/text.h"
#include "agent/ca/kerberos.h"
#include "agent/ca/trust.h"

#define CONNECT_TIMEOUT_S 15
#define MAX_DETAIL 256

struct _CeHttp
{
  CURL *curl;
  char *url;
  char *host;
  char *where; /* host, or host:port: as messages name it */
  guint timeout_s;
  gboolean no_login;
  const CeCredential *credential;
  int alert; /* of TLS, by which the other side ended the connection; -1: none */
  gsize max_body;
  GString *pem;
};

typedef struct
{
  const char *question;
  gsize asked; /* bytes of it handed out so far */
  GByteArray *body;
  gsize max_body;
  gboolean answered; /* since the question was last begun */
  gboolean too_much;
  char detail[CURL_ERROR_SIZE];
} Transfer;

typedef struct curl_slist CeHeaders;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeHeaders, curl_slist_free_all)

static gboolean
parse_url (CeHttp *self, const char *url, GError **error)
{
  /* Names of CAs have spaces, and administrators write them into URLs as they are. */
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_ENCODED | G_URI_FLAGS_PARSE_RELAXED, NULL);
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;

  if (host == NULL || *host == '\0' || strcmp (g_uri_get_scheme (uri), "https") != 0
      || g_uri_get_userinfo (uri) != NULL)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_MISCONFIGURED,
                   "the certification authority's address '%s' is not a plain https:// URL", url);
      return FALSE;
    }
  self->url = g_uri_to_string (uri);
  self->host = g_strdup (host);
  self->where = g_uri_get_port (uri) > 0 && g_uri_get_port (uri) != 443
                    ? g_strdup_printf ("%s:%d", host, g_uri_get_port (uri))
                    : g_strdup (host);
  return TRUE;
}

static size_t
give_question (char *buffer, size_t size, size_t n, void *user_data)
{
  Transfer *transfer = user_data;
  gsize length = MIN (size * n, strlen (transfer->question + transfer->asked));

  memcpy (buffer, transfer->question + transfer->asked, length);
  transfer->asked += length;
  return length;
}

/* libcurl begins anew after a 401, but also where a kept connection breaks without an answer: then the CA may
 * have the request already, and nobody but the journal may decide to send it again. */
static int
begin_anew (void *user_data, curl_off_t offset, int origin)
{
  Transfer *transfer = user_data;

  if (!transfer->answered || offset != 0 || origin != SEEK_SET)
    return CURL_SEEKFUNC_FAIL;
  transfer->answered = FALSE;
  transfer->asked = 0;
  return CURL_SEEKFUNC_OK;
}

static size_t
note_header (char *bytes G_GNUC_UNUSED, size_t size, size_t n, void *user_data)
{
  Transfer *transfer = user_data;

  transfer->answered = TRUE;
  return size * n;
}

static size_t
take_body (char *bytes, size_t size, size_t n, void *user_data)
{
  Transfer *transfer = user_data;

  if (transfer->body->len + size * n > transfer->max_body)
    {
      transfer->too_much = TRUE;
      return 0;
    }
  g_byte_array_append (transfer->body, (const guint8 *) bytes, (guint) (size * n));
  return size * n;
}

/* A CAINFO_BLOB takes the place of curl's own bundle file, though not of its folder. */
static gboolean
load_trust (CeHttp *self, const CeCaOptions *options, GError **error)
{
  const char *files[] = { options->tls_ca_file, NULL };
  const char *bundle = NULL;
  const char *folder = NULL;

  curl_easy_getinfo (self->curl, CURLINFO_CAINFO, &bundle);
  curl_easy_getinfo (self->curl, CURLINFO_CAPATH, &folder);
  if (bundle != NULL && (folder == NULL || !g_file_test (folder, G_FILE_TEST_IS_DIR))
      && g_file_test (bundle, G_FILE_TEST_IS_REGULAR))
    files[1] = bundle;
  self->pem = ce_trust_pem (options->roots, files, G_N_ELEMENTS (files), error);
  return self->pem != NULL;
}

/* The empty name makes libcurl take the default credential; a ticket is delegated only where the domain
 * marks the service as one to trust, for a CES that runs on another host than its CA. */
static void
set_login (CURL *curl)
{
  curl_easy_setopt (curl, CURLOPT_HTTPAUTH, (long) CURLAUTH_NEGOTIATE);
  curl_easy_setopt (curl, CURLOPT_USERPWD, ":");
  curl_easy_setopt (curl, CURLOPT_GSSAPI_DELEGATION, (long) CURLGSSAPI_DELEGATION_POLICY_FLAG);
}

static CURLcode
prepare_tls (CURL *curl G_GNUC_UNUSED, void *tls, void *data)
{
  CeHttp *self = data;

  ce_credential_watch (tls, &self->alert);
  return ce_credential_use (self->credential, self->host, tls, NULL) ? CURLE_OK : CURLE_SSL_CERTPROBLEM;
}

static void
set_options (CeHttp *self)
{
  CURL *curl = self->curl;
  struct curl_blob blob = { self->pem->str, self->pem->len, CURL_BLOB_NOCOPY };

  curl_easy_setopt (curl, CURLOPT_URL, self->url);
  curl_easy_setopt (curl, CURLOPT_PROTOCOLS_STR, "https");
  curl_easy_setopt (curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt (curl, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
  curl_easy_setopt (curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt (curl, CURLOPT_USERAGENT, "cardenroll/" CE_VERSION);
  curl_easy_setopt (curl, CURLOPT_TIMEOUT, (long) self->timeout_s);
  curl_easy_setopt (curl, CURLOPT_CONNECTTIMEOUT, (long) MIN (self->timeout_s, CONNECT_TIMEOUT_S));
  curl_easy_setopt (curl, CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2);
  curl_easy_setopt (curl, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt (curl, CURLOPT_SSL_VERIFYHOST, 2L);
  if (self->pem->len > 0)
    curl_easy_setopt (curl, CURLOPT_CAINFO_BLOB, &blob);
  if (!self->no_login)
    set_login (curl);
  if (self->credential != NULL)
    {
      curl_easy_setopt (curl, CURLOPT_SSL_CTX_FUNCTION, prepare_tls);
      curl_easy_setopt (curl, CURLOPT_SSL_CTX_DATA, self);
    }
  curl_easy_setopt (curl, CURLOPT_POST, 1L);
  curl_easy_setopt (curl, CURLOPT_READFUNCTION, give_question);
  curl_easy_setopt (curl, CURLOPT_SEEKFUNCTION, begin_anew);
  curl_easy_setopt (curl, CURLOPT_HEADERFUNCTION, note_header);
  curl_easy_setopt (curl, CURLOPT_WRITEFUNCTION, take_body);
}

CeHttp *
ce_http_new (const CeCaOptions *options, GError **error)
{
  static gsize once = 0;
  g_autoptr (CeHttp) self = g_new0 (CeHttp, 1);

  if (g_once_init_enter (&once))
    {
      curl_global_init (CURL_GLOBAL_DEFAULT);
      g_once_init_leave (&once, 1);
    }
  if (!parse_url (self, options->url, error))
    return NULL;
  self->timeout_s = options->timeout_s > 0 ? options->timeout_s : CE_HTTP_DEFAULT_TIMEOUT_S;
  self->no_login = options->no_login || options->credential != NULL || options->login != NULL;
  self->credential = options->credential;
  self->max_body = options->max_body > 0 ? options->max_body : CE_HTTP_MAX_BODY;
  self->curl = curl_easy_init ();
  g_return_val_if_fail (self->curl != NULL, NULL);
  if (!load_trust (self, options, error))
    return NULL;
  set_options (self);
  return g_steal_pointer (&self);
}

void
ce_http_free (CeHttp *http)
{
  if (http == NULL)
    return;
  curl_easy_cleanup (http->curl);
  if (http->pem != NULL)
    g_string_free (http->pem, TRUE);
  g_free (http->url);
  g_free (http->host);
  g_free (http->where);
  g_free (http);
}

const char *
ce_http_url (const CeHttp *http)
{
  return http->url;
}

const char *
ce_http_host (const CeHttp *http)
{
  return http->host;
}

/* libcurl keeps its "unspecified" where the chain is fine and the name is not. */
static gboolean
is_other_name (long verify)
{
  return verify == X509_V_OK || verify == X509_V_ERR_UNSPECIFIED || verify == X509_V_ERR_HOSTNAME_MISMATCH
         || verify == X509_V_ERR_IP_ADDRESS_MISMATCH;
}

static void
refuse_peer (CeHttp *self, const char *detail, GError **error)
{
  long verify = 0;

  curl_easy_getinfo (self->curl, CURLINFO_SSL_VERIFYRESULT, &verify);
  if (!is_other_name (verify))
    g_set_error (error, CE_ERROR, CE_ERROR_NOT_TRUSTED, "the TLS certificate of %s is not trusted: %s",
                 self->where, X509_verify_cert_error_string (verify));
  else
    g_set_error (error, CE_ERROR, CE_ERROR_NOT_TRUSTED, "the TLS certificate of %s is not for that name: %s",
                 self->where, detail);
}

static char *
failure_detail (CURLcode code, const Transfer *transfer)
{
  const char *detail = code == CURLE_SEND_FAIL_REWIND ? "it was closed without an answer"
                       : *transfer->detail != '\0'    ? transfer->detail
                                                      : curl_easy_strerror (code);

  return ce_text_clean (detail, strlen (detail), MAX_DETAIL);
}

/* All that leads to CA_UNREACHABLE, in words. */
static void
explain_unreachable (CeHttp *self, CURLcode code, const char *detail, GError **error)
{
  long os_error = 0, sent = 0;

  curl_easy_getinfo (self->curl, CURLINFO_OS_ERRNO, &os_error);
  curl_easy_getinfo (self->curl, CURLINFO_REQUEST_SIZE, &sent);
  if (code == CURLE_COULDNT_RESOLVE_HOST)
    g_set_error (error, CE_ERROR, CE_ERROR_CA_UNREACHABLE, "the name %s cannot be resolved", self->host);
  else if (code == CURLE_COULDNT_CONNECT)
    g_set_error (error, CE_ERROR, CE_ERROR_CA_UNREACHABLE, "cannot connect to %s: %s", self->where,
                 os_error != 0 ? g_strerror ((int) os_error) : detail);
  else if (code == CURLE_OPERATION_TIMEDOUT)
    g_set_error (error, CE_ERROR, CE_ERROR_CA_UNREACHABLE,
                 sent > 0 ? "%s did not answer within %u s" : "cannot connect to %s within %u s", self->where,
                 sent > 0 ? self->timeout_s : MIN (self->timeout_s, CONNECT_TIMEOUT_S));
  else if (code == CURLE_SSL_CONNECT_ERROR)
    g_set_error (error, CE_ERROR, CE_ERROR_CA_UNREACHABLE, "cannot begin TLS with %s: %s", self->where,
                 detail);
  else
    g_set_error (error, CE_ERROR, CE_ERROR_CA_UNREACHABLE, "the connection to %s broke: %s", self->where,
                 detail);
}

/* What the card says, or the other side of the certificate on it, comes before what libcurl makes of that. */
static gboolean
explain_credential (CeHttp *self, CURLcode code, GError **error)
{
  const CeCredential *credential = self->credential;
  const char *refusal = ce_credential_refusal (self->alert);
  GError *device = credential != NULL && credential->take_error != NULL
                       ? credential->take_error (credential->data)
                       : NULL;

  if (device != NULL)
    g_propagate_prefixed_error (error, device, "cannot show %s the certificate '%s': ", self->where,
                                credential->name);
  else if (credential != NULL && refusal != NULL)
    g_set_error (error, CE_ERROR, CE_ERROR_CA_DENIED, "%s does not accept the certificate '%s': %s",
                 self->where, credential->name, refusal);
  else if (credential != NULL && code == CURLE_SSL_CERTPROBLEM)
    g_set_error (error, CE_ERROR, CE_ERROR_FAILED, "the certificate '%s' cannot be shown to %s",
                 credential->name, self->where);
  else
    return FALSE;
  return TRUE;
}

static void
explain_failure (CeHttp *self, CURLcode code, const Transfer *transfer, GError **error)
{
  g_autofree char *detail = failure_detail (code, transfer);

  if (explain_credential (self, code, error))
    return;
  if (transfer->too_much)
    g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "%s sent an answer of more than %" G_GSIZE_FORMAT " MiB",
                 self->where, self->max_body / (1024 * 1024));
  else if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_ISSUER_ERROR)
    refuse_peer (self, detail, error);
  else if (code == CURLE_SSL_CACERT_BADFILE)
    g_set_error (error, CE_ERROR, CE_ERROR_MISCONFIGURED,
                 "the certificates trusted for %s cannot be loaded: %s", self->where, detail);
  else
    explain_unreachable (self, code, detail, error);
}

/* A SOAP fault comes with status 400 or 500; an error page of the web server does too. */
static gboolean
is_xml (CeHttp *self)
{
  const char *type = NULL;

  curl_easy_getinfo (self->curl, CURLINFO_CONTENT_TYPE, &type);
  return type != NULL
         && (g_ascii_strncasecmp (type, "application/soap+xml", 20) == 0
             || g_ascii_strncasecmp (type, "application/xml", 15) == 0
             || g_ascii_strncasecmp (type, "text/xml", 8) == 0);
}

/* The service turned the question away before it looked at it; a gateway that gave up waiting did not. */
static gboolean
was_turned_away (long status)
{
  return (status >= 300 && status < 500 && status != 408) || status == 503;
}

static void
explain_status (CeHttp *self, long status, GError **error)
{
  if (status == 401 && self->no_login)
    g_set_error (error, CE_ERROR, CE_ERROR_CA_DENIED, "%s wants another kind of logon (HTTP 401)",
                 self->where);
  else if (status == 401)
    ce_kerberos_explain_refusal (self->host, error);
  else if (status == 403 && self->credential != NULL)
    g_set_error (error, CE_ERROR, CE_ERROR_CA_DENIED,
                 "%s does not let you in with the certificate '%s' (HTTP 403)", self->where,
                 self->credential->name);
  else if (status == 403)
    g_set_error (error, CE_ERROR, CE_ERROR_CA_DENIED, "%s does not let you in (HTTP 403)", self->where);
  else if (status == 404)
    g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "there is no enrolment service at %s (HTTP 404)",
                 self->url);
  else if (status == 408 || status == 429 || status == 502 || status == 503 || status == 504)
    g_set_error (error, CE_ERROR, CE_ERROR_CA_UNREACHABLE, "%s is busy or down (HTTP %ld)", self->where,
                 status);
  else if (status >= 300 && status < 400)
    g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "%s sends elsewhere (HTTP %ld), which is not followed",
                 self->where, status);
  else
    g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "%s answers HTTP %ld", self->where, status);
}

static CURLcode
perform (CeHttp *self, const char *content_type, Transfer *transfer)
{
  g_autofree char *type = g_strdup_printf ("Content-Type: %s", content_type);
  g_autoptr (CeHeaders) headers = curl_slist_append (NULL, type);
  CURLcode code;

  self->alert = -1;
  /* Without this libcurl waits a second for "100 Continue" before a large body. */
  headers = curl_slist_append (headers, "Expect:");
  curl_easy_setopt (self->curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt (self->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) strlen (transfer->question));
  curl_easy_setopt (self->curl, CURLOPT_READDATA, transfer);
  curl_easy_setopt (self->curl, CURLOPT_SEEKDATA, transfer);
  curl_easy_setopt (self->curl, CURLOPT_HEADERDATA, transfer);
  curl_easy_setopt (self->curl, CURLOPT_WRITEDATA, transfer);
  curl_easy_setopt (self->curl, CURLOPT_ERRORBUFFER, transfer->detail);
  code = curl_easy_perform (self->curl);
  curl_easy_setopt (self->curl, CURLOPT_HTTPHEADER, NULL);
  curl_easy_setopt (self->curl, CURLOPT_ERRORBUFFER, NULL);
  return code;
}

GBytes *
ce_http_post (CeHttp *http, const char *content_type, const char *body, guint *ret_status,
              gboolean *ret_maybe_sent, GError **error)
{
  g_autoptr (GByteArray) answer = g_byte_array_new ();
  Transfer transfer = { .question = body, .body = answer, .max_body = http->max_body };
  CURLcode code = perform (http, content_type, &transfer);
  long status = 0, sent = 0;

  curl_easy_getinfo (http->curl, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo (http->curl, CURLINFO_REQUEST_SIZE, &sent);
  if (ret_maybe_sent != NULL)
    *ret_maybe_sent = sent > 0 && !(code == CURLE_OK && was_turned_away (status) && !is_xml (http))
                      && ce_credential_refusal (http->alert) == NULL;
  if (code != CURLE_OK)
    return explain_failure (http, code, &transfer, error), NULL;
  if (status != 200 && (status < 400 || status == 401 || !is_xml (http)))
    return explain_status (http, status, error), NULL;
  *ret_status = (guint) status;
  return g_byte_array_free_to_bytes (g_steal_pointer (&answer));
}
