/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/x509/cms-request.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static EVP_PKEY *
key (void)
{
  static EVP_PKEY *made = NULL;

  if (made == NULL)
    made = EVP_PKEY_Q_keygen (NULL, NULL, "EC", "P-256");
  return made;
}

/* What is written can be read again, unless there is no room for another signature. */
int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  const CeCmsSigner signer = { .key = key () };
  g_autoptr (GBytes) der = g_bytes_new (data, size);
  g_autoptr (GBytes) once = ce_cms_request_cosign (der, &signer, NULL);
  g_autoptr (GBytes) twice = once != NULL ? ce_cms_request_cosign (once, &signer, NULL) : NULL;

  g_assert_true (twice == NULL || g_bytes_get_size (twice) > g_bytes_get_size (once));
  return 0;
}
