/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "policy/policy.h"

/**
 * The policy as it was read last, kept per user in $XDG_CACHE_HOME/cardenroll/: one JSON file that only its
 * owner can read. What is read from it is checked like anything foreign; how old it is, ->fetched_unix says.
 */

/**
 * ce_policy_cache_read:
 * @principal: whose policy
 * @now_unix: a policy from the future is not used: a clock was set back
 *
 * Returns: (transfer full) (nullable): %NULL with NOT_FOUND where there is none, PROTOCOL where the file is
 * damaged or somebody else's policy. Its ->searches is 0.
 */
CePolicy *ce_policy_cache_read (const char *principal, gint64 now_unix, GError **error);

/* Replaces what was kept for the policy's user, whole or not at all. Errors: FAILED. */
gboolean ce_policy_cache_write (const CePolicy *policy, GError **error);

/* Forgets it. Errors: FAILED; that there was none is no error. */
gboolean ce_policy_cache_drop (const char *principal, GError **error);
