/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "ui/cli/terminal.h"
#include "ui/job/json.h"
#include "ui/job/run.h"

/**
 * What all commands share: how one is described, what a person gave it, and the way from a job to an exit code.
 *
 * A command is a row of the table in commands.c and a function in a file of its own: it runs one job with
 * ce_cli_work(), prints what the result holds for people, and ends with ce_cli_end(), which prints the error where there is one.
 */
typedef struct _CeCommand CeCommand;

typedef enum
{
  CE_OPTION_CARD = 1 << 0,
  CE_OPTION_TEMPLATE = 1 << 1,
  CE_OPTION_PIN_FD = 1 << 2,
  CE_OPTION_BATCH = 1 << 3,
  CE_OPTION_LIMIT = 1 << 4,
  CE_OPTION_JSON = 1 << 5,
  CE_OPTION_HELP = 1 << 6,
  CE_OPTION_VERSION = 1 << 7,
  CE_OPTION_REFRESH = 1 << 8,
  CE_OPTION_CERTIFICATE = 1 << 9,
} CeOptions;

typedef struct
{
  CeTerm out;
  CeTerm err;
  const CeCommand *command; /* %NULL: none was named */
  char *word;               /* what was named instead of a command, or for help */
  char *card;
  char *template_name;
  char *certificate;
  char *argument;
  char *second;             /* the argument after that */
  int pin_fd;
  guint limit;
  gboolean batch;
  gboolean refresh;
  gboolean json;
  gboolean help;
  gboolean version;
  const char *left;         /* set by ce_cli_work() where it was stopped: what that leaves behind */
} CeCli;

struct _CeCommand
{
  const char *name;
  const char *group;
  const char *arguments;   /* "[TEMPLATE]", or %NULL */
  gboolean two;            /* two of them may be given; else one */
  const char *summary;     /* one line of 'cardenroll --help' */
  const char *description; /* paragraphs of 'cardenroll COMMAND --help', separated by newlines */
  CeOptions options;
  CeOptions needed;
  gboolean is_work; /* its progress is also told where there is no terminal */
  int (*run) (CeCli *cli);
};

/* The commands, in the order of the help; ends with a row without a name. */
extern const CeCommand ce_commands[];
const CeCommand *ce_command_find (const char *name);

/* Errors: USAGE. */
gboolean ce_cli_parse (CeCli *cli, int argc, char **argv, GError **error);
void ce_cli_clear (CeCli *cli);

void ce_help_print (const CeCli *cli);
/* A command that @word may have been meant to be, or %NULL. */
const char *ce_help_guess (const char *word);

/* Runs the job of this name to its end, with progress and questions on the terminal. (transfer full) */
CeJobResult *ce_cli_work (CeCli *cli, const char *job);

/* The last thing of every command. With --json it prints @object, or what is left of the result where that is %NULL. */
int ce_cli_end (CeCli *cli, const CeJobResult *result, JsonObject *object);

/* "cardenroll: @message" and below it the hint, both on standard error. */
void ce_cli_error (const CeCli *cli, const char *message, const char *hint);

int ce_cli_status (CeCli *cli);
int ce_cli_plan (CeCli *cli);
int ce_cli_explain (CeCli *cli);
int ce_cli_policy (CeCli *cli);
int ce_cli_run (CeCli *cli);
int ce_cli_enroll (CeCli *cli);
int ce_cli_renew (CeCli *cli);
int ce_cli_logon_test (CeCli *cli);
int ce_cli_doctor (CeCli *cli);
int ce_cli_history (CeCli *cli);
int ce_cli_pending (CeCli *cli);
