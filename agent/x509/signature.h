/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "agent/base/openssl.h"

/**
 * ce_signature_algorithm:
 * @pss: for an RSA key: PSS with SHA-256, MGF1 of it and 32 octets of salt, in place of PKCS#1 1.5
 *
 * Returns: (transfer full): the AlgorithmIdentifier of a signature by @key over SHA-256. Errors:
 * NOT_SUPPORTED for a key that is neither RSA nor EC.
 */
X509_ALGOR *ce_signature_algorithm (EVP_PKEY *key, gboolean pss, GError **error);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_ALGOR, X509_ALGOR_free)

/* One signature by @key over @data, as ce_signature_algorithm() names it. Errors: FAILED. */
GBytes *ce_signature_make (EVP_PKEY *key, gboolean pss, const void *data, gsize length, GError **error);
