/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/x509/certificate.h"
#include "policy/policy.h"

/**
 * Is a certificate revoked? Asked of the CRL that the certificate names and its issuer signed. Lists are kept
 * in $XDG_CACHE_HOME/cardenroll/crl/ until their nextUpdate, so most of the time nobody is asked at all. A
 * list that cannot be had proves nothing: the answer is "unknown", never "revoked".
 */
typedef enum
{
  CE_REVOCATION_UNCHECKED,
  CE_REVOCATION_GOOD,
  CE_REVOCATION_REVOKED,
  CE_REVOCATION_UNKNOWN,
} CeRevocationState;

typedef struct
{
  CeRevocationState state;
  char *detail; /* one clause: since when and why; or why it is not known */
} CeRevocation;

/* "good" "revoked" "unknown", "" where it was not checked */
const char *ce_revocation_state_name (CeRevocationState state);
void ce_revocation_clear (CeRevocation *revocation);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CeRevocation, ce_revocation_clear)

/* Reads a list at an ldap: address, as ce_fetch() does one at http:. */
typedef GBytes *(*CeFetchFromDirectory) (const char *url, guint timeout_ms, gsize max_bytes, gpointer data,
                                         GError **error);

/* What one job may spend on it; the same for all of its certificates. */
typedef struct
{
  gint64 now_unix;
  gint64 until_us; /* monotonic: nobody is asked any more after this */
  gboolean afresh; /* ask even where the kept list is current or asking failed a moment ago */
  CeFetchFromDirectory from_directory; /* %NULL: lists at ldap: addresses cannot be read */
  gpointer data;                       /* of that */
} CeRevocationBudget;

#define CE_REVOCATION_BUDGET_MS 4000
/* A list that could not be had is not asked for again before this. */
#define CE_REVOCATION_PAUSE_S 600

/* A budget of %CE_REVOCATION_BUDGET_MS from now on, without a directory. */
CeRevocationBudget ce_revocation_budget (gint64 now_unix, gboolean afresh);

/**
 * ce_revocation_check:
 * @certificate: one whose chain is trusted by @policy
 *
 * Addresses at http: are asked before those at ldap:, which Windows CAs name first and take a connection to the
 * directory. Blocks on the network at most as @budget says. Never fails: see %CE_REVOCATION_UNKNOWN.
 */
CeRevocation ce_revocation_check (const CeCertificate *certificate, const CePolicy *policy,
                                  const CeRevocationBudget *budget);
