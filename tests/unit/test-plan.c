/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The plan, by a table that a person can read: tests/data/plan/table.txt, whose head says how. */

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "policy/plan.h"

#define NOW 1795305600 /* 2026-11-22 00:00 UTC */
#define HOUR 3600
#define DAY (24 * HOUR)
#define ALICE "S-1-5-21-1-2-3-1103"

/* A world and all that it borrows. */
typedef struct
{
  CeWorld world;
  CePolicy *policy;
  GPtrArray *held, *published, *pending;
  CeCardAbilities abilities;
  gboolean no_card_template;
  char *asked;
} State;

typedef struct
{
  guint line;
  char *state;
  char *verdicts;
  char *besides;
  char *more;
} Row;

static void
set (char **field, const char *text)
{
  g_free (*field);
  *field = g_strdup (text);
}

static void
set_list (GStrv *field, const char *text)
{
  g_strfreev (*field);
  *field = *text != '\0' ? g_strsplit (text, ",", -1) : g_new0 (char *, 1);
}

/* "42d", "-3h", "90s" */
static gint64
span (const char *text)
{
  char *end;
  gint64 n = g_ascii_strtoll (text, &end, 10);

  g_assert_true (end != text);
  return n * (*end == 'd' ? DAY : *end == 'h' ? HOUR : 1);
}

static guint32
number (const char *text)
{
  return (guint32) g_ascii_strtoull (text, NULL, 0);
}

static CeTemplate *
add_template (State *s, const char *name)
{
  CeTemplate *t = ce_template_new ();

  set (&t->name, name);
  set (&t->display_name, name);
  g_free (t->oid);
  t->oid = g_strdup_printf ("1.3.6.1.4.1.311.21.8.%u", g_str_hash (name));
  t->schema_version = 2;
  t->major_version = 100;
  t->enrollment_flags = CE_TEMPLATE_ENROLL_AUTO_ENROLLMENT;
  t->name_flags = CE_TEMPLATE_NAME_SAN_UPN | CE_TEMPLATE_NAME_SUBJECT_PATH;
  t->min_key_bits = 2048;
  set_list (&t->providers, "Microsoft Base Smart Card Crypto Provider");
  set_list (&t->ekus, "1.3.6.1.4.1.311.20.2.2");
  t->validity_s = 365 * DAY;
  t->renewal_s = 42 * DAY;
  t->rights = (CeRights){ TRUE, TRUE };
  set (&t->rights_detail, "no right");
  g_ptr_array_add (s->policy->templates, t);
  return t;
}

static CeEnrollmentService *
add_service (State *s, const char *name)
{
  CeEnrollmentService *service = ce_enrollment_service_new ();

  set (&service->name, name);
  service->may_enroll = TRUE;
  g_ptr_array_add (service->endpoints, ce_ca_endpoint_new ("https://ca1/", CE_CA_AUTH_KERBEROS, 1, FALSE));
  g_ptr_array_add (s->policy->services, service);
  return service;
}

static CeTemplate *
find_template (State *s, const char *name)
{
  CeTemplate *t = (CeTemplate *) ce_policy_find_template (s->policy, name);

  return t != NULL ? t : add_template (s, name);
}

/* "Card.flag=value" */
static void
change_template (CeTemplate *t, const char *key, const char *value)
{
  const struct
  {
    const char *key;
    guint32 *field;
  } numbers[] = {
    { "schema", &t->schema_version },   { "major", &t->major_version },   { "type", &t->general_flags },
    { "enroll", &t->enrollment_flags }, { "key", &t->private_key_flags }, { "name", &t->name_flags },
    { "bits", &t->min_key_bits },       { "ra", &t->ra_signatures },
  };

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (g_str_equal (numbers[i].key, key))
      {
        *numbers[i].field = number (value);
        return;
      }
  if (g_str_equal (key, "may"))
    t->rights = (CeRights){ strstr (value, "enroll") == value, strstr (value, "auto") != NULL };
  else if (g_str_equal (key, "provider"))
    set_list (&t->providers, value);
  else if (g_str_equal (key, "eku"))
    set_list (&t->ekus, value);
  else if (g_str_equal (key, "supersedes"))
    set_list (&t->supersedes, value);
  else if (g_str_equal (key, "overlap"))
    t->renewal_s = span (value);
  else if (g_str_equal (key, "algorithm"))
    set (&t->key_algorithm, value);
  else if (g_str_equal (key, "published"))
    t->validity_s = g_str_equal (value, "no") ? -1 : t->validity_s;
  else if (g_str_equal (key, "here"))
    g_assert_cmpstr (value, ==, "yes");
  else
    g_error ("unknown attribute of a template: %s", key);
}

