/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/sources/directory-list.h"

/* Where a certificate says that its revocation list is. */
int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *url = g_strndup ((const char *) data, size);
  g_autofree char *dn = ce_directory_list_dn (url, NULL);

  if (dn != NULL && *dn == '\0')
    g_error ("an empty name");
  return 0;
}
