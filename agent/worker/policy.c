/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "agent/base/error.h"
#include "agent/base/log.h"
#include "agent/enroll/authorities.h"
#include "agent/worker/session.h"
#include "policy/sources/cache.h"
#include "policy/sources/directory-list.h"
#include "policy/sources/load.h"
#include "policy/sources/ticket.h"

#define POLICY_MS 80000 /* the directory, and then CE_POLICY_LOAD_TIMEOUT_S for policy services */
#define SOONEST_S 60

/* What the plan borrows goes after it. */
static void
forget (CeSession *session)
{
  g_clear_pointer (&session->plan, ce_plan_free);
  g_clear_pointer (&session->pending, g_ptr_array_unref);
  g_clear_pointer (&session->setbacks, g_ptr_array_unref);
  g_clear_pointer (&session->unproved, g_ptr_array_unref);
  g_clear_pointer (&session->held, g_ptr_array_unref);
  g_clear_pointer (&session->published, g_ptr_array_unref);
  g_clear_pointer (&session->entries, g_ptr_array_unref);
  g_clear_pointer (&session->policy, ce_policy_free);
}

static void
take (CeSession *session, CePolicy *policy)
{
  forget (session);
  ce_authorities_check (policy, session->now_unix);
  session->policy = policy;
  if (session->inventory != NULL)
    session->entries = ce_card_entries (session->inventory, policy, session->now_unix);
}

/* Younger than a look that jitter brought forward: so each look of the schedule reads it anew. */
static gboolean
is_fresh (const CeSession *session, const CePolicy *policy)
{
  const gint64 age_s = session->now_unix - policy->fetched_unix;
  const gint64 every_s = session->config->look_every_s;

  if (policy->next_update_unix != 0 && session->now_unix >= policy->next_update_unix)
    return FALSE;
  return age_s >= 0 && age_s < every_s - every_s / 10;
}

static gboolean
take_fresh (CeSession *session)
{
  g_autoptr (CeTicket) ticket = ce_ticket_find (NULL);
  g_autoptr (CePolicy) policy
    = ticket != NULL ? ce_policy_cache_read (ticket->principal, session->config->digest, NULL) : NULL;

  if (policy == NULL || !is_fresh (session, policy))
    return FALSE;
  take (session, g_steal_pointer (&policy));
  return TRUE;
}

/* A server that is not to be trusted is no reason to go on with what is cached. */
static gboolean
is_out_of_reach (const GError *error)
{
  return ce_error_exit_code (ce_error_code (error)) == CE_EXIT_UNREACHABLE
         && !g_error_matches (error, CE_ERROR, CE_ERROR_NOT_TRUSTED);
}

static gboolean
take_stale (CeSession *session, const GError *reason)
{
  g_autoptr (CeTicket) ticket = ce_ticket_find (NULL);
  g_autoptr (CePolicy) policy
    = ce_policy_cache_read (ticket != NULL ? ticket->principal : NULL, session->config->digest, NULL);

  if (policy == NULL)
    return FALSE;
  g_free (policy->cached_because);
  policy->cached_because = g_strdup (reason->message);
  take (session, g_steal_pointer (&policy));
  return TRUE;
}

static gboolean
is_from (const CeSession *session, const char *source)
{
  return g_strcmp0 (session->config->policy_source, source) == 0;
}

static void
announce (CeSession *session)
{
  const char *text = is_from (session, "xcep")   ? "Asking the policy service for the certificate templates"
                     : is_from (session, "file") ? "Reading the certificate templates from a file"
                                                 : "Reading the certificate templates from the directory";

  ce_stream_progress (session->stream, "load-policy", text, POLICY_MS, FALSE);
}

/* What a person is asked for, and how long, is announced by who asks. */
static const CePin *
ask_password (const char *user, const char *host, gpointer data, GError **error)
{
  const CePin *password = ce_session_ask_password (user, host, data, error);

  announce (data);
  return password;
}

static const CeCredential *
find_credential (const char *host, gpointer data, GError **error)
{
  const CeCredential *credential = ce_session_find_credential (host, data, error);

  announce (data);
  return credential;
}

/* What a policy service may compare with; a policy that is read before something is done is read whole. */
static CePolicy *
find_known (const CeSession *session)
{
  g_autoptr (CeTicket) ticket = NULL;

  if (session->job->refresh || session->policy != NULL || !is_from (session, "xcep"))
    return NULL;
  ticket = ce_ticket_find (NULL);
  return ticket != NULL ? ce_policy_cache_read (ticket->principal, session->config->digest, NULL) : NULL;
}

gboolean
ce_session_load_policy_anew (CeSession *session, GError **error)
{
  g_autoptr (GError) ignored = NULL;
  g_autoptr (CePolicy) known = find_known (session);
  const CePolicyLoad load = {
    .config = session->config,
    .ask_password = ask_password,
    .find_credential = find_credential,
    .ask_data = session,
    .known = known,
  };
  CePolicy *policy;

  announce (session);
  policy = ce_policy_load (&load, error);
  if (policy == NULL)
    {
      /* It may have been the wrong one. */
      g_clear_pointer (&session->answers.password, ce_pin_free);
      return FALSE;
    }
  session->searches += policy->searches;
  if (!is_from (session, "file") && !ce_policy_cache_write (policy, session->config->digest, &ignored))
    ce_log (G_LOG_LEVEL_INFO, ignored->message, NULL);
  take (session, policy);
  return TRUE;
}

gboolean
ce_session_load_policy (CeSession *session, GError **error)
{
  g_autoptr (GError) reason = NULL;

  if (session->job->refresh || is_from (session, "file"))
    return ce_session_load_policy_anew (session, error);
  if (take_fresh (session) || ce_session_load_policy_anew (session, &reason))
    return TRUE;
  if ((is_out_of_reach (reason) || ce_session_was_refused_an_answer (session)) && take_stale (session, reason))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&reason));
  return FALSE;
}

gint64
ce_session_policy_due_unix (const CeSession *session)
{
  const CePolicy *policy = session->policy;
  const gint64 every_s = session->config->look_every_s;

  gint64 due = policy->cached ? policy->fetched_unix + every_s : session->now_unix + every_s;

  if (*policy->cached_because != '\0')
    return session->now_unix + every_s;
  if (policy->next_update_unix != 0)
    due = MIN (due, policy->next_update_unix);
  return MAX (due, session->now_unix + SOONEST_S);
}

static GBytes *
read_list (const char *url, guint timeout_ms, gsize max_bytes, gpointer data, GError **error)
{
  return ce_directory_list (data, url, timeout_ms, max_bytes, error);
}

CeRevocationBudget
ce_session_revocation_budget (const CeSession *session, gboolean afresh)
{
  CeRevocationBudget budget = ce_revocation_budget (session->now_unix, afresh);

  budget.from_directory = session->policy->no_directory ? NULL : read_list;
  budget.data = session->config;
  return budget;
}
