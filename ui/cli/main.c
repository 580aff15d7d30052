/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <locale.h>
#include <string.h>

#include "agent/base/error.h"
#include "agent/base/names.h"
#include "ui/cli/cli.h"

static int
dispatch (CeCli *cli)
{
  if (cli->version)
    fputs (CE_PROGRAM_CLI " " CE_VERSION "\n", stdout);
  else if (cli->help)
    ce_help_print (cli);
  else
    return cli->command->run (cli);
  return CE_EXIT_DONE;
}

static int
refuse (const CeCli *cli, const GError *error)
{
  g_autofree char *hint = cli->command != NULL ? g_strdup_printf ("See 'cardenroll %s --help'.", cli->command->name)
                                               : g_strdup (ce_error_hint (CE_ERROR_USAGE));

  ce_cli_error (cli, error->message, hint);
  return CE_EXIT_USAGE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  CeCli cli = { 0 };
  int exit_code;

  setlocale (LC_ALL, "");
  ce_term_init (&cli.out, stdout);
  ce_term_init (&cli.err, stderr);
  exit_code = ce_cli_parse (&cli, argc, argv, &error) ? dispatch (&cli) : refuse (&cli, error);
  ce_cli_clear (&cli);
  if (fflush (stdout) == 0 && ferror (stdout) == 0)
    return exit_code;
  ce_cli_error (&cli, strerror (errno), "Not all of the output could be written.");
  return exit_code != CE_EXIT_DONE ? exit_code : CE_EXIT_FAILED;
}
