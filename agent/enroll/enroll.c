/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/enroll/enroll.h"

#include <string.h>

#include "agent/base/error.h"
#include "agent/base/text.h"
#include "agent/enroll/enrollment.h"
#include "agent/enroll/retire.h"
#include "pkcs11/keypair.h"

/* A request that nobody answered for so long is made anew: templates and accounts have changed since. */
#define REQUEST_MAX_AGE_S (30 * 24 * 3600)

static const CeEnrollStep steps[CE_N_JOB_STATES] = {
  [CE_JOB_BEGUN] = ce_step_generate_key,
  [CE_JOB_KEY_GENERATING] = ce_step_find_generated_key,
  [CE_JOB_KEY_READY] = ce_step_make_request,
  [CE_JOB_REQUEST_SENDING] = ce_step_ask_ca,
  [CE_JOB_ISSUED] = ce_step_write_certificate,
  [CE_JOB_WRITING] = ce_step_write_certificate,
  [CE_JOB_WRITTEN] = ce_step_prove,
  [CE_JOB_DENIED] = ce_step_drop_key,
};

const char *
ce_performed_outcome_name (CePerformedOutcome outcome)
{
  static const char *const names[] = { "done", "waiting", "refused" };

  return names[outcome];
}

void
ce_performed_free (CePerformed *performed)
{
  if (performed == NULL)
    return;
  ce_job_free (performed->job);
  g_free (performed->fingerprint);
  g_free (performed);
}

static gboolean
job_belongs_to (const CeJob *job, const CeEnrollContext *context, const CeAction *action)
{
  const CePending *pending = action->pending;

  return strcmp (job->user, context->policy->user.principal) == 0
         && strcmp (job->template_name, ce_action_template_name (action)) == 0
         && (pending == NULL || strcmp (job->request_id, pending->request_id) == 0)
         && job->state != CE_JOB_PROVED && job->state != CE_JOB_RETIRING && job->state != CE_JOB_DENIED;
}

/* The unfinished job for this action, or a new one. */
static CeJob *
take_up_job (const CeEnrollContext *context, const CeAction *action, GError **error)
{
  g_autoptr (GPtrArray) open
    = ce_journal_open_jobs (context->journal, ce_token_info (context->token)->serial, error);

  if (open == NULL)
    return NULL;
  for (guint i = 0; i < open->len; i++)
    if (job_belongs_to (open->pdata[i], context, action))
      {
        CeJob *job = open->pdata[i];

        if (job->state == CE_JOB_REQUEST_SENDING && ce_now () - job->begun_unix > REQUEST_MAX_AGE_S)
          {
            job->state = CE_JOB_KEY_READY;
            job->begun_unix = ce_now ();
          }
        return g_ptr_array_steal_index (open, i);
      }
  if (action->pending == NULL)
    return ce_enrollment_new_job (context, action);
  g_set_error (error, CE_ERROR, CE_ERROR_NOT_FOUND, "request %s of template '%s' is no longer in the journal",
               action->pending->request_id, action->pending->template_name);
  return NULL;
}

/* What the journal still knows of a template that the policy has lost: enough to check a certificate of it.
 */
static CeTemplate *
template_of_job (const CeJob *job)
{
  CeTemplate *template = ce_template_new ();

  ce_text_set (&template->name, job->template_name);
  ce_text_set (&template->display_name, job->template_name);
  ce_text_set (&template->oid, job->template_oid);
  template->schema_version = 1;
  return template;
}

/* A denied job is over once its key is deleted, which an empty public_key_id says. */
static gboolean
is_resting (const CeJob *job)
{
  return job->state == CE_JOB_PENDING || job->state == CE_JOB_PROVED
         || (job->state == CE_JOB_DENIED && *job->public_key_id == '\0');
}

/* Its key or its certificate is of no use any more, and there is no template to ask for another one with. */
static gboolean
has_no_way_on (const CeEnrollment *enrollment)
{
  return enrollment->template_gone
         && (enrollment->job->state == CE_JOB_BEGUN || enrollment->job->state == CE_JOB_KEY_READY);
}

static gboolean
abandon (CeEnrollment *enrollment, GError **error)
{
  g_autofree char *why
    = g_strconcat (enrollment->job->note, ", and the directory has no such template any more", NULL);

  if (ce_step_give_up (enrollment, why, error))
    g_set_error_literal (error, CE_ERROR, CE_ERROR_NOT_FOUND, why);
  return FALSE;
}

/* The loop over the states: each step does its work and moves the job on, until it rests. */
static gboolean
advance (CeEnrollment *enrollment, GError **error)
{
  if (enrollment->job->state == CE_JOB_PENDING && !ce_step_ask_again (enrollment, error))
    return FALSE;
  while (!is_resting (enrollment->job))
    {
      if (has_no_way_on (enrollment))
        return abandon (enrollment, error);
      if (!steps[enrollment->job->state](enrollment, error))
        return FALSE;
    }
  return TRUE;
}

