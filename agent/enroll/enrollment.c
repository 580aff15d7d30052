/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/enroll/enrollment.h"

#include <string.h>

#include "agent/base/text.h"
#include "agent/x509/certificate.h"
#include "pkcs11/keypair.h"

CeJob *
ce_enrollment_new_job (const CeEnrollContext *context, const CeAction *action)
{
  const CeTokenInfo *info = ce_token_info (context->token);
  CeJob *job = ce_job_new ();

  ce_text_set (&job->card_serial, info->serial);
  ce_text_set (&job->card_label, info->label);
  ce_text_set (&job->user, context->policy->user.principal);
  ce_text_set (&job->action, ce_action_name (action->kind));
  if (action->template != NULL)
    {
      ce_text_set (&job->template_name, action->template->name);
      ce_text_set (&job->template_oid, action->template->oid);
    }
  ce_text_set (&job->old_certificate, action->certificate);
  if (action->kind == CE_ACTION_REMOVE)
    ce_text_set (&job->note, action->detail);
  return job;
}

gboolean
ce_enrollment_enter (CeEnrollment *e, CeJobState state, GError **error)
{
  e->job->state = state;
  return ce_journal_write (e->context->journal, e->job, ce_now (), error);
}

void
ce_enrollment_progress (CeEnrollment *e, const char *step, guint deadline_ms, gboolean hold, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  if (e->context->progress != NULL)
    e->context->progress (step, text, deadline_ms, hold, e->context->progress_data);
}

/* An enrolment's key is a copy of the inventory's. */
static gboolean
is_same_key (const CeCardKey *one, const CeCardKey *two)
{
  return one == two || (*one->public_key_id != '\0' && strcmp (one->public_key_id, two->public_key_id) == 0);
}

gboolean
ce_enrollment_has_certificate (const CeInventory *inventory, const CeCardKey *key)
{
  for (guint i = 0; i < inventory->certificates->len; i++)
    {
      const CeCardCertificate *certificate = inventory->certificates->pdata[i];

      if (certificate->key != NULL && is_same_key (certificate->key, key))
        return TRUE;
    }
  return FALSE;
}

gboolean
ce_enrollment_is_awaited (const GPtrArray *jobs, const char *public_key_id, const CeJob *own)
{
  for (guint i = 0; i < jobs->len; i++)
    {
      const CeJob *job = jobs->pdata[i];

      if ((own == NULL || job->id != own->id) && strcmp (job->public_key_id, public_key_id) == 0)
        return TRUE;
    }
  return FALSE;
}

void
ce_enrollment_remember_key (CeEnrollment *e)
{
  gsize length = 0;
  gconstpointer id = g_bytes_get_data (e->key->id, &length);

  g_free (e->job->key_id);
  e->job->key_id = ce_hex (id, length);
  ce_text_set (&e->job->public_key_id, e->key->public_key_id);
}

/* A token may know a key's public part by its certificate only, and then not while that is half written. */
static CeCardKey *
find_by_id (const CeEnrollment *e, const CeInventory *inventory)
{
  g_autoptr (CeCertificate) certificate
    = e->job->certificate != NULL ? ce_certificate_parse (e->job->certificate, NULL) : NULL;

  for (guint i = 0; certificate != NULL && i < inventory->keys->len; i++)
    {
      const CeCardKey *key = inventory->keys->pdata[i];
      gsize length = 0;
      gconstpointer bytes = g_bytes_get_data (key->id, &length);
      g_autofree char *id = ce_hex (bytes, length);

      if (*key->public_key_id == '\0' && *id != '\0' && strcmp (id, e->job->key_id) == 0)
        return ce_card_key_presume (key, X509_get0_pubkey (certificate->x509));
    }
  return NULL;
}

/* Of a pair that was cut off while it was deleted the public part may be left. */
static gboolean
is_whole (const CeCardKey *key)
{
  return key != NULL && key->has_private;
}

gboolean
ce_enrollment_find_key (CeEnrollment *e, GError **error)
{
  const CeCardKey *key;
  g_autoptr (CeInventory) inventory = NULL;

  if (e->key != NULL)
    return TRUE;
  key = ce_inventory_find_key (e->context->inventory, e->job->public_key_id);
  if (!is_whole (key))
    {
      /* Some tokens show keys only after login. */
      inventory = ce_token_read (e->context->token, error);
      if (inventory == NULL)
        return FALSE;
      key = ce_inventory_find_key (inventory, e->job->public_key_id);
    }
  if (is_whole (key) || (key != NULL && !ce_token_is_logged_in (e->context->token)))
    e->key = ce_card_key_copy (key);
  else if (key == NULL)
    {
      e->key = find_by_id (e, inventory);
      e->presumed = e->key != NULL;
    }
  return TRUE;
}

gboolean
ce_enrollment_start_anew (CeEnrollment *e, const char *why, GError **error)
{
  ce_text_set (&e->job->note, why);
  ce_text_set (&e->job->public_key_id, "");
  ce_text_set (&e->job->key_id, "");
  ce_text_set (&e->job->request_id, "");
  ce_text_set (&e->job->ca_name, "");
  g_clear_pointer (&e->job->request, g_bytes_unref);
  g_clear_pointer (&e->job->certificate, g_bytes_unref);
  return ce_enrollment_enter (e, CE_JOB_BEGUN, error);
}
