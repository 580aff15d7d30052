/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/**
 * ce_site_parse:
 * @bytes: the value of rootDSE's netlogon attribute, hostile
 *
 * Returns: (transfer full) (nullable): the name of the client's site as the controller sees it by its
 * address; %NULL where it knows none or the answer cannot be read.
 *
 * Source: [MS-ADTS] 6.3.1.9 (NETLOGON_SAM_LOGON_RESPONSE_EX), 6.3.3 (LDAP ping), 6.3.7 (names).
 */
char *ce_site_parse (const guint8 *bytes, gsize length);
