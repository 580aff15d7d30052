/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/cli/show.h"

int
ce_cli_logon_test (CeCli *cli)
{
  g_autoptr (CeJobResult) result = ce_cli_work (cli, "logon-test");
  JsonArray *checks = ce_json_array (result->object, "checks");

  if (!cli->json && checks != NULL)
    {
      ce_show_checks (&cli->out, checks);
      ce_term_newline (&cli->out);
      if (result->error == NULL)
        ce_term_paragraph (&cli->out, CE_STYLE_GOOD, 0, "This card logs on.");
    }
  return ce_cli_end (cli, result, NULL);
}
