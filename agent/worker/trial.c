/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/worker/trial.h"

#include "agent/enroll/trial.h"

#define TRIAL_MS 90000

gboolean
ce_worker_trial_logon (CeSession *session, const char *key_id, GError **error)
{
  const CeTokenInfo *info = ce_token_info (session->token);
  g_autofree char *module = g_strdup (info->module_path);
  g_autofree char *label = g_strdup (info->label);
  const char *source = session->policy->source;
  const CeTrial trial = {
    .principal = session->policy->user.principal,
    .module_path = module,
    .token_label = label,
    .key_id = key_id,
    .roots = session->policy->roots,
    .kdc_host = g_str_has_prefix (source, "ldap://") ? source + strlen ("ldap://") : NULL,
  };

  ce_stream_progress (session->stream, "trial-logon", "Logging on with the card, to be sure", TRIAL_MS, TRUE);
  if (session->pin == NULL)
    session->pin = ce_token_steal_pin (session->token);
  g_clear_pointer (&session->token, ce_token_free);
  return ce_trial_logon (&trial, session->pin, error);
}
