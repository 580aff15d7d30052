/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/cli/show.h"

static guint
count (JsonArray *checks, const char *state)
{
  guint n = 0;

  for (guint i = 0; i < ce_json_length (checks); i++)
    if (g_str_equal (ce_show_text (ce_json_nth (checks, i), "state"), state))
      n++;
  return n;
}

static void
print_summary (const CeTerm *term, JsonArray *checks)
{
  guint failed = count (checks, "failed");
  guint warnings = count (checks, "warning");
  g_autofree char *text = NULL;

  if (failed > 0)
    text = g_strdup_printf ("%u of %u checks failed.", failed, ce_json_length (checks));
  else if (warnings > 0)
    text = g_strdup_printf ("It works; %u of %u checks %s a warning.", warnings, ce_json_length (checks),
                            warnings == 1 ? "is" : "are");
  else
    text = g_strdup ("Everything works.");
  ce_term_newline (term);
  ce_term_paragraph (term, failed > 0 ? CE_STYLE_BAD : warnings > 0 ? CE_STYLE_WARNING : CE_STYLE_GOOD, 0, text);
}

int
ce_cli_doctor (CeCli *cli)
{
  g_autoptr (CeJobResult) result = ce_cli_work (cli, "doctor");
  JsonArray *checks = ce_json_array (result->object, "checks");

  if (!cli->json && checks != NULL)
    {
      ce_show_checks (&cli->out, checks);
      print_summary (&cli->out, checks);
      return result->exit_code;
    }
  return ce_cli_end (cli, result, NULL);
}
