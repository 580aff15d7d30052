/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "policy/sources/xcep-message.h"

/**
 * Gets the password of @user for @host from a person. Returns: (transfer full). Errors: CANCELLED, TIMED_OUT,
 * PIN_UNAVAILABLE.
 */
typedef CePin *(*CeAskPassword) (const char *user, const char *host, gpointer data, GError **error);

/* A certificate enrolment policy web service (CEP). All borrowed. */
typedef struct
{
  const char *url;
  CeCaAuthentication authentication; /* one */
  const char *user;                  /* for a password; %NULL: none is known */
  CeAskPassword ask;                 /* for a password; %NULL: nobody can be asked */
  gpointer ask_data;
  const GPtrArray *roots; /* of GBytes, DER: trusted for TLS beside the system's and @tls_ca_file */
  const char *tls_ca_file;
  guint timeout_s;
  gint64 last_update_unix; /* when its policy was fetched; 0: all of it is wanted */
} CeXcepService;

/**
 * ce_xcep_ask:
 *
 * Asks one policy service. Blocks on the network, at most ->timeout_s, and for a password on a person.
 *
 * Errors: those of ce_http_post() and ce_xcep_read(), each with the URL in front; NOT_SUPPORTED for a client
 * certificate; those of ->ask.
 */
CeXcepAnswer *ce_xcep_ask (const CeXcepService *service, GError **error);
