/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pkcs11/token.h"

/**
 * What a command that was cut off left on a card, and what PKCS#11 neither shows nor deletes. To OpenSC a key
 * of a SmartCard-HSM is a key (CCnn) with its description (C4nn) and certificate (CEnn): a key that was made,
 * but not described yet, is invisible, and so is the certificate of a key that was deleted a moment ago. Such
 * files are looked for beside the module, by a shared connection to the card, which keeps the module's login.
 * On any other card there are none. docs/adr/0050.
 */

/**
 * ce_remains_keys:
 *
 * The numbers of the card's keys, "CC00 CC01": what to compare with later. One command to the card.
 *
 * Returns: (transfer full): "" on a card that has no such remains
 */
char *ce_remains_keys (const CeToken *token);

/**
 * ce_remains_drop_keys:
 * @before: (array zero-terminated): as ce_remains_keys() said before a key was made; may hold other words
 *
 * Deletes the keys without a whole description that were not there before, and what belongs to them; none
 * where @before names no key, as ce_remains_keys() then got no answer. Needs login. Errors: TOKEN_GONE.
 */
gboolean ce_remains_drop_keys (const CeToken *token, const char *const *before, GError **error);

/**
 * ce_remains_check_key:
 * @before: (array zero-terminated): as for ce_remains_drop_keys()
 *
 * Is the key that was made since then whole? OpenSC 0.26 says that it made one also where the card was full, or gone, before
 * it was described. Two commands. Errors: TOKEN_GONE; TOKEN_FULL, where it is not.
 */
gboolean ce_remains_check_key (const CeToken *token, const char *const *before, GError **error);

/**
 * ce_remains_complete_certificate:
 * @key_id: CKA_ID of its key
 * @der: the certificate that was being written
 * @ret_done: it is on the card as a whole now; %FALSE: there is no part of it
 *
 * OpenSC does not show a certificate that was cut off near its end, and writes no other one for its key: so
 * that the part on the card is made whole. Needs login. Errors: TOKEN_GONE, TOKEN_FULL.
 */
gboolean ce_remains_complete_certificate (const CeToken *token, GBytes *key_id, GBytes *der,
                                          gboolean *ret_done, GError **error);

/* Deletes the part of @der that the same may have left: the module writes another certificate for the key when it is opened the next
 * time. None there: done. Needs login. Errors: TOKEN_GONE. */
gboolean ce_remains_drop_part (const CeToken *token, GBytes *key_id, GBytes *der, GError **error);

/**
 * ce_remains_check_certificate:
 * @der: the module says that it was written
 * @ret_seen: the card itself was asked, and has it; %FALSE with a result of %TRUE: on this card nobody can look past the module
 *
 * Is the certificate on the card to its end? OpenSC 0.26 says so also where the card was full, or gone, before. One command, and one
 * for each certificate up to it. docs/adr/0097. Errors: TOKEN_GONE; TOKEN_FULL, where it is not.
 */
gboolean ce_remains_check_certificate (const CeToken *token, GBytes *der, gboolean *ret_seen, GError **error);

/* Is there a certificate with this SHA-256 fingerprint (hex) whose key is gone? Also where the card does not
 * answer: it may be. Needs no login. */
gboolean ce_remains_has_certificate (const CeToken *token, const char *fingerprint);

/* Deletes it, and the description of its key. None there: done. Needs login. Errors: TOKEN_GONE. */
gboolean ce_remains_drop_certificate (const CeToken *token, const char *fingerprint, GError **error);

/**
 * ce_remains_drop_request:
 * @request: DER of any request for the key
 *
 * Deletes what the card signed when it made a key that is gone: the card's own request, in the place of the
 * key's certificate, which OpenSC leaves behind. None there: done. Needs login. Errors: TOKEN_GONE.
 */
gboolean ce_remains_drop_request (const CeToken *token, GBytes *request, GError **error);
