/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/base/openssl.h"
#include "mock-pcsc.h"
#include "mock-pkcs11.h"
#include "pkcs11/keypair.h"
#include "pkcs11/token.h"

/* Helpers of the tests of pkcs11/; they abort where they fail. */

/* Keeps the mock module loaded, empties its token, and resets it and the mock of pcscd. */
MockControl *mock_load (void);

CeToken *mock_open (void);
CePin *mock_pin (const char *text);
CeToken *mock_open_and_login (void);
CeCardKey *mock_generate (CeToken *token, const char *algorithm);

/* A card with a key, released together. */
typedef struct
{
  CeToken *token; /* logged in */
  CeCardKey *key;
  GBytes *der;       /* a certificate for the key, which is not on the card */
  X509 *certificate; /* the same */
} MockCard;

/* Opens the token of the kind that is set, and makes a key and a certificate for it. */
void mock_card_fill (MockCard *card, const char *algorithm);
void mock_card_clear (MockCard *card);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MockCard, mock_card_clear)

/* A certificate for @key by a CA of the moment. */
GBytes *mock_certificate (EVP_PKEY *key);
X509 *mock_parse (GBytes *der);

void mock_assert_fails (gboolean result, GError **error, CeErrorCode code, const char *words);
