/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "policy/plan.h"
#include "policy/sources/template-entry.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* Attribute values of a template: a byte that chooses the attribute, a byte for the length, the value, and so
 * on. What comes of it is planned with. */
static CeEntry *
read_entry (const guint8 *data, gsize size)
{
  CeEntry *entry = ce_entry_new ("CN=Fuzz");
  guint n = 0;

  while (ce_template_attributes[n] != NULL)
    n++;
  ce_entry_add (entry, "cn", "Fuzz", 4);
  while (size >= 2)
    {
      gsize length = MIN ((gsize) data[1], size - 2);

      ce_entry_add (entry, ce_template_attributes[data[0] % n], data + 2, length);
      data += 2 + length;
      size -= 2 + length;
    }
  return entry;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (CeEntry) entry = read_entry (data, size);
  CeTemplate *template = ce_template_from_entry (entry, NULL);
  g_autoptr (CePolicy) policy = ce_policy_new ();
  g_autoptr (CePlan) plan = NULL;
  CeWorld world = { .policy = policy, .now_unix = 1795305600, .look_every_s = 28800 };

  if (template == NULL)
    return 0;
  template->rights = (CeRights){ TRUE, TRUE };
  g_ptr_array_add (policy->templates, template);
  plan = ce_plan_make (&world);
  if (plan->verdicts->len != 1)
    g_abort ();
  return 0;
}
