/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/worker/session.h"

/**
 * ce_worker_trial_logon:
 * @key_id: CKA_ID of key and certificate, hex
 *
 * ce_trial_logon() with the session's token, which is logged in and stays open. Errors: ce_trial_logon()'s, TOKEN_GONE.
 */
gboolean ce_worker_trial_logon (CeSession *session, const char *key_id, GError **error);
