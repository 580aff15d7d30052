/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/cli/show.h"

static char *
autoenrollment (JsonObject *policy)
{
  static const struct { gint64 bit; const char *name; } bits[] = {
    { 0x1, "enrol and renew" }, { 0x4, "fetch what is pending" }, { 0x2, "remove what is out of date" },
  };
  const char *source = ce_show_text (policy, "autoenrollment_source");
  gint64 value = ce_json_int (policy, "autoenrollment", 0);
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (bits); i++)
    if ((value & bits[i].bit) != 0 && (value & 0x8000) == 0)
      g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", bits[i].name);
  if (text->len == 0)
    g_string_append (text, "off");
  if (*source != '\0')
    g_string_append_printf (text, " (%s)", source);
  return g_string_free (text, FALSE);
}

static void
print_world (const CeTerm *term, JsonObject *plan)
{
  JsonObject *card = ce_json_object (plan, "card");
  JsonObject *policy = ce_json_object (plan, "policy");
  g_autoptr (CeTable) table = ce_table_new (term, 0, 2, NULL);
  g_autofree char *name = ce_show_card (card);
  g_autofree char *source = ce_show_policy (policy);
  g_autofree char *automatic = autoenrollment (policy);

  ce_show_field (table, "Card", card != NULL ? name : NULL);
  ce_show_field (table, "Reader", ce_show_text (card, "reader"));
  ce_show_field (table, "User", ce_show_text (ce_json_object (plan, "user"), "principal"));
  ce_show_field (table, "Policy", policy != NULL ? source : NULL);
  ce_show_field (table, "Autoenrollment", policy != NULL ? automatic : NULL);
  ce_table_print (table);
  ce_term_newline (term);
}

static void
print_actions (const CeTerm *term, JsonArray *actions)
{
  g_autoptr (CeTable) table = ce_table_new (term, 2, 3, NULL);

  for (guint i = 0; i < ce_json_length (actions); i++)
    {
      JsonObject *action = ce_json_nth (actions, i);
      const char *what = ce_show_text (action, "template");

      ce_table_row (table);
      ce_table_cell (table, CE_STYLE_GOOD, ce_show_text (action, "action"));
      ce_table_cell (table, CE_STYLE_BOLD, *what != '\0' ? what : ce_show_text (action, "certificate"));
      ce_table_cell (table, CE_STYLE_DIM, ce_show_text (action, "because"));
      ce_table_below (table, 1, CE_STYLE_PLAIN, ce_show_text (action, "detail"));
    }
  ce_table_print (table);
}

static void
print_plan (const CeTerm *term, JsonObject *plan)
{
  JsonArray *actions = ce_json_array (plan, "actions");

  print_world (term, plan);
  if (ce_json_length (actions) == 0)
    {
      ce_term_paragraph (term, CE_STYLE_BOLD, 0, "There is nothing to do.");
      ce_term_paragraph (term, CE_STYLE_PLAIN, 0, "'cardenroll explain' says why, for each template.");
    }
  else
    {
      ce_term_paragraph (term, CE_STYLE_BOLD, 0, "To be done");
      print_actions (term, actions);
    }
  ce_show_cached_because (term, plan);
  ce_term_newline (term);
  ce_show_next_look (term, plan);
}

int
ce_cli_plan (CeCli *cli)
{
  g_autoptr (CeJobResult) result = ce_cli_work (cli, "plan");
  JsonObject *plan = ce_json_object (result->object, "plan");

  if (!cli->json && plan != NULL)
    print_plan (&cli->out, plan);
  return ce_cli_end (cli, result, plan);
}
