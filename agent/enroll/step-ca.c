/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/base/error.h"
#include "agent/base/shuffle.h"
#include "agent/base/text.h"
#include "agent/ca/ca.h"
#include "agent/enroll/credential.h"
#include "agent/enroll/enrollment.h"
#include "agent/enroll/renewal.h"
#include "agent/enroll/setbacks.h"

#define CA_SLACK_MS 15000
#define ASK_AGAIN_S 3600

/* An endpoint that is open, with what it is shown. */
typedef struct
{
  CeCa *ca;
  CeCardCredential *credential;
  CeLogin login;
} Open;

static void
open_clear (Open *open)
{
  g_clear_pointer (&open->ca, ce_ca_free);
  g_clear_pointer (&open->credential, ce_card_credential_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Open, open_clear)

/* The certificate that is renewed, where it can be shown; else any that can. */
static const CeCardEntry *
find_shown (const CeEnrollment *e)
{
  const CeCardEntry *source;

  if (e->context->token == NULL || e->context->entries == NULL)
    return NULL;
  source = ce_renewal_source (e);
  return source != NULL && ce_card_credential_suits (source, ce_now ())
           ? source
           : ce_card_credential_choose (e->context->entries, ce_now ());
}

static gboolean
show_certificate (const CeEnrollment *e, Open *open, GError **error)
{
  const CeCardEntry *entry = find_shown (e);

  if (entry != NULL)
    open->credential
      = ce_card_credential_new (e->context->token, entry, e->context->policy->intermediates, error);
  else if (e->context->token == NULL)
    g_set_error_literal (error, CE_ERROR, CE_ERROR_NO_CARD, "it asks for a client certificate, and that is on the card");
  else
    g_set_error_literal (error, CE_ERROR, CE_ERROR_NOT_FOUND,
                         "it asks for a client certificate, and the card holds none that is in force");
  return open->credential != NULL;
}

/* As ce_card_credential_ways() has it. */
static gboolean
takes_password (const CeEnrollContext *context)
{
  return context->config->policy_user != NULL && context->ask_password != NULL;
}

static gboolean
ask_for_password (const CeEnrollment *e, const char *url, Open *open, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_ENCODED | G_URI_FLAGS_PARSE_RELAXED, NULL);
  const char *host = uri != NULL && g_uri_get_host (uri) != NULL ? g_uri_get_host (uri) : url;

  if (!takes_password (e->context))
    {
      g_set_error_literal (error, CE_ERROR, CE_ERROR_MISCONFIGURED,
                           "it asks for user name and password, and there is no user name: set [policy] user in "
                           "cardenroll.conf");
      return FALSE;
    }
  open->login.user = e->context->config->policy_user;
  open->login.password = e->context->ask_password (open->login.user, host, e->context->ask_data, error);
  return open->login.password != NULL;
}

static gboolean
open_ca (const CeEnrollment *e, const char *name, const char *url, CeCaAuthentication authentication, Open *open,
         GError **error)
{
  CeCaOptions options = {
    .url = url,
    .name = name,
    .timeout_s = e->context->config->ca_timeout_s,
    .roots = e->context->policy->roots,
    .tls_ca_file = e->context->config->tls_ca_file,
  };

  if ((authentication == CE_CA_AUTH_CERTIFICATE && !show_certificate (e, open, error))
      || (authentication == CE_CA_AUTH_PASSWORD && !ask_for_password (e, url, open, error)))
    {
      g_prefix_error (error, "CA '%s' at %s: ", name, url);
      return FALSE;
    }
  options.credential = open->credential != NULL ? ce_card_credential_get (open->credential) : NULL;
  options.login = open->login.password != NULL ? &open->login : NULL;
  open->ca = ce_ca_new_wstep (&options, error);
  return open->ca != NULL;
}

static char *
words_of_denial (const CeCaReply *reply)
{
  const char *known = ce_ca_hresult_text (reply->hresult);

  if (known != NULL && *reply->reason != '\0')
    return g_strdup_printf ("%s (the CA says: %s)", known, reply->reason);
  return g_strdup (known != NULL ? known : *reply->reason != '\0' ? reply->reason : "the CA gave no reason");
}

