/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/**
 * ce_fetch:
 * @url: http:// or https://
 * @timeout_ms: for all of it, connecting and redirections too
 * @max_bytes: of the answer
 *
 * Gets something that carries its own signature: a CRL. Nothing else may be fetched like this, for over plain
 * HTTP nobody proves who answers. No ticket, no cookies, at most three redirections.
 *
 * Blocks on the network. Errors: CA_UNREACHABLE; PROTOCOL where the answer is none or too long; MISCONFIGURED
 * where the URL is none.
 *
 * Returns: (transfer full): the body, never empty
 */
GBytes *ce_fetch (const char *url, guint timeout_ms, gsize max_bytes, GError **error);
