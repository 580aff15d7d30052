/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "policy/autoenrollment.h"
#include "policy/gpo.h"

/**
 * CeGroupPolicy: what Group Policy says to a user, and how that came about. Filled by
 * policy/sources/group-policy.c. Pure.
 */

/* One link of a GPO, in the order of application: what comes later wins. */
typedef struct
{
  char *name; /* displayName, else the name in the link */
  char *dn;
  char *scope; /* DN of the site, domain or OU that it is linked to */
  gboolean enforced;
  gboolean loopback; /* it comes from the computer's scopes */
  gboolean applies;
  char *verdict; /* ce_gpo_verdict_name(), or "not-readable" "other-domain" "broken" */
  char *detail;  /* one sentence */
} CeGpoStanding;

/* One value of the registry that is about certificates. */
typedef struct
{
  char *name;   /* "AutoEnrollment\AEPolicy" */
  char *value;  /* for people: "0x7", "LDAP:" */
  char *source; /* "Group Policy 'Default Domain Policy', linked at DC=lab,DC=test" */
} CePolicySetting;

typedef struct _CeGroupPolicy
{
  gboolean known; /* %FALSE: it could not be read, and ->problem says why */
  char *problem;
  char *site;     /* "" where the controller does not know one for this computer */
  char *computer; /* DN of this computer; "" where it has no account */
  CeLoopback loopback_mode;
  GPtrArray *gpos;                        /* of CeGpoStanding */
  GPtrArray *settings;                    /* of CePolicySetting */
  CeAutoenrollmentPolicy *autoenrollment; /* never %NULL once it is known */
} CeGroupPolicy;

CeGroupPolicy *ce_group_policy_new (void);
void ce_group_policy_free (CeGroupPolicy *policy);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeGroupPolicy, ce_group_policy_free)

void ce_gpo_standing_free (CeGpoStanding *standing);

/* Sets ->autoenrollment and ->settings from what the registry holds after all GPOs. */
void ce_group_policy_take (CeGroupPolicy *policy, const CeRegistry *registry);

/* "normal", "merge", "replace" */
const char *ce_loopback_name (CeLoopback mode);
