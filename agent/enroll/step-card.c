/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "agent/base/error.h"
#include "agent/base/text.h"
#include "agent/enroll/enrollment.h"
#include "agent/enroll/renewal.h"
#include "agent/enroll/room.h"
#include "pkcs11/keypair.h"
#include "pkcs11/remains.h"
#include "pkcs11/store.h"

#define SIGN_MS 30000
#define DAY_S (24 * 60 * 60)
#define WRITE_MS 60000

static gboolean
check_template (const CeEnrollment *e, const CeCertificate *certificate, GError **error)
{
  const CeTemplate *t = e->template;
  /* As ce_standing_is_of() has it: one that the plan would not recognise would be asked for again and again. */
  gboolean ok = *certificate->template_oid != '\0'
                  ? strcmp (certificate->template_oid, t->oid) == 0
                  : t->schema_version < 2 && strcmp (certificate->template_name, t->name) == 0;

  if (!ok)
    g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "%s issued a certificate that is not of this template",
                 e->job->ca_name);
  return ok;
}

/* The answer's public key was checked by agent/ca; here: the chain to the directory's roots, and the template. */
static CeCertificate *
check_issued (const CeEnrollment *e, GError **error)
{
  const CePolicy *policy = e->context->policy;
  g_autoptr (CeCertificate) certificate = ce_certificate_parse (e->job->certificate, error);

  if (certificate == NULL || !check_template (e, certificate, error))
    return NULL;
  if (!ce_certificate_verify (certificate, policy->intermediates, policy->roots, ce_now (), error))
    {
      g_prefix_error (error, "the certificate that %s issued: ", e->job->ca_name);
      return NULL;
    }
  return g_steal_pointer (&certificate);
}

static gboolean
prove (CeEnrollment *e, const CeCertificate *certificate, GError **error)
{
  ce_enrollment_progress (e, "prove", SIGN_MS, TRUE, "Checking that key and certificate work together");
  if (!ce_keypair_prove (e->context->token, e->key, certificate->x509, error))
    return FALSE;
  e->signatures++;
  e->proved = TRUE;
  return TRUE;
}

/* Will the token have to give up a certificate that works, or is the key only presumed to be ours? */
static gboolean
wants_proof_first (const CeEnrollment *e)
{
  return e->presumed || ce_enrollment_has_certificate (e->context->inventory, e->key);
}

/* Some tokens have room for one certificate a key: the one there, which may be half of one, goes first, or is made whole. */
static gboolean
store_through_module (CeEnrollment *e, GError **error)
{
  CeToken *token = e->context->token;
  g_autoptr (GError) failed = NULL;
  guint n_cleared = 0;

  if (ce_store_certificate (token, e->key, e->job->certificate, e->template->display_name, &failed))
    return TRUE;
  if (g_error_matches (failed, CE_ERROR, CE_ERROR_MODULE_FAILED))
    {
      if (!ce_store_clear_certificates (token, e->key, e->job->certificate, e->job->old_certificate,
                                        &n_cleared, error))
        return FALSE;
      if (n_cleared > 0)
        return ce_store_certificate (token, e->key, e->job->certificate, e->template->display_name, error);
      if (!ce_remains_complete_certificate (token, e->key->id, e->job->certificate, &e->completed, error))
        return FALSE;
    }
  if (!e->completed)
    g_propagate_error (error, g_steal_pointer (&failed));
  return e->completed;
}

/* Where the card cannot be asked for it, it must at least be there, unless a signature follows, which would fail. */
static gboolean
check_written (const CeEnrollment *e, GError **error)
{
  gboolean seen = FALSE;

  if (!e->completed
      && !ce_remains_check_certificate (e->context->token, e->job->certificate, &seen, error))
    return FALSE;
  return seen || !e->proved || ce_token_check_there (e->context->token, "write the certificate", error);
}

static gboolean
store (CeEnrollment *e, GError **error)
{
  return store_through_module (e, error) && check_written (e, error);
}

