/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "agent/base/error.h"
#include "ui/cli/cli.h"
#include "ui/cli/options.h"

#define MAX_FD 1023
#define MAX_LIMIT 10000

const CeOption ce_options[] = {
  { CE_OPTION_CARD, '\0', "card", "CARD", "the card to use: an RFC 7512 URI, a reader's name or a token's serial number" },
  { CE_OPTION_TEMPLATE, 't', "template", "T", "the template, by its name in the directory" },
  { CE_OPTION_CERTIFICATE, 'c', "certificate", "C", "the certificate: the beginning of its SHA-256 fingerprint, or its template" },
  { CE_OPTION_PIN_FD, '\0', "pin-fd", "N", "read the PIN from file descriptor N instead of asking for it" },
  { CE_OPTION_BATCH, '\0', "batch", NULL, "ask nobody anything: what needs a person ends in an error" },
  { CE_OPTION_REFRESH, '\0', "refresh", NULL, "read the policy anew, whatever is cached" },
  { CE_OPTION_LIMIT, 'n', "limit", "N", "show at most N lines (50)" },
  { CE_OPTION_JSON, '\0', "json", NULL, "print one JSON object, for programs" },
  { CE_OPTION_HELP, 'h', "help", NULL, "print this help" },
  { CE_OPTION_VERSION, 'V', "version", NULL, "print the version" },
  { 0, '\0', NULL, NULL, NULL },
};

typedef struct
{
  int argc;
  char **argv;
  int next;
  gboolean only_words; /* after "--" */
  gboolean has_argument;
  CeOptions given;
} Parser;

static gboolean G_GNUC_PRINTF (2, 3)
usage (GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  if (error != NULL)
    *error = g_error_new_valist (CE_ERROR, CE_ERROR_USAGE, format, args);
  va_end (args);
  return FALSE;
}

static gboolean
parse_number (const char *option, const char *value, guint max, guint64 *ret_number, GError **error)
{
  if (g_ascii_string_to_unsigned (value, 10, 0, max, ret_number, NULL))
    return TRUE;
  return usage (error, "--%s %s: a number from 0 to %u is expected", option, value, max);
}

static gboolean
set_text (char **field, const CeOption *option, const char *value, GError **error)
{
  if (*value == '\0' || !g_utf8_validate (value, -1, NULL))
    return usage (error, "--%s: the value is %s", option->name, *value == '\0' ? "empty" : "not UTF-8");
  g_free (*field);
  *field = g_strdup (value);
  return TRUE;
}

static gboolean
set_pin_fd (CeCli *cli, const char *value, GError **error)
{
  guint64 number = 0;

  if (!parse_number ("pin-fd", value, MAX_FD, &number, error))
    return FALSE;
  if (fcntl ((int) number, F_GETFD) < 0)
    return usage (error, "--pin-fd %s: this descriptor is not open", value);
  cli->pin_fd = (int) number;
  return TRUE;
}

static gboolean
set_limit (CeCli *cli, const char *value, GError **error)
{
  guint64 number = 0;

  if (!parse_number ("limit", value, MAX_LIMIT, &number, error))
    return FALSE;
  if (number == 0)
    return usage (error, "--limit 0: a number from 1 to %d is expected", MAX_LIMIT);
  cli->limit = (guint) number;
  return TRUE;
}

static gboolean
apply (CeCli *cli, const CeOption *option, const char *value, GError **error)
{
  switch (option->flag)
    {
    case CE_OPTION_CARD:
      return set_text (&cli->card, option, value, error);
    case CE_OPTION_TEMPLATE:
      return set_text (&cli->template_name, option, value, error);
    case CE_OPTION_CERTIFICATE:
      return set_text (&cli->certificate, option, value, error);
    case CE_OPTION_PIN_FD:
      return set_pin_fd (cli, value, error);
    case CE_OPTION_LIMIT:
      return set_limit (cli, value, error);
    case CE_OPTION_BATCH:
      cli->batch = TRUE;
      return TRUE;
    case CE_OPTION_REFRESH:
      cli->refresh = TRUE;
      return TRUE;
    case CE_OPTION_JSON:
      cli->json = TRUE;
      return TRUE;
    case CE_OPTION_HELP:
      cli->help = TRUE;
      return TRUE;
    case CE_OPTION_VERSION:
      cli->version = TRUE;
      return TRUE;
    default:
      g_return_val_if_reached (FALSE);
    }
}

