/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/x509/reply.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) der = g_bytes_new (data, size);
  g_autoptr (GPtrArray) certificates = ce_reply_certificates (der, NULL);

  g_assert_true (certificates == NULL || certificates->len <= CE_REPLY_MAX_CERTIFICATES);
  ce_reply_cmc_status (der);
  return 0;
}
