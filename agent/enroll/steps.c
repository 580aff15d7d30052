/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/enroll/steps.h"

#include <string.h>

#include "agent/base/error.h"
#include "agent/base/text.h"
#include "agent/ca/ca.h"
#include "agent/enroll/algorithm.h"
#include "agent/x509/certificate.h"
#include "agent/x509/request.h"
#include "pkcs11/keypair.h"
#include "pkcs11/store.h"

#define GENERATE_MS 180000
#define SIGN_MS 30000
#define WRITE_MS 60000
#define CA_SLACK_MS 15000
#define ASK_AGAIN_S 3600

static void
progress (CeEnrollment *e, const char *step, guint deadline_ms, gboolean hold, const char *format, ...)
  G_GNUC_PRINTF (5, 6);

static void
progress (CeEnrollment *e, const char *step, guint deadline_ms, gboolean hold, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  if (e->context->progress != NULL)
    e->context->progress (step, text, deadline_ms, hold, e->context->progress_data);
}

static void
set_text (char **field, const char *text)
{
  g_free (*field);
  *field = g_strdup (text != NULL ? text : "");
}

static char *
key_ids (const CeInventory *inventory)
{
  GString *ids = g_string_new (NULL);

  for (guint i = 0; i < inventory->keys->len; i++)
    {
      const CeCardKey *key = inventory->keys->pdata[i];

      g_string_append_printf (ids, "%s%s", ids->len > 0 ? " " : "", key->public_key_id);
    }
  return g_string_free (ids, FALSE);
}

static void
remember_key (CeEnrollment *e)
{
  gsize length = 0;
  gconstpointer id = g_bytes_get_data (e->key->id, &length);

  g_free (e->job->key_id);
  e->job->key_id = ce_hex (id, length);
  set_text (&e->job->public_key_id, e->key->public_key_id);
}

gboolean
ce_step_generate_key (CeEnrollment *e, GError **error)
{
  CeTokenAbilities abilities;
  const char *algorithm;

  ce_token_abilities (e->context->token, &abilities);
  algorithm = ce_algorithm_choose (e->template, e->context->config->key_algorithm, &abilities, error);
  if (algorithm == NULL)
    return FALSE;
  g_free (e->job->keys_before);
  e->job->keys_before = key_ids (e->context->inventory);
  if (!ce_enrollment_enter (e, CE_JOB_KEY_GENERATING, error))
    return FALSE;
  progress (e, "generate-key", GENERATE_MS, TRUE, "Generating a key on the card");
  if (!ce_keypair_generate (e->context->token, algorithm, ce_algorithm_key_use (e->template), e->template->display_name,
                            &e->key, error))
    return FALSE;
  remember_key (e);
  return ce_enrollment_enter (e, CE_JOB_KEY_READY, error);
}

static gboolean
has_certificate (const CeInventory *inventory, const CeCardKey *key)
{
  for (guint i = 0; i < inventory->certificates->len; i++)
    if (((const CeCardCertificate *) inventory->certificates->pdata[i])->key == key)
      return TRUE;
  return FALSE;
}

/* After a restart: the one key without a certificate that was not there before is the one we asked for. */
gboolean
ce_step_find_generated_key (CeEnrollment *e, GError **error)
{
  g_auto (GStrv) before = g_strsplit (e->job->keys_before, " ", -1);
  g_autoptr (CeInventory) inventory = ce_token_read (e->context->token, error);
  const CeCardKey *found = NULL;
  guint n = 0;

  if (inventory == NULL)
    return FALSE;
  for (guint i = 0; i < inventory->keys->len; i++)
    {
      const CeCardKey *key = inventory->keys->pdata[i];

      if (*key->public_key_id == '\0' || g_strv_contains ((const char *const *) before, key->public_key_id)
          || has_certificate (inventory, key))
        continue;
      found = key;
      n++;
    }
  if (n != 1)
    return ce_enrollment_enter (e, CE_JOB_BEGUN, error);
  e->key = ce_card_key_copy (found);
  remember_key (e);
  return ce_enrollment_enter (e, CE_JOB_KEY_READY, error);
}

