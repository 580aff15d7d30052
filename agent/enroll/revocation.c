/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/enroll/revocation.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "agent/base/error.h"
#include "agent/base/text.h"
#include "agent/ca/fetch.h"
#include "agent/x509/crl.h"
#include "policy/standing.h"

#define MAX_URLS 8
#define MIN_FETCH_MS 200

typedef struct
{
  const CeCertificate *certificate;
  const GPtrArray *issuers[16];
  gsize n_lists;
  const CeRevocationBudget *budget;
} Question;

const char *
ce_revocation_state_name (CeRevocationState state)
{
  static const char *const names[] = { "", "good", "revoked", "unknown" };

  return names[state];
}

void
ce_revocation_clear (CeRevocation *revocation)
{
  g_clear_pointer (&revocation->detail, g_free);
}

CeRevocationBudget
ce_revocation_budget (gint64 now_unix, gboolean afresh)
{
  return (CeRevocationBudget){
    .now_unix = now_unix,
    .until_us = g_get_monotonic_time () + CE_REVOCATION_BUDGET_MS * G_TIME_SPAN_MILLISECOND,
    .afresh = afresh,
  };
}

static guint
milliseconds_left (const CeRevocationBudget *budget)
{
  gint64 left = (budget->until_us - g_get_monotonic_time ()) / G_TIME_SPAN_MILLISECOND;

  return left > 0 ? (guint) MIN (left, CE_REVOCATION_BUDGET_MS) : 0;
}

/* Where the list of @url is kept; %NULL where there is no such folder. */
static char *
path_for (const char *url, const char *suffix)
{
  g_autofree char *folder = ce_user_path (g_get_user_cache_dir (), "crl", NULL);
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, url, -1);
  g_autofree char *name = g_strconcat (hash, suffix, NULL);

  if (folder == NULL || (g_mkdir (folder, 0700) != 0 && errno != EEXIST))
    return NULL;
  return g_build_filename (folder, name, NULL);
}

static CeCrl *
read_list (const Question *q, GBytes *der, GError **error)
{
  g_autoptr (CeCrl) crl = ce_crl_parse (der, error);

  if (crl == NULL || !ce_crl_is_for (crl, q->certificate, q->issuers, q->n_lists, error))
    return NULL;
  return g_steal_pointer (&crl);
}

/* What was kept is believed no more than what comes from the network. */
static CeCrl *
read_kept (const Question *q, const char *url)
{
  g_autofree char *path = path_for (url, ".crl");
  g_autoptr (GMappedFile) file = path != NULL ? g_mapped_file_new (path, FALSE, NULL) : NULL;
  g_autoptr (GBytes) der = file != NULL ? g_mapped_file_get_bytes (file) : NULL;

  return der != NULL ? read_list (q, der, NULL) : NULL;
}

static void
keep (const char *url, GBytes *der)
{
  g_autofree char *path = path_for (url, ".crl");
  gsize length;
  const char *bytes = g_bytes_get_data (der, &length);

  if (path != NULL)
    ce_user_file_write (path, bytes, (gssize) length, FALSE, NULL);
}

/* So that a server that is down costs its time once, and not at each insertion. */
static void
note_failure (const char *url)
{
  g_autofree char *path = path_for (url, ".failed");

  if (path != NULL)
    ce_user_file_write (path, "", 0, FALSE, NULL);
}

static gboolean
failed_lately (const char *url, gint64 now_unix)
{
  g_autofree char *path = path_for (url, ".failed");
  GStatBuf status;

  return path != NULL && g_stat (path, &status) == 0 && status.st_mtime <= now_unix
         && now_unix - status.st_mtime < CE_REVOCATION_PAUSE_S;
}

static void
forget_failure (const char *url)
{
  g_autofree char *path = path_for (url, ".failed");

  if (path != NULL)
    g_unlink (path);
}

static gboolean
is_http (const char *url)
{
  return g_ascii_strncasecmp (url, "http://", 7) == 0 || g_ascii_strncasecmp (url, "https://", 8) == 0;
}

static gboolean
is_ldap (const char *url)
{
  return g_ascii_strncasecmp (url, "ldap:", 5) == 0;
}

/* A server that is behind the others, or somebody in between, must not take a revocation back. */
static gboolean
is_behind (const Question *q, const CeCrl *crl, const CeCrl *kept)
{
  return kept != NULL && crl->this_update_unix < kept->this_update_unix
         && ce_crl_is_current (kept, q->budget->now_unix);
}

