/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/base/config.h"
#include "policy/sources/entry.h"

/**
 * ce_directory_list_dn:
 * @url: hostile: of a certificate's distribution points
 *
 * The object that an address of the kind that Windows CAs write names:
 * ldap:///CN=…?certificateRevocationList?base?objectClass=cRLDistributionPoint. One that names a host is not
 * taken: nobody's ticket goes where a certificate says. Source: RFC 4516; [MS-WCCE] 2.2.2.7.9.
 *
 * Returns: (transfer full): its DN. Errors: NOT_SUPPORTED, with @url.
 */
char *ce_directory_list_dn (const char *url, GError **error);

/**
 * ce_directory_list_take:
 * @entry: (nullable): what was found at @dn
 *
 * The list that it holds. Pure. Errors: as ce_directory_list().
 */
GBytes *ce_directory_list_take (const CeEntry *entry, const char *dn, gsize max_bytes, GError **error);

/**
 * ce_directory_list:
 * @config: domain and server, where set
 * @timeout_ms: for all of it
 * @max_bytes: of the list
 *
 * Reads a revocation list, which carries its own signature, from the user's own directory, as the user: one
 * connection and one search. Errors: NOT_SUPPORTED as above; NOT_FOUND where there is no such list; PROTOCOL
 * where it is too long; NO_TICKET, DIRECTORY_UNREACHABLE, MISCONFIGURED.
 */
GBytes *ce_directory_list (const CeConfig *config, const char *url, guint timeout_ms, gsize max_bytes,
                           GError **error);