/* @value: what stands behind "=" or directly behind a letter; %NULL where nothing does. */
static gboolean
take (Parser *p, CeCli *cli, const CeOption *option, const char *value, GError **error)
{
  if (option->value == NULL && value != NULL)
    return usage (error, "--%s takes no value", option->name);
  if (option->value != NULL && value == NULL)
    {
      if (p->next == p->argc)
        return usage (error, "--%s: its %s is missing", option->name, option->value);
      value = p->argv[p->next++];
    }
  p->given |= option->flag;
  return apply (cli, option, value, error);
}

static gboolean
take_long (Parser *p, CeCli *cli, const char *text, GError **error)
{
  const char *equals = strchr (text, '=');
  gsize length = equals != NULL ? (gsize) (equals - text) : strlen (text);

  for (const CeOption *option = ce_options; option->name != NULL; option++)
    if (strlen (option->name) == length && strncmp (option->name, text, length) == 0)
      return take (p, cli, option, equals != NULL ? equals + 1 : NULL, error);
  return usage (error, "--%.*s is not an option", (int) length, text);
}

static gboolean
take_short (Parser *p, CeCli *cli, const char *text, GError **error)
{
  for (const CeOption *option = ce_options; option->name != NULL; option++)
    if (option->letter != '\0' && option->letter == *text)
      return take (p, cli, option, text[1] != '\0' ? text + 1 : NULL, error);
  return usage (error, "-%s is not an option", text);
}

static gboolean
take_word (Parser *p, CeCli *cli, const char *word, GError **error)
{
  if (!g_utf8_validate (word, -1, NULL))
    return usage (error, "an argument is not UTF-8");
  if (cli->command == NULL && cli->word == NULL && !cli->help && g_str_equal (word, "help"))
    cli->help = TRUE;
  else if (cli->command == NULL && cli->word == NULL)
    {
      cli->command = ce_command_find (word);
      if (cli->command == NULL)
        cli->word = g_strdup (word);
    }
  else if (cli->command != NULL && cli->command->arguments != NULL && !p->has_argument)
    {
      g_free (cli->argument);
      cli->argument = g_strdup (word);
      p->has_argument = TRUE;
    }
  else if (cli->command != NULL && cli->command->two && cli->second == NULL)
    cli->second = g_strdup (word);
  else
    return usage (error, "'%s' is too much", word);
  return TRUE;
}

static gboolean
check_options (const Parser *p, const CeCli *cli, GError **error)
{
  CeOptions allowed = cli->command->options | CE_OPTION_HELP | CE_OPTION_VERSION;

  for (const CeOption *option = ce_options; option->name != NULL; option++)
    {
      if ((p->given & option->flag) != 0 && (allowed & option->flag) == 0)
        return usage (error, "%s has no option --%s", cli->command->name, option->name);
      if ((cli->command->needed & option->flag) != 0 && (p->given & option->flag) == 0)
        return usage (error, "%s needs --%s %s", cli->command->name, option->name, option->value);
    }
  return TRUE;
}

static gboolean
check_command (const CeCli *cli, GError **error)
{
  const char *guess = cli->word != NULL ? ce_help_guess (cli->word) : NULL;

  if (guess != NULL)
    return usage (error, "'%s' is not a command; did you mean '%s'?", cli->word, guess);
  if (cli->word != NULL)
    return usage (error, "'%s' is not a command", cli->word);
  return usage (error, "a command is missing");
}

gboolean
ce_cli_parse (CeCli *cli, int argc, char **argv, GError **error)
{
  Parser p = { .argc = argc, .argv = argv, .next = 1 };

  cli->pin_fd = -1;
  cli->limit = 50;
  while (p.next < argc)
    {
      const char *text = argv[p.next++];
      gboolean ok;

      if (p.only_words || text[0] != '-' || text[1] == '\0')
        ok = take_word (&p, cli, text, error);
      else if (g_str_equal (text, "--"))
        ok = p.only_words = TRUE;
      else
        ok = text[1] == '-' ? take_long (&p, cli, text + 2, error) : take_short (&p, cli, text + 1, error);
      if (!ok)
        return FALSE;
    }
  if (cli->version || (cli->help && cli->word == NULL))
    return TRUE;
  if (cli->command == NULL)
    return check_command (cli, error);
  return check_options (&p, cli, error);
}

void
ce_cli_clear (CeCli *cli)
{
  g_clear_pointer (&cli->word, g_free);
  g_clear_pointer (&cli->card, g_free);
  g_clear_pointer (&cli->template_name, g_free);
  g_clear_pointer (&cli->certificate, g_free);
  g_clear_pointer (&cli->argument, g_free);
  g_clear_pointer (&cli->second, g_free);
}
