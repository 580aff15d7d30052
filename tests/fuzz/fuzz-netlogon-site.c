/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stddef.h>
#include <stdint.h>

#include "policy/gpo.h"
#include "policy/sources/site.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* What a controller says of our site, and gpt.ini. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *site = ce_site_parse (data, size);
  guint32 version;

  ce_gpt_ini_parse ((const char *) data, size, &version);
  return 0;
}
