/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/**
 * ce_kerberos_ticket:
 * @ret_principal: (transfer full): whose ticket it is
 * @ret_expires_unix: when the ticket-granting ticket ends
 *
 * Looks into the default credential cache; no network. Errors: NO_TICKET, also where it has expired.
 */
gboolean ce_kerberos_ticket (char **ret_principal, gint64 *ret_expires_unix, GError **error);

/* Does a KDC of the principal's realm answer? Blocks on the network. Errors: KDC_UNREACHABLE. */
gboolean ce_kerberos_probe (const char *principal, GError **error);
