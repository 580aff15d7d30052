/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/base/openssl.h"
#include "agent/enroll/enrollment.h"
#include "agent/enroll/held.h"
#include "agent/x509/request.h"

/**
 * ce_renewal_source:
 *
 * The certificate on the card that this job renews: the action says renew or reenroll, its key is there, and it is
 * in force. %NULL: the request is a new one. Borrowed from the context.
 */
const CeCardEntry *ce_renewal_source (const CeEnrollment *enrollment);

/**
 * ce_renewal_request:
 * @key: the key to certify
 * @params: of the template; the renewal's own parts are added
 *
 * A request that the old key vouches for: CMS around the PKCS#10 for a template of schema 1, CMC with two signers
 * for later ones. Two signatures of the card. Errors: those of the keys. Source: [MS-WCCE] 3.1.1.4.3.2.
 */
GBytes *ce_renewal_request (const CeEnrollment *enrollment, EVP_PKEY *key, const CeRequestParams *params,
                            const CeCardEntry *source, GError **error);

/* Must the new certificate be for the old key? REQUIRE_SAME_KEY_RENEWAL; [MS-CRTD] 2.27. */
gboolean ce_renewal_keeps_key (const CeEnrollment *enrollment);

/* May it be, where the card has no room for a second key? [MS-CRTD] 2.26, 0x2000. */
gboolean ce_renewal_may_keep_key (const CeEnrollment *enrollment);
