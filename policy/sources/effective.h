/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/base/config.h"
#include "policy/policy.h"

/**
 * ce_effective_autoenrollment:
 *
 * Sets ->autoenrollment and ->expiry_percent of @policy, and where they come from, from its ->group_policy and from @config;
 * docs/adr/0002:
 *
 *   1. a Group Policy object speaks of AEPolicy: what it says
 *   2. none does, or Group Policy is not asked: the setting in cardenroll.conf
 *   3. Group Policy cannot be read: what it said last to this user, otherwise as 2
 *
 * What it said is kept in $XDG_STATE_HOME/cardenroll/group-policy; that this cannot be written is no error.
 *
 * Returns: (transfer full) (nullable): a sentence where 3 was the case.
 */
char *ce_effective_autoenrollment (CePolicy *policy, const CeConfig *config);

/* What holds where no Group Policy is asked: the settings. */
void ce_local_autoenrollment (CePolicy *policy, const CeConfig *config);
