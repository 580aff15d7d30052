/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/base/openssl.h"
#include "pkcs11/inventory.h"

typedef enum
{
  CE_KEY_USE_SIGN = 1,
  CE_KEY_USE_DECRYPT = 2,
  CE_KEY_USE_DERIVE = 4,
} CeKeyUse;

/* What the module says the token can make: CKM_RSA_PKCS_KEY_PAIR_GEN's range, the curves it takes. Nothing where it wants
 * more than the user's PIN for it (PIV cards, YubiKeys). */
typedef struct
{
  guint min_rsa_bits, max_rsa_bits; /* 0: no RSA key generation */
  gboolean ec_p256, ec_p384;
} CeTokenAbilities;

void ce_token_abilities (CeToken *token, CeTokenAbilities *ret_abilities);

/**
 * ce_keypair_generate:
 * @algorithm: "rsa-2048" "rsa-3072" "rsa-4096" "ec-p256" "ec-p384"
 * @use: what else than signing, which every key can: its request is signed with it
 * @label: for people; never used to find it again
 *
 * Generates on the token: private, sensitive, never extractable, and reads back the ID that the token gave it.
 * Blocks as long as the card takes: RSA up to a minute. Needs login.
 * Errors: TOKEN_FULL, NOT_SUPPORTED, TOKEN_GONE, MODULE_FAILED.
 */
gboolean ce_keypair_generate (CeToken *token, const char *algorithm, CeKeyUse use, const char *label,
                              CeCardKey **ret_key, GError **error);
void ce_card_key_free (CeCardKey *key);
CeCardKey *ce_card_key_copy (const CeCardKey *key);

/* A copy of @key, whose public part the token does not show, with that of @public_key: to be proved before it counts. */
CeCardKey *ce_card_key_presume (const CeCardKey *key, EVP_PKEY *public_key);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeCardKey, ce_card_key_free)

/**
 * ce_keypair_to_evp:
 *
 * An EVP_PKEY that signs with C_Sign through a small built-in OpenSSL provider (RSA PKCS#1 and PSS, ECDSA): no
 * ENGINE, no deprecated API. It borrows @token, which must outlive it. CKA_ALWAYS_AUTHENTICATE keys ask @token for
 * the context-specific login with the PIN that logged in.
 * Errors: NOT_FOUND (the card does not hold the private key), FAILED, TOKEN_GONE.
 */
EVP_PKEY *ce_keypair_to_evp (CeToken *token, const CeCardKey *key, GError **error);

/* Signs random bytes and checks the signature with the certificate's key.
 * Errors: as above; FAILED where it is wrong. */
gboolean ce_keypair_prove (CeToken *token, const CeCardKey *key, X509 *certificate, GError **error);

/* The token's error behind the last failed signature, if there was one: OpenSSL's own says less.
 * (transfer full) (nullable) */
GError *ce_keypair_take_error (CeToken *token);
