/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/enroll/retire.h"

#include <string.h>

#include "agent/base/text.h"
#include "pkcs11/remains.h"
#include "pkcs11/store.h"
#include "policy/standing.h"

#define WRITE_MS 60000

static gboolean
is_used_by_another (const GPtrArray *entries, const CeCardEntry *old)
{
  for (guint i = 0; i < entries->len; i++)
    {
      const CeCardEntry *entry = entries->pdata[i];

      if (entry != old && strcmp (entry->on_card->public_key_id, old->on_card->public_key_id) == 0)
        return TRUE;
    }
  return FALSE;
}

/* By a certificate of the card, or by a request that another job has sent for one. */
static gboolean
is_needed (const CeEnrollContext *context, const CeCardEntry *old, const CeJob *job, gboolean *ret_needed,
           GError **error)
{
  g_autoptr (GPtrArray) jobs
      = ce_journal_open_jobs (context->journal, ce_token_info (context->token)->serial, error);

  if (jobs == NULL)
    return FALSE;
  *ret_needed = is_used_by_another (context->entries, old)
                || ce_enrollment_is_awaited (jobs, old->on_card->public_key_id, job);
  return TRUE;
}

gboolean
ce_retire (const CeEnrollContext *context, const CeJob *job, GError **error)
{
  const CeCardEntry *old = ce_card_entries_find (context->entries, job->old_certificate);

  gboolean needed;

  if (old == NULL)
    return ce_remains_drop_certificate (context->token, job->old_certificate, error);
  /* The key first: some cards know a key only by its certificate, so that one cut off here could not be found again. */
  if (!is_needed (context, old, job, &needed, error))
    return FALSE;
  if (strcmp (old->on_card->public_key_id, job->public_key_id) != 0 && !needed
      && !ce_certificate_decrypts (old->parsed)
      && !ce_store_delete_keypair (context->token, old->on_card->public_key_id, error))
    return FALSE;
  return ce_store_delete_certificate (context->token, old->on_card->der, error);
}

/* Is it one that the policy has a template for, and that counts? */
static gboolean
is_in_force (const CeEnrollContext *context, const CeHeld *held)
{
  const CePolicy *policy = context->policy;

  for (guint i = 0; i < policy->templates->len; i++)
    if (ce_standing_is_of (held, policy->templates->pdata[i]))
      return ce_standing_is_in_force (policy->templates->pdata[i], held, &policy->user, ce_now ());
  return FALSE;
}

/* What was issued in vain takes the place of nothing that counts: that may be the only one that logs on. */
static gboolean
must_stay (const CeEnrollContext *context, const CeJob *job)
{
  const CeCardEntry *entry = ce_card_entries_find (context->entries, job->old_certificate);
  g_autoptr (CeHeld) new = entry != NULL && job->certificate != NULL
                               ? ce_held_from_issued (job->certificate, context->policy, FALSE, ce_now ())
                               : NULL;
  g_autoptr (CeHeld) old = new != NULL ? ce_held_from_entry (entry, context->policy, FALSE) : NULL;

  return old != NULL && !is_in_force (context, new) && is_in_force (context, old);
}

gboolean
ce_step_retire (CeEnrollment *e, GError **error)
{
  if (must_stay (e->context, e->job))
    {
      ce_text_set (&e->job->note, "the certificate that it was to replace stays: this one does not count");
      ce_text_set (&e->job->old_certificate, "");
      return TRUE;
    }
  if (!ce_enrollment_enter (e, CE_JOB_RETIRING, error))
    return FALSE;
  ce_enrollment_progress (e, "retire", WRITE_MS, TRUE, "Removing the old certificate");
  return ce_retire (e->context, e->job, error);
}

gboolean
ce_retire_alone (const CeEnrollContext *context, const CeAction *action, CeJob **ret_job, GError **error)
{
  g_autoptr (CeJob) job = ce_enrollment_new_job (context, action);
  CeEnrollment enrollment = { .context = context, .action = action, .job = job };

  if (!ce_step_retire (&enrollment, error) || !ce_enrollment_enter (&enrollment, CE_JOB_DONE, error))
    return FALSE;
  if (ret_job != NULL)
    *ret_job = g_steal_pointer (&job);
  return TRUE;
}
