/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib-unix.h>
#include <unistd.h>

#include "agent/base/config.h"
#include "agent/base/error.h"
#include "agent/base/secret.h"
#include "agent/base/shuffle.h"
#include "agent/base/text.h"

static void
every_error_has_a_name_of_its_own (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (int i = 0; i < CE_N_ERRORS; i++)
    {
      const char *name = ce_error_name ((CeErrorCode) i);

      g_assert_nonnull (name);
      g_assert_true (g_hash_table_add (seen, (gpointer) name));
      g_assert_cmpint (ce_error_from_name (name), ==, i);
    }
  g_assert_cmpstr (ce_error_name (CE_N_ERRORS), ==, "failed");
}

static void
every_error_about_card_network_or_refusal_says_what_to_do (void)
{
  for (int i = CE_ERROR_PCSC_UNAVAILABLE; i < CE_N_ERRORS; i++)
    g_assert_nonnull (ce_error_hint ((CeErrorCode) i));
}

static void
a_later_file_wins_and_defaults_hold (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CeConfig) config
    = ce_config_parse ("[policy]\nautoenrollment=disabled\n[schedule]\nhours=2\n[card]\nkey-algorithm=ec-p256\n", "test", &error);

  g_assert_no_error (error);
  g_assert_false (config->autoenrollment);
  g_assert_cmpuint (config->look_every_s, ==, 7200);
  g_assert_cmpstr (config->key_algorithm, ==, "ec-p256");
  g_assert_true (config->trial_logon);
  g_assert_null (config->server);
}

static void
a_wrong_setting_is_named (void)
{
  static const struct { const char *text, *in_message; } cases[] = {
    { "[schedule]\nhours=0\n", "[schedule] hours=0: 1 to 168 is expected" },
    { "[schedule]\nhorus=3\n", "[schedule] horus is not a setting" },
    { "[card]\nkey-algorithm=rsa-512\n", "rsa-2048, rsa-3072" },
    { "[policy]\nautoenrollment=perhaps\n", "enabled or disabled" },
    { "no group\n", "test: " },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (ce_config_parse (cases[i].text, "test", &error));
      g_assert_error (error, CE_ERROR, CE_ERROR_MISCONFIGURED);
      g_assert_nonnull (g_strstr_len (error->message, -1, cases[i].in_message));
    }
}

static CePin *
pin_from (const char *text, GError **error)
{
  int ends[2];

  g_assert_true (g_unix_open_pipe (ends, FD_CLOEXEC, NULL));
  g_assert_cmpint (write (ends[1], text, strlen (text)), ==, (gssize) strlen (text));
  close (ends[1]);
  return ce_pin_read_fd (ends[0], error);
}

static void
a_pin_is_one_line_of_a_descriptor (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CePin) pin = pin_from ("648219\nrest", &error);
  gsize length = 0;

  g_assert_no_error (error);
  g_assert_cmpstr (ce_pin_peek (pin, &length), ==, "648219");
  g_assert_cmpuint (length, ==, 6);
}

static void
an_empty_or_endless_pin_is_refused (void)
{
  g_autofree char *longer = g_strnfill (CE_PIN_MAX + 1, '1');
  const char *cases[] = { "", "\n", longer };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (pin_from (cases[i], &error));
      g_assert_error (error, CE_ERROR, CE_ERROR_PIN_UNAVAILABLE);
    }
}

static void
foreign_text_is_made_fit_for_a_terminal (void)
{
  g_autofree char *clean = ce_text_clean ("  a\033[2Jb\n\xff ", 10, 64);
  g_autofree char *hex = ce_hex ("\x00\xab\x7f", 3);
  g_autofree char *time = ce_time_iso (0);

  g_assert_true (g_utf8_validate (clean, -1, NULL));
  g_assert_null (strchr (clean, '\033'));
  g_assert_cmpstr (hex, ==, "00ab7f");
  g_assert_cmpstr (time, ==, "1970-01-01T00:00:00Z");
}

static guint32
draw_last (guint32 max)
{
  return max;
}

static guint32
draw_first (guint32 max G_GNUC_UNUSED)
{
  return 0;
}

/* By the first letter alone. */
static int
compare_letters (gconstpointer a, gconstpointer b)
{
  return **(const char *const *) a - **(const char *const *) b;
}

static char *
shuffled (CeDraw draw)
{
  const char *const words[] = { "a1", "b1", "b2", "b3", "c1", "c2" };
  g_autoptr (GPtrArray) list = g_ptr_array_new ();
  g_autoptr (GString) text = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    g_ptr_array_add (list, (gpointer) words[i]);
  ce_shuffle_ties (list, compare_letters, draw);
  for (guint i = 0; i < list->len; i++)
    g_string_append (text, list->pdata[i]);
  return g_strdup (text->str);
}

static void
chance_decides_among_equals_and_nowhere_else (void)
{
  g_autoptr (GPtrArray) none = g_ptr_array_new ();
  g_autofree char *last = shuffled (draw_last), *first = shuffled (draw_first);
  gboolean seen[3] = { FALSE };

  ce_shuffle_ties (none, compare_letters, NULL);
  g_assert_cmpstr (last, ==, "a1b1b2b3c1c2");
  g_assert_cmpstr (first, ==, "a1b2b3b1c2c1");
  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *any = shuffled (NULL);

      g_assert_cmpint (any[0], ==, 'a');
      g_assert_cmpint (any[2], ==, 'b');
      g_assert_cmpint (any[8], ==, 'c');
      seen[any[3] - '1'] = TRUE;
    }
  g_assert_true (seen[0] && seen[1] && seen[2]);
}

static void
a_text_is_replaced_and_never_null (void)
{
  g_autofree char *text = NULL;

  ce_text_set (&text, "one");
  ce_text_set (&text, text + 1);
  g_assert_cmpstr (text, ==, "ne");
  ce_text_set (&text, NULL);
  g_assert_cmpstr (text, ==, "");
  ce_text_take (&text, g_strdup ("two"));
  g_assert_cmpstr (text, ==, "two");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/error/every-error-has-a-name-of-its-own", every_error_has_a_name_of_its_own);
  g_test_add_func ("/error/every-error-says-what-to-do", every_error_about_card_network_or_refusal_says_what_to_do);
  g_test_add_func ("/config/a-later-value-wins-and-defaults-hold", a_later_file_wins_and_defaults_hold);
  g_test_add_func ("/config/a-wrong-setting-is-named", a_wrong_setting_is_named);
  g_test_add_func ("/pin/is-one-line-of-a-descriptor", a_pin_is_one_line_of_a_descriptor);
  g_test_add_func ("/pin/empty-or-endless-is-refused", an_empty_or_endless_pin_is_refused);
  g_test_add_func ("/text/foreign-text-is-made-fit-for-a-terminal", foreign_text_is_made_fit_for_a_terminal);
  g_test_add_func ("/text/a-text-is-replaced-and-never-null", a_text_is_replaced_and_never_null);
  g_test_add_func ("/shuffle/chance-decides-among-equals-and-nowhere-else", chance_decides_among_equals_and_nowhere_else);
  return g_test_run ();
}
