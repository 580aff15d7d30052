/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <openssl/ssl.h>

#include "agent/base/openssl.h"

/**
 * CeCredential: a certificate with its key, wherever that is, to show as a TLS client. The key may be one on
 * a card through a provider of its own: OpenSSL signs with it where it lives. All borrowed.
 */
typedef struct
{
  GBytes *certificate; /* DER */
  EVP_PKEY *key;
  const GPtrArray *chain; /* (nullable): of GBytes, DER: sent along where they lead up from @certificate */
  const char *name;       /* of the certificate, for messages */
  /* (nullable): what the key's device says of the last signature that failed. (transfer full) (nullable) */
  GError *(*take_error) (gpointer data);
  gpointer data;
} CeCredential;

/**
 * ce_credential_use:
 * @host: name or address that the other side's certificate must be for: it is compared before anything is shown
 * @tls: verifies the other side (SSL_VERIFY_PEER)
 *
 * Makes every connection of @tls show @credential where the other side asks for a certificate, at the
 * beginning or later. The key signs nothing where it does not ask. Errors: FAILED where certificate and key
 * do not belong together.
 */
gboolean ce_credential_use (const CeCredential *credential, const char *host, SSL_CTX *tls, GError **error);

/**
 * ce_credential_watch:
 * @alert: lives as long as @tls; set to the number of the TLS alert by which the other side ends a connection
 */
void ce_credential_watch (SSL_CTX *tls, int *alert);

/* In words, where that alert says something of a client's certificate; else %NULL. Source: RFC 8446, 6.2. */
const char *ce_credential_refusal (int alert);
