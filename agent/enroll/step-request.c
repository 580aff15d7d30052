/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/enroll/enrollment.h"
#include "agent/enroll/renewal.h"
#include "pkcs11/keypair.h"

#define SIGN_MS 30000

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
  const CeCardEntry *source;
  CeRequestParams params;

  if (!ce_enrollment_find_key (e, error))
    return FALSE;
  if (e->key == NULL)
    return ce_step_drop_half_a_key (e, error)
           && ce_enrollment_start_anew (e, "the key is no longer on the card", error);
  ce_enrollment_progress (e, "sign-request", SIGN_MS, TRUE, "Signing the request with the new key");
  evp = ce_keypair_to_evp (e->context->token, e->key, error);
  if (evp == NULL)
    return FALSE;
  request_params (e, &params);
  g_clear_pointer (&e->job->request, g_bytes_unref);
  source = ce_renewal_source (e);
  e->job->request = source != NULL ? ce_renewal_request (e, evp, &params, source, error)
                                   : ce_request_new_pkcs10 (evp, &params, error);
  if (e->job->request == NULL)
    return prefer_token_error (e, error);
  e->signatures += source != NULL ? 2 : 1;
  return ce_enrollment_enter (e, CE_JOB_REQUEST_SENDING, error);
}
