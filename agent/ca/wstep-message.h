/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "agent/ca/ca.h"

/* The messages of [MS-WSTEP] without the network: text out, and a hostile answer in. */

/**
 * ce_wstep_issue:
 * @request: DER: PKCS#10, or CMS, which is told by its first element
 * @to: URL of the endpoint
 * @login: (nullable): by WS-Security; then the message holds the password: wipe it with ce_wipe() when it is
 * sent
 *
 * Returns: (transfer full): a RequestSecurityToken message to issue or renew; [MS-WSTEP] 3.1.4.2.1.1
 */
char *ce_wstep_issue (GBytes *request, const char *to, const CeLogin *login, char **ret_message_id);

/* The message that asks for a pending request again; [MS-WSTEP] 3.1.4.2.1.2. */
char *ce_wstep_query (const char *request_id, const char *to, const CeLogin *login, char **ret_message_id);

/**
 * ce_wstep_read:
 * @answer: hostile
 * @message_id: of the question; an answer that names another one is refused, one that names none is taken
 * @public_key_id: of the key that was requested for; the certificate is found by it
 * @host: of the endpoint: a pending request is only asked for again there
 * @ret_maybe_taken: (nullable): set to %FALSE after an error that shows that the CA never had the request,
 * else left
 *
 * Errors: PROTOCOL; CA_UNREACHABLE where the web service cannot reach the CA behind it; CA_DENIED where it
 * does not accept the person and so never asked the CA.
 */
CeCaReply *ce_wstep_read (GBytes *answer, const char *message_id, const char *public_key_id, const char *host,
                          gboolean *ret_maybe_taken, GError **error);
