/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/x509/crl.h"

/* make-x509-seeds wrote it: issued by 'CN=CA', whose lists the seeds are. */
#define CERTIFICATE_SEED CE_FUZZ_SEEDS "/certificate/logon.der"
#define ISSUER_SEED CE_FUZZ_SEEDS "/certificate/ca.der"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static GBytes *
load (const char *path)
{
  char *bytes = NULL;
  gsize length = 0;

  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  return g_bytes_new_take (bytes, length);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static CeCertificate *certificate;
  static GPtrArray *issuers;
  g_autoptr (GBytes) der = g_bytes_new (data, size);
  g_autoptr (CeCrl) crl = ce_crl_parse (der, NULL);
  const char *reason = NULL;
  gint64 since = 0;

  if (certificate == NULL)
    {
      g_autoptr (GBytes) own = load (CERTIFICATE_SEED);

      certificate = ce_certificate_parse (own, NULL);
      issuers = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
      g_ptr_array_add (issuers, load (ISSUER_SEED));
      g_assert_nonnull (certificate);
    }
  if (crl == NULL)
    return 0;
  g_assert_true (g_utf8_validate (crl->issuer, -1, NULL));
  ce_crl_is_current (crl, 1700000000);
  ce_crl_is_for (crl, certificate, (const GPtrArray *const *) &issuers, 1, NULL);
  if (ce_crl_find (crl, certificate, &since, &reason))
    g_assert_nonnull (reason);
  return 0;
}
