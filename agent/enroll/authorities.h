/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "policy/policy.h"

/**
 * ce_authorities_check:
 *
 * Sets ->unusable of each CA in @policy: a CA is usable if one of its certificates is valid now and chains to
 * the policy's roots, for otherwise what it issues would be thrown away. A CA whose certificate the policy
 * does not have is not judged. No network.
 */
void ce_authorities_check (CePolicy *policy, gint64 now_unix);
