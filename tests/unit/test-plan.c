/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The plan, by a table that a person can read: tests/data/plan/table.txt, whose head says how. */

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "plan-world.h"
#include "policy/plain.h"
#include "policy/plan.h"

typedef struct
{
  guint line;
  char *state;
  char *verdicts;
  char *besides;
  char *more;
} Row;

static char *
show_verdicts (const CePlan *plan)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < plan->verdicts->len; i++)
    {
      const CeVerdict *v = g_ptr_array_index (plan->verdicts, i);

      g_string_append_printf (text, "%s%s %s %s", i > 0 ? ", " : "", v->template->name,
                              ce_action_name (v->verdict), ce_reason_name (v->because));
    }
  return g_string_free (text, FALSE);
}

/* What is done beside the verdicts: "fetch-pending Gone, remove c1 expired, remove c2 superseded-by after
 * Card, ending c3 no-template" */
static char *
show_besides (const CePlan *plan)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < plan->actions->len; i++)
    {
      const CeAction *a = g_ptr_array_index (plan->actions, i);

      if (a->template != NULL)
        continue;
      g_string_append_printf (text, "%s%s ", text->len > 0 ? ", " : "", ce_action_name (a->kind));
      if (a->kind == CE_ACTION_FETCH_PENDING)
        g_string_append (text, a->pending->template_name);
      else
        g_string_append_printf (text, "%s %s", a->certificate, ce_reason_name (a->because));
      if (a->after != NULL)
        g_string_append_printf (text, " after %s", a->after->name);
    }
  for (guint i = 0; i < plan->endings->len; i++)
    {
      const CeEnding *ending = g_ptr_array_index (plan->endings, i);

      g_string_append_printf (text, "%sending %s %s", text->len > 0 ? ", " : "", ending->certificate,
                              ce_reason_name (ending->because));
    }
  return g_string_free (text, FALSE);
}

/* What holds for every plan: a detail everywhere, and for each verdict that says so exactly one action; no
 * certificate leaves twice, and what is removed is of no template. */
static void
check_consistent (const CePlan *plan)
{
  g_autoptr (GHashTable) leaving = g_hash_table_new (g_str_hash, g_str_equal);
  guint n = 0, n_removed = 0, n_besides = 0;

  for (guint i = 0; i < plan->verdicts->len; i++)
    {
      const CeVerdict *v = g_ptr_array_index (plan->verdicts, i);

      g_assert_nonnull (v->detail);
      g_assert_cmpstr (v->detail, !=, "");
      n += v->verdict != CE_ACTION_NONE;
    }
  for (guint i = 0; i < plan->actions->len; i++)
    {
      const CeAction *a = g_ptr_array_index (plan->actions, i);

      n_removed += a->kind == CE_ACTION_REMOVE;
      g_assert_true (a->kind == CE_ACTION_REMOVE || n_removed == 0);
      n_besides += a->template == NULL;
      g_assert_true (a->template == NULL || a->kind != CE_ACTION_REMOVE);
      g_assert_true (a->template != NULL || a->kind == CE_ACTION_REMOVE || a->pending != NULL);
      g_assert_true (a->kind == CE_ACTION_REMOVE || a->after == NULL);
      g_assert_true (a->certificate == NULL || g_hash_table_add (leaving, a->certificate));
      g_assert_cmpstr (a->detail, !=, "");
      g_assert_true ((a->kind == CE_ACTION_FETCH_PENDING) == (a->pending != NULL));
    }
  g_assert_cmpuint (plan->actions->len, ==, n + n_besides);
  for (guint i = 0; i < plan->endings->len; i++)
    {
      const CeEnding *ending = g_ptr_array_index (plan->endings, i);

      g_assert_cmpstr (ending->detail, !=, "");
      g_assert_true (g_str_has_suffix (ending->words, "."));
    }
}

