/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "policy/gpo.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* The same text as a DN and as gPLink of every scope that the DN has. */
int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr (GPtrArray) scopes = ce_scopes_of (text);
  g_autoptr (GPtrArray) order = NULL;

  g_ptr_array_add (scopes, ce_scope_new (CE_SCOPE_SITE, "CN=Site", "", 0));
  for (guint i = 0; i < scopes->len && i < 8; i++)
    {
      CeScope *scope = g_ptr_array_index (scopes, i);

      g_free (scope->links);
      scope->links = g_strdup (text);
      scope->options = i % 2;
    }
  order = ce_gpo_order (scopes);
  for (guint i = 0; i < order->len; i++)
    if (!g_utf8_validate (((CeGpoInOrder *) g_ptr_array_index (order, i))->gpo_dn, -1, NULL))
      g_abort ();
  return 0;
}
