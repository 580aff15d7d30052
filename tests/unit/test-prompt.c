/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/base/error.h"
#include "agent/prompt/assuan.h"
#include "agent/prompt/prompt.h"

typedef struct
{
  char *folder;
  char *log;
} Fixture;

static const CePinPrompt usual = {
  .program = FAKE_PINENTRY,
  .title = "cardenroll",
  .card = "alice's card",
  .serial = "CE0000000001",
  .reader = "Virtual PCD 00 00",
  .purpose = "to get your certificate Lab Smartcard",
  .tries_left = -1,
  .pin_min = 6,
  .pin_max = 15,
  .timeout_s = 20,
};

static void
set_up (Fixture *f, gconstpointer unused)
{
  (void) unused;
  f->folder = g_dir_make_tmp ("test-prompt-XXXXXX", NULL);
  f->log = g_build_filename (f->folder, "log", NULL);
  g_setenv ("FAKE_PINENTRY_LOG", f->log, TRUE);
  g_setenv ("LC_ALL", "de_DE.UTF-8", TRUE);
}

static void
tear_down (Fixture *f, gconstpointer unused)
{
  (void) unused;
  /* No pinentry is left behind, whatever it did. */
  g_assert_cmpint (waitpid (-1, NULL, WNOHANG), ==, -1);
  (void) g_remove (f->log);
  (void) g_rmdir (f->folder);
  g_free (f->log);
  g_free (f->folder);
}

static char *
told (Fixture *f)
{
  char *text = NULL;

  g_assert_true (g_file_get_contents (f->log, &text, NULL, NULL));
  return text;
}

static CePin *
ask (const CePinPrompt *prompt, const char *behaviour, GError **error)
{
  g_setenv ("FAKE_PINENTRY", behaviour, TRUE);
  return ce_prompt_pin (prompt, error);
}

static void
expect_pin (const CePinPrompt *prompt, const char *behaviour, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CePin) pin = ask (prompt, behaviour, &error);
  gsize length = 0;

  g_assert_no_error (error);
  g_assert_cmpstr (ce_pin_peek (pin, &length), ==, expected);
  g_assert_cmpuint (length, ==, strlen (expected));
}

static void
a_person_is_told_the_card_and_the_purpose (Fixture *f, gconstpointer unused)
{
  g_autofree char *log = NULL;

  (void) unused;
  expect_pin (&usual, "pin 648219", "648219");
  log = told (f);
  g_assert_nonnull (strstr (log, "SETTITLE cardenroll\n"));
  g_assert_nonnull (strstr (log, "SETDESC Enter the PIN of your card to get your certificate Lab Smartcard.%0A"
                                 "%0ACard: alice's card%0ASerial number: CE0000000001%0AReader: Virtual PCD 00 00\n"));
  g_assert_nonnull (strstr (log, "SETPROMPT PIN:\n"));
  g_assert_nonnull (strstr (log, "SETTIMEOUT 19\n"));
  g_assert_nonnull (strstr (log, "OPTION lc-ctype=de_DE.UTF-8\n"));
  g_assert_null (strstr (log, "tries"));
  g_assert_null (strstr (log, "648219"));
  g_assert_true (g_str_has_prefix (log, "argv: \n"));
}

static void
few_tries_are_said (Fixture *f, gconstpointer unused)
{
  static const struct { int tries; gboolean last; const char *says; } cases[] = {
    { 2, FALSE, "%0A%0A2 tries left." },
    { 1, FALSE, "This is the last try: one more wrong PIN locks the card." },
    { -1, TRUE, "This is the last try" },
  };

  (void) unused;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      CePinPrompt prompt = usual;
      g_autofree char *log = NULL;

      prompt.tries_left = cases[i].tries;
      prompt.last_try = cases[i].last;
      (void) g_remove (f->log);
      expect_pin (&prompt, "pin 648219", "648219");
      log = told (f);
      g_assert_nonnull (strstr (log, cases[i].says));
    }
}

