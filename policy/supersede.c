/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/supersede.h"

struct _CeSuperseding
{
  guint n;
  gsize words;          /* of a row */
  GArray **superseders; /* of guint, for each template: those that list it; %NULL: none does */
  guint *round;         /* for each template: those that supersede each other have the same number */
  GPtrArray
      *rows; /* for each round: guint64[words], a bit for each template that supersedes its members, directly
                         * or through others; %NULL: none does */
};

/* Tarjan's search for what goes round, without recursion, which a long chain would make deep. It meets a round after
 * all that supersede it, and so their rows are there already. */
typedef struct
{
  CeSuperseding *s;
  guint *number; /* of the visit; 0: not visited */
  guint *low;    /* the lowest number that is reached from here */
  guint *next;   /* which of the superseders is looked at next */
  GArray *path;  /* of guint */
  GArray *open;  /* of guint: visited and of no round yet */
  guint visits;
} Search;

#define NO_ROUND G_MAXUINT

static guint
last (const GArray *numbers)
{
  return g_array_index (numbers, guint, numbers->len - 1);
}

static gboolean
has_bit (const guint64 *row, guint i)
{
  return row != NULL && (row[i / 64] >> (i % 64) & 1) != 0;
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
      /* What lists one twice does so in one go. */
      if (s->superseders[of]->len == 0 || last (s->superseders[of]) != by)
        g_array_append_val (s->superseders[of], by);
    }
}

static void
add_to_row (const CeSuperseding *s, guint64 *row, guint round, guint by)
{
  const guint64 *above = s->round[by] != round ? g_ptr_array_index (s->rows, s->round[by]) : NULL;

  row[by / 64] |= (guint64) 1 << (by % 64);
  for (gsize w = 0; above != NULL && w < s->words; w++)
    row[w] |= above[w];
}

/* The row of the round whose members are the last of @open from @first on. */
static guint64 *
make_row (const CeSuperseding *s, const GArray *open, guint first, guint round)
{
  guint64 *row = NULL;

  for (guint i = first; i < open->len; i++)
    {
      const GArray *superseders = s->superseders[g_array_index (open, guint, i)];

      for (guint j = 0; superseders != NULL && j < superseders->len; j++)
        {
          if (row == NULL)
            row = g_new0 (guint64, s->words);
          add_to_row (s, row, round, g_array_index (superseders, guint, j));
        }
    }
  return row;
}

static void
close_round (Search *search, guint root)
{
  CeSuperseding *s = search->s;
  const guint round = s->rows->len;
  guint first = search->open->len;

  do
    s->round[g_array_index (search->open, guint, --first)] = round;
  while (g_array_index (search->open, guint, first) != root);
  g_ptr_array_add (s->rows, make_row (s, search->open, first, round));
  g_array_set_size (search->open, first);
}

static void
enter (Search *search, guint at)
{
  search->number[at] = search->low[at] = ++search->visits;
  g_array_append_val (search->path, at);
  g_array_append_val (search->open, at);
}

static void
leave (Search *search, guint at)
{
  g_array_set_size (search->path, search->path->len - 1);
  if (search->path->len > 0)
    {
      const guint below = last (search->path);

      search->low[below] = MIN (search->low[below], search->low[at]);
    }
  if (search->low[at] == search->number[at])
    close_round (search, at);
}

static void
visit (Search *search, guint from)
{
  const CeSuperseding *s = search->s;

  enter (search, from);
  while (search->path->len > 0)
    {
      const guint at = last (search->path);
      const GArray *superseders = s->superseders[at];
      guint by;

      if (superseders == NULL || search->next[at] == superseders->len)
        {
          leave (search, at);
          continue;
        }
      by = g_array_index (superseders, guint, search->next[at]++);
      if (search->number[by] == 0)
        enter (search, by);
      else if (s->round[by] == NO_ROUND)
        search->low[at] = MIN (search->low[at], search->number[by]);
    }
}

static void
find_rounds (CeSuperseding *s)
{
  g_autofree guint *number = g_new0 (guint, s->n), *low = g_new0 (guint, s->n), *next = g_new0 (guint, s->n);
  g_autoptr (GArray) path = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GArray) open = g_array_new (FALSE, FALSE, sizeof (guint));
  Search search = { .s = s, .number = number, .low = low, .next = next, .path = path, .open = open };

  for (guint i = 0; i < s->n; i++)
    s->round[i] = NO_ROUND;
  for (guint i = 0; i < s->n; i++)
    if (number[i] == 0)
      visit (&search, i);
}

CeSuperseding *
ce_superseding_new (const GPtrArray *templates)
{
  CeSuperseding *s = g_new0 (CeSuperseding, 1);
  g_autoptr (GHashTable) index = index_names (templates);

  s->n = templates->len;
  s->words = (s->n + 63) / 64;
  s->superseders = g_new0 (GArray *, s->n);
  s->round = g_new0 (guint, s->n);
  s->rows = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < s->n; i++)
    read_list (s, i, g_ptr_array_index (templates, i), index);
  find_rounds (s);
  return s;
}

void
ce_superseding_free (CeSuperseding *s)
{
  for (guint i = 0; i < s->n; i++)
    if (s->superseders[i] != NULL)
      g_array_unref (s->superseders[i]);
  g_free (s->superseders);
  g_free (s->round);
  g_ptr_array_unref (s->rows);
  g_free (s);
}

gboolean
ce_superseding_replaces (const CeSuperseding *s, guint by, guint index)
{
  return by != index && has_bit (g_ptr_array_index (s->rows, s->round[index]), by)
         && (by < index || s->round[by] != s->round[index]);
}

guint
ce_superseding_successor (const CeSuperseding *s, guint index, const gboolean *among)
{
  const guint64 *row = g_ptr_array_index (s->rows, s->round[index]);

  for (gsize w = 0; row != NULL && w < s->words; w++)
    for (guint by = (guint) w * 64; row[w] != 0 && by < MIN (s->n, (w + 1) * 64); by++)
      if (among[by] && ce_superseding_replaces (s, by, index))
        return by;
  return G_MAXUINT;
}
