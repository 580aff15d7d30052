/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "policy/sources/cache.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* What is read must come out the same again. */
int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (CePolicy) policy = ce_policy_cache_from_text ((const char *) data, size, "settings", NULL);
  g_autoptr (CePolicy) again = NULL;
  g_autofree char *text = NULL;

  if (policy == NULL)
    return 0;
  text = ce_policy_cache_to_text (policy, "settings");
  again = ce_policy_cache_from_text (text, strlen (text), "settings", NULL);
  if (again == NULL || again->templates->len != policy->templates->len)
    g_abort ();
  return 0;
}