/* Of the endpoint that the request went to. */
static CeCaAuthentication
authentication_of (const CeEnrollment *e)
{
  const GPtrArray *services = e->context->policy->services;

  for (guint i = 0; i < services->len; i++)
    {
      const CeEnrollmentService *service = services->pdata[i];

      for (guint j = 0; j < service->endpoints->len; j++)
        {
          const CeCaEndpoint *endpoint = service->endpoints->pdata[j];

          if (g_str_equal (endpoint->url, e->job->ca_url))
            return endpoint->authentication;
        }
    }
  return CE_CA_AUTH_KERBEROS;
}

static gboolean
take_reply (CeEnrollment *e, const CeCaReply *reply, GError **error)
{
  ce_text_set (&e->job->request_id, *reply->request_id != '\0' ? reply->request_id : e->job->request_id);
  switch (reply->outcome)
    {
    case CE_CA_ISSUED:
      e->job->certificate = g_bytes_ref (reply->certificate);
      return ce_enrollment_enter (e, CE_JOB_ISSUED, error);
    case CE_CA_PENDING:
      ce_text_set (&e->job->note, reply->reason);
      /* Who asks elsewhere than at an endpoint of the policy can only do it with a ticket. */
      if (*reply->poll_url != '\0' && authentication_of (e) == CE_CA_AUTH_KERBEROS)
        ce_text_set (&e->job->ca_url, reply->poll_url);
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
  g_auto (Open) open = { 0 };
  g_autoptr (CeCaReply) reply = NULL;

  *ret_final = FALSE;
  ce_text_set (&e->job->ca_name, service->name);
  ce_text_set (&e->job->ca_url, endpoint->url);
  if (!open_ca (e, service->display_name, endpoint->url, endpoint->authentication, &open, error))
    return FALSE;
  if (e->sent_before)
    ce_text_set (&e->job->note, "sent again: where it had arrived before, its CA may have issued a certificate for this key that nobody fetched");
  if (!ce_enrollment_enter (e, CE_JOB_REQUEST_SENDING, error))
    {
      *ret_final = TRUE;
      return FALSE;
    }
  ce_text_set (&e->job->note, "");
  ce_enrollment_progress (e, "ask-ca", e->context->config->ca_timeout_s * 1000 + CA_SLACK_MS, FALSE, "Asking %s for the certificate",
            service->display_name);
  if (!ce_ca_submit (open.ca, e->job->request, e->job->public_key_id, &reply, ret_final, error))
    return FALSE;
  *ret_final = TRUE;
  return take_reply (e, reply, error);
}

/* Does @endpoint take this request, and who asks? @refused: the authentications that were tried and not accepted. */
static gboolean
is_for (const CeEnrollment *e, const CeCaEndpoint *endpoint, guint refused)
{
  if ((endpoint->renewal_only && ce_renewal_source (e) == NULL) || (endpoint->authentication & refused) != 0)
    return FALSE;
  switch (endpoint->authentication)
    {
    case CE_CA_AUTH_KERBEROS:
      return TRUE;
    case CE_CA_AUTH_CERTIFICATE:
      return find_shown (e) != NULL;
    case CE_CA_AUTH_PASSWORD:
      return takes_password (e->context);
    case CE_CA_AUTH_ANONYMOUS:
    default:
      return FALSE;
    }
}

/* A password that was wrong once is not tried again. */
static guint
refused_by (const CeCaEndpoint *endpoint, const GError *error)
{
  return endpoint->authentication == CE_CA_AUTH_PASSWORD && g_error_matches (error, CE_ERROR, CE_ERROR_CA_DENIED)
           ? CE_CA_AUTH_PASSWORD
           : 0;
}

/* Who must be asked for something comes last. */
static guint
cost_to_person (CeCaAuthentication authentication)
{
  return authentication == CE_CA_AUTH_KERBEROS ? 0 : authentication == CE_CA_AUTH_PASSWORD ? 2 : 1;
}

static int
compare_endpoints (gconstpointer a, gconstpointer b)
{
  const CeCaEndpoint *x = *(const CeCaEndpoint *const *) a, *y = *(const CeCaEndpoint *const *) b;
  const guint costs[] = { cost_to_person (x->authentication), cost_to_person (y->authentication) };

  if (x->priority != y->priority)
    return x->priority < y->priority ? -1 : 1;
  return costs[0] < costs[1] ? -1 : costs[0] > costs[1];
}

/* Those that are equally good by chance, so that clients share them; Windows does so. */
static GPtrArray *
endpoints_in_order (const CeEnrollmentService *service)
{
  GPtrArray *order = g_ptr_array_new ();

  for (guint i = 0; i < service->endpoints->len; i++)
    g_ptr_array_add (order, service->endpoints->pdata[i]);
  g_ptr_array_sort (order, compare_endpoints);
  ce_shuffle_ties (order, compare_endpoints, NULL);
  return order;
}

/* Every endpoint in order until one answers. The failure to report is the one that ended it, else the first. */
static gboolean
ask_services (CeEnrollment *e, const GPtrArray *services, gboolean *ret_asked, GError **error)
{
  g_autoptr (GError) first = NULL;
  guint refused = 0;

  for (guint i = 0; i < services->len; i++)
    {
      const CeEnrollmentService *service = services->pdata[i];
      g_autoptr (GPtrArray) endpoints = endpoints_in_order (service);

      for (guint j = 0; j < endpoints->len; j++)
        {
          const CeCaEndpoint *endpoint = endpoints->pdata[j];
          g_autoptr (GError) failed = NULL;
          gboolean final;

          if (!is_for (e, endpoint, refused))
            continue;
          *ret_asked = TRUE;
          if (ask_endpoint (e, service, endpoint, &final, &failed))
            return TRUE;
          refused |= refused_by (endpoint, failed);
          final = final || g_error_matches (failed, CE_ERROR, CE_ERROR_TOKEN_GONE);
          if (final)
            {
              g_propagate_error (error, g_steal_pointer (&failed));
              return FALSE;
            }
          if (first == NULL)
            first = g_steal_pointer (&failed);
        }
    }
  if (first != NULL)
    g_propagate_error (error, g_steal_pointer (&first));
  return FALSE;
}

gboolean
ce_step_wants_login (const CeEnrollment *e)
{
  g_autoptr (GPtrArray) services = NULL;

  if (e->context->token == NULL || ce_token_is_logged_in (e->context->token))
    return FALSE;
  if (e->job->state == CE_JOB_PENDING)
    return authentication_of (e) == CE_CA_AUTH_CERTIFICATE;
  services = ce_policy_services_for (e->context->policy, e->template);
  for (guint i = 0; i < services->len; i++)
    {
      const CeEnrollmentService *service = services->pdata[i];

      for (guint j = 0; j < service->endpoints->len; j++)
        {
          const CeCaEndpoint *endpoint = service->endpoints->pdata[j];

          if (endpoint->authentication == CE_CA_AUTH_CERTIFICATE && is_for (e, endpoint, 0))
            return TRUE;
        }
    }
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
                 "no CA that issues it has an enrolment URL that takes you: for Kerberos, for a certificate that is on the "
                 "card, or with [policy] user for a password (msPKI-Enrollment-Servers)");
  return FALSE;
}

static gboolean
ask_again (CeEnrollment *e, GError **error)
{
  g_auto (Open) open = { 0 };
  g_autoptr (CeCaReply) reply = NULL;

  if (!open_ca (e, e->job->ca_name, e->job->ca_url, authentication_of (e), &open, error))
    return FALSE;
  ce_enrollment_progress (e, "ask-ca", e->context->config->ca_timeout_s * 1000 + CA_SLACK_MS, FALSE,
                          "Asking %s for request %s", e->job->ca_name, e->job->request_id);
  return ce_ca_query (open.ca, e->job->request_id, e->job->public_key_id, &reply, error)
         && take_reply (e, reply, error);
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

  ce_text_set (&job->note, CE_NOTE_CANCELLED);
  return ce_enrollment_enter (&e, CE_JOB_DENIED, error);
}
