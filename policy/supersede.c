/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/supersede.h"

struct _CeSuperseding
{
  guint n;
  GArray **superseders; /* of guint, for each template: those that list it; %NULL: none does */
  gboolean *lists;      /* template i lists another one */
  guint *seen;          /* by the search of that number */
  guint searches;
  GArray *found; /* of guint: what the last search found */
};

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
read_list (CeSuperseding *s, guint by, const CeTemplate *template, GHashTable *index)
{
  for (char **name = template->supersedes; *name != NULL; name++)
    {
      g_autofree char *folded = g_ascii_strdown (*name, -1);
      gpointer value;
      guint of;

      if (!g_hash_table_lookup_extended (index, folded, NULL, &value))
        continue;
      of = GPOINTER_TO_UINT (value);
      if (s->superseders[of] == NULL)
        s->superseders[of] = g_array_new (FALSE, FALSE, sizeof (guint));
      g_array_append_val (s->superseders[of], by);
      s->lists[by] = TRUE;
    }
}

CeSuperseding *
ce_superseding_new (const GPtrArray *templates)
{
  CeSuperseding *s = g_new0 (CeSuperseding, 1);
  g_autoptr (GHashTable) index = index_names (templates);

  s->n = templates->len;
  s->superseders = g_new0 (GArray *, s->n);
  s->lists = g_new0 (gboolean, s->n);
  s->seen = g_new0 (guint, s->n);
  s->found = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint i = 0; i < s->n; i++)
    read_list (s, i, g_ptr_array_index (templates, i), index);
  return s;
}

void
ce_superseding_free (CeSuperseding *s)
{
  for (guint i = 0; i < s->n; i++)
    if (s->superseders[i] != NULL)
      g_array_unref (s->superseders[i]);
  g_free (s->superseders);
  g_free (s->lists);
  g_free (s->seen);
  g_array_unref (s->found);
  g_free (s);
}

static void
find (CeSuperseding *s, const GArray *superseders)
{
  for (guint i = 0; superseders != NULL && i < superseders->len; i++)
    {
      guint by = g_array_index (superseders, guint, i);

      if (s->seen[by] == s->searches)
        continue;
      s->seen[by] = s->searches;
      g_array_append_val (s->found, by);
    }
}

/* All that supersede @index, directly or through others, itself included where they go round. */
static void
search (CeSuperseding *s, guint index)
{
  s->searches++;
  g_array_set_size (s->found, 0);
  find (s, s->superseders[index]);
  for (guint i = 0; i < s->found->len; i++)
    find (s, s->superseders[g_array_index (s->found, guint, i)]);
}

static gboolean
supersedes (CeSuperseding *s, guint by, guint index)
{
  search (s, index);
  return s->seen[by] == s->searches;
}

gboolean
ce_superseding_replaces (CeSuperseding *s, guint by, guint index)
{
  return by != index && s->lists[by] && supersedes (s, by, index)
         && (by < index || !supersedes (s, index, by));
}

static int
by_number (gconstpointer a, gconstpointer b)
{
  const guint x = *(const guint *) a, y = *(const guint *) b;

  return x < y ? -1 : x > y;
}

guint
ce_superseding_successor (CeSuperseding *s, guint index, const gboolean *among)
{
  g_autoptr (GArray) found = NULL;

  if (s->superseders[index] == NULL)
    return G_MAXUINT;
  search (s, index);
  found = g_array_copy (s->found);
  g_array_sort (found, by_number);
  for (guint i = 0; i < found->len; i++)
    {
      guint by = g_array_index (found, guint, i);

      if (by != index && among[by] && (by < index || !supersedes (s, index, by)))
        return by;
    }
  return G_MAXUINT;
}
