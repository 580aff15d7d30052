/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "agent/base/error.h"
#include "agent/base/text.h"
#include "agent/worker/commands.h"
#include "agent/worker/report.h"

/* Requests that wait for the CA, or for their card: without the card. What the CA has issued is in the journal afterwards,
 * and `run` writes it when the card goes in. */

static gboolean
is_meant (const CeSession *session, const CeJob *job)
{
  const char *id = session->job->request_id;

  return job->state >= CE_JOB_PENDING && job->state != CE_JOB_PROVED && job->state != CE_JOB_RETIRING
         && (id == NULL || strcmp (job->request_id, id) == 0);
}

static GPtrArray *
find_jobs (CeSession *session, GError **error)
{
  g_autofree char *serial = NULL;
  g_autoptr (GPtrArray) open = NULL;

  if (!ce_session_find_serial (session, &serial, error) || !ce_session_open_journal (session, error))
    return NULL;
  open = ce_journal_open_jobs (session->journal, serial, error);
  for (guint i = open != NULL ? open->len : 0; i > 0; i--)
    if (!is_meant (session, open->pdata[i - 1]))
      g_ptr_array_remove_index (open, i - 1);
  if (open == NULL || open->len > 0 || session->job->request_id == NULL)
    return g_steal_pointer (&open);
  g_set_error (error, CE_ERROR, CE_ERROR_NOT_FOUND, "no request %s is pending", session->job->request_id);
  return NULL;
}

/* When to ask again; 0: nothing waits for a CA. */
static gint64
next_look (const GPtrArray *jobs)
{
  gint64 next = 0;

  for (guint i = 0; i < jobs->len; i++)
    {
      const CeJob *job = jobs->pdata[i];

      if (job->state == CE_JOB_PENDING && (next == 0 || job->ask_again_unix < next))
        next = job->ask_again_unix;
    }
  return next;
}

static void
add_jobs (JsonObject *result, const GPtrArray *jobs)
{
  const gint64 next = next_look (jobs);
  g_autofree char *text = ce_time_iso (next);

  json_object_set_array_member (result, "pending", ce_report_jobs (jobs));
  if (next != 0)
    json_object_set_string_member (result, "next_look", text);
  else
    json_object_set_null_member (result, "next_look");
}

static JsonObject *
list (CeSession *session, GError **error)
{
  g_autoptr (GPtrArray) jobs = find_jobs (session, error);
  JsonObject *result;

  if (jobs == NULL)
    return NULL;
  result = ce_report_new (CE_OUTCOME_DONE);
  add_jobs (result, jobs);
  return result;
}

/* A person may always ask; the machine when it is time, and where Group Policy lets it. */
static gboolean
is_due (const CeSession *session, const CeJob *job)
{
  const guint32 bits = session->policy->autoenrollment;

  if (strcmp (job->user, session->policy->user.principal) != 0)
    return FALSE;
  return g_strcmp0 (session->job->verb, "fetch-due") != 0
         || (job->ask_again_unix <= session->now_unix && (bits & CE_AUTOENROLLMENT_RETRIEVE_PENDING) != 0
             && (bits & CE_AUTOENROLLMENT_DISABLED) == 0);
}

/* Asks for each; the first that cannot be asked for is the one to report, the others are asked for all the same. */
static void
ask_for_all (CeSession *session, const GPtrArray *jobs, JsonArray *issued, const CeJob **ret_denied, GError **error)
{
  const CeEnrollContext context = ce_session_enroll_context (session);
  g_autoptr (GError) first = NULL;

  for (guint i = 0; i < jobs->len; i++)
    {
      CeJob *job = jobs->pdata[i];
      g_autoptr (GError) failed = NULL;

      if (job->state != CE_JOB_PENDING || !is_due (session, job))
        continue;
      if (!ce_enroll_ask_again (&context, job, &failed) && first == NULL)
        first = g_steal_pointer (&failed);
      if (job->state == CE_JOB_DENIED && *ret_denied == NULL)
        *ret_denied = job;
      if (job->state == CE_JOB_ISSUED)
        json_array_add_string_element (issued, job->request_id);
    }
  if (first != NULL)
    g_propagate_error (error, g_steal_pointer (&first));
}

