/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "agent/base/openssl.h"

/* Certificates and messages of a CA for tests, made when the test runs, so that none of them ever expires.
 * Each call aborts the test where it fails. What is returned is the caller's. */

/* "RSA" of 2048 bits, or the name of a curve. */
EVP_PKEY *maker_key (const char *kind);

typedef struct
{
  const char *subject; /* CN */
  EVP_PKEY *key;
  EVP_PKEY *issuer_key; /* %NULL: self-signed */
  X509 *issuer;         /* %NULL: itself */
  gboolean ca;
  gint64 not_before_unix;        /* 0: an hour ago */
  gint64 not_after_unix;         /* 0: in a day */
  const char *digest;            /* %NULL: SHA256 */
  const char *const *extensions; /* pairs of OpenSSL's configuration syntax, ends with %NULL; may be %NULL */
} MakerCertificate;

X509 *maker_certificate (const MakerCertificate *how);

/* A user's logon certificate with everything that a Windows CA puts there: template
 * LabSmartcard 1.3.6.1.4.1.311.21.8.1.2 version 100.7, UPN alice@LAB.TEST, SID …-1104, smart card logon and
 * client authentication. */
X509 *maker_logon_certificate (EVP_PKEY *key, EVP_PKEY *issuer_key, X509 *issuer);

GBytes *maker_der (X509 *certificate);

/* A certs-only SignedData, no signer. */
GBytes *maker_certs_only (X509 *const *certificates, guint n);

/* A full CMC response with that cMCStatus, signed by @key; [MS-WCCE] 2.2.2.8. */
GBytes *maker_cmc_response (int status, EVP_PKEY *key, X509 *signer, X509 *const *certificates, guint n);

typedef struct
{
  X509 *issuer;
  EVP_PKEY *key;
  X509 *revoked;          /* %NULL: nothing is */
  int reason;             /* of ->revoked; -1: none is given */
  gint64 this_update_unix; /* 0: an hour ago */
  gint64 next_update_unix; /* 0: in a day; -1: none */
  const char *digest;      /* %NULL: SHA256 */
  gboolean pss;            /* signed by RSA-PSS */
  const char *extension;   /* OID or short name of one more; %NULL */
  const char *value;       /* its value, in OpenSSL's configuration syntax */
} MakerCrl;

/* DER of a revocation list. */
GBytes *maker_crl (const MakerCrl *how);
