/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "policy/plan.h"

/**
 * A policy, whole, as JSON and back: what the cache holds and what tests are told. Member names are those of
 * the structs' fields; certificates are base64 of DER. A member that is missing has its default.
 */

/* Returns: (transfer full) */
JsonNode *ce_policy_to_json (const CePolicy *policy);

/**
 * ce_policy_from_json:
 *
 * Returns: (transfer full) (nullable): %NULL with PROTOCOL, naming the member, where one is of the wrong type
 * or out of range.
 */
CePolicy *ce_policy_from_json (JsonNode *node, GError **error);

/* The same for a certificate on the card. */
CeHeld *ce_held_from_json (JsonNode *node, GError **error);
JsonNode *ce_held_to_json (const CeHeld *held);
