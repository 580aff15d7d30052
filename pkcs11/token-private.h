/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* What the files of this folder share of a token; nobody else includes this. */

#include "pkcs11/module.h"
#include "pkcs11/token.h"

struct _CeToken
{
  CeModule *module;
  CK_FUNCTION_LIST *f; /* of the module */
  CK_SLOT_ID slot;
  CK_SESSION_HANDLE session;
  CeTokenInfo info;
  guint events; /* ce_reader_events() when it was opened */
  gboolean logged_in;
  CePin *pin;           /* that logged in, for keys that want it before each signature */
  GHashTable *seen_ids; /* public_key_id to CKA_ID of every key pair seen so far */
  GError *sign_error;   /* left by the provider for ce_keypair_take_error() */
};

/**
 * ce_token_fail:
 * @doing: what failed, "make a key pair"
 *
 * Sets @error for @rv: "token 'alice': cannot make a key pair: …". Where the value is vague, it asks pcscd whether
 * the card is still there. Returns %FALSE for the caller to return.
 */
gboolean ce_token_fail (const CeToken *token, CK_RV rv, const char *doing, GError **error);

/* ce_reader_lost_card() for a token that is in a reader of pcscd's; a token in software cannot be pulled. */
gboolean ce_token_lost_card (const CeToken *token);

/* Remembers which CKA_ID a public key had: a card may forget a key's public part with its certificate. */
void ce_token_remember_key (CeToken *token, const char *public_key_id, GBytes *id);

/* The context-specific login for one use of a CKA_ALWAYS_AUTHENTICATE key, after C_SignInit. */
CK_RV ce_token_authenticate_use (CeToken *token);
