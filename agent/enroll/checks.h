/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/base/error.h"
#include "agent/enroll/held.h"

/* The answer to one question of `logon-test` or `doctor`. */
typedef enum
{
  CE_CHECK_OK,
  CE_CHECK_WARNING,
  CE_CHECK_FAILED,
  CE_CHECK_SKIPPED,
} CeCheckState;

typedef struct
{
  char *name;
  CeCheckState state;
  char *detail;
  char *fix; /* %NULL where there is nothing to do */
  CeErrorCode code; /* of a failed one: what `cardenroll` ends with */
} CeCheck;

const char *ce_check_state_name (CeCheckState state);

/* Appends to @checks (element-type CeCheck). @fix may be %NULL. */
void ce_check_add (GPtrArray *checks, const char *name, CeCheckState state, const char *fix, const char *format, ...)
  G_GNUC_PRINTF (5, 6);
/* The same for one that failed, with the remedy that goes with @code. */
void ce_check_fail (GPtrArray *checks, const char *name, CeErrorCode code, const char *format, ...) G_GNUC_PRINTF (4, 5);

GPtrArray *ce_checks_new (void);
gboolean ce_checks_failed (const GPtrArray *checks);

/* The first that failed, or %NULL. Borrowed. */
const CeCheck *ce_checks_first_failed (const GPtrArray *checks);

/**
 * ce_logon_checks:
 *
 * What a domain controller of Active Directory looks at, asked of the certificate without any network: key on the
 * card, validity, chain, issuer in NTAuth, EKU, key usage, UPN, strong mapping by SID. facts: [MS-PKCA] 3.1.5.2.1.
 */
void ce_logon_checks (GPtrArray *checks, const CeCardEntry *entry, const CePolicy *policy, gint64 now_unix);

/* What ce_revocation_check() found out, as a check. */
void ce_logon_check_revocation (GPtrArray *checks, const CeRevocation *revocation);

/* The certificate that a logon program would pick: one with the smart card logon EKU, with its key, that is valid already,
 * and of these the one that ends last. Where none has the EKU, one with its key, so that the checks can say what
 * is wrong with it. %NULL where there is neither. */
const CeCardEntry *ce_logon_pick (const GPtrArray *entries, gint64 now_unix);