static void
hostile_card_names_cannot_forge_a_line (Fixture *f, gconstpointer unused)
{
  CePinPrompt prompt = usual;
  g_autofree char *longer = g_strnfill (5000, 'x');
  g_autofree char *log = NULL;
  g_auto (GStrv) lines = NULL;

  (void) unused;
  prompt.card = "100%\nSETERROR pwned\x1b[2J\xff";
  prompt.purpose = longer;
  prompt.reader = longer;
  expect_pin (&prompt, "pin 648219", "648219");
  log = told (f);
  g_assert_null (strstr (log, "\nSETERROR"));
  g_assert_nonnull (strstr (log, "Card: 100%25 SETERROR pwned"));
  lines = g_strsplit (log, "\n", -1);
  for (gsize i = 0; lines[i] != NULL; i++)
    g_assert_cmpuint (strlen (lines[i]), <=, CE_ASSUAN_LINE_MAX);
}

static void
a_pin_may_come_escaped_in_pieces_or_among_other_lines (Fixture *f, gconstpointer unused)
{
  g_autofree char *log = NULL;

  (void) unused;
  expect_pin (&usual, "pin 64%2582%0d19", "64%82\r19");
  expect_pin (&usual, "split 648219", "648219");
  expect_pin (&usual, "pin 6482ü9", "6482ü9");
  expect_pin (&usual, "chatty 648219", "648219");
  log = told (f);
  g_assert_nonnull (strstr (log, "inquired: END\n"));
}

static void
a_pin_of_the_wrong_length_costs_no_try (Fixture *f, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *log = NULL;

  (void) unused;
  expect_pin (&usual, "pin ,123,648219", "648219");
  log = told (f);
  g_assert_nonnull (strstr (log, "SETERROR No PIN was entered.\nGETPIN\n"));
  g_assert_nonnull (strstr (log, "SETERROR The PIN of this card has 6 to 15 characters.\nGETPIN\n"));
  g_assert_null (ask (&usual, "pin 123", &error));
  g_assert_error (error, CE_ERROR, CE_ERROR_PIN_UNAVAILABLE);
}

static void
each_way_not_to_get_a_pin_has_its_error (Fixture *f, gconstpointer unused)
{
  static const struct { const char *behaviour; int code; const char *says; } cases[] = {
    { "err 83886179 Operation cancelled <Pinentry>", CE_ERROR_CANCELLED, "cancelled" },
    { "err 83886278 Operation fully cancelled <Pinentry>", CE_ERROR_CANCELLED, "cancelled" },
    { "err 83886142 Timeout <Pinentry>", CE_ERROR_TIMED_OUT, "nobody entered the PIN in time" },
    { "err 83918950 Inappropriate ioctl for device <Pinentry>", CE_ERROR_PIN_UNAVAILABLE, "Inappropriate ioctl" },
    { "err 0 odd", CE_ERROR_PIN_UNAVAILABLE, "odd" },
    { "greet ERR 83886166 No pinentry", CE_ERROR_PIN_UNAVAILABLE, "No pinentry" },
    { "no-greeting", CE_ERROR_PIN_UNAVAILABLE, "ended with status 3" },
    { "exit 1", CE_ERROR_PIN_UNAVAILABLE, "ended with status 1" },
    { "signal 11", CE_ERROR_PIN_UNAVAILABLE, "signal 11" },
    { "signal 2", CE_ERROR_CANCELLED, "interrupted" },
  };

  (void) f;
  (void) unused;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (ask (&usual, cases[i].behaviour, &error));
      g_assert_error (error, CE_ERROR, cases[i].code);
      g_assert_nonnull (strstr (error->message, cases[i].says));
    }
}

static void
a_hostile_pinentry_is_bounded (Fixture *f, gconstpointer unused)
{
  static const char *const cases[] = {
    "flood", "long-line", "raw HTTP/1.1 400 Bad Request", "raw D 12%0034\\nOK", "raw D 12%4", "raw D 12%zz\\nOK",
    "pin 11111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111"
    "111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111"
    "1111111111111111111111111111111111111111111111111111",
  };

  (void) f;
  (void) unused;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (ask (&usual, cases[i], &error));
      g_assert_error (error, CE_ERROR, CE_ERROR_PIN_UNAVAILABLE);
    }
}

