/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/prompt/prompt.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/error.h"
#include "agent/base/text.h"
#include "agent/prompt/assuan.h"

#define DEFAULT_PROGRAM "pinentry"
#define DEFAULT_TIMEOUT_S 120
#define FEW_TRIES 3
/* How often a person may type something that cannot be a PIN of this card. It costs none of the card's tries. */
#define MAX_ENTRIES 5
#define MAX_QUESTION 400

static void
append_field (GString *text, const char *name, const char *value, gsize max)
{
  g_autofree char *clean = NULL;

  if (value == NULL || *value == '\0')
    return;
  clean = ce_text_clean (value, strlen (value), max);
  g_string_append_printf (text, "\n%s: %s", name, clean);
}

static void
append_tries (GString *text, const CePinPrompt *prompt)
{
  if (prompt->last_try || prompt->tries_left == 1)
    g_string_append (text, "\n\nThis is the last try: one more wrong PIN locks the card.");
  else if (prompt->tries_left >= 0 && prompt->tries_left < FEW_TRIES)
    g_string_append_printf (text, "\n\n%d tries left.", prompt->tries_left);
}

static void
append_card (GString *text, const CePinPrompt *prompt)
{
  g_string_append_c (text, '\n');
  append_field (text, "Card", prompt->card, 80);
  append_field (text, "Serial number", prompt->serial, 80);
  append_field (text, "Reader", prompt->reader, 120);
}

static char *
describe (const CePinPrompt *prompt)
{
  GString *text = g_string_new ("Enter the PIN of your card");

  if (prompt->purpose != NULL && *prompt->purpose != '\0')
    {
      g_autofree char *purpose = ce_text_clean (prompt->purpose, strlen (prompt->purpose), 200);

      g_string_append_printf (text, " %s", purpose);
    }
  g_string_append_c (text, '.');
  append_card (text, prompt);
  append_tries (text, prompt);
  return g_string_free (text, FALSE);
}

static gboolean
is_ok (const CeAssuanReply *reply, const char *program, const char *what, GError **error)
{
  switch (reply->code)
    {
    case CE_ASSUAN_OK:
      return TRUE;
    case CE_ASSUAN_CANCELED:
    case CE_ASSUAN_FULLY_CANCELED:
    case CE_ASSUAN_NOT_CONFIRMED:
      g_set_error (error, CE_ERROR, CE_ERROR_CANCELLED, "the %s entry was cancelled", what);
      return FALSE;
    case CE_ASSUAN_TIMEOUT:
      g_set_error (error, CE_ERROR, CE_ERROR_TIMED_OUT, "nobody entered the %s in time", what);
      return FALSE;
    default:
      g_set_error (error, CE_ERROR, CE_ERROR_PIN_UNAVAILABLE, "%s cannot ask for the %s: %s (code %u)", program,
                   what, reply->message, reply->code);
      return FALSE;
    }
}

static const char *
locale_of (const char *category)
{
  const char *all = g_getenv ("LC_ALL");
  const char *one = g_getenv (category);

  if (all != NULL && *all != '\0')
    return all;
  return one != NULL && *one != '\0' ? one : g_getenv ("LANG");
}