static void
change_certificate (CeHeld *held, const char *key, const char *value)
{
  if (g_str_equal (key, "from"))
    held->not_before_unix = NOW + span (value);
  else if (g_str_equal (key, "to"))
    held->not_after_unix = NOW + span (value);
  else if (g_str_equal (key, "major"))
    held->template_major = number (value);
  else if (g_str_equal (key, "upn"))
    set (&held->upn, value);
  else if (g_str_equal (key, "sid"))
    set (&held->sid, value);
  else if (g_str_equal (key, "no-key"))
    held->has_private_key = FALSE;
  else if (g_str_equal (key, "untrusted"))
    held->trusted = FALSE;
  else if (g_str_equal (key, "revoked"))
    held->revoked = TRUE;
  else if (g_str_equal (key, "decrypts"))
    held->decrypts = TRUE;
  else if (g_str_equal (key, "ca-renewed"))
    held->ca_renewed = TRUE;
  else if (g_str_equal (key, "ca-withdrawn"))
    held->ca_withdrawn = TRUE;
  else if (g_str_equal (key, "by-name"))
    {
      set (&held->template_name, value);
      set (&held->template_oid, "");
      held->template_major = 0;
    }
  else
    g_error ("unknown attribute of a certificate: %s", key);
}

/* "Card,from=-10d,to=355d,revoked" */
static void
add_certificate (State *s, GPtrArray *list, const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);
  CeHeld *held = ce_held_new ();

  g_free (held->fingerprint);
  held->fingerprint = g_strdup_printf ("c%u", list->len + 1);
  set (&held->template_oid, *parts[0] != '\0' ? find_template (s, parts[0])->oid : "");
  held->template_major = 100;
  held->not_before_unix = NOW - 100 * DAY;
  held->not_after_unix = NOW + 265 * DAY;
  held->has_private_key = held->trusted = TRUE;
  for (char **part = parts + 1; *part != NULL; part++)
    {
      char *equals = strchr (*part, '=');

      if (equals != NULL)
        *equals = '\0';
      change_certificate (held, *part, equals != NULL ? equals + 1 : parts[0]);
    }
  g_ptr_array_add (list, held);
}

/* "Card,since=-2d,ask=-1h,issued" */
static void
add_pending (State *s, const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);
  g_autofree char *id = g_strdup_printf ("%u", 27 + s->pending->len);
  gint64 since = -DAY, ask = -HOUR;
  gboolean issued = FALSE;

  for (char **part = parts + 1; *part != NULL; part++)
    if (g_str_has_prefix (*part, "since="))
      since = span (*part + 6);
    else if (g_str_has_prefix (*part, "ask="))
      ask = span (*part + 4);
    else if (g_str_equal (*part, "issued"))
      issued = TRUE;
  g_ptr_array_add (s->pending, ce_pending_new (parts[0], "CA1", id, NOW + since, NOW + ask));
  ((CePending *) s->pending->pdata[s->pending->len - 1])->issued = issued;
}

static void
change_ca (State *s, const char *value)
{
  CeEnrollmentService *service = g_ptr_array_index (s->policy->services, 0);

  if (g_str_equal (value, "none"))
    g_ptr_array_set_size (s->policy->services, 0);
  else if (g_str_equal (value, "not-for-you"))
    service->may_enroll = FALSE;
  else if (g_str_equal (value, "no-web-service"))
    g_ptr_array_set_size (service->endpoints, 0);
  else if (g_str_equal (value, "renewal-only"))
    ((CeCaEndpoint *) g_ptr_array_index (service->endpoints, 0))->renewal_only = TRUE;
  else if (g_str_equal (value, "password"))
    ((CeCaEndpoint *) g_ptr_array_index (service->endpoints, 0))->authentication = CE_CA_AUTH_PASSWORD;
  else if (g_str_equal (value, "expired"))
    set (&service->unusable, "its certificate has expired");
  else if (g_str_equal (value, "second"))
    add_service (s, "CA2");
  else
    g_error ("unknown state of the CA: %s", value);
}

