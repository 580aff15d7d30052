/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/cli/show.h"

static char *
autoenrollment (JsonObject *policy)
{
  const char *allows = ce_show_text (policy, "autoenrollment_allows");
  const char *source = ce_show_text (policy, "autoenrollment_source");

  return *source != '\0' ? g_strdup_printf ("%s (%s)", allows, source) : g_strdup (allows);
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
      ce_show_actions (term, actions);
    }
  ce_show_endings (term, plan);
  ce_show_resting (term, plan);
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
