/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/x509/certificate.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) der = g_bytes_new (data, size);
  g_autoptr (CeCertificate) certificate = ce_certificate_parse (der, NULL);
  g_autoptr (GPtrArray) itself = g_ptr_array_new ();
  g_autoptr (GPtrArray) none = g_ptr_array_new ();

  if (certificate == NULL)
    return 0;
  g_assert_true (g_utf8_validate (certificate->subject, -1, NULL)
                 && g_utf8_validate (certificate->upn, -1, NULL));
  g_ptr_array_add (itself, der);
  ce_certificate_verify (certificate, NULL, itself, 1700000000, NULL);
  g_assert_false (ce_certificate_verify (certificate, itself, none, 1700000000, NULL));
  return 0;
}
