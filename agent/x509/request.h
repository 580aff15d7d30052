/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "agent/base/openssl.h"

/* What a request says of itself; all borrowed. */
typedef struct
{
  const char *template_name; /* cn */
  const char *template_oid;  /* "" for version 1: then the name extension is sent */
  guint template_schema;
  guint template_major;
  guint template_minor;
  guint8 key_usage[2];                     /* as in pKIKeyUsage; 0,0: none */
  const char *const *ekus;                 /* OIDs; may be %NULL */
  const char *const *application_policies; /* may be %NULL */
  const char *subject_cn;                  /* %NULL: an empty subject, the CA fills it in */
  const char *upn;                         /* SAN, only where the enrollee supplies it; else %NULL */
  const char *sid;                         /* SID extension, likewise */
  gboolean pss;                /* RSA-PSS signature where the template asks for the alternate one */
  GBytes *renewal_certificate; /* DER of the certificate to renew; its subject and alternative name are taken
                                * where none are given here. %NULL: a new request. See cms-request.h */
  gboolean
      null_signature; /* nobody signs: only for the inside of ce_cmc_request_new(); [MS-WCCE] 2.2.2.6.5 */
} CeRequestParams;

/**
 * ce_request_new_pkcs10:
 * @key: RSA or EC; a card key comes as the EVP_PKEY of pkcs11/evp.h. Used for exactly one signature, by
 *   EVP_DigestSign() over the whole request information with SHA-256 and a buffer of EVP_PKEY_get_size()
 * bytes, so its provider needs no algorithm identifier and no encoder for signatures
 *
 * PKCS#10 with the extensions of [MS-WCCE] 2.2.2.7.7 and 3.1.1.4.3.1.1. A template of schema 2 or more that
 * has an OID is named by OID and version, any other by its name. Blocks as long as the key's signature takes.
 *
 * Errors: FAILED, naming what could not be encoded, or that the key did not sign; for a card key the token's
 * own error is then in ce_keypair_take_error().
 *
 * Returns: (transfer full): DER
 */
GBytes *ce_request_new_pkcs10 (EVP_PKEY *key, const CeRequestParams *params, GError **error);
