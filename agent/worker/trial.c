/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/worker/trial.h"

#include <string.h>

#include "agent/base/error.h"
#include "agent/base/names.h"
#include "agent/enroll/trial.h"
#include "pkcs11/lend.h"

#define TRIAL_MS 90000

/* In the folder of this program, wherever that is. */
static char *
shared_token_path (GError **error)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", error);
  g_autofree char *folder = self != NULL ? g_path_get_dirname (self) : NULL;

  return folder != NULL ? g_build_filename (folder, CE_SHARED_TOKEN_MODULE, NULL) : NULL;
}

/* Lends the token for as long as it takes. What the card says counts more than what libkrb5 makes of it. */
static gboolean
logon (CeToken *token, const CeTrial *trial, GError **error)
{
  g_autoptr (GError) failed = NULL;
  gboolean ok;

  if (!ce_token_lend (token, trial->module_path, error))
    return FALSE;
  ok = ce_trial_logon (trial, &failed);
  if (!ce_token_take_back (token, error))
    return FALSE;
  if (!ok)
    g_propagate_error (error, g_steal_pointer (&failed));
  return ok;
}

gboolean
ce_worker_trial_logon (CeSession *session, const char *key_id, GError **error)
{
  g_autofree char *module = shared_token_path (error);
  const char *source = session->policy->source;
  const CeTrial trial = {
    .principal = session->policy->user.principal,
    .module_path = module,
    .key_id = key_id,
    .roots = session->policy->roots,
    .kdc_host = g_str_has_prefix (source, "ldap://") ? source + strlen ("ldap://") : NULL,
  };

  ce_stream_progress (session->stream, "trial-logon", "Logging on with the card, to be sure", TRIAL_MS, TRUE);
  return module != NULL && logon (session->token, &trial, error);
}

gboolean
ce_worker_trial_was_impossible (const GError *error)
{
  return g_error_matches (error, CE_ERROR, CE_ERROR_KDC_UNREACHABLE)
         || g_error_matches (error, CE_ERROR, CE_ERROR_NOT_SUPPORTED);
}
