/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "ui/cli/cli.h"
#include "ui/cli/options.h"
#include "ui/cli/table.h"

static void
print_option (CeTable *table, const CeOption *option)
{
  g_autofree char *letter = option->letter != '\0' ? g_strdup_printf ("-%c,", option->letter) : g_strdup ("");
  g_autofree char *name = g_strdup_printf ("--%s%s%s", option->name, option->value != NULL ? " " : "",
                                           option->value != NULL ? option->value : "");
  g_autofree char *both = g_strdup_printf ("%-3s %s", letter, name);

  ce_table_row (table);
  ce_table_cell (table, CE_STYLE_PLAIN, both);
  ce_table_cell (table, CE_STYLE_PLAIN, option->help);
}

static void
print_options (const CeTerm *term, CeOptions shown)
{
  g_autoptr (CeTable) table = ce_table_new (term, 2, 2, NULL);

  for (const CeOption *option = ce_options; option->name != NULL; option++)
    if ((shown & option->flag) != 0)
      print_option (table, option);
  ce_term_write (term, CE_STYLE_BOLD, "Options");
  ce_term_newline (term);
  ce_table_print (table);
}

static char *
command_words (const CeCommand *command)
{
  GString *words = g_string_new (command->name);

  for (const CeOption *option = ce_options; option->name != NULL; option++)
    if ((command->needed & option->flag) != 0)
      g_string_append_printf (words, " --%s %s", option->name, option->value);
  if (command->arguments != NULL)
    g_string_append_printf (words, " %s", command->arguments);
  return g_string_free (words, FALSE);
}

/* One table for all groups, so that their summaries stand below each other. */
static void
print_commands (const CeTerm *term)
{
  guint width = 0;

  for (const CeCommand *command = ce_commands; command->name != NULL; command++)
    {
      g_autofree char *words = command_words (command);

      width = MAX (width, ce_text_width (words));
    }
  for (const CeCommand *command = ce_commands; command->name != NULL; command++)
    {
      g_autofree char *words = command_words (command);
      g_autofree char *padded = g_strdup_printf ("%-*s ", (int) width, words);

      if (command == ce_commands || command[-1].group != command->group)
        {
          if (command != ce_commands)
            ce_term_newline (term);
          ce_term_write (term, CE_STYLE_BOLD, command->group);
          ce_term_newline (term);
        }
      ce_term_item (term, 2, CE_STYLE_PLAIN, padded, CE_STYLE_PLAIN, command->summary);
    }
}

static void
print_overview (const CeTerm *term)
{
  ce_term_paragraph (term, CE_STYLE_PLAIN, 0, "Usage: cardenroll COMMAND [OPTION...]");
  ce_term_newline (term);
  ce_term_paragraph (term, CE_STYLE_PLAIN, 0,
                     "Puts the certificates onto your smart card that Active Directory says you should have. The agent does "
                     "it by itself when a card goes in; these commands show what it does, and do it by hand.");
  ce_term_newline (term);
  print_commands (term);
  ce_term_newline (term);
  print_options (term, CE_OPTION_HELP | CE_OPTION_VERSION);
  ce_term_newline (term);
  ce_term_paragraph (term, CE_STYLE_PLAIN, 0,
                     "'cardenroll COMMAND --help' lists the options of a command, 'man cardenroll' the exit codes.");
}

static void
print_command (const CeTerm *term, const CeCommand *command)
{
  g_autofree char *words = command_words (command);
  g_autofree char *usage = g_strdup_printf ("Usage: cardenroll %s [OPTION...]", words);

  ce_term_paragraph (term, CE_STYLE_PLAIN, 0, usage);
  ce_term_newline (term);
  ce_term_paragraph (term, CE_STYLE_PLAIN, 0, command->description);
  ce_term_newline (term);
  print_options (term, command->options | CE_OPTION_HELP);
}

void
ce_help_print (const CeCli *cli)
{
  if (cli->command != NULL)
    print_command (&cli->out, cli->command);
  else
    print_overview (&cli->out);
}

/* How many letters must be put in, left out or changed. */
static guint
distance (const char *a, const char *b)
{
  gsize n = strlen (b);
  g_autofree guint *row = g_new (guint, n + 1);

  for (gsize j = 0; j <= n; j++)
    row[j] = (guint) j;
  for (gsize i = 1; a[i - 1] != '\0'; i++)
    {
      guint diagonal = row[0];

      row[0] = (guint) i;
      for (gsize j = 1; j <= n; j++)
        {
          guint changed = diagonal + (a[i - 1] != b[j - 1] ? 1 : 0);

          diagonal = row[j];
          row[j] = MIN (changed, MIN (row[j], row[j - 1]) + 1);
        }
    }
  return row[n];
}

const char *
ce_help_guess (const char *word)
{
  const char *best = NULL;
  guint least = 3;

  for (const CeCommand *command = ce_commands; command->name != NULL && strlen (word) < 32; command++)
    {
      guint d = g_str_has_prefix (command->name, word) ? 1 : distance (word, command->name);

      if (d < least)
        {
          least = d;
          best = command->name;
        }
    }
  return best;
}
