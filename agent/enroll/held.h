/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/x509/certificate.h"
#include "pkcs11/inventory.h"
#include "policy/plan.h"

/* A certificate of the card beside its parsed form. @parsed is %NULL for one that does not parse. */
typedef struct
{
  const CeCardCertificate *on_card; /* borrowed from the inventory */
  CeCertificate *parsed;
  gboolean trusted; /* chains to the policy's roots now */
} CeCardEntry;

/**
 * ce_card_entries:
 * @policy: (nullable): without one nothing is trusted
 *
 * Returns: (transfer full) (element-type CeCardEntry): one for each certificate of @inventory, in its order.
 */
GPtrArray *ce_card_entries (const CeInventory *inventory, const CePolicy *policy, gint64 now_unix);

/* Returns: (transfer full) (element-type CeHeld): what the plan needs of @entries. */
GPtrArray *ce_held_from_entries (const GPtrArray *entries);

/* By SHA-256 fingerprint; %NULL where there is none. Borrowed. */
const CeCardEntry *ce_card_entries_find (const GPtrArray *entries, const char *fingerprint);
