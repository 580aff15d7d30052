/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/supersede.h"

struct _CeSuperseding
{
  guint n;
  gsize words;         /* of a row */
  guint64 *rows;       /* n rows: bit j of row i: template i supersedes template j */
  gboolean *filled;    /* row i has a bit */
  GArray *superseders; /* of guint: the filled rows, in order */
};

static guint64 *
row (const CeSuperseding *s, guint i)
{
  return s->rows + s->words * i;
}

static gboolean
is_set (const CeSuperseding *s, guint i, guint j)
{
  return (row (s, i)[j / 64] >> (j % 64) & 1) != 0;
}

static GHashTable *
index_names (const GPtrArray *templates)
{
  GHashTable *index = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < templates->len; i++)
    {
      const CeTemplate *template = g_ptr_array_index (templates, i);

      g_hash_table_insert (index, g_ascii_strdown (template->name, -1), GUINT_TO_POINTER (i));
    }
  return index;
}

static void
set_direct (CeSuperseding *s, const GPtrArray *templates)
{
  g_autoptr (GHashTable) index = index_names (templates);

  for (guint i = 0; i < templates->len; i++)
    {
      const CeTemplate *template = g_ptr_array_index (templates, i);

      for (char **name = template->supersedes; *name != NULL; name++)
        {
          g_autofree char *folded = g_ascii_strdown (*name, -1);
          gpointer value;
          guint j;

          if (!g_hash_table_lookup_extended (index, folded, NULL, &value))
            continue;
          j = GPOINTER_TO_UINT (value);
          row (s, i)[j / 64] |= (guint64) 1 << (j % 64);
          s->filled[i] = TRUE;
        }
    }
}

/* Warshall's closure, a row of bits at a time. */
static void
close_transitively (CeSuperseding *s)
{
  for (guint k = 0; k < s->n; k++)
    {
      if (!s->filled[k])
        continue;
      for (guint i = 0; i < s->n; i++)
        if (i != k && s->filled[i] && is_set (s, i, k))
          for (gsize w = 0; w < s->words; w++)
            row (s, i)[w] |= row (s, k)[w];
    }
}

CeSuperseding *
ce_superseding_new (const GPtrArray *templates)
{
  CeSuperseding *s = g_new0 (CeSuperseding, 1);

  s->n = templates->len;
  s->words = (s->n + 63) / 64;
  s->rows = g_new0 (guint64, s->words * s->n);
  s->filled = g_new0 (gboolean, s->n);
  s->superseders = g_array_new (FALSE, FALSE, sizeof (guint));
  set_direct (s, templates);
  close_transitively (s);
  for (guint i = 0; i < s->n; i++)
    if (s->filled[i])
      g_array_append_val (s->superseders, i);
  return s;
}

void
ce_superseding_free (CeSuperseding *s)
{
  g_free (s->rows);
  g_free (s->filled);
  g_array_unref (s->superseders);
  g_free (s);
}

gboolean
ce_superseding_replaces (const CeSuperseding *s, guint by, guint index)
{
  if (by == index || !s->filled[by] || !is_set (s, by, index))
    return FALSE;
  return by < index || !s->filled[index] || !is_set (s, index, by);
}

gboolean
ce_superseding_any (const CeSuperseding *s, guint index)
{
  return s->filled[index];
}

guint
ce_superseding_successor (const CeSuperseding *s, guint index, const gboolean *among)
{
  for (guint i = 0; i < s->superseders->len; i++)
    {
      guint by = g_array_index (s->superseders, guint, i);

      if (among[by] && ce_superseding_replaces (s, by, index))
        return by;
    }
  return G_MAXUINT;
}
