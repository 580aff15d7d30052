/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "policy/policy.h"

/**
 * The policy as it was read last, kept for each person in $XDG_CACHE_HOME/cardenroll/policy-PRINCIPAL.json,
 * mode 0600, so that the daily look at a card asks nobody. docs/adr/0032-policy-cache.md says what it may
 * decide.
 *
 * What is read back is hostile: a file of someone else, one that others may read or write, or that is not
 * whole, of another version or made under other settings is as good as none, and the next policy that is read
 * replaces it.
 *
 * @settings: ->digest of the settings that the policy was or would be read with.
 */

/**
 * ce_policy_cache_write:
 *
 * Puts @policy in the place of what is there for its user, in one step. Errors: FAILED; nothing depends on
 * it.
 */
gboolean ce_policy_cache_write (const CePolicy *policy, const char *settings, GError **error);

/**
 * ce_policy_cache_read:
 * @principal: (nullable): whose; %NULL: whose was read last, for a plan where there is no ticket that says
 * who it is
 *
 * Returns: (transfer full): ->cached is set, ->searches is 0; its age is the caller's matter.
 * Errors: NOT_FOUND where there is none that may be used, and why.
 */
CePolicy *ce_policy_cache_read (const char *principal, const char *settings, GError **error);

/* The same as text, without a file. (transfer full) */
char *ce_policy_cache_to_text (const CePolicy *policy, const char *settings);
CePolicy *ce_policy_cache_from_text (const char *text, gsize length, const char *settings, GError **error);