/* Makes sure that e->key is the job's key; %NULL afterwards: the card does not hold it any more. */
static gboolean
find_key (CeEnrollment *e, GError **error)
{
  const CeCardKey *key;
  g_autoptr (CeInventory) inventory = NULL;

  if (e->key != NULL)
    return TRUE;
  key = ce_inventory_find_key (e->context->inventory, e->job->public_key_id);
  if (key == NULL)
    {
      /* Some tokens show keys only after login. */
      inventory = ce_token_read (e->context->token, error);
      if (inventory == NULL)
        return FALSE;
      key = ce_inventory_find_key (inventory, e->job->public_key_id);
    }
  e->key = key != NULL ? ce_card_key_copy (key) : NULL;
  return TRUE;
}

static gboolean
start_anew (CeEnrollment *e, const char *why, GError **error)
{
  set_text (&e->job->note, why);
  set_text (&e->job->public_key_id, "");
  set_text (&e->job->key_id, "");
  set_text (&e->job->request_id, "");
  g_clear_pointer (&e->job->request, g_bytes_unref);
  g_clear_pointer (&e->job->certificate, g_bytes_unref);
  return ce_enrollment_enter (e, CE_JOB_BEGUN, error);
}

static void
request_params (const CeEnrollment *e, CeRequestParams *params)
{
  const CeTemplate *t = e->template;

  *params = (CeRequestParams) {
    .template_name = t->name,
    .template_oid = t->schema_version >= 2 ? t->oid : "",
    .template_schema = t->schema_version,
    .template_major = t->major_version,
    .template_minor = t->minor_version,
    .key_usage = { t->key_usage[0], t->key_usage[1] },
    .ekus = (const char *const *) t->ekus,
    .application_policies = (const char *const *) t->application_policies,
    .pss = (t->private_key_flags & CE_TEMPLATE_KEY_ALTERNATE_SIGNATURE) != 0 && g_str_equal (t->key_algorithm, "RSA"),
  };
}

/* OpenSSL only says that its provider failed; the token knows why. */
static gboolean
prefer_token_error (CeEnrollment *e, GError **error)
{
  GError *reason = ce_keypair_take_error (e->context->token);

  if (reason != NULL)
    {
      g_clear_error (error);
      g_propagate_error (error, reason);
    }
  return FALSE;
}