static CePerformed *
performed_from (CeEnrollment *enrollment)
{
  CePerformed *performed = g_new0 (CePerformed, 1);

  performed->kind = enrollment->action->kind;
  performed->signatures = enrollment->signatures;
  performed->unseen = enrollment->completed;
  performed->outcome = enrollment->job->state == CE_JOB_PENDING  ? CE_PERFORMED_WAITING
                       : enrollment->job->state == CE_JOB_PROVED ? CE_PERFORMED_DONE
                                                                 : CE_PERFORMED_REFUSED;
  if (performed->outcome == CE_PERFORMED_DONE)
    {
      g_autofree char *digest = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, enrollment->job->certificate);

      performed->fingerprint = g_steal_pointer (&digest);
    }
  else
    performed->fingerprint = g_strdup ("");
  performed->job = g_steal_pointer (&enrollment->job);
  return performed;
}

/* What needs no PIN of the state that the job is in, with its key on the card. */
static gboolean
ask (CeEnrollment *e, CePerformed **ret_performed, GError **error)
{
  if (e->job->state == CE_JOB_PENDING || e->job->state == CE_JOB_REQUEST_SENDING)
    {
      if (ce_step_wants_login (e))
        return TRUE;
      if (e->job->state == CE_JOB_PENDING ? !ce_step_ask_again (e, error) : !ce_step_ask_ca (e, error))
        return FALSE;
    }
  if (e->job->state == CE_JOB_PENDING || e->job->state == CE_JOB_DENIED)
    *ret_performed = performed_from (e);
  return e->job == NULL || e->job->state != CE_JOB_ISSUED || ce_step_check_issued (e, error);
}

gboolean
ce_enroll_ask_first (const CeEnrollContext *context, const CeAction *action, CePerformed **ret_performed, GError **error)
{
  CeEnrollment e = { .context = context, .action = action, .template = action->template };
  gboolean ok = TRUE;

  *ret_performed = NULL;
  if (action->template == NULL)
    return TRUE;
  e.job = take_up_job (context, action, error);
  if (e.job == NULL)
    return FALSE;
  if (ce_inventory_find_key (context->inventory, e.job->public_key_id) != NULL)
    ok = ask (&e, ret_performed, error);
  if (!ok)
    g_prefix_error (error, "template '%s': ", e.template->display_name);
  ce_card_key_free (e.key);
  ce_job_free (e.job);
  return ok;
}

static gboolean
remove_old (const CeEnrollContext *context, const CeAction *action, CePerformed **ret_performed, GError **error)
{
  CePerformed *performed;
  CeJob *job;

  if (!ce_retire_alone (context, action, &job, error))
    return FALSE;
  performed = g_new0 (CePerformed, 1);
  performed->kind = CE_ACTION_REMOVE;
  performed->job = job;
  performed->fingerprint = g_strdup (action->certificate);
  *ret_performed = performed;
  return TRUE;
}

gboolean
ce_enroll_perform (const CeEnrollContext *context, const CeAction *action, CePerformed **ret_performed, GError **error)
{
  CeEnrollment enrollment = { .context = context, .action = action, .template = action->template };
  g_autoptr (CeTemplate) gone = NULL;
  gboolean ok;

  if (action->kind == CE_ACTION_REMOVE)
    return remove_old (context, action, ret_performed, error);
  g_return_val_if_fail (action->template != NULL || action->pending != NULL, FALSE);
  enrollment.job = take_up_job (context, action, error);
  if (enrollment.job == NULL)
    return FALSE;
  if (action->template == NULL)
    {
      enrollment.template_gone = TRUE;
      enrollment.template = gone = template_of_job (enrollment.job);
    }
  ok = advance (&enrollment, error);
  if (ok)
    *ret_performed = performed_from (&enrollment);
  else
    g_prefix_error (error, "template '%s': ", enrollment.template->display_name);
  ce_card_key_free (enrollment.key);
  ce_job_free (enrollment.job);
  return ok;
}

gboolean
ce_enroll_finish (const CeEnrollContext *context, CePerformed *performed, gboolean retire, const char *note,
                  GError **error)
{
  CeEnrollment enrollment = { .context = context, .job = performed->job };

  if (performed->job->state != CE_JOB_PROVED)
    return TRUE;
  ce_text_set (&performed->job->note, note);
  if (retire && *performed->job->old_certificate != '\0' && !ce_step_retire (&enrollment, error))
    return FALSE;
  return ce_enrollment_enter (&enrollment, CE_JOB_DONE, error);
}
