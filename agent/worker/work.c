/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/worker/work.h"

#include <string.h>

#include "agent/base/error.h"
#include "agent/enroll/setbacks.h"
#include "agent/worker/trial.h"
#include "agent/worker/unpublish.h"

void
ce_work_init (CeWork *work)
{
  *work = (CeWork){ .performed = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_performed_free),
                    .seconds = g_array_new (FALSE, FALSE, sizeof (double)),
                    .failed = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_failure_free) };
}

void
ce_work_clear (CeWork *work)
{
  g_clear_pointer (&work->performed, g_ptr_array_unref);
  g_clear_pointer (&work->seconds, g_array_unref);
  g_clear_pointer (&work->failed, g_ptr_array_unref);
  g_clear_pointer (&work->trial_note, g_free);
}

static gboolean
tidy (CeSession *session, GError **error)
{
  const CeEnrollContext context = ce_session_enroll_context (session);

  return ce_enroll_tidy (&context, error);
}

/* Takes @failed. Returns: whether the other actions may go on. */
static gboolean
note_failure (CeWork *work, const CeAction *action, GError *failed, GError **error)
{
  if (!ce_failure_is_of_one_action (failed))
    {
      g_propagate_error (error, failed);
      return FALSE;
    }
  g_ptr_array_add (work->failed, ce_failure_new (action, failed));
  return TRUE;
}

static void
note_performed (CeWork *work, CePerformed *performed, double seconds)
{
  g_ptr_array_add (work->performed, performed);
  g_array_append_val (work->seconds, seconds);
}