static void
apply_word (State *s, const char *key, const char *value)
{
  const char *dot = strchr (key, '.');

  if (dot != NULL)
    {
      g_autofree char *name = g_strndup (key, (gsize) (dot - key));

      change_template (find_template (s, name), dot + 1, value);
    }
  else if (g_str_equal (key, "cert"))
    add_certificate (s, s->held, value);
  else if (g_str_equal (key, "directory"))
    add_certificate (s, s->published, value);
  else if (g_str_equal (key, "pending"))
    add_pending (s, value);
  else if (g_str_equal (key, "AEPolicy"))
    s->policy->autoenrollment = number (value);
  else if (g_str_equal (key, "asked"))
    set (&s->asked, value);
  else if (g_str_equal (key, "ca"))
    change_ca (s, value);
  else if (g_str_equal (key, "mail"))
    set (&s->policy->user.mail, value);
  else if (g_str_equal (key, "upn"))
    set (&s->policy->user.upn, value);
  else if (g_str_equal (key, "rsa"))
    s->abilities.max_rsa_bits = number (value);
  else if (g_str_equal (key, "p256"))
    s->abilities.ec_p256 = g_str_equal (value, "yes");
  else if (g_str_equal (key, "p384"))
    s->abilities.ec_p384 = g_str_equal (value, "yes");
  else if (!g_str_equal (key, "-"))
    g_error ("unknown word: %s", key);
}

static State *
state_new (void)
{
  State *s = g_new0 (State, 1);

  s->policy = ce_policy_new ();
  s->held = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_held_free);
  s->published = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_held_free);
  s->pending = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_pending_free);
  s->abilities = (CeCardAbilities){ 4096, TRUE, TRUE };
  s->policy->autoenrollment = 7;
  set (&s->policy->autoenrollment_source, "the test");
  set (&s->policy->user.principal, "alice@LAB.TEST");
  set (&s->policy->user.upn, "alice@lab.test");
  set (&s->policy->user.mail, "alice@lab.test");
  set (&s->policy->user.sid, ALICE);
  add_service (s, "CA1");
  add_template (s, "Card");
  return s;
}

static void
state_free (State *s)
{
  ce_policy_free (s->policy);
  g_ptr_array_unref (s->held);
  g_ptr_array_unref (s->published);
  g_ptr_array_unref (s->pending);
  g_free (s->asked);
  g_free (s);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (State, state_free)

/* Every CA issues everything that is not marked as unpublished. */
static void
publish (State *s)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  g_auto (GStrv) list = NULL;

  for (guint i = 0; i < s->policy->templates->len; i++)
    {
      const CeTemplate *t = g_ptr_array_index (s->policy->templates, i);

      if (t->validity_s >= 0)
        g_strv_builder_add (names, t->name);
    }
  list = g_strv_builder_end (names);
  for (guint i = 0; i < s->policy->services->len; i++)
    {
      CeEnrollmentService *service = g_ptr_array_index (s->policy->services, i);

      g_strfreev (service->templates);
      service->templates = g_strdupv (list);
    }
}

static State *
build (const char *text)
{
  State *s = state_new ();
  g_auto (GStrv) words = g_strsplit_set (text, " ", -1);

  for (char **word = words; *word != NULL; word++)
    {
      char *equals = strchr (*word, '=');

      if (**word == '\0')
        continue;
      if (equals != NULL)
        *equals = '\0';
      apply_word (s, *word, equals != NULL ? equals + 1 : "");
    }
  publish (s);
  s->world = (CeWorld){ .policy = s->policy,
                        .held = s->held,
                        .pending = s->pending,
                        .published = s->published,
                        .abilities = &s->abilities,
                        .now_unix = NOW,
                        .look_every_s = 8 * HOUR,
                        .only_template = s->asked };
  return s;
}

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
 * Card" */
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
      g_assert_cmpint (plan->next_look_unix - NOW, ==, span (*word + 5));
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
  g_autoptr (State) s = build (row->state);
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
        n += strstr (((Row *) g_ptr_array_index (rows, i))->verdicts, word) != NULL;
      if (n < 2)
        g_error ("the reason%s stands only %u times in the table", word, n);
    }
}

static void
a_template_that_does_not_exist_has_no_verdict (void)
{
  g_autoptr (State) s = build ("asked=Nothing");
  g_autoptr (CePlan) plan = ce_plan_make (&s->world);

  g_assert_cmpuint (plan->verdicts->len, ==, 0);
  g_assert_cmpuint (plan->actions->len, ==, 0);
}

static void
the_order_of_what_is_on_the_card_does_not_matter (void)
{
  g_autoptr (State) a = build ("cert=Card,to=5d cert=Card,to=300d cert=Card,revoked");
  g_autoptr (State) b = build ("cert=Card,revoked cert=Card,to=300d cert=Card,to=5d");
  g_autoptr (CePlan) plan_a = ce_plan_make (&a->world);
  g_autoptr (CePlan) plan_b = ce_plan_make (&b->world);

  g_assert_cmpstr (((CeVerdict *) g_ptr_array_index (plan_a->verdicts, 0))->detail, ==,
                   ((CeVerdict *) g_ptr_array_index (plan_b->verdicts, 0))->detail);
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
  g_test_add_func ("/plan/names-and-codes-are-one-to-one", names_and_codes_are_one_to_one);
  return g_test_run ();
}
