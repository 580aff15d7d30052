/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/cli/show.h"

/* The steps of one job that stand below each other are shown as one: the newest, and below it the way there. */
typedef struct
{
  const CeTerm *term;
  CeTable *table;
  JsonObject *newest; /* %NULL: none is open */
  GPtrArray *steps;   /* of char *, newest first */
} Trail;

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

/* "after key-generating, key-ready, …" from the oldest to the newest. */
static char *
describe_steps (const GPtrArray *steps)
{
  GString *text = g_string_new (NULL);

  for (guint i = steps->len; i > 1; i--)
    {
      const char *step = steps->pdata[i - 1];

      if (i < steps->len && g_str_equal (step, steps->pdata[i]))
        continue;
      g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "after ", step);
    }
  return g_string_free (text, FALSE);
}

static void
close_job (Trail *trail)
{
  JsonObject *line = trail->newest;
  const char *state = ce_show_text (line, "state");
  const char *action = ce_show_text (line, "action");
  CeGlyph glyph = state_glyph (state);
  g_autofree char *when = ce_show_moment (ce_json_string (line, "when"));
  g_autofree char *what = g_strdup_printf ("%s%s%s", action, *action != '\0' ? ": " : "", state);
  g_autofree char *more = details (line);
  g_autofree char *steps = describe_steps (trail->steps);

  if (line == NULL)
    return;
  ce_table_row (trail->table);
  ce_table_cell (trail->table, ce_glyph_style (glyph), ce_term_glyph (trail->term, glyph));
  ce_table_cell (trail->table, CE_STYLE_PLAIN, when);
  ce_table_cell (trail->table, CE_STYLE_PLAIN, ce_show_text (line, "card"));
  ce_table_cell (trail->table, CE_STYLE_PLAIN, ce_show_text (line, "template"));
  ce_table_cell (trail->table, ce_glyph_style (glyph), what);
  ce_table_below (trail->table, 2, CE_STYLE_PLAIN, more);
  ce_table_below (trail->table, 2, CE_STYLE_DIM, steps);
  trail->newest = NULL;
  g_ptr_array_set_size (trail->steps, 0);
}

/* How far a job has come that is neither over nor waiting; -1 for all else. */
static int
progress_of (const char *state)
{
  static const char *const order[] = { "begun", "key-generating", "key-ready", "request-sending", "issued",
                                       "writing", "written", "proved", "retiring" };

  for (int i = 0; i < (int) G_N_ELEMENTS (order); i++)
    if (g_str_equal (order[i], state))
      return i;
  return -1;
}

/* @older is a step of the same job: what is over, waits, comes later or is about something else stays a line of its own. */
static gboolean
leads_to (JsonObject *older, const Trail *trail)
{
  static const char *const members[] = { "card", "user", "action", "template" };
  JsonObject *newer = trail->newest;
  int progress = progress_of (ce_show_text (older, "state"));
  int before = trail->steps->len > 0 ? progress_of (trail->steps->pdata[trail->steps->len - 1]) : -1;

  if (newer == NULL || progress < 0 || (before >= 0 && progress > before))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (members); i++)
    if (!g_str_equal (ce_show_text (older, members[i]), ce_show_text (newer, members[i])))
      return FALSE;
  return *ce_show_text (older, "note") == '\0' || g_str_equal (ce_show_text (older, "note"), ce_show_text (newer, "note"));
}

static void
print_history (const CeTerm *term, JsonArray *lines)
{
  static const char *const headers[] = { "", "When", "Card", "Template", "What", NULL };
  g_autoptr (CeTable) table = ce_table_new (term, 0, 5, headers);
  g_autoptr (GPtrArray) steps = g_ptr_array_new ();
  Trail trail = { term, table, NULL, steps };

  for (guint i = 0; i < ce_json_length (lines); i++)
    {
      JsonObject *line = ce_json_nth (lines, i);

      if (!leads_to (line, &trail))
        close_job (&trail);
      if (trail.newest == NULL)
        trail.newest = line;
      g_ptr_array_add (steps, (gpointer) ce_show_text (line, "state"));
    }
  close_job (&trail);
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
