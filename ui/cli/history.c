/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/cli/show.h"

static CeGlyph
state_glyph (const char *state)
{
  static const char *const good[] = { "done", "logon-test", NULL };
  static const char *const bad[] = { "denied", "abandoned", NULL };

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

static void
add_line (const CeTerm *term, CeTable *table, JsonObject *line)
{
  const char *state = ce_show_text (line, "state");
  const char *action = ce_show_text (line, "action");
  CeGlyph glyph = state_glyph (state);
  g_autofree char *when = ce_show_moment (ce_json_string (line, "when"));
  g_autofree char *what = g_strdup_printf ("%s%s%s", action, *action != '\0' ? ": " : "", state);
  g_autofree char *more = details (line);

  ce_table_row (table);
  ce_table_cell (table, ce_glyph_style (glyph), ce_term_glyph (term, glyph));
  ce_table_cell (table, CE_STYLE_PLAIN, when);
  ce_table_cell (table, CE_STYLE_PLAIN, ce_show_text (line, "card"));
  ce_table_cell (table, CE_STYLE_PLAIN, ce_show_text (line, "template"));
  ce_table_cell (table, ce_glyph_style (glyph), what);
  ce_table_below (table, 2, CE_STYLE_DIM, more);
}

static void
print_history (const CeTerm *term, JsonArray *lines)
{
  static const char *const headers[] = { "", "When", "Card", "Template", "What", NULL };
  g_autoptr (CeTable) table = ce_table_new (term, 0, 5, headers);

  for (guint i = 0; i < ce_json_length (lines); i++)
    add_line (term, table, ce_json_nth (lines, i));
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
