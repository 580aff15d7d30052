/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/cli/show.h"

static CeGlyph
state_glyph (const char *state)
{
  static const char *const good[] = { "done", "logon-test", NULL };
  static const char *const bad[] = { "denied", "abandoned", "logon-refused", "issued-in-vain", NULL };

  if (g_strv_contains (good, state))
    return CE_GLYPH_GOOD;
  if (g_strv_contains (bad, state))
    return CE_GLYPH_BAD;
  return g_str_equal (state, "pending") ? CE_GLYPH_WAITING : CE_GLYPH_SKIPPED;
}

/* Who, at which CA, and what was noted. */
static char *
details (JsonObject *line)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);
  const char *user = ce_show_text (line, "user");
  const char *ca = ce_show_text (line, "ca");
  const char *request = ce_show_text (line, "request_id");
  const char *note = ce_show_text (line, "note");

  if (*user != '\0')
    g_ptr_array_add (parts, g_strdup (user));
  if (*request != '\0')
    g_ptr_array_add (parts, g_strdup_printf ("request %s at %s", request, *ca != '\0' ? ca : "the CA"));
  else if (*ca != '\0')
    g_ptr_array_add (parts, g_strdup (ca));
  if (*note != '\0')
    g_ptr_array_add (parts, g_strdup (note));
  g_ptr_array_add (parts, NULL);
  return g_strjoinv (", ", (char **) parts->pdata);
}

/* "request-sending (sent again: …)": its note is told where the job's end does not say the same. */
static char *
describe_step (JsonObject *step, JsonObject *newest)
{
  const char *state = ce_show_text (step, "state"), *note = ce_show_text (step, "note");

  return *note != '\0' && !g_str_equal (note, ce_show_text (newest, "note"))
             ? g_strdup_printf ("%s (%s)", state, note)
             : g_strdup (state);
}

/* How many of the newest say the same: the end. */
static guint
length_of_end (const GPtrArray *steps)
{
  guint n = 1;

  while (n < steps->len
         && g_str_equal (ce_show_text (steps->pdata[n], "state"), ce_show_text (steps->pdata[0], "state")))
    n++;
  return n;
}

/* "after key-generating, key-ready, …" from the oldest to the newest; what repeats itself once. */
static char *
describe_steps (const GPtrArray *steps)
{
  const guint end = length_of_end (steps);
  g_autofree char *before = g_strdup ("");
  GString *text = g_string_new (NULL);

  for (guint i = steps->len; i > end; i--)
    {
      char *step = describe_step (steps->pdata[i - 1], steps->pdata[0]);

      if (!g_str_equal (step, before))
        g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "after ", step);
      g_free (before);
      before = step;
    }
  return g_string_free (text, FALSE);
}

/* @steps: of one job, newest first. It ended when it first came to the last state: a denied job's key may be deleted days later. */
static void
print_job (const CeTerm *term, CeTable *table, const GPtrArray *steps)
{
  JsonObject *line = steps->pdata[0];
  const char *state = ce_show_text (line, "state");
  const char *action = ce_show_text (line, "action");
  CeGlyph glyph = state_glyph (state);
  JsonObject *ended = steps->pdata[length_of_end (steps) - 1];
  g_autofree char *when = ce_show_moment (ce_json_string (ended, "when"));
  g_autofree char *what = g_strdup_printf ("%s%s%s", action, *action != '\0' ? ": " : "", state);
  g_autofree char *more = details (line);
  g_autofree char *way = describe_steps (steps);

  ce_table_row (table);
  ce_table_cell (table, ce_glyph_style (glyph), ce_term_glyph (term, glyph));
  ce_table_cell (table, CE_STYLE_PLAIN, when);
  ce_table_cell (table, CE_STYLE_PLAIN, ce_show_text (line, "card"));
  ce_table_cell (table, CE_STYLE_PLAIN, ce_show_text (line, "template"));
  ce_table_cell (table, ce_glyph_style (glyph), what);
  ce_table_below (table, 2, CE_STYLE_PLAIN, more);
  ce_table_below (table, 2, CE_STYLE_DIM, way);
}

/* The lines of each job together, the job with the newest line first; an event that belongs to none by itself. */
static GPtrArray *
group_by_job (JsonArray *lines)
{
  GPtrArray *groups = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);
  g_autoptr (GHashTable) by_job = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < ce_json_length (lines); i++)
    {
      JsonObject *line = ce_json_nth (lines, i);
      const gint64 job = ce_json_int (line, "job", 0);
      gpointer key = GSIZE_TO_POINTER ((gsize) job);
      GPtrArray *group = job != 0 ? g_hash_table_lookup (by_job, key) : NULL;

      if (group == NULL)
        {
          group = g_ptr_array_new ();
          g_ptr_array_add (groups, group);
          g_hash_table_insert (by_job, key, group);
        }
      g_ptr_array_add (group, line);
    }
  return groups;
}

static void
print_history (const CeTerm *term, JsonArray *lines)
{
  static const char *const headers[] = { "", "When", "Card", "Template", "What", NULL };
  g_autoptr (CeTable) table = ce_table_new (term, 0, 5, headers);
  g_autoptr (GPtrArray) jobs = group_by_job (lines);

  for (guint i = 0; i < jobs->len; i++)
    print_job (term, table, jobs->pdata[i]);
  if (ce_table_rows (table) > 0)
    ce_table_print (table);
  else
    ce_term_paragraph (term, CE_STYLE_PLAIN, 0, "Nothing has been done to a card by this user yet.");
}

int
ce_cli_history (CeCli *cli)
{
  g_autoptr (CeJobResult) result = ce_cli_work (cli, "history");

  if (!cli->json && result->error == NULL)
    print_history (&cli->out, ce_json_array (result->object, "history"));
  return ce_cli_end (cli, result, NULL);
}
