/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "agent/base/error.h"
#include "agent/base/text.h"
#include "agent/worker/commands.h"
#include "agent/worker/offer.h"
#include "agent/worker/renewal.h"
#include "agent/worker/report.h"
#include "agent/worker/trial.h"
#include "agent/worker/unpublish.h"

/* What a person wants in particular. */
typedef struct
{
  const char *template_name; /* or %NULL */
  gboolean renewal;          /* of the certificate that the job names */
} Wish;

/* What became of the whole job. */
typedef struct
{
  GPtrArray *performed; /* of CePerformed */
  GArray *seconds;      /* of double, one for each */
  gboolean tidied;      /* what an earlier job had left undone was done */
  char *trial_note;
} Run;

static void
run_clear (Run *run)
{
  g_clear_pointer (&run->performed, g_ptr_array_unref);
  g_clear_pointer (&run->seconds, g_array_unref);
  g_free (run->trial_note);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

static gboolean
is_card_action (const CeAction *action)
{
  return action->kind != CE_ACTION_NONE;
}

static char *
purpose_of (const CePlan *plan)
{
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < plan->actions->len; i++)
    {
      const CeAction *action = plan->actions->pdata[i];

      if (is_card_action (action) && action->kind != CE_ACTION_REMOVE)
        g_string_append_printf (names, "%s'%s'", names->len > 0 ? ", " : "",
                                action->template != NULL ? action->template->display_name
                                                         : action->pending->template_name);
    }
  if (names->len > 0)
    g_string_prepend (names, "to get your certificate ");
  else
    g_string_append (names, "to remove what is no longer valid");
  return g_string_free (names, FALSE);
}

static gboolean
settle (CeSession *session, GError **error)
{
  const CeEnrollContext context = ce_session_enroll_context (session);

  return ce_enroll_settle (&context, session->now_unix, error);
}

static gboolean
tidy (CeSession *session, GError **error)
{
  const CeEnrollContext context = ce_session_enroll_context (session);

  return ce_enroll_tidy (&context, error);
}

static gboolean
perform (CeSession *session, const CeAction *action, Run *run, GError **error)
{
  const CeEnrollContext context = ce_session_enroll_context (session);
  const gint64 start = g_get_monotonic_time ();
  CePerformed *performed = NULL;
  double seconds;

  if (!ce_enroll_perform (&context, action, &performed, error))
    return FALSE;
  seconds = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
  g_ptr_array_add (run->performed, performed);
  g_array_append_val (run->seconds, seconds);
  return TRUE;
}

static gboolean
is_performed (const Run *run, const CeAction *action)
{
  for (guint i = 0; i < run->performed->len; i++)
    if (strcmp (((const CePerformed *) run->performed->pdata[i])->job->template_name, action->template->name) == 0)
      return TRUE;
  return FALSE;
}

/* What the CA alone can say, before anyone enters a PIN. @ret_over: nothing is left to do at the card. */
static gboolean
ask_first (CeSession *session, Run *run, gboolean *ret_over, GError **error)
{
  const CeEnrollContext context = ce_session_enroll_context (session);

  *ret_over = !run->tidied;
  for (guint i = 0; i < session->plan->actions->len && !run->tidied; i++)
    {
      const CeAction *action = session->plan->actions->pdata[i];
      const double none = 0;
      CePerformed *performed = NULL;

      if (is_card_action (action) && !ce_enroll_ask_first (&context, action, &performed, error))
        return FALSE;
      *ret_over &= performed != NULL && performed->outcome == CE_PERFORMED_WAITING;
      if (performed == NULL)
        continue;
      g_ptr_array_add (run->performed, performed);
      g_array_append_val (run->seconds, none);
    }
  return TRUE;
}

