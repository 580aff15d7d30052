/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "policy/gpo.h"
#include "policy/sources/ldap.h"

/**
 * The searches of Group Policy: each is one, whatever the number of OUs, links and GPOs. Source:
 * [MS-GPOL] 2.2.2–2.2.4. All block on the network; their errors are those of ce_ldap_search().
 */

/* This computer's account. */
typedef struct
{
  char *dn;       /* "" where there is none */
  CeSidSet *sids; /* its token */
} CeComputer;

CeComputer *ce_computer_new (void);
void ce_computer_free (CeComputer *computer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeComputer, ce_computer_free)

/* By the host's name, as domain joins do: the first label, in capitals, at most 15 characters, and a dollar
 * sign. Two searches. */
CeComputer *ce_computer_find (CeLdap *ldap, const char *domain_dn, GError **error);

/* Fills ->links and ->options of @scopes (CeScope), which may hold the same one twice. One search. */
gboolean ce_scopes_read (CeLdap *ldap, const char *domain_dn, GPtrArray *scopes, GError **error);

/**
 * ce_site_read:
 * @ret_scope: (transfer full): the scope of the site that this computer's address is in; %NULL where the
 * controller knows none
 *
 * Two searches: the LDAP ping and the site itself.
 */
gboolean ce_site_read (CeLdap *ldap, const char *domain, const char *configuration_dn, CeScope **ret_scope,
                       GError **error);

/* A GPO out of its entry. (transfer full) */
CeGpo *ce_gpo_from_entry (const CeEntry *entry);

/**
 * ce_gpos_read:
 * @dns: (element-type utf8): of GPOs in this domain
 *
 * Returns: (transfer full): folded DN (ce_dn_fold()) → CeGpo. One search. Those that the user may not read
 * are not in it.
 */
GHashTable *ce_gpos_read (CeLdap *ldap, const char *domain_dn, const GPtrArray *dns, GError **error);

/* For comparisons: lower case. (transfer full) */
char *ce_dn_fold (const char *dn);
