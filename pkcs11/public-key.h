/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/base/openssl.h"
#include "pkcs11/inventory.h"
#include "pkcs11/object.h"

/* The public key that an object holds: a public key object, or a private one that shows its public part. %NULL where it
 * shows none, or it is not a sound RSA (1024–8192 bits) or EC key on a named curve. */
EVP_PKEY *ce_public_key_from_object (const CeToken *token, CK_OBJECT_HANDLE object);

/* SHA-256 of the DER SubjectPublicKeyInfo, lower-case hex; "" for %NULL. */
char *ce_public_key_hash (EVP_PKEY *key);

/* "rsa-2048" "ec-p256" "ec-p384" "ec-p521" "ec-<curve>"; "" for %NULL. */
char *ce_public_key_algorithm (EVP_PKEY *key);

/* The DER of a named curve's OID ("ec-p256" …), for CKA_EC_PARAMS; %NULL: unknown. */
GBytes *ce_curve_parameters (const char *algorithm);

/* @label: (transfer full); @public_key: (nullable), a reference is taken. */
CeCardKey *ce_card_key_new (GBytes *id, char *label, EVP_PKEY *public_key);
