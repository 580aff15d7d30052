/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/enroll/authorities.h"

#include "agent/x509/certificate.h"

/* %NULL where it is of use. */
static char *
judge (const CePolicy *policy, GBytes *der, gint64 now_unix)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CeCertificate) certificate = ce_certificate_parse (der, &error);

  if (certificate != NULL
      && ce_certificate_verify (certificate, policy->intermediates, policy->roots, now_unix, &error))
    return NULL;
  return g_strdup (error->message);
}

static void
check_one (const CePolicy *policy, CeEnrollmentService *service, gint64 now_unix)
{
  g_autofree char *problem = g_strdup ("");

  for (guint i = 0; i < service->certificates->len; i++)
    {
      char *found = judge (policy, g_ptr_array_index (service->certificates, i), now_unix);

      g_free (problem);
      problem = found != NULL ? found : g_strdup ("");
      if (found == NULL)
        break;
    }
  g_free (service->unusable);
  service->unusable = g_steal_pointer (&problem);
}

void
ce_authorities_check (CePolicy *policy, gint64 now_unix)
{
  for (guint i = 0; i < policy->services->len; i++)
    check_one (policy, g_ptr_array_index (policy->services, i), now_unix);
}
