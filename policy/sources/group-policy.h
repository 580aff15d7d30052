/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "policy/group-policy.h"
#include "policy/policy.h"
#include "policy/sources/ldap.h"

/* What Group Policy depends on; everything is borrowed. */
typedef struct
{
  CeLdap *ldap;
  const char *server; /* FQDN of the controller that @ldap leads to */
  const char *domain; /* DNS name */
  const char *domain_dn;
  const char *configuration_dn;
  const char *user_dn;
  const CeSidSet *user_sids;
  gboolean apply_wmi_filtered; /* a GPO with a WMI filter is applied, as if the filter let it through */
  gint64 deadline_us;
} CeGroupPolicyQuestion;

/**
 * ce_group_policy_load:
 *
 * The user half of the Group Policy of a user at this computer: scopes of management and GPOs over LDAP,
 * Registry.pol over SMB. At most seven searches (computer 2, scopes 1, site 2, GPOs 1, one more for a long
 * page) whatever the number of OUs, links and GPOs, and one program started for SYSVOL, if there is anything
 * to read. Blocks until the deadline, on SYSVOL 12 s at most.
 *
 * Returns: (transfer full): never %NULL. Where something fails that could have changed the outcome, ->known
 * is %FALSE: half of a policy is not a policy. A GPO that is malformed, filtered or out of reach by design is
 * skipped, and its entry in
 *   ->gpos says why.
 *
 * Source: [MS-GPOL] 3.2.5.1, [MS-GPREG] 3.2.5.1.
 */
CeGroupPolicy *ce_group_policy_load (const CeGroupPolicyQuestion *question);
