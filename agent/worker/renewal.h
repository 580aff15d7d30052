/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/worker/session.h"

/**
 * ce_worker_choose_renewal:
 * @ret_template, @ret_fingerprint: (transfer full): as CeWorld wants them
 *
 * Which certificate the job means: with its key on the card and of a template of the policy; named by the beginning of its
 * SHA-256 fingerprint, at least four digits, or by its template; unnamed, the only one there is. Needs card and policy.
 * Errors: NOT_FOUND, USAGE (more than one may be meant), naming what is there.
 */
gboolean ce_worker_choose_renewal (const CeSession *session, char **ret_template, char **ret_fingerprint,
                                   GError **error);
