/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pkcs11/inventory.h"

/**
 * ce_store_certificate:
 * @key: the key that it belongs to: its CKA_ID is used
 * @label: for people
 *
 * Writes the certificate (CKO_CERTIFICATE with subject, issuer and serial number), then reads it back and compares
 * every byte. That is the module's word: OpenSC answers from its memory, and ce_remains_check_certificate() asks the card. Needs login. Errors: TOKEN_FULL, TOKEN_GONE, MODULE_FAILED.
 */
gboolean ce_store_certificate (CeToken *token, const CeCardKey *key, GBytes *der, const char *label,
                               GError **error);

/* Deletes the certificate with exactly these bytes. Not there: done. Needs login. */
gboolean ce_store_delete_certificate (CeToken *token, GBytes *der, GError **error);

/**
 * ce_store_clear_certificates:
 * @der: the certificate that is to be written
 * @old_fingerprint: SHA-256, hex, of the one that it replaces; "": none
 * @ret_n: how many there were
 *
 * Deletes what stands in the way of @der where a token has room for one certificate a key: of the certificates with the
 * CKA_ID of @key the one that is replaced, and any of which only a part is there. Every other one stays, whatever ID
 * another program gave it. None there: done. Needs login.
 */
gboolean ce_store_clear_certificates (CeToken *token, const CeCardKey *key, GBytes *der,
                                      const char *old_fingerprint, guint *ret_n, GError **error);

/**
 * ce_store_delete_keypair:
 *
 * Deletes private and public key objects with this public key. Not there: done. Needs login.
 *
 * Delete a key pair before its certificate. Some cards know a key's public part from its certificate only
 * (SmartCard-HSM through OpenSC), and then the key cannot be told from others any more, but for as long as this @token
 * is open and has seen both.
 */
gboolean ce_store_delete_keypair (CeToken *token, const char *public_key_id, GError **error);