/* Third column: "next=10d", "certificate=c1", "do=B,A", "says=…to the end". */
static void
check_more (const CePlan *plan, const char *more)
{
  const CeAction *first = plan->actions->len > 0 ? g_ptr_array_index (plan->actions, 0) : NULL;
  const char *said = strstr (more, "says=");
  g_autofree char *rest = g_strndup (more, said != NULL ? (gsize) (said - more) : strlen (more));
  g_auto (GStrv) words = g_strsplit (g_strstrip (rest), " ", -1);

  for (char **word = words; *word != NULL; word++)
    if (g_str_has_prefix (*word, "next="))
      g_assert_cmpint (plan->next_look_unix - PLAN_NOW, ==, plan_world_span (*word + 5));
    else if (g_str_has_prefix (*word, "certificate="))
      g_assert_cmpstr (first->certificate != NULL ? first->certificate : "none", ==, *word + 12);
    else if (g_str_has_prefix (*word, "do="))
      {
        g_autoptr (GString) order = g_string_new (NULL);

        for (guint i = 0; i < plan->actions->len; i++)
          {
            const CeAction *action = g_ptr_array_index (plan->actions, i);

            g_string_append_printf (order, "%s%s", i > 0 ? "," : "",
                                    action->template != NULL  ? action->template->name
                                    : action->pending != NULL ? action->pending->template_name
                                                              : action->certificate);
          }
        g_assert_cmpstr (order->str, ==, *word + 3);
      }
    else if (**word != '\0')
      g_error ("unknown: %s", *word);
  if (said != NULL
      && strstr (((CeVerdict *) g_ptr_array_index (plan->verdicts, 0))->detail, said + 5) == NULL)
    g_error ("'%s' does not say '%s'", ((CeVerdict *) g_ptr_array_index (plan->verdicts, 0))->detail,
             said + 5);
}

static void
one_row (gconstpointer data)
{
  const Row *row = data;
  g_autoptr (PlanWorld) s = plan_world_new (row->state);
  g_autoptr (CePlan) plan = ce_plan_make (&s->world);
  g_autoptr (CePlan) again = ce_plan_make (&s->world);
  g_autofree char *shown = show_verdicts (plan);
  g_autofree char *shown_again = show_verdicts (again);
  g_autofree char *besides = show_besides (plan);

  g_assert_cmpstr (shown, ==, row->verdicts);
  g_assert_cmpstr (shown, ==, shown_again);
  g_assert_cmpstr (besides, ==, row->besides);
  check_consistent (plan);
  check_more (plan, row->more);
}

static Row *
parse_row (guint line, const char *text)
{
  g_auto (GStrv) columns = g_strsplit (text, "|", 3);
  char *besides;
  Row *row;

  if (*text == '#' || g_strv_length (columns) < 2)
    return NULL;
  row = g_new0 (Row, 1);
  row->line = line;
  row->state = g_strdup (g_strstrip (columns[0]));
  besides = strchr (columns[1], ';');
  if (besides != NULL)
    *besides++ = '\0';
  row->besides = g_strdup (besides != NULL ? g_strstrip (besides) : "");
  row->verdicts = g_strdup (g_strstrip (columns[1]));
  row->more = g_strdup (columns[2] != NULL ? g_strstrip (columns[2]) : "");
  return row;
}

static void
row_free (gpointer data)
{
  Row *row = data;

  g_free (row->state);
  g_free (row->verdicts);
  g_free (row->besides);
  g_free (row->more);
  g_free (row);
}

static GPtrArray *
read_table (void)
{
  GPtrArray *rows = g_ptr_array_new_with_free_func (row_free);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (CE_TEST_DATA "/plan/table.txt", &text, NULL, &error);
  g_assert_no_error (error);
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      Row *row = parse_row (i + 1, lines[i]);

      if (row != NULL)
        g_ptr_array_add (rows, row);
    }
  return rows;
}

static void
every_reason_stands_twice_in_the_table (gconstpointer data)
{
  const GPtrArray *rows = data;

  g_assert_cmpuint (rows->len, >=, 150);
  for (int reason = 0; reason < CE_N_REASONS; reason++)
    {
      g_autofree char *word = g_strdup_printf (" %s", ce_reason_name ((CeReason) reason));
      guint n = 0;

      for (guint i = 0; i < rows->len; i++)
        {
          const Row *row = g_ptr_array_index (rows, i);

          n += strstr (row->verdicts, word) != NULL || strstr (row->besides, word) != NULL;
        }
      if (n < 2)
        g_error ("the reason%s stands only %u times in the table", word, n);
    }
}

