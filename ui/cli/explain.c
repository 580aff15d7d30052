/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/base/error.h"
#include "ui/cli/show.h"

static CeGlyph
verdict_glyph (const char *verdict, const char *because)
{
  if (g_str_equal (because, "up-to-date"))
    return CE_GLYPH_GOOD;
  if (g_str_equal (because, "pending") || ce_show_is_resting (because))
    return CE_GLYPH_WAITING;
  return g_str_equal (verdict, "none") ? CE_GLYPH_SKIPPED : CE_GLYPH_TO_DO;
}

static gboolean
is_meant (JsonObject *template, const char *name)
{
  g_autofree char *folded = g_utf8_casefold (ce_show_text (template, "name"), -1);
  g_autofree char *wanted = name != NULL ? g_utf8_casefold (name, -1) : NULL;

  return wanted == NULL || g_str_equal (folded, wanted) || g_str_equal (ce_show_text (template, "oid"), name);
}

static JsonArray *
pick (JsonArray *templates, const char *name)
{
  JsonArray *picked = json_array_new ();

  for (guint i = 0; i < ce_json_length (templates); i++)
    {
      JsonObject *template = ce_json_nth (templates, i);

      if (template != NULL && is_meant (template, name))
        json_array_add_object_element (picked, json_object_ref (template));
    }
  return picked;
}

static void
print_whom (const CeTerm *term, JsonObject *plan)
{
  g_autofree char *card = ce_show_card (ce_json_object (plan, "card"));
  g_autofree char *text
    = g_strdup_printf ("For %s and %s:", ce_show_text (ce_json_object (plan, "user"), "principal"), card);

  ce_term_paragraph (term, CE_STYLE_PLAIN, 0, text);
  ce_term_newline (term);
}

static void
print_templates (const CeTerm *term, JsonArray *templates)
{
  g_autoptr (CeTable) table = ce_table_new (term, 0, 4, NULL);

  for (guint i = 0; i < ce_json_length (templates); i++)
    {
      JsonObject *template = ce_json_nth (templates, i);
      const char *verdict = ce_show_text (template, "verdict");
      const char *because = ce_show_text (template, "because");
      CeGlyph glyph = verdict_glyph (verdict, because);

      ce_table_row (table);
      ce_table_cell (table, ce_glyph_style (glyph), ce_term_glyph (term, glyph));
      ce_table_cell (table, CE_STYLE_BOLD, ce_show_text (template, "name"));
      ce_table_cell (table, ce_glyph_style (glyph), g_str_equal (verdict, "none") ? "nothing" : verdict);
      ce_table_cell (table, CE_STYLE_DIM, because);
      ce_table_below (table, 1, CE_STYLE_PLAIN, ce_show_text (template, "detail"));
    }
  ce_table_print (table);
}

/* What leaves the card belongs to no verdict. */
static JsonArray *
pick_removals (JsonArray *actions)
{
  JsonArray *picked = json_array_new ();

  for (guint i = 0; i < ce_json_length (actions); i++)
    {
      JsonObject *action = ce_json_nth (actions, i);

      if (action != NULL && g_str_equal (ce_show_text (action, "action"), "remove"))
        json_array_add_object_element (picked, json_object_ref (action));
    }
  return picked;
}

static void
print_removals (const CeTerm *term, JsonArray *removals)
{
  if (ce_json_length (removals) == 0)
    return;
  ce_term_newline (term);
  ce_term_paragraph (term, CE_STYLE_BOLD, 0, "Leaving the card");
  ce_show_actions (term, removals);
}

static int
not_found (CeCli *cli)
{
  g_autofree char *message = g_strdup_printf ("the directory has no certificate template '%s'", cli->argument);
  g_autoptr (CeJobResult) result = ce_job_result_new_error (CE_ERROR_NOT_FOUND, g_steal_pointer (&message));

  (void) ce_cli_end (cli, result, NULL);
  ce_term_paragraph (&cli->err, CE_STYLE_PLAIN, 12, "'cardenroll explain' lists them all.");
  return CE_EXIT_NOT_FOUND;
}

int
ce_cli_explain (CeCli *cli)
{
  g_autoptr (CeJobResult) result = ce_cli_work (cli, "plan");
  JsonObject *plan = ce_json_object (result->object, "plan");
  g_autoptr (JsonArray) templates = pick (ce_json_array (plan, "templates"), cli->argument);
  g_autoptr (JsonArray) removals = pick_removals (ce_json_array (plan, "actions"));
  g_autoptr (JsonObject) object = NULL;

  if (plan == NULL)
    return ce_cli_end (cli, result, NULL);
  if (cli->argument != NULL && ce_json_length (templates) == 0)
    return not_found (cli);
  if (!cli->json)
    {
      print_whom (&cli->out, plan);
      print_templates (&cli->out, templates);
      if (cli->argument == NULL)
        print_removals (&cli->out, removals);
      ce_show_cached_because (&cli->out, plan);
    }
  object = json_object_new ();
  json_object_set_array_member (object, "templates", json_array_ref (templates));
  json_object_set_array_member (object, "removals", json_array_ref (removals));
  (void) ce_cli_end (cli, result, object);
  return result->error != NULL ? result->exit_code : CE_EXIT_DONE;
}