static gboolean
perform (CeSession *session, const CeAction *action, CeWork *work, GError **error)
{
  const CeEnrollContext context = ce_session_enroll_context (session);
  const gint64 start = g_get_monotonic_time ();
  CePerformed *performed = NULL;
  GError *failed = NULL;

  if (!ce_enroll_perform (&context, action, &performed, &failed))
    return note_failure (work, action, failed, error);
  note_performed (work, performed, (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC);
  return TRUE;
}

static gboolean
is_of (const CeJob *job, const CeAction *action)
{
  return g_strcmp0 (job->template_name, ce_action_template_name (action)) == 0
         && (action->pending == NULL || strcmp (job->request_id, action->pending->request_id) == 0);
}

static gboolean
is_performed (const CeWork *work, const CeAction *action)
{
  for (guint i = 0; i < work->performed->len; i++)
    if (is_of (((const CePerformed *) work->performed->pdata[i])->job, action))
      return TRUE;
  return FALSE;
}

static gboolean
has_failed (const CeWork *work, const CeAction *action)
{
  for (guint i = 0; i < work->failed->len; i++)
    if (((const CeFailure *) work->failed->pdata[i])->action == action)
      return TRUE;
  return FALSE;
}

/* Is there anything left to do for it, other than to tidy up? */
static gboolean
is_open (const CeWork *work, const CeAction *action)
{
  return action->kind != CE_ACTION_REMOVE && !is_performed (work, action) && !has_failed (work, action);
}

/* Of what the CA has refused only the key is left to be removed. */
static char *
purpose_of (const CePlan *plan, const CeWork *work)
{
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < plan->actions->len; i++)
    {
      const CeAction *action = plan->actions->pdata[i];

      if (is_open (work, action))
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

/* What waits at a CA, and what has failed already, needs no PIN; nor does what would only leave the card for what they did not bring. */
static gboolean
needs_card (const CeWork *work, const CeAction *action)
{
  if (has_failed (work, action) || (action->kind == CE_ACTION_REMOVE && action->after != NULL))
    return FALSE;
  for (guint i = 0; i < work->performed->len; i++)
    {
      const CePerformed *performed = work->performed->pdata[i];

      if (is_of (performed->job, action) && performed->outcome == CE_PERFORMED_WAITING)
        return FALSE;
    }
  return TRUE;
}

/* A CA that has just not answered will not answer for the next one, either: no PIN and no key for that. */
static void
give_up_where_ca_is_down (const CeSession *session, CeWork *work)
{
  for (guint i = 0; i < session->plan->actions->len; i++)
    {
      const CeAction *action = session->plan->actions->pdata[i];
      GError *failed
          = is_open (work, action) ? ce_failure_of_same_ca (work->failed, session->policy, action) : NULL;

      if (failed != NULL)
        g_ptr_array_add (work->failed, ce_failure_new (action, failed));
    }
}

static gboolean
ask_all (CeSession *session, CeWork *work, GError **error)
{
  const CeEnrollContext context = ce_session_enroll_context (session);

  for (guint i = 0; i < session->plan->actions->len; i++)
    {
      const CeAction *action = session->plan->actions->pdata[i];
      CePerformed *performed = NULL;
      GError *failed = NULL;

      if (!ce_enroll_ask_first (&context, action, &performed, &failed)
          && !note_failure (work, action, failed, error))
        return FALSE;
      if (performed != NULL)
        note_performed (work, performed, 0);
    }
  give_up_where_ca_is_down (session, work);
  return TRUE;
}

/* What can be found out without the card, before anyone enters a PIN. @ret_over: nothing is left to do at the card. */
static gboolean
ask_first (CeSession *session, CeWork *work, gboolean *ret_over, GError **error)
{
  *ret_over = !work->tidied;
  if (work->tidied)
    return TRUE;
  if (!ask_all (session, work, error))
    return FALSE;
  for (guint i = 0; i < session->plan->actions->len; i++)
    *ret_over &= !needs_card (work, session->plan->actions->pdata[i]);
  return TRUE;
}

static gboolean
perform_all (CeSession *session, CeWork *work, GError **error)
{
  for (guint i = 0; i < session->plan->actions->len; i++)
    {
      const CeAction *action = session->plan->actions->pdata[i];

      if (is_open (work, action) && !perform (session, action, work, error))
        return FALSE;
      give_up_where_ca_is_down (session, work);
    }
  return TRUE;
}

static gboolean
was_got (const CeWork *work, const CeTemplate *template)
{
  for (guint i = 0; i < work->performed->len; i++)
    {
      const CePerformed *performed = work->performed->pdata[i];

      if (performed->outcome == CE_PERFORMED_DONE
          && strcmp (performed->job->template_name, template->name) == 0)
        return TRUE;
    }
  return FALSE;
}

/* Last of all, when what takes their place is proved. */
static gboolean
remove_all (CeSession *session, CeWork *work, GError **error)
{
  for (guint i = 0; i < session->plan->actions->len; i++)
    {
      const CeAction *action = session->plan->actions->pdata[i];

      if (action->kind == CE_ACTION_REMOVE && (action->after == NULL || was_got (work, action->after))
          && !perform (session, action, work, error))
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
find_logon (const CeWork *work)
{
  for (guint i = 0; i < work->performed->len; i++)
    if (is_for_logon (work->performed->pdata[i]))
      return work->performed->pdata[i];
  return NULL;
}

/* A logon that cannot be tried proves nothing and costs nothing; one that is refused is the user's news. */
static gboolean
trial_logon (CeSession *session, CeWork *work, GError **error)
{
  g_autoptr (GError) failed = NULL;
  const CePerformed *performed = session->config->trial_logon ? find_logon (work) : NULL;
  gboolean refused;

  if (performed == NULL)
    return TRUE;
  if (ce_worker_trial_logon (session, performed->job->key_id, &failed))
    {
      work->trial_note = g_strdup ("the domain controller let it log on");
      return TRUE;
    }
  refused = g_error_matches (failed, CE_ERROR, CE_ERROR_LOGON_REFUSED);
  work->trial_note = g_strconcat (refused ? CE_NOTE_LOGON_REFUSED : "trial logon: ", failed->message, NULL);
  if (!refused
      && (ce_worker_trial_was_impossible (failed) || ce_error_exit_code (ce_error_code (failed)) != CE_EXIT_CARD))
    return TRUE;
  g_propagate_prefixed_error (error, g_steal_pointer (&failed),
                              "the certificate is on the card, but the trial logon failed: ");
  return FALSE;
}

static gboolean
finish_all (CeSession *session, const CeWork *work, gboolean retire, GError **error)
{
  const CeEnrollContext context = ce_session_enroll_context (session);

  for (guint i = 0; i < work->performed->len; i++)
    if (!ce_enroll_finish (&context, work->performed->pdata[i], retire, work->trial_note, error)
        || !ce_enroll_note_flaw (&context, work->performed->pdata[i], error))
      return FALSE;
  return TRUE;
}

static gboolean
unpublish_all (CeSession *session, const CeWork *work, GError **error)
{
  for (guint i = 0; i < work->performed->len; i++)
    if (!ce_worker_unpublish (session, work->performed->pdata[i], error))
      return FALSE;
  return TRUE;
}

/* The PIN; then at most: generate, sign, ask, write, prove, retire; and one trial logon for all. */
static guint
count_steps (const CeSession *session, const CeWork *work)
{
  guint steps = 1;
  gboolean trial = FALSE;

  for (guint i = 0; i < session->plan->actions->len; i++)
    {
      const CeAction *action = session->plan->actions->pdata[i];
      const guint last = action->certificate != NULL ? 1 : 0;

      if (action->kind == CE_ACTION_REMOVE)
        steps += last;
      else if (is_open (work, action))
        steps += (action->kind == CE_ACTION_FETCH_PENDING ? 3 : 5) + last;
      trial |= action->kind != CE_ACTION_REMOVE;
    }
  return steps + (trial && session->config->trial_logon ? 1 : 0);
}

gboolean
ce_work_do (CeSession *session, CeWork *work, GError **error)
{
  g_autofree char *purpose = NULL;
  g_autoptr (GError) refused = NULL;
  gboolean over;

  if (!ask_first (session, work, &over, error))
    return FALSE;
  if (over)
    return TRUE;
  purpose = purpose_of (session->plan, work);
  ce_stream_expect_steps (session->stream, count_steps (session, work));
  if (!ce_session_login (session, purpose, error) || !tidy (session, error)
      || !perform_all (session, work, error))
    return FALSE;
  if (!trial_logon (session, work, &refused))
    {
      /* The old certificate stays: it may be the only one that logs on. A card that is gone or fails has refused
       * nothing, so the next insertion carries on. */
      if (!g_error_matches (refused, CE_ERROR, CE_ERROR_LOGON_REFUSED)
          || finish_all (session, work, FALSE, error))
        g_propagate_error (error, g_steal_pointer (&refused));
      return FALSE;
    }
  return finish_all (session, work, TRUE, error) && remove_all (session, work, error)
         && unpublish_all (session, work, error);
}
