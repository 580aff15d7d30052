/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/base/error.h"
#include "agent/worker/commands.h"
#include "agent/worker/offer.h"
#include "agent/worker/renewal.h"
#include "agent/worker/report.h"
#include "agent/worker/work.h"
#include "policy/plain.h"

/* What a person wants in particular. */
typedef struct
{
  const char *template_name; /* or %NULL */
  gboolean renewal;          /* of the certificate that the job names */
} Wish;

static gboolean
settle (CeSession *session, GError **error)
{
  const CeEnrollContext context = ce_session_enroll_context (session);

  return ce_enroll_settle (&context, session->now_unix, error);
}

static gboolean
needs_tidying (CeSession *session, gboolean *ret_needed, GError **error)
{
  const CeEnrollContext context = ce_session_enroll_context (session);

  return ce_enroll_needs_tidying (&context, ret_needed, error);
}

static gboolean
make_plan (CeSession *session, const Wish *wish, gboolean *ret_tidy, GError **error)
{
  g_autofree char *template_name = g_strdup (wish->template_name);
  g_autofree char *renew = NULL;

  if (wish->renewal && !ce_worker_choose_renewal (session, &template_name, &renew, error))
    return FALSE;
  return ce_session_make_plan (session, template_name, renew, error)
         && needs_tidying (session, ret_tidy, error);
}

/* What a cached policy says is enough to know that there is nothing to do. Before anything is done it is read anew: a
 * template or a right may have changed since. What is only to be tidied up can wait for that. */
static gboolean
plan_for_work (CeSession *session, const Wish *wish, gboolean *ret_tidy, GError **error)
{
  g_autoptr (GError) reason = NULL;
  gboolean loaded = wish->template_name != NULL || wish->renewal
                        ? ce_session_load_policy_anew (session, error)
                        : ce_session_load_policy (session, error);

  if (!loaded || !make_plan (session, wish, ret_tidy, error))
    return FALSE;
  if (!session->policy->cached || (!*ret_tidy && session->plan->actions->len == 0))
    return TRUE;
  if (ce_session_load_policy_anew (session, &reason))
    return make_plan (session, wish, ret_tidy, error);
  *ret_tidy = FALSE;
  if (session->plan->actions->len == 0)
    return TRUE;
  g_propagate_prefixed_error (error, g_steal_pointer (&reason),
                              "there is something to do for this card, but ");
  return FALSE;
}

/* What is due, where all of it can wait and the job says that it may. */
static gboolean
is_offered (CeSession *session, const CeWork *work, JsonObject **ret_offer, GError **error)
{
  *ret_offer = NULL;
  return !session->job->may_wait || work->tidied || session->plan->actions->len == 0
         || ce_worker_offer (session, ret_offer, error);
}

static JsonObject *
report_offer (JsonObject *offer, JsonNode *plan)
{
  JsonObject *result = ce_report_new (CE_OUTCOME_OFFERED);

  json_object_set_object_member (result, "offer", offer);
  json_object_set_member (result, "plan", plan);
  return result;
}

static JsonObject *
run (CeSession *session, const Wish *wish, GError **error)
{
  g_auto (CeWork) work = { 0 };
  g_autoptr (JsonNode) plan = NULL;
  g_autoptr (GError) stopped = NULL;
  JsonObject *offer;

  ce_work_init (&work);
  if (!ce_session_take_turn (session, TRUE, error) || !ce_session_open_card (session, error)
      || !ce_session_open_journal (session, error) || !settle (session, error)
      || !plan_for_work (session, wish, &work.tidied, error) || !is_offered (session, &work, &offer, error))
    return NULL;
  plan = ce_report_plan (session);
  if (offer != NULL)
    return report_offer (offer, g_steal_pointer (&plan));
  if (work.tidied || session->plan->actions->len > 0)
    (void) ce_work_do (session, &work, &stopped);
  return ce_work_report (session, &work, g_steal_pointer (&plan), stopped);
}

JsonObject *
ce_command_run (CeSession *session, GError **error)
{
  const Wish none = { 0 };

  return run (session, &none, error);
}

static gboolean
check_refusal (const CeSession *session, GError **error)
{
  for (guint i = 0; session->plan != NULL && i < session->plan->verdicts->len; i++)
    {
      const CeVerdict *verdict = session->plan->verdicts->pdata[i];
      g_autofree char *words = NULL;

      if (verdict->verdict != CE_ACTION_NONE || verdict->because == CE_REASON_UP_TO_DATE)
        continue;
      words = ce_plain_refusal (verdict);
      g_set_error_literal (error, CE_ERROR, CE_ERROR_POLICY_DENIED, words);
      return FALSE;
    }
  return TRUE;
}

/* A refusal by the policy explains why nothing was done, and nothing else. */
static gboolean
went_wrong (JsonObject *result)
{
  return !json_object_get_null_member (result, "error");
}

JsonObject *
ce_command_enroll (CeSession *session, GError **error)
{
  const Wish wish = { .template_name = session->job->template_name };
  JsonObject *result;

  if (session->job->template_name == NULL)
    {
      g_set_error_literal (error, CE_ERROR, CE_ERROR_USAGE,
                           "enroll: which template? Name one with --template");
      return NULL;
    }
  result = run (session, &wish, error);
  if (result == NULL || went_wrong (result))
    return result;
  if (ce_policy_find_template (session->policy, session->job->template_name) == NULL)
    g_set_error (error, CE_ERROR, CE_ERROR_NOT_FOUND, "the directory has no certificate template '%s'; 'cardenroll explain' lists them all",
                 session->job->template_name);
  else if (check_refusal (session, error))
    return result;
  json_object_unref (result);
  return NULL;
}

JsonObject *
ce_command_renew (CeSession *session, GError **error)
{
  const Wish wish = { .renewal = TRUE };
  JsonObject *result = run (session, &wish, error);

  if (result == NULL || went_wrong (result) || check_refusal (session, error))
    return result;
  json_object_unref (result);
  return NULL;
}
