/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "agent/base/text.h"
#include "agent/enroll/enrollment.h"
#include "agent/enroll/held.h"
#include "pkcs11/keypair.h"
#include "pkcs11/remains.h"

static gboolean
holds_certificate (const CeEnrollContext *context, const CeJob *job)
{
  for (guint i = 0; job->certificate != NULL && i < context->inventory->certificates->len; i++)
    {
      const CeCardCertificate *certificate = context->inventory->certificates->pdata[i];

      if (certificate->key != NULL && g_bytes_equal (certificate->der, job->certificate))
        return TRUE;
    }
  return FALSE;
}

static gboolean
holds_old_certificate (const CeEnrollContext *context, const CeJob *job)
{
  return *job->old_certificate != '\0' && ce_card_entries_find (context->entries, job->old_certificate) != NULL;
}

static gboolean
is_of_jobs_template (const CeCertificate *certificate, const CeJob *job)
{
  return *certificate->template_oid != '\0' ? strcmp (certificate->template_oid, job->template_oid) == 0
                                            : strcmp (certificate->template_name, job->template_name) == 0;
}

/* A key that is renewed may have had more certificates than the one that is replaced, for other purposes or older. */
static gboolean
came_since (const CeEnrollContext *context, const CeJob *job, const CeCertificate *certificate)
{
  const CeCardEntry *old = ce_card_entries_find (context->entries, job->old_certificate);
  g_auto (GStrv) before = g_strsplit (job->keys_before, " ", -1);

  if (!g_strv_contains ((const char *const *) before, job->public_key_id))
    return TRUE;
  return is_of_jobs_template (certificate, job)
         && (old == NULL || certificate->not_before_unix > old->parsed->not_before_unix);
}

/* Its key was used at another desk, or by a journal that is no longer here: there is nothing to ask a CA for. */
static gboolean
is_over_elsewhere (const CeEnrollContext *context, const CeJob *job)
{
  for (guint i = 0; *job->public_key_id != '\0' && i < context->entries->len; i++)
    {
      const CeCardEntry *entry = context->entries->pdata[i];

      if (entry->parsed != NULL && entry->on_card->key != NULL
          && strcmp (entry->on_card->public_key_id, job->public_key_id) == 0
          && strcmp (entry->parsed->fingerprint, job->old_certificate) != 0 && came_since (context, job, entry->parsed))
        return TRUE;
    }
  return FALSE;
}

/* What the job comes to by what the card holds, without a PIN; its own state where work is left. */
static CeJobState
settled_state (const CeEnrollContext *context, const CeJob *job)
{
  switch (job->state)
    {
    case CE_JOB_BEGUN:
      return CE_JOB_ABANDONED;
    case CE_JOB_KEY_READY:
    case CE_JOB_REQUEST_SENDING:
    case CE_JOB_PENDING:
    case CE_JOB_ISSUED:
      return is_over_elsewhere (context, job) ? CE_JOB_ABANDONED : job->state;
    case CE_JOB_WRITING:
    case CE_JOB_WRITTEN:
    case CE_JOB_PROVED:
      if (!holds_certificate (context, job))
        return is_over_elsewhere (context, job) ? CE_JOB_ABANDONED : CE_JOB_WRITING;
      return !holds_old_certificate (context, job) ? CE_JOB_DONE : job->state;
    case CE_JOB_RETIRING:
      return holds_old_certificate (context, job) || ce_remains_has_certificate (context->token, job->old_certificate)
               ? CE_JOB_RETIRING
               : CE_JOB_DONE;
    default:
      return job->state;
    }
}

static GPtrArray *
open_jobs (const CeEnrollContext *context, GError **error)
{
  return ce_journal_open_jobs (context->journal, ce_token_info (context->token)->serial, error);
}

gboolean
ce_enroll_settle (const CeEnrollContext *context, gint64 now_unix, GError **error)
{
  g_autoptr (GPtrArray) open = open_jobs (context, error);

  if (open == NULL)
    return FALSE;
  for (guint i = 0; i < open->len; i++)
    {
      CeJob *job = open->pdata[i];
      CeJobState state = settled_state (context, job);

      if (state == job->state)
        continue;
      ce_text_set (&job->note, job->state != CE_JOB_BEGUN && state == CE_JOB_ABANDONED
                                       ? "its key has got another certificate"
                                       : "settled by what the card holds");
      job->state = state;
      if (!ce_journal_write (context->journal, job, now_unix, error))
        return FALSE;
    }
  return TRUE;
}

