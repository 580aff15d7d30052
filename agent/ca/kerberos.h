/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/**
 * ce_kerberos_explain_refusal:
 * @host: of the HTTP service that answered 401
 *
 * Finds out why, in the order in which it can be mended: no ticket or an expired one (NO_TICKET), no domain
 * controller that hands out one for the service (KDC_UNREACHABLE), no such service in the domain or a clock
 * that is wrong (CA_DENIED), and at last a ticket that the service does not accept (CA_DENIED). Sets @error
 * in any case.
 *
 * Blocks on the network where the ticket for the service is not in the cache yet.
 */
void ce_kerberos_explain_refusal (const char *host, GError **error);
