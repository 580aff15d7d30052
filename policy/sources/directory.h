/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/base/config.h"
#include "policy/policy.h"

/**
 * ce_directory_load:
 * @config: domain and server, where set
 *
 * Reads templates, enrollment services, trusted certificates and the user's groups from Active Directory, as
 * the user whose Kerberos ticket is in the default credential cache. LDAP on port 389 by the domain
 * controller's FQDN, GSSAPI with sealing; the controller is found by DNS SRV (_ldap._tcp.dc._msdcs.<domain>).
 * The rights of each template are evaluated for the user. Then Group Policy is read
 * (policy/sources/group-policy.h), and what it says of autoenrollment holds (policy/sources/effective.h).
 *
 * Blocks on the network, at most 30 s in all, beside what libkrb5 waits for a KDC. The number of searches is
 * six and at most eight more for Group Policy (->searches), whatever the number of templates, groups, OUs and
 * GPOs. From then on host name look-ups of the calling thread give up after two seconds a name server.
 *
 * Errors: NO_TICKET, DIRECTORY_UNREACHABLE, MISCONFIGURED, PROTOCOL. An object that cannot be read is named
 * in ->skipped and is no error; nor is Group Policy that cannot be read.
 */
CePolicy *ce_directory_load (const CeConfig *config, GError **error);
