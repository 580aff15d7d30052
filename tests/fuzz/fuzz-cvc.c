/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The request that a SmartCard-HSM keeps in the place of a certificate. */
#include "pkcs11/cvc.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) value = ce_cvc_public_value (data, size);

  g_assert_true (value == NULL || g_bytes_get_size (value) <= size);
  return 0;
}
