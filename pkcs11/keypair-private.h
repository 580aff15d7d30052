/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pkcs11/keypair.h"
#include "pkcs11/token-private.h"

/**
 * ce_keypair_find_private:
 *
 * The private key object of @key: the one that shows the same public part; else, where private keys show none, the
 * one with the same CKA_ID, if there is only one. Never by label. %CK_INVALID_HANDLE with an error: NOT_FOUND, TOKEN_GONE, MODULE_FAILED.
 */
CK_OBJECT_HANDLE ce_keypair_find_private (const CeToken *token, const CeCardKey *key, GError **error);
