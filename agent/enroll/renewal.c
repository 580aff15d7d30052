/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/enroll/renewal.h"

#include <string.h>

#include "agent/enroll/held.h"
#include "agent/x509/cms-request.h"
#include "pkcs11/keypair.h"

const CeCardEntry *
ce_renewal_source (const CeEnrollment *e)
{
  const CeCardEntry *entry;

  if (strcmp (e->job->action, ce_action_name (CE_ACTION_RENEW)) != 0
      && strcmp (e->job->action, ce_action_name (CE_ACTION_REENROLL)) != 0)
    return NULL;
  entry = ce_card_entries_find (e->context->entries, e->job->old_certificate);
  if (entry == NULL || entry->on_card->key == NULL || ce_now () >= entry->parsed->not_after_unix)
    return NULL;
  return entry;
}

static GBytes *
sign_cms (EVP_PKEY *key, EVP_PKEY *old, const CeRequestParams *params, const CeCardEntry *source, GError **error)
{
  const CeCmsSigner signer = { .key = old, .certificate = source->on_card->der, .pss = params->pss };
  g_autoptr (GBytes) pkcs10 = ce_request_new_pkcs10 (key, params, error);

  return pkcs10 != NULL ? ce_cms_request_new (pkcs10, &signer, 1, error) : NULL;
}

/* The null signature inside: the outer one of the new key proves it. */
static GBytes *
sign_cmc (EVP_PKEY *key, EVP_PKEY *old, const CeRequestParams *params, const CeCardEntry *source, GError **error)
{
  const CeCmsSigner signers[] = {
    { .key = key, .pss = params->pss },
    { .key = old, .certificate = source->on_card->der, .pss = params->pss },
  };
  CeRequestParams unsigned_params = *params;
  g_autoptr (GBytes) pkcs10 = NULL;

  unsigned_params.null_signature = TRUE;
  pkcs10 = ce_request_new_pkcs10 (key, &unsigned_params, error);
  return pkcs10 != NULL ? ce_cmc_request_new (pkcs10, NULL, signers, G_N_ELEMENTS (signers), error) : NULL;
}

GBytes *
ce_renewal_request (const CeEnrollment *e, EVP_PKEY *key, const CeRequestParams *params, const CeCardEntry *source,
                    GError **error)
{
  g_autoptr (EVP_PKEY) old = ce_keypair_to_evp (e->context->token, source->on_card->key, error);
  CeRequestParams renewal = *params;

  if (old == NULL)
    return NULL;
  renewal.renewal_certificate = source->on_card->der;
  /* The CA takes it from the request where the names come from there, and a certificate without it logs
   * nobody on. */
  if (e->template->name_flags & CE_TEMPLATE_NAME_ENROLLEE_SUPPLIES_SUBJECT && *source->parsed->sid != '\0')
    renewal.sid = source->parsed->sid;
  return e->template->schema_version < 2 ? sign_cms (key, old, &renewal, source, error)
                                         : sign_cmc (key, old, &renewal, source, error);
}

gboolean
ce_renewal_keeps_key (const CeEnrollment *e)
{
  return (e->template->private_key_flags & CE_TEMPLATE_KEY_SAME_KEY_RENEWAL) != 0 && ce_renewal_source (e) != NULL;
}

gboolean
ce_renewal_may_keep_key (const CeEnrollment *e)
{
  return (e->template->enrollment_flags & CE_TEMPLATE_ENROLL_REUSE_KEY_WHEN_FULL) != 0 && ce_renewal_source (e) != NULL;
}
