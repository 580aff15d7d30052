/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/worker/trial.h"

#include <string.h>

#include "agent/base/error.h"
#include "agent/base/names.h"
#include "agent/enroll/trial.h"
#include "pkcs11/lend.h"
#include "pkcs11/reader.h"

#define TRIAL_MS 90000

/* In the folder of this program, wherever that is. */
static char *
shared_token_path (GError **error)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", error);
  g_autofree char *folder = self != NULL ? g_path_get_dirname (self) : NULL;

  return folder != NULL ? g_build_filename (folder, CE_SHARED_TOKEN_MODULE, NULL) : NULL;
}

/* libkrb5 does not tell a pulled card from a wrong one. */
static gboolean
judge (CeSession *session, GError *failed, GError **error)
{
  if (failed == NULL)
    return TRUE;
  if (!g_error_matches (failed, CE_ERROR, CE_ERROR_LOGON_REFUSED) || ce_reader_check_card (session->reader, NULL))
    g_propagate_error (error, failed);
  else
    {
      g_set_error (error, CE_ERROR, CE_ERROR_TOKEN_GONE, "token '%s': cannot log on: the card was removed",
                   ce_token_info (session->token)->label);
      g_error_free (failed);
    }
  return FALSE;
}

gboolean
ce_worker_trial_logon (CeSession *session, const char *key_id, GError **error)
{
  g_autofree char *module = shared_token_path (error);
  GError *failed = NULL;
  const char *source = session->policy->source;
  const CeTrial trial = {
    .principal = session->policy->user.principal,
    .module_path = module,
    .key_id = key_id,
    .roots = session->policy->roots,
    .kdc_host = g_str_has_prefix (source, "ldap://") ? source + strlen ("ldap://") : NULL,
  };

  ce_stream_progress (session->stream, "trial-logon", "Logging on with the card, to be sure", TRIAL_MS, TRUE);
  if (module == NULL || !ce_token_lend (session->token, module, error))
    return FALSE;
  ce_trial_logon (&trial, &failed);
  ce_token_take_back (session->token);
  return judge (session, failed, error);
}