static gboolean
store_where_there_is_room (CeEnrollment *e, GError **error)
{
  g_autoptr (GError) failed = NULL;

  while (!store (e, &failed))
    {
      if (!g_error_matches (failed, CE_ERROR, CE_ERROR_TOKEN_FULL))
        {
          g_propagate_error (error, g_steal_pointer (&failed));
          return FALSE;
        }
      if (!ce_room_make (e, g_steal_pointer (&failed), error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_over (const CeJob *job)
{
  g_autoptr (CeCertificate) certificate = ce_certificate_parse (job->certificate, NULL);

  return certificate != NULL && ce_now () >= certificate->not_after_unix;
}

/* Else no other one could be written for its key. */
static gboolean
drop_part (CeEnrollment *e, GError **error)
{
  CeToken *token = e->context->token;
  guint n = 0;

  if (e->job->state != CE_JOB_WRITING)
    return TRUE;
  return ce_store_clear_certificates (token, e->key, e->job->certificate, "", &n, error)
         && (n > 0 || ce_remains_drop_part (token, e->key->id, e->job->certificate, error));
}

/* It had expired when it came, so the next one would have, too: the clocks of CA and desk differ. Said for a day, then asked again. */
static gboolean
came_expired (const CeEnrollment *e, GError **error)
{
  g_autoptr (CeCertificate) certificate = ce_certificate_parse (e->job->certificate, NULL);
  g_autofree char *end = certificate != NULL ? ce_time_iso (certificate->not_after_unix) : NULL;

  if (e->template_gone || e->job->state != CE_JOB_ISSUED || certificate == NULL
      || e->job->changed_unix < certificate->not_after_unix
      || ce_now () >= e->job->changed_unix + DAY_S)
    return FALSE;
  g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL,
               "%s issued a certificate that had ended before it came (%s): is the clock of this computer right?",
               e->job->ca_name, end);
  return TRUE;
}

/* The card was away for all of its life. The key is as good as it was. */
static gboolean
ask_anew (CeEnrollment *e, GError **error)
{
  if (came_expired (e, error) || !drop_part (e, error))
    return FALSE;
  ce_text_set (&e->job->note, e->template_gone
                                ? "the certificate had expired before it could be written"
                                : "the certificate had expired before it could be written: a new one is asked for");
  ce_text_set (&e->job->request_id, "");
  ce_text_set (&e->job->ca_name, "");
  g_clear_pointer (&e->job->request, g_bytes_unref);
  g_clear_pointer (&e->job->certificate, g_bytes_unref);
  return ce_enrollment_enter (e, CE_JOB_KEY_READY, error);
}

gboolean
ce_step_check_issued (const CeEnrollment *e, GError **error)
{
  g_autoptr (CeCertificate) certificate = NULL;

  if (is_over (e->job))
    return !came_expired (e, error);
  certificate = check_issued (e, error);
  return certificate != NULL;
}

gboolean
ce_step_write_certificate (CeEnrollment *e, GError **error)
{
  g_autoptr (CeCertificate) certificate = NULL;

  if (!ce_enrollment_find_key (e, error))
    return FALSE;
  if (e->key == NULL)
    return ce_enrollment_start_anew (e, "the key of the issued certificate is no longer on the card", error);
  if (is_over (e->job))
    return ask_anew (e, error);
  certificate = check_issued (e, error);
  if (certificate == NULL)
    return FALSE;
  if (wants_proof_first (e) && !prove (e, certificate, error))
    return FALSE;
  if (!ce_enrollment_enter (e, CE_JOB_WRITING, error))
    return FALSE;
  ce_enrollment_progress (e, "write-certificate", WRITE_MS, TRUE, "Writing the certificate to the card");
  if (!store_where_there_is_room (e, error))
    return FALSE;
  return ce_enrollment_enter (e, CE_JOB_WRITTEN, error);
}

gboolean
ce_step_prove (CeEnrollment *e, GError **error)
{
  g_autoptr (CeCertificate) certificate = ce_certificate_parse (e->job->certificate, error);

  if (certificate == NULL || !ce_enrollment_find_key (e, error))
    return FALSE;
  if (e->key == NULL)
    return ce_enrollment_start_anew (e, "the key of the issued certificate is no longer on the card", error);
  if (!e->proved && !prove (e, certificate, error))
    return FALSE;
  return ce_enrollment_enter (e, CE_JOB_PROVED, error);
}