static void
a_template_that_does_not_exist_has_no_verdict (void)
{
  g_autoptr (PlanWorld) s = plan_world_new ("asked=Nothing");
  g_autoptr (CePlan) plan = ce_plan_make (&s->world);

  g_assert_cmpuint (plan->verdicts->len, ==, 0);
  g_assert_cmpuint (plan->actions->len, ==, 0);
}

static void
the_order_of_what_is_on_the_card_does_not_matter (void)
{
  g_autoptr (PlanWorld) a = plan_world_new ("cert=Card,to=5d cert=Card,to=300d cert=Card,revoked");
  g_autoptr (PlanWorld) b = plan_world_new ("cert=Card,revoked cert=Card,to=300d cert=Card,to=5d");
  g_autoptr (CePlan) plan_a = ce_plan_make (&a->world);
  g_autoptr (CePlan) plan_b = ce_plan_make (&b->world);

  g_assert_cmpstr (((CeVerdict *) g_ptr_array_index (plan_a->verdicts, 0))->detail, ==,
                   ((CeVerdict *) g_ptr_array_index (plan_b->verdicts, 0))->detail);
}

/* Whatever decided: no attribute, value or code in what a card's holder reads, and whole sentences. */
static void
words_for_the_holder_are_plain_sentences (void)
{
  g_autoptr (PlanWorld) s = plan_world_new ("-");
  CeTemplate *template = g_ptr_array_index (s->policy->templates, 0);
  g_autofree char *right = NULL, *group = NULL, *no_template = NULL;

  for (int i = 0; i < CE_N_REASONS; i++)
    {
      g_autofree char *words = ce_plain_words ((CeReason) i, template);
      g_autofree char *without = ce_plain_words ((CeReason) i, NULL);

      g_assert_true (g_str_has_suffix (words, ".") && g_str_has_suffix (without, "."));
      g_assert_false (g_regex_match_simple ("0x|msPKI|ACE|[A-Z]_[A-Z]|%", words, 0, 0));
    }
  right = ce_plain_words (CE_REASON_NO_ENROLL_RIGHT, template);
  g_assert_cmpstr (right, ==, "You may not enrol for 'Card' yet. Ask your administrator.");
  g_free (template->rights_ask);
  template->rights_ask = g_strdup ("'LAB\\Card Users'");
  group = ce_plain_words (CE_REASON_NO_ENROLL_RIGHT, template);
  g_assert_cmpstr (group, ==, "You may not enrol for 'Card' yet. Ask your administrator for membership of 'LAB\\Card Users'.");
  no_template = ce_plain_words (CE_REASON_NO_TEMPLATE, NULL);
  g_assert_cmpstr (no_template, ==, "Certificates of this kind are not issued any more. Ask your administrator.");
}

static void
names_and_codes_are_one_to_one (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (int i = 0; i < CE_N_ACTIONS; i++)
    g_assert_true (g_hash_table_add (seen, (gpointer) ce_action_name ((CeActionKind) i)));
  for (int i = 0; i < CE_N_REASONS; i++)
    g_assert_true (g_hash_table_add (seen, (gpointer) ce_reason_name ((CeReason) i)));
}

int
main (int argc, char **argv)
{
  g_autoptr (GPtrArray) rows = read_table ();

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < rows->len; i++)
    {
      Row *row = g_ptr_array_index (rows, i);
      g_autofree char *path = g_strdup_printf ("/plan/table/line-%03u", row->line);

      g_test_add_data_func (path, row, one_row);
    }
  g_test_add_data_func ("/plan/every-reason-stands-twice-in-the-table", rows,
                        every_reason_stands_twice_in_the_table);
  g_test_add_func ("/plan/a-template-that-does-not-exist-has-no-verdict",
                   a_template_that_does_not_exist_has_no_verdict);
  g_test_add_func ("/plan/the-order-of-what-is-on-the-card-does-not-matter",
                   the_order_of_what_is_on_the_card_does_not_matter);
  g_test_add_func ("/plan/words-for-the-holder-are-plain-sentences", words_for_the_holder_are_plain_sentences);
  g_test_add_func ("/plan/names-and-codes-are-one-to-one", names_and_codes_are_one_to_one);
  return g_test_run ();
}
