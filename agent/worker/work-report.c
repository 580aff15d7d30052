/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "agent/base/error.h"
#include "agent/base/text.h"
#include "agent/worker/report.h"
#include "agent/worker/work.h"
#include "policy/plain.h"

static CeOutcome
outcome_of (const CeWork *work)
{
  CeOutcome outcome = work->performed->len > 0 || work->tidied ? CE_OUTCOME_DONE : CE_OUTCOME_NOTHING_TO_DO;

  for (guint i = 0; i < work->performed->len; i++)
    {
      const CePerformed *performed = work->performed->pdata[i];

      if (performed->outcome == CE_PERFORMED_REFUSED)
        return CE_OUTCOME_REFUSED;
      if (performed->outcome == CE_PERFORMED_WAITING)
        outcome = CE_OUTCOME_WAITING;
    }
  return outcome;
}

/* The plan was made before there was anything to wait for. */
static void
look_when_asked_again (const CeWork *work, JsonObject *plan)
{
  for (guint i = 0; i < work->performed->len; i++)
    {
      const CePerformed *performed = work->performed->pdata[i];
      g_autofree char *again = ce_time_iso (performed->job->ask_again_unix);

      if (performed->outcome == CE_PERFORMED_WAITING
          && strcmp (again, json_object_get_string_member (plan, "next_look")) < 0)
        json_object_set_string_member (plan, "next_look", again);
    }
}

static JsonObject *
report_failure (const CeFailure *failure)
{
  const CeAction *action = failure->action;
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "action", ce_action_name (action->kind));
  json_object_set_string_member (object, "template", ce_action_template_name (action));
  json_object_set_string_member (object, "outcome", "failed");
  json_object_set_string_member (object, "certificate", "");
  json_object_set_string_member (object, "request_id",
                                 action->pending != NULL ? action->pending->request_id : "");
  json_object_set_string_member (object, "ca", action->pending != NULL ? action->pending->ca_name : "");
  json_object_set_boolean_member (object, "in_vain", FALSE);
  json_object_set_string_member (object, "note", failure->error->message);
  json_object_set_double_member (object, "seconds", 0);
  json_object_set_object_member (object, "error", ce_report_trouble (failure->error));
  return object;
}

static void
add_details (JsonObject *result, const CeWork *work, JsonNode *plan)
{
  JsonArray *performed = json_array_new ();

  for (guint i = 0; i < work->performed->len; i++)
    json_array_add_object_element (performed, ce_report_performed (work->performed->pdata[i], NULL,
                                                                   g_array_index (work->seconds, double, i)));
  for (guint i = 0; i < work->failed->len; i++)
    json_array_add_object_element (performed, report_failure (work->failed->pdata[i]));
  json_object_set_array_member (result, "performed", performed);
  look_when_asked_again (work, json_node_get_object (plan));
  json_object_set_member (result, "plan", plan);
}

/* The certificate of a template in the directory is enough for it, and so is a request that waits for its CA. What was refused has been
 * told. */
static gboolean
is_enough (const CePlan *plan)
{
  for (guint i = 0; i < plan->verdicts->len; i++)
    {
      const CeReason because = ((const CeVerdict *) plan->verdicts->pdata[i])->because;

      if (because == CE_REASON_UP_TO_DATE || because == CE_REASON_PENDING || because == CE_REASON_DENIED
          || because == CE_REASON_ISSUED_IN_VAIN)
        return TRUE;
    }
  return FALSE;
}

/* Who puts an empty card in expects something: where a right is all that is missing, or a card that makes keys, it is said. Where
 * autoenrollment is off, nothing was to be expected. */
static gboolean
is_news (const CeVerdict *verdict)
{
  return (verdict->because == CE_REASON_NO_ENROLL_RIGHT || verdict->because == CE_REASON_NO_AUTOENROLL_RIGHT
          || verdict->because == CE_REASON_KEY_NOT_POSSIBLE)
         && (verdict->template->enrollment_flags & CE_TEMPLATE_ENROLL_AUTO_ENROLLMENT) != 0;
}

static JsonObject *
report_empty_card (const CeSession *session)
{
  const guint32 bits = session->policy->autoenrollment;

  if ((bits & CE_AUTOENROLLMENT_DISABLED) != 0 || (bits & CE_AUTOENROLLMENT_ENROLL) == 0
      || is_enough (session->plan))
    return NULL;
  for (guint i = 0; session->inventory->certificates->len == 0 && i < session->plan->verdicts->len; i++)
    {
      const CeVerdict *verdict = session->plan->verdicts->pdata[i];
      g_autofree char *words = NULL;
      g_autoptr (GError) refused = NULL;

      if (!is_news (verdict))
        continue;
      words = ce_plain_refusal (verdict);
      refused = g_error_new_literal (CE_ERROR,
                                     verdict->because == CE_REASON_KEY_NOT_POSSIBLE ? CE_ERROR_NOT_SUPPORTED
                                                                                    : CE_ERROR_POLICY_DENIED,
                                     words);
      return ce_report_error (refused, NULL);
    }
  return NULL;
}

/* The CA's refusal as the error that a person reads: the first of them. */
static GError *
first_refusal (const CeWork *work)
{
  for (guint i = 0; i < work->performed->len; i++)
    {
      const CePerformed *performed = work->performed->pdata[i];
      const CeJob *job = performed->job;
      const char *id = job->request_id;

      if (performed->outcome == CE_PERFORMED_REFUSED)
        return g_error_new (CE_ERROR, CE_ERROR_CA_DENIED, "%s refused %s%s%stemplate '%s': %s", job->ca_name,
                            *id != '\0' ? "request " : "", id, *id != '\0' ? " for " : "", job->template_name,
                            job->note);
    }
  return NULL;
}

/* What ended the work; else what is tried again soon; else what was refused. */
static JsonObject *
report_trouble (const CeSession *session, const CeWork *work, const GError *stopped)
{
  const CeFailure *failure = ce_failure_to_report (work->failed);
  g_autoptr (GError) refused = first_refusal (work);

  if (stopped == NULL && failure == NULL)
    return refused != NULL ? ce_report_error (refused, NULL) : NULL;
  return ce_report_error (stopped != NULL ? stopped : failure->error, ce_token_info (session->token));
}

JsonObject *
ce_work_report (const CeSession *session, const CeWork *work, JsonNode *plan, const GError *stopped)
{
  JsonObject *result = report_trouble (session, work, stopped);

  if (result == NULL && outcome_of (work) == CE_OUTCOME_NOTHING_TO_DO && session->plan->actions->len == 0)
    result = report_empty_card (session);
  if (result == NULL)
    result = ce_report_new (outcome_of (work));
  add_details (result, work, plan);
  return result;
}