static const CeJob *
find_state (const GPtrArray *jobs, CeJobState state)
{
  for (guint i = 0; i < jobs->len; i++)
    if (((const CeJob *) jobs->pdata[i])->state == state)
      return jobs->pdata[i];
  return NULL;
}

static JsonObject *
report_fetched (const GPtrArray *jobs, const CeJob *denied, const GError *failed)
{
  g_autoptr (GError) refused = NULL;

  if (failed != NULL)
    return ce_report_error (failed, NULL);
  if (denied != NULL)
    {
      refused = g_error_new (CE_ERROR, CE_ERROR_CA_DENIED, "%s refused template '%s': %s", denied->ca_name,
                             denied->template_name, denied->note);
      return ce_report_error (refused, NULL);
    }
  if (find_state (jobs, CE_JOB_PENDING) != NULL)
    return ce_report_new (CE_OUTCOME_WAITING);
  return ce_report_new (jobs->len > 0 ? CE_OUTCOME_DONE : CE_OUTCOME_NOTHING_TO_DO);
}

static JsonObject *
fetch (CeSession *session, GError **error)
{
  g_autoptr (GPtrArray) jobs = ce_session_take_turn (session, FALSE, error) ? find_jobs (session, error) : NULL;
  g_autoptr (JsonArray) issued = json_array_new ();
  g_autoptr (GError) failed = NULL;
  const CeJob *denied = NULL;
  JsonObject *result;

  if (jobs == NULL)
    return NULL;
  if (find_state (jobs, CE_JOB_PENDING) != NULL)
    {
      if (!ce_session_load_policy (session, error))
        return NULL;
      ask_for_all (session, jobs, issued, &denied, &failed);
    }
  result = report_fetched (jobs, denied, failed);
  add_jobs (result, jobs);
  json_object_set_array_member (result, "issued", json_array_ref (issued));
  return result;
}

static gboolean
check_one (const CeSession *session, const GPtrArray *jobs, GError **error)
{
  if (jobs->len == 1)
    return TRUE;
  g_set_error (error, CE_ERROR, CE_ERROR_USAGE, "%u cards have a request %s: say which with --card", jobs->len,
               session->job->request_id);
  return FALSE;
}

static JsonObject *
cancel (CeSession *session, GError **error)
{
  g_autoptr (GPtrArray) jobs = NULL;
  CeEnrollContext context;
  JsonObject *result;

  if (session->job->request_id == NULL)
    {
      g_set_error_literal (error, CE_ERROR, CE_ERROR_USAGE, "pending cancel: which request? 'cardenroll pending' lists them");
      return NULL;
    }
  jobs = ce_session_take_turn (session, FALSE, error) ? find_jobs (session, error) : NULL;
  if (jobs == NULL || !check_one (session, jobs, error))
    return NULL;
  context = ce_session_enroll_context (session);
  if (!ce_enroll_cancel (&context, jobs->pdata[0], error))
    return NULL;
  result = ce_report_new (CE_OUTCOME_DONE);
  add_jobs (result, jobs);
  return result;
}

JsonObject *
ce_command_pending (CeSession *session, GError **error)
{
  const char *verb = session->job->verb;

  if (verb == NULL || g_str_equal (verb, "list"))
    return list (session, error);
  if (g_str_equal (verb, "fetch") || g_str_equal (verb, "fetch-due"))
    return fetch (session, error);
  if (g_str_equal (verb, "cancel"))
    return cancel (session, error);
  g_set_error (error, CE_ERROR, CE_ERROR_USAGE, "pending: '%s' is none of list, fetch and cancel", verb);
  return NULL;
}
