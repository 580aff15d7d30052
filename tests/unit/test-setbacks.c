/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What the history says of requests that ended badly. */

#include "agent/enroll/setbacks.h"

#include <string.h>

#define ALICE "alice@LAB.TEST"

/* "WHEN TEMPLATE STATE NOTE", oldest first as a journal grows; ends with %NULL. A note of "bob" makes it his. */
static GPtrArray *
history (const char *const *rows)
{
  GPtrArray *lines = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_history_line_free);

  for (; *rows != NULL; rows++)
    {
      g_auto (GStrv) words = g_strsplit (*rows, " ", 4);
      CeHistoryLine *line = g_new0 (CeHistoryLine, 1);

      line->job = g_str_has_prefix (words[2], "logon") ? 0 : 1;
      line->when_unix = g_ascii_strtoll (words[0], NULL, 10);
      line->template_name = g_strdup (words[1]);
      line->state = g_strdup (words[2]);
      line->note = g_strdup (words[3] != NULL ? words[3] : "");
      line->user = g_strdup (strcmp (line->note, "bob") == 0 ? "bob@LAB.TEST" : ALICE);
      line->action = g_strdup ("enroll");
      line->ca_name = g_strdup ("LAB-CA");
      line->request_id = g_strdup ("27");
      g_ptr_array_insert (lines, 0, line);
    }
  return lines;
}

static GPtrArray *
setbacks (const char *const *rows)
{
  g_autoptr (GPtrArray) lines = history (rows);

  return ce_setbacks_from_history (lines, ALICE);
}

/* Names of templates, newest first. */
static void
assert_unproved (const char *names, const char *const *rows)
{
  g_autoptr (GPtrArray) lines = history (rows);
  g_autoptr (GPtrArray) unproved = ce_unproved_from_history (lines, ALICE);
  g_autofree char *found = NULL;

  g_ptr_array_add (unproved, NULL);
  found = g_strjoinv (" ", (char **) unproved->pdata);
  g_assert_cmpstr (found, ==, names);
}

/* "KIND WHEN COUNT NOTE" of the only one; "" where there is none. */
static char *
the_one (const char *const *rows)
{
  static const char *const kinds[] = { "denied", "cancelled", "in-vain" };
  g_autoptr (GPtrArray) found = setbacks (rows);
  const CeSetback *one = found->len > 0 ? found->pdata[0] : NULL;

  g_assert_cmpuint (found->len, <=, 1);
  return one == NULL
             ? g_strdup ("")
             : g_strdup_printf ("%s %d %u %s", kinds[one->kind], (int) one->when_unix, one->count, one->note);
}

#define ASSERT_IS(what, ...)                                                                                 \
  do                                                                                                         \
    {                                                                                                        \
      const char *const rows[] = { __VA_ARGS__, NULL };                                                      \
      g_autofree char *found = the_one (rows);                                                               \
                                                                                                             \
      g_assert_cmpstr (found, ==, what);                                                                     \
    }                                                                                                        \
  while (0)

static void
what_ended_well_is_none (void)
{
  ASSERT_IS ("", "1 T begun", "2 T issued", "3 T done");
  ASSERT_IS ("", "1 T denied no", "2 T begun", "3 T done");
  ASSERT_IS ("", "1 T denied no", "2 T begun", "3 T request-sending");
  ASSERT_IS ("", "1 T issued-in-vain flaw", "2 T begun", "3 T done");
  ASSERT_IS ("", "1 T denied given", "2 T abandoned");
  ASSERT_IS ("", "1 T denied bob");
}

static void
a_refusal_counts_from_when_it_came (void)
{
  ASSERT_IS ("denied 5 1 no", "1 T begun", "4 T pending", "5 T denied no");
  ASSERT_IS ("denied 5 1 no", "4 T pending", "5 T denied no", "90 T denied no");
  ASSERT_IS ("denied 8 1 no", "5 T denied no", "6 T begun", "8 T denied no", "9 T denied no");
  ASSERT_IS ("denied 5 1 no", "5 T denied no", "6 T logon-test no", "7 T denied bob");
  ASSERT_IS ("cancelled 5 1 " CE_NOTE_CANCELLED, "5 T denied " CE_NOTE_CANCELLED,
             "6 T denied " CE_NOTE_CANCELLED);
}

static void
what_is_in_vain_is_counted_in_a_row (void)
{
  ASSERT_IS ("in-vain 4 1 flaw", "1 T begun", "3 T done", "4 T issued-in-vain flaw");
  ASSERT_IS ("in-vain 14 2 flaw", "3 T done", "4 T issued-in-vain flaw", "11 T begun", "13 T done",
             "14 T issued-in-vain flaw");
  ASSERT_IS ("in-vain 14 1 other", "3 T done", "4 T issued-in-vain flaw", "11 T begun", "13 T done",
             "14 T issued-in-vain other");
  ASSERT_IS ("in-vain 24 1 flaw", "3 T done", "4 T issued-in-vain flaw", "11 T begun", "13 T done",
             "21 T begun", "23 T done", "24 T issued-in-vain flaw");
  ASSERT_IS ("in-vain 24 1 flaw", "4 T issued-in-vain flaw", "13 T denied no", "21 T begun", "23 T done",
             "24 T issued-in-vain flaw");
}

static void
each_template_has_its_own (void)
{
  static const char *const rows[]
      = { "1 A denied no", "2 B done", "3 C issued-in-vain flaw", "4 B begun", NULL };
  g_autoptr (GPtrArray) found = setbacks (rows);

  g_assert_cmpuint (found->len, ==, 2);
}

#define REFUSED CE_NOTE_LOGON_REFUSED "revoked"
#define ASSERT_UNPROVED(names, ...) assert_unproved (names, (const char *const[]){ __VA_ARGS__, NULL })

static void
what_the_kdc_refused_is_unproved_until_it_lets_in (void)
{
  ASSERT_UNPROVED ("", "1 T begun", "2 T done the domain controller let it log on");
  ASSERT_UNPROVED ("T", "1 T done fine", "2 T done " REFUSED, "3 T begun");
  ASSERT_UNPROVED ("", "2 T done " REFUSED, "3 T done fine");
  ASSERT_UNPROVED ("", "2 T done " REFUSED, "3 - logon-test");
  ASSERT_UNPROVED ("T", "2 T done " REFUSED, "3 - logon-test bob", "4 - logon-refused");
  ASSERT_UNPROVED ("B A", "1 A done " REFUSED, "2 B done " REFUSED);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/setbacks/what-ended-well-is-none", what_ended_well_is_none);
  g_test_add_func ("/setbacks/a-refusal-counts-from-when-it-came", a_refusal_counts_from_when_it_came);
  g_test_add_func ("/setbacks/what-is-in-vain-is-counted-in-a-row", what_is_in_vain_is_counted_in_a_row);
  g_test_add_func ("/setbacks/each-template-has-its-own", each_template_has_its_own);
  g_test_add_func ("/setbacks/what-the-kdc-refused-is-unproved-until-it-lets-in",
                   what_the_kdc_refused_is_unproved_until_it_lets_in);
  return g_test_run ();
}
