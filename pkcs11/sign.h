/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pkcs11/provider.h"

typedef enum
{
  CE_SIGN_RSA_PKCS1,
  CE_SIGN_RSA_PSS, /* MGF1 with the same hash, salt as long as the hash */
  CE_SIGN_ECDSA,
} CeSignScheme;

/**
 * ce_sign_hash:
 * @md: the hash's algorithm, SHA-1 or SHA-2
 * @hash: of EVP_MD_get_size (@md) bytes; all hashing is done here, so every card that signs at all can do it
 *
 * One C_Sign, with the context-specific login before it where the key wants that.
 * Returns: the signature as X.509 and CMS have it (ECDSA: DER). Errors: ce_token_fail()'s, FAILED.
 */
GBytes *ce_sign_hash (const CeProviderKey *key, CeSignScheme scheme, const EVP_MD *md, const guint8 *hash,
                      GError **error);

/* The DER AlgorithmIdentifier of such a signature; %NULL where there is none for @md. */
GBytes *ce_sign_algorithm_id (CeSignScheme scheme, const EVP_MD *md);
