/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#define CE_REPLY_MAX_CERTIFICATES 32

/**
 * ce_reply_certificates:
 * @der: a CMS SignedData from a CA: certs-only, or a full CMC response ([MS-WCCE] 2.2.2.8). Hostile.
 *
 * Returns: (transfer full) (element-type GBytes): every certificate in it, DER, in no order. Errors: PROTOCOL.
 */
GPtrArray *ce_reply_certificates (GBytes *der, GError **error);
