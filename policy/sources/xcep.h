/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/ca/ca.h"
#include "policy/sources/xcep-message.h"

/**
 * Finds the certificate to show to @host, and unlocks its key: the caller knows where it is. Returns:
 * borrowed from
 * @data, once a job. Errors: NOT_FOUND where there is none; those of the card and of asking for its PIN.
 */
typedef const CeCredential *(*CeFindCredential) (const char *host, gpointer data, GError **error);

/* A certificate enrolment policy web service (CEP). All borrowed. */
typedef struct
{
  const char *url;
  CeCaAuthentication authentication; /* one */
  const char *user;                  /* for a password; %NULL: none is known */
  CeAskPassword ask_password;        /* %NULL: nobody can be asked */
  CeFindCredential find_credential;  /* for a client certificate; %NULL: there is none */
  gpointer ask_data;                 /* of both */
  const GPtrArray *roots; /* of GBytes, DER: trusted for TLS beside the system's and @tls_ca_file */
  const char *tls_ca_file;
  guint timeout_s;
  gint64 last_update_unix; /* when its policy was fetched; 0: all of it is wanted */
} CeXcepService;

/**
 * ce_xcep_ask:
 *
 * Asks one policy service. Blocks on the network, at most ->timeout_s, and for a password or a PIN on a
 * person.
 *
 * Errors: those of ce_http_post() and ce_xcep_read(), each with the URL in front; MISCONFIGURED where there
 * is no client certificate to show, or no user name; those of ->ask_password and ->find_credential.
 */
CeXcepAnswer *ce_xcep_ask (const CeXcepService *service, GError **error);
