/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "policy/plan.h"

/* What a plan says of the card that it is for; every string may be %NULL. Borrowed. */
typedef struct
{
  const char *reader;
  const char *serial;
  const char *label;
  const char *model;
} CePlanCard;

/**
 * ce_plan_to_json:
 * @card: (nullable): "card" is null without it
 *
 * Returns: (transfer full): the object of `cardenroll plan --json`:
 *   {"card":{"reader","serial","label","model"},"user":{"principal","sid"},
 *    "policy":{"source","fetched","cached","cached_because","autoenrollment","autoenrollment_allows",
 *      "autoenrollment_source","skipped":[…]},
 *    "actions":[{"action","template","because","detail","certificate"}],
 *    "templates":[{"name","display_name","oid","verdict","because","detail"}],"next_look":"2026-…Z"}
 */
JsonNode *ce_plan_to_json (const CePlan *plan, const CePolicy *policy, const CePlanCard *card);
