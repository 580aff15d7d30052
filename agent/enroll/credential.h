/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/base/config.h"
#include "agent/ca/credential.h"
#include "agent/enroll/held.h"
#include "pkcs11/token.h"

/* A certificate of the card, with its key there, as a TLS client. */
typedef struct _CeCardCredential CeCardCredential;

/* Can @entry show who its holder is: in force, not known to be revoked, its key on the card, for client
 * authentication or for every purpose? */
gboolean ce_card_credential_suits (const CeCardEntry *entry, gint64 now_unix);

/**
 * ce_card_credential_choose:
 * @entries: (element-type CeCardEntry)
 *
 * Of those that suit a trusted one before others, and the one that lasts longest. Borrowed; %NULL: there is
 * none.
 */
const CeCardEntry *ce_card_credential_choose (const GPtrArray *entries, gint64 now_unix);

/* CeCaAuthentication bits: how the user can prove to a CA who he is, with @entries on the card; see CeWorld.
 */
guint ce_card_credential_ways (const GPtrArray *entries, const CeConfig *config, gint64 now_unix);

/**
 * ce_card_credential_new:
 * @token: logged in; outlives the credential
 * @chain: (nullable): of GBytes, DER: CAs that may lie between @entry and a root
 *
 * Errors: those of ce_keypair_to_evp().
 */
CeCardCredential *ce_card_credential_new (CeToken *token, const CeCardEntry *entry, const GPtrArray *chain,
                                          GError **error);
void ce_card_credential_free (CeCardCredential *credential);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeCardCredential, ce_card_credential_free)

/* For ce_http_new(). Borrowed. */
const CeCredential *ce_card_credential_get (const CeCardCredential *credential);
