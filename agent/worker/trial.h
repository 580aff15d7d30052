/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/worker/session.h"

/**
 * ce_worker_trial_logon:
 * @key_id: CKA_ID of key and certificate, hex
 *
 * ce_trial_logon() with the session's token, which is logged in and stays open.
 * Errors: ce_trial_logon()'s; NOT_SUPPORTED by libkrb5: a key that is not RSA; the card's own, such as
 * TOKEN_GONE.
 */
gboolean ce_worker_trial_logon (CeSession *session, const char *key_id, GError **error);

/* Could the logon just not be tried here? Then it says nothing about the card. */
gboolean ce_worker_trial_was_impossible (const GError *error);
