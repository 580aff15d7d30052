/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/x509/certificate.h"

#define CE_CRL_MAX_DER (16 * 1024 * 1024)

/**
 * CeCrl: a certificate revocation list. Call in this order: parse, issued-by, covers, find.
 */
typedef struct
{
  X509_CRL *x509_crl;
  char *issuer; /* RFC 2253, for people */
  gint64 this_update_unix;
  gint64 next_update_unix; /* G_MAXINT64 where it names none */
} CeCrl;

/**
 * ce_crl_parse:
 * @der: hostile; at most %CE_CRL_MAX_DER, with nothing after the list
 *
 * Takes whole lists of an issuer's own certificates only: a delta, an indirect list, one for some reasons or
 * for CAs alone, and one with a critical extension that is not known, is refused. Checks no signature.
 *
 * Errors: PROTOCOL. Source: RFC 5280 5.
 */
CeCrl *ce_crl_parse (GBytes *der, GError **error);
void ce_crl_free (CeCrl *crl);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeCrl, ce_crl_free)

/**
 * ce_crl_is_for:
 * @issuers: (element-type GBytes): DER; certificates among which the issuer's is looked for
 *
 * Is it the list of @certificate's issuer? Its name must be the issuer's, and the key that signed
 * @certificate must have signed it, too, with a digest better than SHA-1. The caller has checked the chain of
 * @certificate.
 *
 * Errors: NOT_TRUSTED.
 */
gboolean ce_crl_is_for (const CeCrl *crl, const CeCertificate *certificate, const GPtrArray *const *issuers,
                        gsize n_lists, GError **error);

/* Is @now_unix between its dates? Clocks may differ by five minutes. */
gboolean ce_crl_is_current (const CeCrl *crl, gint64 now_unix);

/**
 * ce_crl_find:
 * @ret_since_unix: (nullable): when it was revoked
 * @ret_reason: (nullable): "keyCompromise" …, "" where the list gives none; static
 *
 * Does the list name @certificate?
 */
gboolean ce_crl_find (const CeCrl *crl, const CeCertificate *certificate, gint64 *ret_since_unix,
                      const char **ret_reason);
