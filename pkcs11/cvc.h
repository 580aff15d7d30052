/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/**
 * ce_cvc_public_value:
 * @bytes: what a SmartCard-HSM keeps in the place of a certificate until there is one: the request that it
 * signed when it made the key (CVC, tag 67)
 *
 * The modulus of an RSA key, or the point of an elliptic curve key, as a PKCS#10 request for this key has
 * them, too. Returns: (transfer full) (nullable): %NULL where @bytes is no such request Source: BSI
 * TR-03110-3, C and D.3.
 */
GBytes *ce_cvc_public_value (const guint8 *bytes, gsize size);
