/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/rights.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* A descriptor of the directory, with all that is done with one: checked, and explained in words. */
int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (CeSecurityDescriptor) sd = ce_security_descriptor_parse (data, size, NULL);
  g_autoptr (CeSidSet) sids = ce_sid_set_new ();
  g_autoptr (CeTemplate) template = ce_template_new ();

  ce_sid_set_add_well_known (sids);
  ce_rights_evaluate (template, sd, sids, 4, NULL);
  if (template->rights_detail == NULL || (sd == NULL && template->rights.enroll))
    g_abort ();
  return 0;
}
