/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "policy/sources/entry.h"

/**
 * CeLdap: a sealed connection to one domain controller as the user whose ticket is in the default cache.
 * Every call blocks, at most until the deadline given at the start.
 */
typedef struct _CeLdap CeLdap;

typedef enum
{
  CE_LDAP_THIS,    /* the object itself */
  CE_LDAP_SUBTREE, /* it and everything below */
} CeLdapScope;

/**
 * ce_ldap_connect:
 * @host: FQDN of a domain controller: the ticket is for ldap/@host, so no address and no alias will do
 * @deadline_us: g_get_monotonic_time() after which everything fails
 *
 * Port 389, GSSAPI with sealing. Errors: DIRECTORY_UNREACHABLE, MISCONFIGURED (SASL's GSSAPI is not
 * installed).
 */
CeLdap *ce_ldap_connect (const char *host, gint64 deadline_us, GError **error);
void ce_ldap_free (CeLdap *ldap);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeLdap, ce_ldap_free)

/**
 * ce_ldap_search:
 * @filter: RFC 4515; values in it went through ce_ldap_escape()
 * @attributes: ends with %NULL
 * @sd_parts: what to return of nTSecurityDescriptor: owner 1, group 2, DACL 4; 0 where it is not asked for.
 *   Source: [MS-ADTS] 3.1.1.3.4.1.11, without this control an ordinary user gets none at all.
 *
 * All pages of one search, and all values of attributes of which the server hands out a part at a time. Returns: (transfer full): of CeEntry. Referrals are not followed.
 * Errors: DIRECTORY_UNREACHABLE, PROTOCOL (the server refuses the search, or answers too much).
 */
GPtrArray *ce_ldap_search (CeLdap *ldap, const char *base, CeLdapScope scope, const char *filter,
                           const char *const *attributes, guint sd_parts, GError **error);

/* Takes one value away; that there is none such is no error. Errors: those of ce_ldap_search(),
 * POLICY_DENIED. */
gboolean ce_ldap_delete_value (CeLdap *ldap, const char *dn, const char *attribute, GBytes *value,
                               GError **error);

/* How many searches were sent so far, each page counted. */
guint ce_ldap_searches (const CeLdap *ldap);

/* @bytes as a value in a filter; binary ones, too. (transfer full) */
char *ce_ldap_escape (const void *bytes, gsize length);
