/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/ca/fetch.h"

#include <curl/curl.h>
#include <string.h>

#include "agent/base/error.h"
#include "agent/base/text.h"

#define MAX_REDIRECTIONS 3
#define MAX_DETAIL 256

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CURL, curl_easy_cleanup)

typedef struct
{
  GByteArray *body;
  gsize max_bytes;
  gboolean too_much;
  char detail[CURL_ERROR_SIZE];
} Transfer;

static size_t
take_body (char *bytes, size_t size, size_t n, void *user_data)
{
  Transfer *transfer = user_data;

  transfer->too_much = transfer->body->len + size * n > transfer->max_bytes;
  if (transfer->too_much)
    return 0;
  g_byte_array_append (transfer->body, (const guint8 *) bytes, (guint) (size * n));
  return size * n;
}

static void
set_options (CURL *curl, const char *url, guint timeout_ms, Transfer *transfer)
{
  curl_easy_setopt (curl, CURLOPT_URL, url);
  curl_easy_setopt (curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt (curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt (curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt (curl, CURLOPT_MAXREDIRS, (long) MAX_REDIRECTIONS);
  curl_easy_setopt (curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt (curl, CURLOPT_USERAGENT, "cardenroll/" CE_VERSION);
  curl_easy_setopt (curl, CURLOPT_TIMEOUT_MS, (long) timeout_ms);
  curl_easy_setopt (curl, CURLOPT_CONNECTTIMEOUT_MS, (long) timeout_ms);
  curl_easy_setopt (curl, CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2);
  curl_easy_setopt (curl, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt (curl, CURLOPT_WRITEDATA, transfer);
  curl_easy_setopt (curl, CURLOPT_ERRORBUFFER, transfer->detail);
}

static void
explain (const char *url, CURLcode code, const Transfer *transfer, GError **error)
{
  const char *words = *transfer->detail != '\0' ? transfer->detail : curl_easy_strerror (code);
  g_autofree char *detail = ce_text_clean (words, strlen (words), MAX_DETAIL);

  if (transfer->too_much)
    g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "%s: more than %" G_GSIZE_FORMAT " MiB", url,
                 transfer->max_bytes / (1024 * 1024));
  else if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
    g_set_error (error, CE_ERROR, CE_ERROR_MISCONFIGURED, "%s: not an http:// URL", url);
  else
    g_set_error (error, CE_ERROR, CE_ERROR_CA_UNREACHABLE, "%s: %s", url, detail);
}

GBytes *
ce_fetch (const char *url, guint timeout_ms, gsize max_bytes, GError **error)
{
  g_autoptr (CURL) curl = curl_easy_init ();
  g_autoptr (GByteArray) body = g_byte_array_new ();
  Transfer transfer = { .body = body, .max_bytes = max_bytes };
  CURLcode code;
  long status = 0;

  g_return_val_if_fail (curl != NULL, NULL);
  set_options (curl, url, timeout_ms, &transfer);
  code = curl_easy_perform (curl);
  curl_easy_getinfo (curl, CURLINFO_RESPONSE_CODE, &status);
  if (code != CURLE_OK)
    return explain (url, code, &transfer, error), NULL;
  if (status == 200 && body->len > 0)
    return g_byte_array_free_to_bytes (g_steal_pointer (&body));
  g_set_error (error, CE_ERROR, status >= 500 ? CE_ERROR_CA_UNREACHABLE : CE_ERROR_PROTOCOL, "%s: HTTP %ld%s",
               url, status, body->len == 0 ? ", and no content" : "");
  return NULL;
}
