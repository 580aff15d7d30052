/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#define CE_REPLY_MAX_CERTIFICATES 32
#define CE_REPLY_MAX_DER (1024 * 1024)

/* What a full CMC response says of the request, RFC 5272 6.1. */
typedef enum
{
  CE_CMC_NONE = -1, /* no such control: certs-only, or one that could not be read */
  CE_CMC_SUCCESS = 0,
  CE_CMC_FAILED = 2,
  CE_CMC_PENDING = 3,
  CE_CMC_NO_SUPPORT = 4,
} CeCmcStatus;

/**
 * ce_reply_certificates:
 * @der: a CMS SignedData from a CA: certs-only, or a full CMC response ([MS-WCCE] 2.2.2.8). Hostile. At most
 *   %CE_REPLY_MAX_DER, with nothing after it. Its signature is not looked at: what counts is the chain of the
 *   certificate, see ce_certificate_verify()
 *
 * Returns: (transfer full) (element-type GBytes): every certificate in it, DER, in no order; at most
 *   %CE_REPLY_MAX_CERTIFICATES, may be empty. Errors: PROTOCOL.
 */
GPtrArray *ce_reply_certificates (GBytes *der, GError **error);

/**
 * ce_reply_cmc_status:
 * @der: as above
 *
 * The first cMCStatusInfo control. Never fails: what cannot be read is %CE_CMC_NONE.
 */
CeCmcStatus ce_reply_cmc_status (GBytes *der);