static void
a_pinentry_that_hangs_is_ended (Fixture *f, gconstpointer unused)
{
  static const char *const cases[] = { "hang", "deaf" };

  (void) f;
  (void) unused;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      CePinPrompt prompt = usual;
      g_autoptr (GError) error = NULL;

      prompt.timeout_s = 1;
      g_assert_null (ask (&prompt, cases[i], &error));
      g_assert_error (error, CE_ERROR, CE_ERROR_TIMED_OUT);
    }
}

static void
on_alarm (int number)
{
  (void) number;
}

static void
a_signal_stops_the_question (Fixture *f, gconstpointer unused)
{
  const struct sigaction action = { .sa_handler = on_alarm };
  g_autoptr (GError) error = NULL;

  (void) f;
  (void) unused;
  g_assert_cmpint (sigaction (SIGALRM, &action, NULL), ==, 0);
  (void) alarm (1);
  g_assert_null (ask (&usual, "hang", &error));
  g_assert_error (error, CE_ERROR, CE_ERROR_CANCELLED);
}

static void
a_missing_pinentry_is_named (Fixture *f, gconstpointer unused)
{
  CePinPrompt prompt = usual;
  g_autoptr (GError) error = NULL;

  (void) f;
  (void) unused;
  prompt.program = "pinentry-that-is-not-there";
  g_assert_null (ask (&prompt, "pin 1", &error));
  g_assert_error (error, CE_ERROR, CE_ERROR_PIN_UNAVAILABLE);
  g_assert_nonnull (strstr (error->message, "pinentry-that-is-not-there"));
}

static void
a_question_is_yes_or_no (Fixture *f, gconstpointer unused)
{
  static const struct { const char *behaviour; gboolean yes; } cases[] = {
    { "yes", TRUE }, { "err 83886194 Not confirmed", FALSE }, { "err 83886179 Operation cancelled", FALSE },
  };
  g_autoptr (GError) error = NULL;
  g_autofree char *log = NULL;
  gboolean yes = FALSE;

  (void) unused;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_setenv ("FAKE_PINENTRY", cases[i].behaviour, TRUE);
      g_assert_true (ce_prompt_confirm (&usual, "Spend the last try?", &yes, &error));
      g_assert_no_error (error);
      g_assert_cmpint (yes, ==, cases[i].yes);
    }
  log = told (f);
  g_assert_nonnull (strstr (log, "SETDESC Spend the last try?%0A%0ACard: alice's card"));
  g_assert_nonnull (strstr (log, "SETOK Yes\n"));
  g_setenv ("FAKE_PINENTRY", "err 83886142 Timeout", TRUE);
  g_assert_false (ce_prompt_confirm (&usual, "Spend the last try?", &yes, &error));
  g_assert_error (error, CE_ERROR, CE_ERROR_TIMED_OUT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/prompt/a-person-is-told-the-card-and-the-purpose", a_person_is_told_the_card_and_the_purpose);
  ADD ("/prompt/few-tries-are-said", few_tries_are_said);
  ADD ("/prompt/hostile-card-names-cannot-forge-a-line", hostile_card_names_cannot_forge_a_line);
  ADD ("/prompt/a-pin-may-come-escaped-in-pieces-or-among-other-lines",
       a_pin_may_come_escaped_in_pieces_or_among_other_lines);
  ADD ("/prompt/a-pin-of-the-wrong-length-costs-no-try", a_pin_of_the_wrong_length_costs_no_try);
  ADD ("/prompt/each-way-not-to-get-a-pin-has-its-error", each_way_not_to_get_a_pin_has_its_error);
  ADD ("/prompt/a-hostile-pinentry-is-bounded", a_hostile_pinentry_is_bounded);
  ADD ("/prompt/a-pinentry-that-hangs-is-ended", a_pinentry_that_hangs_is_ended);
  ADD ("/prompt/a-signal-stops-the-question", a_signal_stops_the_question);
  ADD ("/prompt/a-missing-pinentry-is-named", a_missing_pinentry_is_named);
  ADD ("/prompt/a-question-is-yes-or-no", a_question_is_yes_or_no);
  return g_test_run ();
}
