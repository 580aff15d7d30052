/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/cli/show.h"
#include "ui/job/plain.h"

static CeGlyph
state_glyph (const char *state)
{
  if (g_str_equal (state, "pending"))
    return CE_GLYPH_WAITING;
  return g_str_equal (state, "denied") ? CE_GLYPH_BAD : CE_GLYPH_TO_DO;
}

static char *
describe (JsonObject *job)
{
  const char *state = ce_show_text (job, "state");
  g_autofree char *note = ce_job_plain (ce_show_text (job, "note"));
  const char *ca = ce_show_text (job, "ca");
  g_autofree char *since = ce_show_moment (ce_json_string (job, "since"));
  g_autofree char *again = ce_show_moment (ce_json_string (job, "ask_again"));

  if (g_str_equal (state, "pending"))
    return g_strdup_printf ("waits at %s since %s; it is asked again from %s on", ca, since, again);
  if (g_str_equal (state, "denied"))
    return g_strdup_printf ("given up: %s. Its key is deleted when the card is used next", note);
  return g_strdup_printf ("issued by %s: insert the card to get the certificate", ca);
}

static char *
describe_card (JsonObject *job)
{
  const char *label = ce_show_text (job, "label");

  return g_strdup_printf ("card %s%s%s%s", ce_show_text (job, "card"), *label != '\0' ? " (" : "", label,
                          *label != '\0' ? ")" : "");
}

static void
print_jobs (const CeTerm *term, JsonArray *jobs)
{
  static const char *const headers[] = { "", "Request", "Template", "For", NULL };
  g_autoptr (CeTable) table = ce_table_new (term, 0, 4, headers);

  for (guint i = 0; i < ce_json_length (jobs); i++)
    {
      JsonObject *job = ce_json_nth (jobs, i);
      CeGlyph glyph = state_glyph (ce_show_text (job, "state"));
      g_autofree char *text = describe (job);
      g_autofree char *card = describe_card (job);

      ce_table_row (table);
      ce_table_cell (table, ce_glyph_style (glyph), ce_term_glyph (term, glyph));
      ce_table_cell (table, CE_STYLE_BOLD, ce_show_text (job, "request_id"));
      ce_table_cell (table, CE_STYLE_BOLD, ce_show_text (job, "template"));
      ce_table_cell (table, CE_STYLE_PLAIN, card);
      ce_table_below (table, 1, CE_STYLE_PLAIN, text);
    }
  if (ce_table_rows (table) > 0)
    ce_table_print (table);
  else
    ce_term_paragraph (term, CE_STYLE_PLAIN, 0, "No request is pending.");
}

int
ce_cli_pending (CeCli *cli)
{
  g_autoptr (CeJobResult) result = ce_cli_work (cli, "pending");
  JsonArray *jobs = ce_json_array (result->object, "pending");

  if (!cli->json && jobs != NULL)
    print_jobs (&cli->out, jobs);
  return ce_cli_end (cli, result, NULL);
}
