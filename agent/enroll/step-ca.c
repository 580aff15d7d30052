/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/base/error.h"
#include "agent/ca/ca.h"
#include "agent/enroll/enrollment.h"

#define CA_SLACK_MS 15000
#define ASK_AGAIN_S 3600

static CeCa *
open_ca (const CeEnrollment *e, const char *name, const char *url, GError **error)
{
  const CeCaOptions options = {
    .url = url,
    .name = name,
    .timeout_s = e->context->config->ca_timeout_s,
    .roots = e->context->policy->roots,
    .tls_ca_file = e->context->config->tls_ca_file,
  };

  return ce_ca_new_wstep (&options, error);
}

static char *
words_of_denial (const CeCaReply *reply)
{
  const char *known = ce_ca_hresult_text (reply->hresult);

  if (known != NULL && *reply->reason != '\0')
    return g_strdup_printf ("%s (the CA says: %s)", known, reply->reason);
  return g_strdup (known != NULL ? known : *reply->reason != '\0' ? reply->reason : "the CA gave no reason");
}

static gboolean
take_reply (CeEnrollment *e, const CeCaReply *reply, GError **error)
{
  ce_enrollment_set (&e->job->request_id, *reply->request_id != '\0' ? reply->request_id : e->job->request_id);
  switch (reply->outcome)
    {
    case CE_CA_ISSUED:
      e->job->certificate = g_bytes_ref (reply->certificate);
      return ce_enrollment_enter (e, CE_JOB_ISSUED, error);
    case CE_CA_PENDING:
      ce_enrollment_set (&e->job->note, reply->reason);
      if (*reply->poll_url != '\0')
        ce_enrollment_set (&e->job->ca_url, reply->poll_url);
      e->job->ask_again_unix = ce_now () + ASK_AGAIN_S;
      return ce_enrollment_enter (e, CE_JOB_PENDING, error);
    case CE_CA_DENIED:
    default:
      g_free (e->job->note);
      e->job->note = words_of_denial (reply);
      return ce_enrollment_enter (e, CE_JOB_DENIED, error);
    }
}

/* One endpoint. @ret_final: the request may be with this CA, so no other one is asked. */
static gboolean
ask_endpoint (CeEnrollment *e, const CeEnrollmentService *service, const CeCaEndpoint *endpoint, gboolean *ret_final,
              GError **error)
{
  g_autoptr (CeCa) ca = NULL;
  g_autoptr (CeCaReply) reply = NULL;

  *ret_final = FALSE;
  ce_enrollment_set (&e->job->ca_name, service->name);
  ce_enrollment_set (&e->job->ca_url, endpoint->url);
  ca = open_ca (e, service->display_name, endpoint->url, error);
  if (ca == NULL)
    return FALSE;
  if (e->sent_before)
    ce_enrollment_set (&e->job->note, "sent more than once: its CA may have issued a certificate for this key that nobody fetched");
  if (!ce_enrollment_enter (e, CE_JOB_REQUEST_SENDING, error))
    {
      *ret_final = TRUE;
      return FALSE;
    }
  ce_enrollment_set (&e->job->note, "");
  ce_enrollment_progress (e, "ask-ca", e->context->config->ca_timeout_s * 1000 + CA_SLACK_MS, FALSE, "Asking %s for the certificate",
            service->display_name);
  if (!ce_ca_submit (ca, e->job->request, e->job->public_key_id, &reply, ret_final, error))
    return FALSE;
  *ret_final = TRUE;
  return take_reply (e, reply, error);
}

/* Every endpoint in order until one answers; the first failure is the one to report. */
static gboolean
ask_services (CeEnrollment *e, const GPtrArray *services, gboolean *ret_asked, GError **error)
{
  g_autoptr (GError) first = NULL;

  for (guint i = 0; i < services->len; i++)
    {
      const CeEnrollmentService *service = services->pdata[i];

      for (guint j = 0; j < service->endpoints->len; j++)
        {
          const CeCaEndpoint *endpoint = service->endpoints->pdata[j];
          g_autoptr (GError) failed = NULL;
          gboolean final;

          if (endpoint->authentication != CE_CA_AUTH_KERBEROS || endpoint->renewal_only)
            continue;
          *ret_asked = TRUE;
          if (ask_endpoint (e, service, endpoint, &final, &failed))
            return TRUE;
          if (first == NULL)
            first = g_steal_pointer (&failed);
          if (final)
            {
              g_propagate_error (error, g_steal_pointer (&first));
              return FALSE;
            }
        }
    }
  if (first != NULL)
    g_propagate_error (error, g_steal_pointer (&first));
  return FALSE;
}

gboolean
ce_step_ask_ca (CeEnrollment *e, GError **error)
{
  g_autoptr (GPtrArray) services = ce_policy_services_for (e->context->policy, e->template);
  gboolean asked = FALSE;

  if (!ce_enrollment_find_key (e, error))
    return FALSE;
  if (e->key == NULL)
    return ce_enrollment_start_anew (e, "the key is no longer on the card", error);
  /* Since the request was made, the job's state was written once more for each CA that was asked. */
  e->sent_before = *e->job->ca_name != '\0';
  if (ask_services (e, services, &asked, error))
    return TRUE;
  if (!asked)
    g_set_error (error, CE_ERROR, CE_ERROR_MISCONFIGURED,
                 "no CA that issues it has an enrolment URL for Kerberos (msPKI-Enrollment-Servers)");
  return FALSE;
}

static gboolean
ask_again (CeEnrollment *e, GError **error)
{
  g_autoptr (CeCa) ca = open_ca (e, e->job->ca_name, e->job->ca_url, error);
  g_autoptr (CeCaReply) reply = NULL;

  if (ca == NULL)
    return FALSE;
  ce_enrollment_progress (e, "ask-ca", e->context->config->ca_timeout_s * 1000 + CA_SLACK_MS, FALSE,
                          "Asking %s for request %s", e->job->ca_name, e->job->request_id);
  return ce_ca_query (ca, e->job->request_id, e->job->public_key_id, &reply, error) && take_reply (e, reply, error);
}

gboolean
ce_step_ask_again (CeEnrollment *e, GError **error)
{
  if (!ce_enrollment_find_key (e, error))
    return FALSE;
  if (e->key == NULL)
    return ce_enrollment_start_anew (e, "the key of the pending request is no longer on the card", error);
  return ask_again (e, error);
}

gboolean
ce_enroll_ask_again (const CeEnrollContext *context, CeJob *job, GError **error)
{
  CeEnrollment e = { .context = context, .job = job };

  g_return_val_if_fail (job->state == CE_JOB_PENDING, FALSE);
  return ask_again (&e, error);
}

gboolean
ce_enroll_cancel (const CeEnrollContext *context, CeJob *job, GError **error)
{
  CeEnrollment e = { .context = context, .job = job };

  ce_enrollment_set (&job->note, "cancelled by its user");
  return ce_enrollment_enter (&e, CE_JOB_DENIED, error);
}
