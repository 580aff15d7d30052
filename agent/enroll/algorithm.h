/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "policy/template.h"
#include "pkcs11/keypair.h"

/**
 * ce_algorithm_choose:
 * @wanted: (nullable): the setting [card] key-algorithm; taken where the template allows it
 * @abilities: what the token can make
 *
 * The key algorithm for @template, the smallest that template, setting and token agree on: "rsa-2048", "ec-p256" …
 * RSA never below 2048 bits, whatever an old template says. Errors: NOT_SUPPORTED, naming template and card.
 */
const char *ce_algorithm_choose (const CeTemplate *template, const char *wanted, const CeTokenAbilities *abilities,
                                 GError **error);

/* What the key of @template is for, from its key usage. */
CeKeyUse ce_algorithm_key_use (const CeTemplate *template);
