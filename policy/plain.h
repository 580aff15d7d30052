/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "policy/plan.h"

/**
 * ce_plain_words:
 * @because: why nothing is done
 * @template: (nullable): %NULL where the policy has none
 *
 * What a card's holder is told, where `explain` names attributes and values: why, and whom to ask, in whole
 * sentences. Pure.
 *
 * Returns: (transfer full)
 */
char *ce_plain_words (CeReason because, const CeTemplate *template);

/* The same for @verdict, by which nothing is done; what a card cannot do is told as `explain` tells it, for that says
 * what to do. (transfer full) */
char *ce_plain_refusal (const CeVerdict *verdict);
