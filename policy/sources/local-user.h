/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/base/config.h"
#include "policy/policy.h"

/**
 * ce_local_user:
 *
 * Fills ->user of @policy where no directory tells of the user: principal and account of the Kerberos ticket
 * in the default cache; without a ticket [policy] user of the settings; else the name that NSS has for this
 * process's user. The principal stands for the UPN. Everything else stays empty.
 *
 * Asks nobody but NSS. Errors: FAILED where there is no name at all.
 */
gboolean ce_local_user (CePolicy *policy, const CeConfig *config, GError **error);

/* The names of the groups that NSS has for this process's user, the primary one first. (transfer full) */
GStrv ce_local_groups (void);
