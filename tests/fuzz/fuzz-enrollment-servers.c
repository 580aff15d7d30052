/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "policy/sources/service-entry.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* One value of msPKI-Enrollment-Servers. */
int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static const guint8 certificate[128] = { 0x30, 0x7e };
  g_autoptr (CeEntry) entry = ce_entry_new ("CN=Fuzz");
  g_autoptr (CeEnrollmentService) service = NULL;

  ce_entry_add (entry, "cn", "CA", 2);
  ce_entry_add (entry, "cACertificate", certificate, sizeof certificate);
  ce_entry_add (entry, "msPKI-Enrollment-Servers", data, size);
  service = ce_enrollment_service_from_entry (entry, NULL);
  if (service == NULL)
    g_abort ();
  for (guint i = 0; i < service->endpoints->len; i++)
    {
      const CeCaEndpoint *endpoint = g_ptr_array_index (service->endpoints, i);

      if (g_ascii_strncasecmp (endpoint->url, "https://", 8) != 0)
        g_abort ();
    }
  return 0;
}
