/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/**
 * ce_published_remove:
 * @host: FQDN of a domain controller
 * @user_dn: whose object
 * @certificate: DER, one of the values of userCertificate
 * @deadline_us: g_get_monotonic_time() after which it fails
 *
 * Takes one certificate out of the directory, as the user. That it is gone already is no error. Blocks.
 *
 * Errors: POLICY_DENIED where the user may not write the attribute (allowedAttributesEffective, [MS-ADTS]
 * 3.1.1.4.5.16); those of ce_ldap_connect() and ce_ldap_search().
 */
gboolean ce_published_remove (const char *host, const char *user_dn, GBytes *certificate, gint64 deadline_us,
                              GError **error);