static gboolean
perform_all (CeSession *session, Run *run, GError **error)
{
  for (guint i = 0; i < session->plan->actions->len; i++)
    {
      const CeAction *action = session->plan->actions->pdata[i];

      if (is_card_action (action) && action->kind != CE_ACTION_REMOVE && !is_performed (run, action)
          && !perform (session, action, run, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
was_got (const Run *run, const CeTemplate *template)
{
  for (guint i = 0; i < run->performed->len; i++)
    {
      const CePerformed *performed = run->performed->pdata[i];

      if (performed->outcome == CE_PERFORMED_DONE
          && strcmp (performed->job->template_name, template->name) == 0)
        return TRUE;
    }
  return FALSE;
}

/* Last of all, when what takes their place is proved. */
static gboolean
remove_all (CeSession *session, Run *run, GError **error)
{
  for (guint i = 0; i < session->plan->actions->len; i++)
    {
      const CeAction *action = session->plan->actions->pdata[i];

      if (action->kind == CE_ACTION_REMOVE && (action->after == NULL || was_got (run, action->after))
          && !perform (session, action, run, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_for_logon (const CePerformed *performed)
{
  g_autoptr (CeCertificate) certificate = NULL;

  if (performed->outcome != CE_PERFORMED_DONE || performed->unseen)
    return FALSE;
  certificate = ce_certificate_parse (performed->job->certificate, NULL);
  return certificate != NULL && ce_certificate_has_eku (certificate, CE_EKU_SMART_CARD_LOGON);
}

static const CePerformed *
find_logon (const Run *run)
{
  for (guint i = 0; i < run->performed->len; i++)
    if (is_for_logon (run->performed->pdata[i]))
      return run->performed->pdata[i];
  return NULL;
}

/* A logon that cannot be tried proves nothing and costs nothing; one that is refused is the user's news. */
static gboolean
trial_logon (CeSession *session, Run *run, GError **error)
{
  g_autoptr (GError) failed = NULL;
  const CePerformed *performed = session->config->trial_logon ? find_logon (run) : NULL;

  if (performed == NULL)
    return TRUE;
  if (ce_worker_trial_logon (session, performed->job->key_id, &failed))
    {
      run->trial_note = g_strdup ("the domain controller let it log on");
      return TRUE;
    }
  run->trial_note = g_strdup_printf ("trial logon: %s", failed->message);
  if (ce_worker_trial_was_impossible (failed))
    return TRUE;
  g_propagate_prefixed_error (error, g_steal_pointer (&failed), "the certificate is on the card, but ");
  return FALSE;
}

static gboolean
finish_all (CeSession *session, const Run *run, gboolean retire, GError **error)
{
  const CeEnrollContext context = ce_session_enroll_context (session);

  for (guint i = 0; i < run->performed->len; i++)
    if (!ce_enroll_finish (&context, run->performed->pdata[i], retire, run->trial_note, error))
      return FALSE;
  return TRUE;
}

static gboolean
unpublish_all (CeSession *session, const Run *run, GError **error)
{
  for (guint i = 0; i < run->performed->len; i++)
    if (!ce_worker_unpublish (session, run->performed->pdata[i], error))
      return FALSE;
  return TRUE;
}

static CeOutcome
outcome_of (const Run *run)
{
  CeOutcome outcome = run->performed->len > 0 || run->tidied ? CE_OUTCOME_DONE : CE_OUTCOME_NOTHING_TO_DO;

  for (guint i = 0; i < run->performed->len; i++)
    {
      const CePerformed *performed = run->performed->pdata[i];

      if (performed->outcome == CE_PERFORMED_REFUSED)
        return CE_OUTCOME_REFUSED;
      if (performed->outcome == CE_PERFORMED_WAITING)
        outcome = CE_OUTCOME_WAITING;
    }
  return outcome;
}

/* The plan was made before there was anything to wait for. */
static void
look_when_asked_again (const Run *run, JsonObject *plan)
{
  for (guint i = 0; i < run->performed->len; i++)
    {
      const CePerformed *performed = run->performed->pdata[i];
      g_autofree char *again = ce_time_iso (performed->job->ask_again_unix);

      if (performed->outcome == CE_PERFORMED_WAITING
          && strcmp (again, json_object_get_string_member (plan, "next_look")) < 0)
        json_object_set_string_member (plan, "next_look", again);
    }
}

static void
add_details (JsonObject *result, const Run *run, JsonNode *plan)
{
  JsonArray *performed = json_array_new ();

  for (guint i = 0; i < run->performed->len; i++)
    json_array_add_object_element (performed, ce_report_performed (run->performed->pdata[i],
                                                                   NULL, g_array_index (run->seconds, double, i)));
  json_object_set_array_member (result, "performed", performed);
  look_when_asked_again (run, json_node_get_object (plan));
  json_object_set_member (result, "plan", plan);
}

/* The certificate of a template in the directory is enough for it, and so is a request that waits for its CA. */
static gboolean
is_enough (const CePlan *plan)
{
  for (guint i = 0; i < plan->verdicts->len; i++)
    {
      const CeReason because = ((const CeVerdict *) plan->verdicts->pdata[i])->because;

      if (because == CE_REASON_UP_TO_DATE || because == CE_REASON_PENDING)
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
      g_autoptr (GError) refused = NULL;

      if (!is_news (verdict))
        continue;
      refused = g_error_new (CE_ERROR,
                             verdict->because == CE_REASON_KEY_NOT_POSSIBLE ? CE_ERROR_NOT_SUPPORTED : CE_ERROR_POLICY_DENIED,
                             "template '%s': %s", verdict->template->display_name, verdict->detail);
      return ce_report_error (refused, NULL);
    }
  return NULL;
}

/* The CA's refusal as the error that a person reads: the first of them. */
static JsonObject *
report_run (const CeSession *session, const Run *run, JsonNode *plan)
{
  JsonObject *result = outcome_of (run) == CE_OUTCOME_NOTHING_TO_DO && session->plan->actions->len == 0
                         ? report_empty_card (session)
                         : NULL;

  for (guint i = 0; result == NULL && i < run->performed->len; i++)
    {
      const CePerformed *performed = run->performed->pdata[i];
      g_autoptr (GError) refused = NULL;

      if (performed->outcome != CE_PERFORMED_REFUSED)
        continue;
      refused = g_error_new (CE_ERROR, CE_ERROR_CA_DENIED, "%s refused template '%s': %s", performed->job->ca_name,
                             performed->job->template_name, performed->job->note);
      result = ce_report_error (refused, NULL);
    }
  if (result == NULL)
    result = ce_report_new (outcome_of (run));
  add_details (result, run, plan);
  return result;
}

/* The PIN; then at most: generate, sign, ask, write, prove, retire; and one trial logon for all. */
static guint
count_steps (const CeSession *session)
{
  guint steps = 1;
  gboolean trial = FALSE;

  for (guint i = 0; i < session->plan->actions->len; i++)
    {
      const CeAction *action = session->plan->actions->pdata[i];
      const guint last = action->certificate != NULL ? 1 : 0;

      if (action->kind == CE_ACTION_REMOVE)
        steps += last;
      else
        steps += (action->kind == CE_ACTION_FETCH_PENDING ? 3 : 5) + last;
      trial |= action->kind != CE_ACTION_REMOVE;
    }
  return steps + (trial && session->config->trial_logon ? 1 : 0);
}

/* The work itself; what was done stays in @run also where it fails half way. */
static gboolean
do_work (CeSession *session, Run *run, GError **error)
{
  g_autofree char *purpose = purpose_of (session->plan);
  g_autoptr (GError) refused = NULL;
  gboolean over;

  if (!ask_first (session, run, &over, error))
    return FALSE;
  if (over)
    return TRUE;
  ce_stream_expect_steps (session->stream, count_steps (session));
  if (!ce_session_login (session, purpose, error) || !tidy (session, error) || !perform_all (session, run, error))
    return FALSE;
  if (!trial_logon (session, run, &refused))
    {
      /* The old certificate stays: it may be the only one that logs on. */
      if (finish_all (session, run, FALSE, error))
        g_propagate_error (error, g_steal_pointer (&refused));
      return FALSE;
    }
  return finish_all (session, run, TRUE, error) && remove_all (session, run, error)
         && unpublish_all (session, run, error);
}

static gboolean
needs_tidying (CeSession *session, gboolean *ret_needed, GError **error)
{
  const CeEnrollContext context = ce_session_enroll_context (session);

  return ce_enroll_needs_tidying (&context, ret_needed, error);
}

static gboolean
plan_has_card_action (const CePlan *plan)
{
  for (guint i = 0; i < plan->actions->len; i++)
    if (is_card_action (plan->actions->pdata[i]))
      return TRUE;
  return FALSE;
}

static gboolean
make_plan (CeSession *session, const Wish *wish, gboolean *ret_tidy, GError **error)
{
  g_autofree char *template_name = g_strdup (wish->template_name);
  g_autofree char *renew = NULL;

  if (wish->renewal && !ce_worker_choose_renewal (session, &template_name, &renew, error))
    return FALSE;
  return ce_session_make_plan (session, template_name, renew, error) && needs_tidying (session, ret_tidy, error);
}

/* What a cached policy says is enough to know that there is nothing to do. Before anything is done it is read anew: a
 * template or a right may have changed since. What is only to be tidied up can wait for that. */
static gboolean
plan_for_work (CeSession *session, const Wish *wish, gboolean *ret_tidy, GError **error)
{
  g_autoptr (GError) reason = NULL;
  gboolean loaded = wish->template_name != NULL || wish->renewal ? ce_session_load_policy_anew (session, error)
                                                                 : ce_session_load_policy (session, error);

  if (!loaded || !make_plan (session, wish, ret_tidy, error))
    return FALSE;
  if (!session->policy->cached || (!*ret_tidy && !plan_has_card_action (session->plan)))
    return TRUE;
  if (ce_session_load_policy_anew (session, &reason))
    return make_plan (session, wish, ret_tidy, error);
  *ret_tidy = FALSE;
  if (!plan_has_card_action (session->plan))
    return TRUE;
  g_propagate_prefixed_error (error, g_steal_pointer (&reason), "there is something to do for this card, but ");
  return FALSE;
}

/* What is due, where all of it can wait and the job says that it may. */
static gboolean
is_offered (CeSession *session, const Run *run, JsonObject **ret_offer, GError **error)
{
  *ret_offer = NULL;
  return !session->job->may_wait || run->tidied || !plan_has_card_action (session->plan)
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
  g_auto (Run) run = { g_ptr_array_new_with_free_func ((GDestroyNotify) ce_performed_free),
                       g_array_new (FALSE, FALSE, sizeof (double)), FALSE, NULL };
  g_autoptr (JsonNode) plan = NULL;
  JsonObject *offer;

  if (!ce_session_take_turn (session, TRUE, error) || !ce_session_open_card (session, error)
      || !ce_session_open_journal (session, error) || !settle (session, error)
      || !plan_for_work (session, wish, &run.tidied, error)
      || !is_offered (session, &run, &offer, error))
    return NULL;
  plan = ce_report_plan (session);
  if (offer != NULL)
    return report_offer (offer, g_steal_pointer (&plan));
  if ((run.tidied || plan_has_card_action (session->plan)) && !do_work (session, &run, error))
    return NULL;
  return report_run (session, &run, g_steal_pointer (&plan));
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

      if (verdict->verdict != CE_ACTION_NONE || verdict->because == CE_REASON_UP_TO_DATE)
        continue;
      g_set_error (error, CE_ERROR, CE_ERROR_POLICY_DENIED, "template '%s': %s", verdict->template->display_name,
                   verdict->detail);
      return FALSE;
    }
  return TRUE;
}

JsonObject *
ce_command_enroll (CeSession *session, GError **error)
{
  const Wish wish = { .template_name = session->job->template_name };
  JsonObject *result;

  if (session->job->template_name == NULL)
    {
      g_set_error_literal (error, CE_ERROR, CE_ERROR_USAGE, "enroll: which template? Name one with --template");
      return NULL;
    }
  result = run (session, &wish, error);
  if (result == NULL)
    return NULL;
  if (ce_policy_find_template (session->policy, session->job->template_name) == NULL)
    g_set_error (error, CE_ERROR, CE_ERROR_NOT_FOUND, "the directory has no template '%s'", session->job->template_name);
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

  if (result == NULL || check_refusal (session, error))
    return result;
  json_object_unref (result);
  return NULL;
}