static gboolean
has_terminal (void)
{
  int fd = open ("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

  if (fd >= 0)
    close (fd);
  return fd >= 0;
}

/* The worker's own standard input and output are pipes: the terminal is what is left of it. */
static char *
terminal (void)
{
  char name[256];

  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (isatty (fd) && ttyname_r (fd, name, sizeof name) == 0)
      return g_strdup (name);
  if (g_getenv ("GPG_TTY") != NULL)
    return g_strdup (g_getenv ("GPG_TTY"));
  return has_terminal () ? g_strdup ("/dev/tty") : NULL;
}

static gboolean
send_option (CeAssuan *assuan, const char *name, const char *value, GError **error)
{
  g_autofree char *option = NULL;
  g_auto (CeAssuanReply) reply = { 0 };

  if (value == NULL || *value == '\0')
    return TRUE;
  option = g_strdup_printf ("%s=%s", name, value);
  /* A pinentry that does not know an option still works. */
  return ce_assuan_ask (assuan, "OPTION", option, &reply, NULL, error);
}

static gboolean
send_options (CeAssuan *assuan, GError **error)
{
  g_autofree char *tty = terminal ();

  return send_option (assuan, "ttyname", tty, error)
         && (tty == NULL || send_option (assuan, "ttytype", g_getenv ("TERM"), error))
         && send_option (assuan, "lc-ctype", locale_of ("LC_CTYPE"), error)
         && send_option (assuan, "lc-messages", locale_of ("LC_MESSAGES"), error)
         && send_option (assuan, "display", g_getenv ("DISPLAY"), error);
}

static gboolean
send_text (CeAssuan *assuan, const char *command, const char *text, GError **error)
{
  g_auto (CeAssuanReply) reply = { 0 };

  return ce_assuan_ask (assuan, command, text, &reply, NULL, error);
}

static CeAssuan *
start (const CePinPrompt *prompt, const char *program, const char *description, GError **error)
{
  guint timeout_s = prompt->timeout_s != 0 ? prompt->timeout_s : DEFAULT_TIMEOUT_S;
  /* Its window closes by itself a little before it would be ended. */
  g_autofree char *own_timeout = g_strdup_printf ("%u", timeout_s > 2 ? timeout_s - 1 : timeout_s);
  const char *title = prompt->title != NULL ? prompt->title : "cardenroll";
  g_autoptr (CeAssuan) assuan = ce_assuan_start (program, timeout_s, error);

  if (assuan == NULL || !send_options (assuan, error) || !send_text (assuan, "SETTIMEOUT", own_timeout, error)
      || !send_text (assuan, "SETTITLE", title, error) || !send_text (assuan, "SETDESC", description, error))
    return NULL;
  return g_steal_pointer (&assuan);
}

/* Why @pin cannot be a PIN of this card, for the person; %NULL where it can. */
static char *
why_not_a_pin (const CePinPrompt *prompt, const CePin *pin)
{
  gsize length = 0;
  guint min = prompt->pin_min;
  guint max = prompt->pin_max;

  if (pin == NULL)
    return g_strdup ("No PIN was entered.");
  (void) ce_pin_peek (pin, &length);
  if (max != 0 && max < min)
    return NULL;
  if (length >= min && (max == 0 || length <= max))
    return NULL;
  if (max == 0 || max >= CE_PIN_MAX)
    return g_strdup_printf ("The PIN of this card has at least %u characters.", min);
  return g_strdup_printf ("The PIN of this card has %u to %u characters.", min, max);
}

static CePin *
ask_once (CeAssuan *assuan, const CePinPrompt *prompt, const char *program, char **ret_why_not, GError **error)
{
  g_auto (CeAssuanReply) reply = { 0 };
  g_autoptr (CePin) pin = NULL;

  if (!ce_assuan_ask (assuan, "GETPIN", NULL, &reply, &pin, error) || !is_ok (&reply, program, "PIN", error))
    return NULL;
  *ret_why_not = why_not_a_pin (prompt, pin);
  return *ret_why_not == NULL ? g_steal_pointer (&pin) : NULL;
}

CePin *
ce_prompt_pin (const CePinPrompt *prompt, GError **error)
{
  const char *program = prompt->program != NULL ? prompt->program : DEFAULT_PROGRAM;
  g_autofree char *description = describe (prompt);
  g_autoptr (CeAssuan) assuan = start (prompt, program, description, error);

  if (assuan == NULL || !send_text (assuan, "SETPROMPT", "PIN:", error) || !send_text (assuan, "SETOK", "OK", error)
      || !send_text (assuan, "SETCANCEL", "Cancel", error))
    return NULL;
  for (guint i = 0;; i++)
    {
      g_autofree char *why_not = NULL;
      g_autoptr (CePin) pin = ask_once (assuan, prompt, program, &why_not, error);

      if (pin != NULL)
        return g_steal_pointer (&pin);
      if (why_not == NULL)
        return NULL;
      if (i + 1 == MAX_ENTRIES)
        {
          g_set_error (error, CE_ERROR, CE_ERROR_PIN_UNAVAILABLE,
                       "%d times what was entered could not be the card's PIN; the card was not asked", MAX_ENTRIES);
          return NULL;
        }
      if (!send_text (assuan, "SETERROR", why_not, error))
        return NULL;
    }
}

CePin *
ce_prompt_password (const CePinPrompt *prompt, const char *user, const char *host, GError **error)
{
  const char *program = prompt->program != NULL ? prompt->program : DEFAULT_PROGRAM;
  g_autofree char *question = g_strdup_printf ("Enter the password of %s for %s %s.", user, host, prompt->purpose);
  g_autofree char *description = ce_text_clean (question, strlen (question), MAX_QUESTION);
  g_autoptr (CeAssuan) assuan = start (prompt, program, description, error);
  g_auto (CeAssuanReply) reply = { 0 };
  g_autoptr (CePin) password = NULL;

  if (assuan == NULL || !send_text (assuan, "SETPROMPT", "Password:", error) || !send_text (assuan, "SETOK", "OK", error)
      || !send_text (assuan, "SETCANCEL", "Cancel", error)
      || !ce_assuan_ask (assuan, "GETPIN", NULL, &reply, &password, error)
      || !is_ok (&reply, program, "password", error))
    return NULL;
  if (password == NULL)
    g_set_error (error, CE_ERROR, CE_ERROR_PIN_UNAVAILABLE, "no password of %s was entered", user);
  return g_steal_pointer (&password);
}

static char *
describe_question (const CePinPrompt *prompt, const char *question)
{
  GString *text = g_string_new (NULL);
  g_autofree char *clean = ce_text_clean (question, strlen (question), MAX_QUESTION);

  g_string_append (text, clean);
  append_card (text, prompt);
  return g_string_free (text, FALSE);
}

gboolean
ce_prompt_confirm (const CePinPrompt *prompt, const char *question, gboolean *ret_yes, GError **error)
{
  const char *program = prompt->program != NULL ? prompt->program : DEFAULT_PROGRAM;
  g_autofree char *description = describe_question (prompt, question);
  g_autoptr (CeAssuan) assuan = start (prompt, program, description, error);
  g_auto (CeAssuanReply) reply = { 0 };
  gboolean no;

  if (assuan == NULL || !send_text (assuan, "SETOK", "Yes", error) || !send_text (assuan, "SETCANCEL", "No", error)
      || !ce_assuan_ask (assuan, "CONFIRM", NULL, &reply, NULL, error))
    return FALSE;
  no = reply.code == CE_ASSUAN_NOT_CONFIRMED || reply.code == CE_ASSUAN_CANCELED
       || reply.code == CE_ASSUAN_FULLY_CANCELED;
  if (!no && !is_ok (&reply, program, "PIN", error))
    return FALSE;
  *ret_yes = !no;
  return TRUE;
}