gboolean
ce_step_make_request (CeEnrollment *e, GError **error)
{
  g_autoptr (EVP_PKEY) evp = NULL;
  CeRequestParams params;

  if (!find_key (e, error))
    return FALSE;
  if (e->key == NULL)
    return start_anew (e, "the key is no longer on the card", error);
  progress (e, "sign-request", SIGN_MS, TRUE, "Signing the request with the new key");
  evp = ce_keypair_to_evp (e->context->token, e->key, error);
  if (evp == NULL)
    return FALSE;
  request_params (e, &params);
  g_clear_pointer (&e->job->request, g_bytes_unref);
  e->job->request = ce_request_new_pkcs10 (evp, &params, error);
  if (e->job->request == NULL)
    return prefer_token_error (e, error);
  e->signatures++;
  return ce_enrollment_enter (e, CE_JOB_REQUEST_SENDING, error);
}

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
  set_text (&e->job->request_id, *reply->request_id != '\0' ? reply->request_id : e->job->request_id);
  switch (reply->outcome)
    {
    case CE_CA_ISSUED:
      e->job->certificate = g_bytes_ref (reply->certificate);
      return ce_enrollment_enter (e, CE_JOB_ISSUED, error);
    case CE_CA_PENDING:
      set_text (&e->job->note, reply->reason);
      if (*reply->poll_url != '\0')
        set_text (&e->job->ca_url, reply->poll_url);
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
  set_text (&e->job->ca_name, service->name);
  set_text (&e->job->ca_url, endpoint->url);
  ca = open_ca (e, service->display_name, endpoint->url, error);
  if (ca == NULL)
    return FALSE;
  if (!ce_enrollment_enter (e, CE_JOB_REQUEST_SENDING, error))
    {
      *ret_final = TRUE;
      return FALSE;
    }
  progress (e, "ask-ca", e->context->config->ca_timeout_s * 1000 + CA_SLACK_MS, FALSE, "Asking %s for the certificate",
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

  if (!find_key (e, error))
    return FALSE;
  if (e->key == NULL)
    return start_anew (e, "the key is no longer on the card", error);
  if (ask_services (e, services, &asked, error))
    return TRUE;
  if (!asked)
    g_set_error (error, CE_ERROR, CE_ERROR_MISCONFIGURED,
                 "no CA that issues it has an enrolment URL for Kerberos (msPKI-Enrollment-Servers)");
  return FALSE;
}

gboolean
ce_step_ask_again (CeEnrollment *e, GError **error)
{
  g_autoptr (CeCa) ca = NULL;
  g_autoptr (CeCaReply) reply = NULL;

  if (!find_key (e, error))
    return FALSE;
  if (e->key == NULL)
    return start_anew (e, "the key of the pending request is no longer on the card", error);
  ca = open_ca (e, e->job->ca_name, e->job->ca_url, error);
  if (ca == NULL)
    return FALSE;
  progress (e, "ask-ca", e->context->config->ca_timeout_s * 1000 + CA_SLACK_MS, FALSE, "Asking %s for request %s",
            e->job->ca_name, e->job->request_id);
  return ce_ca_query (ca, e->job->request_id, e->job->public_key_id, &reply, error) && take_reply (e, reply, error);
}

static gboolean
check_template (const CeEnrollment *e, const CeCertificate *certificate, GError **error)
{
  gboolean ok = e->template->schema_version >= 2 ? strcmp (certificate->template_oid, e->template->oid) == 0
                                                 : strcmp (certificate->template_name, e->template->name) == 0;

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

gboolean
ce_step_write_certificate (CeEnrollment *e, GError **error)
{
  g_autoptr (CeCertificate) certificate = check_issued (e, error);

  if (certificate == NULL || !find_key (e, error))
    return FALSE;
  if (e->key == NULL)
    return start_anew (e, "the key of the issued certificate is no longer on the card", error);
  if (!ce_enrollment_enter (e, CE_JOB_WRITING, error))
    return FALSE;
  progress (e, "write-certificate", WRITE_MS, TRUE, "Writing the certificate to the card");
  if (!ce_store_certificate (e->context->token, e->key, e->job->certificate, e->template->display_name, error))
    return FALSE;
  return ce_enrollment_enter (e, CE_JOB_WRITTEN, error);
}

gboolean
ce_step_prove (CeEnrollment *e, GError **error)
{
  g_autoptr (CeCertificate) certificate = check_issued (e, error);

  if (certificate == NULL || !find_key (e, error))
    return FALSE;
  if (e->key == NULL)
    return start_anew (e, "the key of the issued certificate is no longer on the card", error);
  progress (e, "prove", SIGN_MS, TRUE, "Checking that key and certificate work together");
  if (!ce_keypair_prove (e->context->token, e->key, certificate->x509, error))
    return FALSE;
  e->signatures++;
  return ce_enrollment_enter (e, CE_JOB_PROVED, error);
}

gboolean
ce_step_drop_key (CeEnrollment *e, GError **error)
{
  progress (e, "write-certificate", WRITE_MS, TRUE, "Removing the key that was refused a certificate");
  if (!ce_store_delete_keypair (e->context->token, e->job->public_key_id, error))
    return FALSE;
  set_text (&e->job->public_key_id, "");
  return ce_enrollment_enter (e, CE_JOB_DENIED, error);
}
