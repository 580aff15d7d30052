/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/base/config.h"
#include "policy/sources/ldap.h"
#include "policy/sources/ticket.h"

/**
 * ce_directory_connect:
 * @config: domain and server, where set
 * @deadline_us: g_get_monotonic_time() after which the connection and everything on it fails
 * @ret_domain, @ret_server: (transfer full): DNS names
 *
 * Connects to a domain controller as the user whose @ticket it is: the server of the settings, or one after
 * the other of those that DNS names for the domain. Blocks on the network. From then on host name look-ups of
 * the calling thread give up after two seconds a name server.
 *
 * Errors: DIRECTORY_UNREACHABLE, MISCONFIGURED.
 */
CeLdap *ce_directory_connect (const CeConfig *config, const CeTicket *ticket, gint64 deadline_us,
                              char **ret_domain, char **ret_server, GError **error);