/* @kept: (nullable): what was kept of it, which stays where the one that is fetched is older */
static CeCrl *
fetch_list (const Question *q, const char *url, const CeCrl *kept, GError **error)
{
  const guint left_ms = milliseconds_left (q->budget);
  g_autoptr (GBytes) der = NULL;
  g_autoptr (CeCrl) crl = NULL;

  if (!q->budget->afresh && failed_lately (url, q->budget->now_unix))
    {
      g_set_error (error, CE_ERROR, CE_ERROR_CA_UNREACHABLE, "%s: could not be had a moment ago", url);
      return NULL;
    }
  if (left_ms < MIN_FETCH_MS)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_TIMED_OUT, "%s: no time is left to ask", url);
      return NULL;
    }
  der = is_ldap (url) ? q->budget->from_directory (url, left_ms, CE_CRL_MAX_DER, q->budget->data, error)
                      : ce_fetch (url, left_ms, CE_CRL_MAX_DER, error);
  crl = der != NULL ? read_list (q, der, error) : NULL;
  if (crl == NULL)
    {
      note_failure (url);
      return NULL;
    }
  forget_failure (url);
  if (!is_behind (q, crl, kept))
    keep (url, der);
  return g_steal_pointer (&crl);
}

static CeRevocation
revoked (gint64 since_unix, const char *reason)
{
  g_autofree char *since = ce_standing_date (since_unix);

  return (CeRevocation){ CE_REVOCATION_REVOKED,
                         g_strdup_printf ("revoked since %s%s%s%s", since, *reason != '\0' ? " (" : "",
                                          reason, *reason != '\0' ? ")" : "") };
}

/* A list that is out of date still proves what it names: nobody takes a revocation back. */
static CeRevocation
judge (const Question *q, const CeCrl *crl, const char *problem)
{
  gint64 since_unix = 0;
  const char *reason = "";
  g_autofree char *until = NULL;

  if (ce_crl_find (crl, q->certificate, &since_unix, &reason)
      && (ce_crl_is_current (crl, q->budget->now_unix) || strcmp (reason, "certificateHold") != 0))
    return revoked (since_unix, reason);
  until = ce_standing_date (crl->next_update_unix);
  if (ce_crl_is_current (crl, q->budget->now_unix))
    return (CeRevocation){
      CE_REVOCATION_GOOD, crl->next_update_unix == G_MAXINT64
                              ? g_strdup ("not revoked")
                              : g_strdup_printf ("not revoked, by the list that is current until %s", until)
    };
  return (CeRevocation){ CE_REVOCATION_UNKNOWN,
                         g_strdup_printf ("the revocation list is out of date since %s%s%s", until,
                                          problem != NULL ? ", and a newer one cannot be had: " : "",
                                          problem != NULL ? problem : "") };
}

static CeRevocation
ask (const Question *q, const char *url)
{
  g_autoptr (CeCrl) kept = read_kept (q, url);
  g_autoptr (CeCrl) fetched = NULL;
  g_autoptr (GError) error = NULL;

  if (kept != NULL && !q->budget->afresh && ce_crl_is_current (kept, q->budget->now_unix))
    return judge (q, kept, NULL);
  fetched = fetch_list (q, url, kept, &error);
  if (fetched != NULL && !is_behind (q, fetched, kept))
    return judge (q, fetched, NULL);
  if (kept != NULL)
    return judge (q, kept, error != NULL ? error->message : NULL);
  return (CeRevocation){ CE_REVOCATION_UNKNOWN,
                         g_strdup_printf ("the revocation list cannot be had: %s", error->message) };
}

static void
add_issuers (Question *q, const CePolicy *policy)
{
  q->issuers[q->n_lists++] = policy->intermediates;
  q->issuers[q->n_lists++] = policy->roots;
  q->issuers[q->n_lists++] = policy->nt_auth;
  for (guint i = 0; i < policy->services->len && q->n_lists < G_N_ELEMENTS (q->issuers); i++)
    q->issuers[q->n_lists++] = ((const CeEnrollmentService *) policy->services->pdata[i])->certificates;
}

/* The addresses of one kind, in order, until one of them gives an answer. */
static void
ask_all (const Question *q, char *const *urls, gboolean (*is_kind) (const char *url), CeRevocation *answer)
{
  for (gsize i = 0; i < MAX_URLS && urls[i] != NULL && answer->state == CE_REVOCATION_UNKNOWN; i++)
    {
      if (!is_kind (urls[i]))
        continue;
      ce_revocation_clear (answer);
      *answer = ask (q, urls[i]);
    }
}

CeRevocation
ce_revocation_check (const CeCertificate *certificate, const CePolicy *policy,
                     const CeRevocationBudget *budget)
{
  Question q = { .certificate = certificate, .budget = budget };
  CeRevocation answer = { CE_REVOCATION_UNKNOWN, NULL };

  add_issuers (&q, policy);
  ask_all (&q, certificate->crl_urls, is_http, &answer);
  if (budget->from_directory != NULL)
    ask_all (&q, certificate->crl_urls, is_ldap, &answer);
  if (answer.detail == NULL)
    answer.detail = g_strdup (certificate->crl_urls[0] != NULL
                                  ? "its revocation list is at no address that can be read here"
                                  : "the certificate names no revocation list");
  return answer;
}
