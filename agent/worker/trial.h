/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/worker/session.h"

/**
 * ce_worker_trial_logon:
 * @key_id: CKA_ID of key and certificate, hex
 *
 * ce_trial_logon() with the session's card and PIN. Closes the session's token: libkrb5 wants the module for itself.
 */
gboolean ce_worker_trial_logon (CeSession *session, const char *key_id, GError **error);
