/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/base/openssl.h"
#include "pkcs11/token.h"

/* A key pair on the token; what belongs together is found by public key, never by label. */
typedef struct
{
  GBytes *id; /* CKA_ID as the token has it now */
  char *label;
  char *
      public_key_id; /* SHA-256 of the SubjectPublicKeyInfo, lower-case hex; "" where the public key is unknown */
  char *algorithm;      /* "rsa-2048" "ec-p256" …; "" unknown */
  EVP_PKEY *public_key; /* in software; %NULL where the public key is unknown */
  gboolean has_private; /* seen as an object; before login a token may hide it */
  gboolean has_public;
  gboolean always_authenticate;
  gboolean may_have_certificate; /* there is one with its CKA_ID that does not show whose it is */
} CeCardKey;

typedef struct
{
  GBytes *id;
  char *label;
  GBytes *der;          /* at most 64 KiB */
  char *public_key_id;  /* "" where the DER does not parse */
  const CeCardKey *key; /* borrowed from the inventory; %NULL: no key for it on the token */
} CeCardCertificate;

typedef struct
{
  GPtrArray *keys;         /* of CeCardKey */
  GPtrArray *certificates; /* of CeCardCertificate */
  guint other_objects;
} CeInventory;

void ce_inventory_free (CeInventory *inventory);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeInventory, ce_inventory_free)

/**
 * ce_token_read:
 *
 * Reads what can be seen: public objects before login, all after it. Asks no PIN. Bounded: 4096 objects, 64 KiB
 * each. On tokens that hide private keys before login, a certificate whose public key object or CKA_ID twin is
 * visible counts as having its key. Errors: TOKEN_GONE, MODULE_FAILED.
 */
CeInventory *ce_token_read (CeToken *token, GError **error);

const CeCardKey *ce_inventory_find_key (const CeInventory *inventory, const char *public_key_id);
