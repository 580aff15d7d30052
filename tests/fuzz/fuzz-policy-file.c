/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "policy/plan.h"
#include "policy/sources/file.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  const char *groups[] = { "users", NULL };
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr (CePolicy) policy = ce_policy_new ();
  const CeWorld world = { .policy = policy, .now_unix = 1800000000, .look_every_s = 3600 };
  g_autoptr (CePlan) plan = NULL;

  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK);
  /* Files that it names would be read. */
  if (strstr (text, "roots") != NULL || strstr (text, "certificate") != NULL)
    return 0;
  if (ce_file_parse (text, "policy.conf", policy, groups, NULL))
    plan = ce_plan_make (&world);
  return 0;
}
