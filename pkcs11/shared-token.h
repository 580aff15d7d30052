/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <p11-kit/pkcs11.h>

/* cardenroll-shared-token.so: a PKCS#11 module whose functions its own process puts there. pkcs11/lend.h
 * fills
 * @ce_shared_token; while it is %NULL there is no module. */

#define CE_SHARED_TOKEN_SYMBOL "ce_shared_token"

extern CK_FUNCTION_LIST *ce_shared_token;
