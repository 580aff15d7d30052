/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/base/shuffle.h"

guint32
ce_draw (guint32 max)
{
  return max < G_MAXINT32 ? (guint32) g_random_int_range (0, (gint32) max + 1) : g_random_int ();
}

static void
shuffle (gpointer *elements, guint n, CeDraw draw)
{
  for (; n > 1; n--)
    {
      const guint at = draw (n - 1);
      gpointer last = elements[n - 1];

      elements[n - 1] = elements[at];
      elements[at] = last;
    }
}

void
ce_shuffle_ties (GPtrArray *list, GCompareFunc compare, CeDraw draw)
{
  guint first = 0;

  for (guint i = 1; i <= list->len; i++)
    {
      if (i < list->len && compare (&list->pdata[first], &list->pdata[i]) == 0)
        continue;
      shuffle (&list->pdata[first], i - first, draw != NULL ? draw : ce_draw);
      first = i;
    }
}
