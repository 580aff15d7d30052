/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/enroll/revocation.h"
#include "agent/x509/certificate.h"
#include "pkcs11/inventory.h"
#include "policy/plan.h"

/* A certificate of the card beside its parsed form. @parsed is %NULL for one that does not parse. */
typedef struct
{
  const CeCardCertificate *on_card; /* borrowed from the inventory */
  CeCertificate *parsed;
  gboolean trusted; /* chains to the policy's roots, or did in its time */
  CeRevocation revocation; /* by ce_card_entries_check_revocation(); else unchecked */
} CeCardEntry;

/**
 * ce_card_entries:
 * @policy: (nullable): without one nothing is trusted
 *
 * Returns: (transfer full) (element-type CeCardEntry): one for each certificate of @inventory, in its order.
 */
GPtrArray *ce_card_entries (const CeInventory *inventory, const CePolicy *policy, gint64 now_unix);

/**
 * ce_card_entries_check_revocation:
 *
 * Asks for each certificate of @entries that matters whether it is revoked: one in force with its key on the card, that
 * is trusted and of a template that the user may have. Blocks as ce_revocation_check().
 */
void ce_card_entries_check_revocation (const GPtrArray *entries, const CePolicy *policy,
                                       const CeRevocationBudget *budget);

/**
 * ce_held_from_entries:
 * @renew_with_ca: certificates are renewed as soon as their CA has a new key
 *
 * Returns: (transfer full) (element-type CeHeld): what the plan needs of @entries.
 */
GPtrArray *ce_held_from_entries (const GPtrArray *entries, const CePolicy *policy, gboolean renew_with_ca);

/* Of one of them, which parses. (transfer full) */
CeHeld *ce_held_from_entry (const CeCardEntry *entry, const CePolicy *policy, gboolean renew_with_ca);

/* The same for a certificate that was just written with its key and is not revoked. (transfer full) (nullable): %NULL where it does
 * not parse. */
CeHeld *ce_held_from_issued (GBytes *der, const CePolicy *policy, gboolean renew_with_ca, gint64 now_unix);

/**
 * ce_held_from_directory:
 * @policy: told in ->skipped, one sentence each, what could not be read
 *
 * The user's certificates in the directory (userCertificate), of templates that ask for them to be looked at
 * (CHECK_USER_DS_CERTIFICATE) only: where no template does, none is even parsed. Blocks as
 * ce_revocation_check().
 *
 * Returns: (transfer full) (element-type CeHeld): without keys. Source: [MS-CRTD] 2.26, 0x10.
 */
GPtrArray *ce_held_from_directory (CePolicy *policy, const CeRevocationBudget *budget);

/* By SHA-256 fingerprint; %NULL where there is none. Borrowed. */
const CeCardEntry *ce_card_entries_find (const GPtrArray *entries, const char *fingerprint);
