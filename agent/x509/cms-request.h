/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "agent/base/openssl.h"

/**
 * Requests that carry more than one key's word: renewal, enrolment on behalf of another, co-signatures.
 *
 *   renewal, schema 1:     ce_cms_request_new  (PKCS#10 with the old certificate; signer: old key)
 *   renewal, schema 2–4:   ce_cmc_request_new  (the same PKCS#10; signers: new key, old key)
 *   on behalf of another:  ce_cms_request_new  (the other's PKCS#10; signer: the agent, with a requester
 * name) one more agent:        ce_cms_request_cosign
 *
 * Each signer signs exactly once, over signed attributes with SHA-256. Source: [MS-WCCE] 3.1.1.4.3; RFC 5652;
 * RFC 5272.
 */

#define CE_CMS_REQUEST_MAX_DER (256 * 1024)
#define CE_CMS_REQUEST_MAX_SIGNERS 16

/* All borrowed. */
typedef struct
{
  EVP_PKEY *key;       /* a card key too; see ce_request_new_pkcs10() */
  GBytes *certificate; /* DER, of that key: goes along. %NULL: the signer is named by the key's identifier,
                        * as CMC wants it of the key that is requested for */
  const char *requester_name; /* "LAB\\alice": only in the first signer, for whom an agent asks; else %NULL */
  gboolean pss;
} CeCmsSigner;

/**
 * ce_cms_request_new:
 * @pkcs10: DER, from ce_request_new_pkcs10(), with a signature of its own
 * @signers: at least one
 *
 * CMS with the PKCS#10 as its content. Blocks as long as the signatures take.
 *
 * Errors: FAILED, those of the keys.
 * Source: [MS-WCCE] 3.1.1.4.3.1.2, 3.1.1.4.3.2.1, 3.1.1.4.3.3.2.
 *
 * Returns: (transfer full): DER
 */
GBytes *ce_cms_request_new (GBytes *pkcs10, const CeCmsSigner *signers, gsize n_signers, GError **error);

/**
 * ce_cmc_request_new:
 * @pkcs10: DER, may have the null signature
 * @attributes: (nullable): "Name=Value&Name=Value", UTF-8: the regInfo control
 * @signers: the first is the requested key itself, without a certificate; then the old key, then agents
 *
 * As ce_cms_request_new(), with a CMC full request as content. Source:
 * [MS-WCCE] 3.1.1.4.3.1.3, 3.1.1.4.3.2.2.
 */
GBytes *ce_cmc_request_new (GBytes *pkcs10, const char *attributes, const CeCmsSigner *signers,
                            gsize n_signers, GError **error);

/**
 * ce_cms_request_cosign:
 * @request: DER of either kind above, perhaps from a file: hostile
 *
 * Adds a signature over the same content, beside those that are there. Errors: PROTOCOL where @request is
 * none; FAILED, those of the key.
 */
GBytes *ce_cms_request_cosign (GBytes *request, const CeCmsSigner *signer, GError **error);
