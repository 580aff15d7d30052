/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "policy/group-policy.h"

/* The "group_policy" of `cardenroll policy --json`, as cardenroll(1) describes it; null for %NULL. (transfer
 * full) */
JsonNode *ce_group_policy_to_json (const CeGroupPolicy *policy);

/**
 * ce_group_policy_from_json:
 * @node: hostile, not null
 *
 * Returns: (transfer full) (nullable): of ->autoenrollment only the servers come back: what holds stands in
 * the policy itself. %NULL with PROTOCOL, naming the member.
 */
CeGroupPolicy *ce_group_policy_from_json (JsonNode *node, GError **error);
