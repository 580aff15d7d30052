/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/**
 * ce_trust_pem:
 * @roots: (element-type GBytes) (nullable): DER
 * @pem_files: files of PEM certificates; %NULL entries are passed over
 * @n_files: how many
 *
 * Everything that is trusted in one text, as a TLS library takes it. Errors: MISCONFIGURED, naming the file
 * that cannot be read.
 *
 * Returns: (transfer full): PEM
 */
GString *ce_trust_pem (const GPtrArray *roots, const char *const *pem_files, gsize n_files, GError **error);
