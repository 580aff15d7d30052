/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/cli/agent-view.h"
#include "ui/cli/show.h"
#include "ui/job/plain.h"

static CeGlyph
outcome_glyph (const char *outcome)
{
  if (g_str_equal (outcome, "done"))
    return CE_GLYPH_GOOD;
  return g_str_equal (outcome, "waiting") ? CE_GLYPH_WAITING : CE_GLYPH_BAD;
}

/* "on the card, issued by Lab CA (request 7)" */
static char *
describe (JsonObject *performed)
{
  const char *outcome = ce_show_text (performed, "outcome");
  const char *ca = ce_show_text (performed, "ca");
  const char *request = ce_show_text (performed, "request_id");
  const char *what = g_str_equal (outcome, "done")      ? "on the card, issued by"
                     : g_str_equal (outcome, "waiting") ? "waits at"
                                                        : "refused by";
  g_autofree char *with_request
      = *request != '\0' ? g_strdup_printf (" (request %s)", request) : g_strdup ("");

  if (g_str_equal (outcome, "failed"))
    return g_strdup ("not done");
  if (g_str_equal (ce_show_text (performed, "action"), "remove"))
    return g_strdup ("removed from the card");
  return g_strdup_printf ("%s %s%s", what, *ca != '\0' ? ca : "the CA", with_request);
}

/* The error itself comes last, once. */
static char *
note_of (JsonObject *performed, const CeJobError *error)
{
  const char *note = ce_show_text (performed, "note");

  return error != NULL && g_str_has_suffix (error->detail, note) ? g_strdup ("") : ce_job_plain (note);
}

static void
print_performed (const CeTerm *term, JsonArray *list, const CeJobError *error)
{
  g_autoptr (CeTable) table = ce_table_new (term, 0, 4, NULL);

  for (guint i = 0; i < ce_json_length (list); i++)
    {
      JsonObject *performed = ce_json_nth (list, i);
      const char *fingerprint = ce_show_text (performed, "certificate");
      CeGlyph glyph = outcome_glyph (ce_show_text (performed, "outcome"));
      g_autofree char *text = describe (performed);
      g_autofree char *note = note_of (performed, error);
      g_autofree char *certificate = g_strdup_printf ("SHA-256 %s", fingerprint);

      ce_table_row (table);
      ce_table_cell (table, ce_glyph_style (glyph), ce_term_glyph (term, glyph));
      ce_table_cell (table, CE_STYLE_PLAIN, ce_show_text (performed, "action"));
      ce_table_cell (table, CE_STYLE_BOLD, ce_show_text (performed, "template"));
      ce_table_cell (table, CE_STYLE_PLAIN, text);
      ce_table_below (table, 1, CE_STYLE_PLAIN, note);
      if (*fingerprint != '\0')
        ce_table_below (table, 1, CE_STYLE_DIM, certificate);
    }
  ce_table_print (table);
}

/* One action that came to nothing is told by its error. */
static gboolean
is_worth_a_table (JsonArray *performed)
{
  return ce_json_length (performed) > 1
         || (ce_json_length (performed) == 1
             && !g_str_equal (ce_show_text (ce_json_nth (performed, 0), "outcome"), "failed"));
}

static void
print_result (CeCli *cli, const CeJobResult *result)
{
  JsonObject *plan = ce_json_object (result->object, "plan");
  JsonArray *performed = ce_json_array (result->object, "performed");
  g_autofree char *card = ce_show_card (ce_json_object (plan, "card"));
  g_autofree char *tidied = g_strdup_printf ("What earlier work had left on %s was tidied up.",
                                             plan != NULL ? card : "this card");
  g_autofree char *nothing
      = g_strdup_printf ("There is nothing to do for %s.", plan != NULL ? card : "this card");

  if (is_worth_a_table (performed))
    {
      if (plan != NULL)
        ce_term_paragraph (&cli->out, CE_STYLE_BOLD, 0, card);
      print_performed (&cli->out, performed, result->error);
    }
  else if (result->outcome == CE_OUTCOME_DONE)
    ce_term_paragraph (&cli->out, CE_STYLE_PLAIN, 0, tidied);
  else if (result->error == NULL)
    {
      ce_term_paragraph (&cli->out, CE_STYLE_PLAIN, 0, nothing);
      ce_term_paragraph (&cli->out, CE_STYLE_PLAIN, 0, "'cardenroll explain' says why, for each template.");
      ce_show_resting (&cli->out, plan);
      ce_show_cached_because (&cli->out, plan);
    }
}

static int
work (CeCli *cli, const char *job)
{
  g_autoptr (CeJobResult) result = ce_cli_work (cli, job);

  if (!cli->json)
    print_result (cli, result);
  return ce_cli_end (cli, result, NULL);
}

/* Only after `run`, which leaves nothing that the agent would ask a PIN for. */
static void
refresh_agent (const CeJobResult *result)
{
  if (result->error == NULL)
    ce_agent_refresh (
        ce_json_string (ce_json_object (ce_json_object (result->object, "plan"), "card"), "reader"),
        result->outcome == CE_OUTCOME_WAITING);
}

int
ce_cli_run (CeCli *cli)
{
  g_autoptr (CeJobResult) result = ce_cli_work (cli, "run");

  if (!cli->json)
    print_result (cli, result);
  refresh_agent (result);
  return ce_cli_end (cli, result, NULL);
}

int
ce_cli_enroll (CeCli *cli)
{
  return work (cli, "enroll");
}

int
ce_cli_renew (CeCli *cli)
{
  return work (cli, "renew");
}
