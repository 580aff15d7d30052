/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/autoenrollment.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* A Registry.pol, carried out and looked at for what it says of autoenrollment. */
int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GPtrArray) records = ce_registry_pol_parse (data, size, NULL);
  g_autoptr (CeRegistry) registry = ce_registry_new ();
  g_autoptr (CeAutoenrollmentPolicy) policy = NULL;

  if (records == NULL)
    return 0;
  ce_registry_apply_all (registry, records, "fuzz");
  policy = ce_autoenrollment_policy_new (registry);
  if (ce_registry_size (registry) > records->len)
    g_abort ();
  return 0;
}
