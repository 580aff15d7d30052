/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <openssl/core_dispatch.h>

#include "agent/base/openssl.h"
#include "pkcs11/token-private.h"

/**
 * An OpenSSL provider inside this program, in a library context of its own, so that no other key of the process ever
 * meets it. Its keys are a public key in software and a private one on the token; it can do one thing, sign. For all
 * else (encoding, comparing, verifying) OpenSSL exports the public part to its own provider.
 */

/* The keys' data. */
typedef struct
{
  EVP_PKEY *public_key; /* in the default library context */
  CeToken *token;       /* borrowed */
  CK_OBJECT_HANDLE private_key;
  gboolean always_authenticate;
} CeProviderKey;

/* An EVP_PKEY for the private key object @private_key. Errors: FAILED. */
EVP_PKEY *ce_provider_key_new (CeToken *token, CK_OBJECT_HANDLE private_key, gboolean always_authenticate,
                               EVP_PKEY *public_key, GError **error);

extern const OSSL_DISPATCH ce_provider_signature_functions[];