/* Nobody will ask for it any more; its key would stay for ever. What a CA may have granted, the plan fetches.
 */
static gboolean
is_left_over (const CeEnrollContext *context, const CeJob *job)
{
  if (strcmp (job->user, context->policy->user.principal) != 0)
    return FALSE;
  for (guint i = 0; i < context->policy->templates->len; i++)
    if (ce_template_is_called (context->policy->templates->pdata[i], job->template_name))
      return FALSE;
  return TRUE;
}

/* Is there work on the card that no action of the plan does? */
static gboolean
needs_tidying (const CeEnrollContext *context, const CeJob *job)
{
  switch (job->state)
    {
    case CE_JOB_DENIED:
    case CE_JOB_RETIRING:
      return TRUE;
    case CE_JOB_WRITING:
    case CE_JOB_WRITTEN:
    case CE_JOB_PROVED:
      return holds_certificate (context, job);
    case CE_JOB_KEY_GENERATING:
    case CE_JOB_KEY_READY:
    case CE_JOB_REQUEST_SENDING:
      return is_left_over (context, job);
    default:
      return FALSE;
    }
}

gboolean
ce_enroll_needs_tidying (const CeEnrollContext *context, gboolean *ret_needed, GError **error)
{
  g_autoptr (GPtrArray) open = open_jobs (context, error);

  *ret_needed = FALSE;
  for (guint i = 0; open != NULL && i < open->len; i++)
    *ret_needed |= needs_tidying (context, open->pdata[i]);
  return open != NULL;
}

static gboolean
give_up (CeEnrollment *e, GError **error)
{
  if (e->job->state == CE_JOB_KEY_GENERATING && !ce_step_find_generated_key (e, error))
    return FALSE;
  return ce_step_give_up (e, "given up: the directory has no such template any more", error);
}

static gboolean
tidy (CeEnrollment *e, GError **error)
{
  if (e->job->state < CE_JOB_PENDING)
    return give_up (e, error);
  if (e->job->state == CE_JOB_DENIED)
    return ce_step_drop_key (e, error);
  if (e->job->state != CE_JOB_PROVED && e->job->state != CE_JOB_RETIRING && !ce_step_prove (e, error))
    return FALSE;
  /* The new key is gone: the old certificate is all there is. */
  if (e->job->state == CE_JOB_BEGUN)
    return TRUE;
  return ce_step_retire (e, error) && ce_enrollment_enter (e, CE_JOB_DONE, error);
}

gboolean
ce_enroll_tidy (const CeEnrollContext *context, GError **error)
{
  g_autoptr (GPtrArray) open = open_jobs (context, error);

  if (open == NULL)
    return FALSE;
  for (guint i = 0; i < open->len; i++)
    {
      CeEnrollment e = { .context = context, .job = open->pdata[i] };
      gboolean ok = !needs_tidying (context, e.job) || tidy (&e, error);

      ce_card_key_free (e.key);
      if (!ok)
        return FALSE;
    }
  return TRUE;
}

/* Granted, and not on the card: also where writing it was cut off. */
static gboolean
waits_for_card (const CeEnrollContext *context, const CeJob *job)
{
  return job->state == CE_JOB_ISSUED
         || ((job->state == CE_JOB_WRITING || job->state == CE_JOB_WRITTEN) && !holds_certificate (context, job));
}

GPtrArray *
ce_enroll_pending (const CeEnrollContext *context, GError **error)
{
  g_autoptr (GPtrArray) pending = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_pending_free);
  g_autoptr (GPtrArray) open = open_jobs (context, error);

  for (guint i = 0; open != NULL && i < open->len; i++)
    {
      const CeJob *job = open->pdata[i];
      const gboolean issued = waits_for_card (context, job);
      CePending *one;

      if ((job->state != CE_JOB_PENDING && !issued) || strcmp (job->user, context->policy->user.principal) != 0)
        continue;
      one = ce_pending_new (job->template_name, job->ca_name, job->request_id, job->changed_unix, job->ask_again_unix);
      one->issued = issued;
      ce_text_set (&one->replaces, job->old_certificate);
      g_ptr_array_add (pending, one);
    }
  return open != NULL ? g_steal_pointer (&pending) : NULL;
}
