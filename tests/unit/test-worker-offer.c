/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/worker/offer.h"

/* "WHEN CARD TEMPLATE STATE", oldest first as a journal grows; ends with %NULL. */
static GPtrArray *
history (const char *const *rows)
{
  GPtrArray *lines = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_history_line_free);

  for (; *rows != NULL; rows++)
    {
      g_auto (GStrv) words = g_strsplit (*rows, " ", 4);
      CeHistoryLine *line = g_new0 (CeHistoryLine, 1);

      line->when_unix = g_ascii_strtoll (words[0], NULL, 10);
      line->card_serial = g_strdup (words[1]);
      line->template_name = g_strdup (words[2]);
      line->state = g_strdup (words[3]);
      g_ptr_array_insert (lines, 0, line);
    }
  return lines;
}

static guint
seconds (const char *const *rows)
{
  g_autoptr (GPtrArray) lines = history (rows);

  return ce_offer_seconds (lines, "T");
}

static void
nothing_is_known_without_history (void)
{
  const char *const none[] = { NULL };
  const char *const other[] = { "100 A U key-generating", "130 A U done", NULL };
  const char *const unfinished[] = { "100 A T key-generating", "130 A T written", NULL };

  g_assert_cmpuint (seconds (none), ==, 0);
  g_assert_cmpuint (seconds (other), ==, 0);
  g_assert_cmpuint (seconds (unfinished), ==, 0);
}

static void
it_is_measured_from_the_first_step_on_the_card (void)
{
  const char *const new_key[]
      = { "100 A T key-generating", "120 A T key-ready", "121 B T key-generating", "142 A T done", NULL };
  const char *const same_key[] = { "100 A T key-generating",  "142 A T done", "200 A T key-ready",
                                   "201 A T request-sending", "207 A T done", NULL };

  g_assert_cmpuint (seconds (new_key), ==, 42);
  g_assert_cmpuint (seconds (same_key), ==, 42); /* the upper of two */
}

static void
what_waited_does_not_count (void)
{
  const char *const pending[]
      = { "100 A T key-generating", "105 A T pending", "110 A T issued", "112 A T done", NULL };
  const char *const pulled[] = { "100 A T key-generating", "9000 A T done", NULL };

  g_assert_cmpuint (seconds (pending), ==, 0);
  g_assert_cmpuint (seconds (pulled), ==, 0);
}

static void
the_median_of_the_last_five_counts (void)
{
  const char *const rows[] = { "100 A T key-generating",
                               "900 A T done",
                               "1000 A T key-generating",
                               "1010 A T done",
                               "2000 B T key-generating",
                               "2020 B T done",
                               "3000 A T key-generating",
                               "3030 A T done",
                               "4000 A T key-generating",
                               "4040 A T done",
                               "5000 A T key-generating",
                               "5500 A T done",
                               NULL };

  g_assert_cmpuint (seconds (rows), ==, 30);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/worker-offer/nothing-is-known-without-history", nothing_is_known_without_history);
  g_test_add_func ("/worker-offer/it-is-measured-from-the-first-step-on-the-card",
                   it_is_measured_from_the_first_step_on_the_card);
  g_test_add_func ("/worker-offer/what-waited-does-not-count", what_waited_does_not_count);
  g_test_add_func ("/worker-offer/the-median-of-the-last-five-counts", the_median_of_the_last_five_counts);
  return g_test_run ();
}
