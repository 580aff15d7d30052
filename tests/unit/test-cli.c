/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gio/gio.h>
#include <locale.h>
#include <string.h>

#include "agent/base/error.h"
#include "agent/base/names.h"
#include "ui/cli/agent-view.h"
#include "ui/cli/cli.h"
#include "ui/cli/options.h"
#include "ui/cli/show.h"
#include "ui/cli/table.h"

static CeTerm
term_of (FILE *file, guint columns, gboolean utf8)
{
  return (CeTerm) { .file = file, .columns = columns, .utf8 = utf8 };
}

static char *
read_back (FILE *file)
{
  char buffer[8192];
  gsize n;

  rewind (file);
  n = fread (buffer, 1, sizeof buffer - 1, file);
  buffer[n] = '\0';
  fclose (file);
  return g_strdup (buffer);
}

static void
width_counts_columns_and_not_bytes (void)
{
  g_assert_cmpuint (ce_text_width ("abc"), ==, 3);
  g_assert_cmpuint (ce_text_width ("Jörg"), ==, 4);
  g_assert_cmpuint (ce_text_width ("e\xcc\x81"), ==, 1);
  g_assert_cmpuint (ce_text_width ("証明書"), ==, 6);
}

static void
text_wraps_at_spaces_and_breaks_long_words (void)
{
  static const struct { const char *text; guint columns; const char *lines; } cases[] = {
    { "", 10, "" },
    { "one two three", 7, "one two|three" },
    { "one two three", 8, "one two|three" },
    { "one  two", 3, "one|two" },
    { "abcdefgh ij", 3, "abc|def|gh|ij" },
    { "証明書", 4, "証明|書" },
    { "証", 1, "証" },
    { " lead", 20, " lead" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (GStrv) lines = ce_text_wrap (cases[i].text, cases[i].columns);
      g_autofree char *joined = g_strjoinv ("|", lines);

      g_assert_cmpstr (joined, ==, cases[i].lines);
    }
}

static void
text_that_is_cut_ends_in_dots (void)
{
  const CeTerm utf8 = term_of (NULL, 80, TRUE);
  const CeTerm ascii = term_of (NULL, 80, FALSE);
  g_autofree char *whole = ce_term_cut (&utf8, "abcde", 5);
  g_autofree char *cut = ce_term_cut (&utf8, "abcdef", 5);
  g_autofree char *plain = ce_term_cut (&ascii, "abcdef", 5);
  g_autofree char *wide = ce_term_cut (&utf8, "証明書", 4);

  g_assert_cmpstr (whole, ==, "abcde");
  g_assert_cmpstr (cut, ==, "abcd…");
  g_assert_cmpstr (plain, ==, "ab...");
  g_assert_cmpstr (wide, ==, "証…");
}

static void
foreign_text_cannot_move_the_cursor (void)
{
  const CeTerm utf8 = term_of (NULL, 80, TRUE);
  const CeTerm ascii = term_of (NULL, 80, FALSE);
  g_autofree char *clean = ce_term_text (&utf8, "a\033[2Jb\nc\xe2\x80\xae" "d\xff");
  g_autofree char *plain = ce_term_text (&ascii, "Jörg证");
  g_autofree char *none = ce_term_text (&utf8, NULL);

  g_assert_cmpstr (clean, ==, "a [2Jb cd\xef\xbf\xbd");
  g_assert_cmpstr (plain, ==, "Jorg?");
  g_assert_cmpstr (none, ==, "");
}

static void
a_table_is_aligned_and_wraps_its_widest_column (void)
{
  static const char *const headers[] = { "A", "Name", NULL };
  FILE *file = tmpfile ();
  const CeTerm term = term_of (file, 24, TRUE);
  g_autoptr (CeTable) table = ce_table_new (&term, 2, 2, headers);
  g_autofree char *text = NULL;

  ce_table_row (table);
  ce_table_cell (table, CE_STYLE_PLAIN, "Jörg");
  ce_table_cell (table, CE_STYLE_PLAIN, "one two three four");
  ce_table_below (table, 1, CE_STYLE_PLAIN, "below it");
  ce_table_below (table, 1, CE_STYLE_PLAIN, "");
  ce_table_row (table);
  ce_table_cell (table, CE_STYLE_PLAIN, "");
  ce_table_cell (table, CE_STYLE_PLAIN, "x");
  g_assert_cmpuint (ce_table_rows (table), ==, 2);
  ce_table_print (table);
  text = read_back (file);
  g_assert_cmpstr (text, ==,
                   "  A     Name\n"
                   "  Jörg  one two three\n"
                   "        four\n"
                   "        below it\n"
                   "        x\n");
}

static gboolean
parse (CeCli *cli, const char *line, GError **error)
{
  g_auto (GStrv) argv = NULL;
  int argc = 0;

  g_assert_true (g_shell_parse_argv (line, &argc, &argv, NULL));
  *cli = (CeCli) { 0 };
  return ce_cli_parse (cli, argc, argv, error);
}

static void
options_may_stand_anywhere (void)
{
  static const char *const cases[] = {
    "cardenroll enroll --template T --card C --json --pin-fd 0",
    "cardenroll --json --pin-fd=0 enroll --card=C -tT",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      CeCli cli;

      g_assert_true (parse (&cli, cases[i], &error));
      g_assert_no_error (error);
      g_assert_cmpstr (cli.command->name, ==, "enroll");
      g_assert_cmpstr (cli.template_name, ==, "T");
      g_assert_cmpstr (cli.card, ==, "C");
      g_assert_true (cli.json);
      g_assert_cmpint (cli.pin_fd, ==, 0);
      ce_cli_clear (&cli);
    }
}

static void
each_wrong_use_is_named (void)
{
  static const struct { const char *line, *says; } cases[] = {
    { "cardenroll", "a command is missing" },
    { "cardenroll stats", "did you mean 'status'?" },
    { "cardenroll pla", "did you mean 'plan'?" },
    { "cardenroll xyzzy", "'xyzzy' is not a command" },
    { "cardenroll help xyzzy", "'xyzzy' is not a command" },
    { "cardenroll plan --json=yes", "--json takes no value" },
    { "cardenroll plan --card", "--card: its CARD is missing" },
    { "cardenroll plan --card=", "--card: the value is empty" },
    { "cardenroll plan --template T", "plan has no option --template" },
    { "cardenroll plan -x", "-x is not an option" },
    { "cardenroll plan extra", "'extra' is too much" },
    { "cardenroll enroll -- --template", "'--template' is too much" },
    { "cardenroll enroll", "enroll needs --template T" },
    { "cardenroll run --pin-fd 1024", "a number from 0 to 1023 is expected" },
    { "cardenroll run --pin-fd -1", "a number from 0 to 1023 is expected" },
    { "cardenroll run --pin-fd 1000", "this descriptor is not open" },
    { "cardenroll history -n many", "--limit many: a number from" },
    { "cardenroll history -n 0", "a number from 1 to 10000" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      CeCli cli;

      g_assert_false (parse (&cli, cases[i].line, &error));
      g_assert_error (error, CE_ERROR, CE_ERROR_USAGE);
      g_assert_nonnull (strstr (error->message, cases[i].says));
      ce_cli_clear (&cli);
    }
}

static void
help_is_never_wrong (void)
{
  static const char *const cases[] = { "cardenroll --help", "cardenroll -h", "cardenroll help", "cardenroll help plan",
                                       "cardenroll enroll --help", "cardenroll --version" };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      CeCli cli;

      parse (&cli, cases[i], &error);
      g_assert_no_error (error);
      ce_cli_clear (&cli);
    }
}

static void
the_help_of_a_command_fits_its_line (void)
{
  for (const CeCommand *command = ce_commands; command->name != NULL; command++)
    g_assert_cmpuint (ce_text_width (command->summary), <=, 80 - 2 - (guint) strlen ("enroll --template T") - 2);
}

static void
times_are_shown_in_the_time_zone_of_the_person (void)
{
  g_autofree char *moment = NULL;
  g_autofree char *day = ce_show_day ("2026-11-22T09:40:00Z");
  g_autofree char *odd = ce_show_moment ("yesterday");
  g_autofree char *none = ce_show_moment (NULL);

  moment = ce_show_moment ("2026-11-22T09:40:00Z");
  g_assert_cmpstr (moment, ==, "2026-11-22 11:40");
  g_assert_cmpstr (day, ==, "2026-11-22");
  g_assert_cmpstr (odd, ==, "yesterday");
  g_assert_cmpstr (none, ==, "");
}

/* An agent on a bus of its own, in a thread of its own: the view blocks. */
typedef struct
{
  GMainContext *context;
  GMainLoop *loop;
  GDBusConnection *bus;
  GThread *thread;
} FakeAgent;

static void
on_call (GDBusConnection *bus, const char *sender, const char *path, const char *interface, const char *method,
         GVariant *arguments, GDBusMethodInvocation *invocation, gpointer data)
{
  (void) bus, (void) sender, (void) path, (void) interface, (void) method, (void) arguments, (void) data;
  g_dbus_method_invocation_return_value (
    invocation,
    g_variant_new_parsed ("({objectpath '/org/cardenroll/Agent1/cards/1': {'org.cardenroll.Card1':"
                          " {'Reader': <'Reader 0'>, 'State': <'working'>, 'Step': <'Reading the card'>,"
                          "  'NextLook': <int64 0>}},"
                          " '/org/cardenroll/Agent1/cards/2': {'org.cardenroll.Card1':"
                          " {'Reader': <'Reader 1'>, 'State': <'ready'>, 'NextLook': <int64 1795340000>}},"
                          " '/org/cardenroll/Agent1/cards/3': {'org.cardenroll.Card1':"
                          " {'Reader': <uint32 7>}},"
                          " '/org/cardenroll/Agent1/cards/4': {'com.example.Other': {'Reader': <'Reader 2'>}}},)"));
}

static GVariant *
on_get (GDBusConnection *bus, const char *sender, const char *path, const char *interface, const char *property,
        GError **error, gpointer data)
{
  (void) bus, (void) sender, (void) path, (void) interface, (void) property, (void) error, (void) data;
  return g_variant_new_string ("the smart card service does not run");
}

static gpointer
be_agent (gpointer data)
{
  static const char xml[] = "<node><interface name='org.freedesktop.DBus.ObjectManager'><method name='GetManagedObjects'>"
                            "<arg type='a{oa{sa{sv}}}' direction='out'/></method></interface>"
                            "<interface name='org.cardenroll.Agent1'>"
                            "<property name='Detail' type='s' access='read'/></interface></node>";
  static const GDBusInterfaceVTable table = { .method_call = on_call, .get_property = on_get };
  FakeAgent *fake = data;
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (xml, NULL);
  g_autoptr (GVariant) reply = NULL;

  g_main_context_push_thread_default (fake->context);
  for (gsize i = 0; node->interfaces[i] != NULL; i++)
    g_assert_cmpuint (g_dbus_connection_register_object (fake->bus, CE_BUS_PATH, node->interfaces[i], &table, NULL, NULL,
                                                         NULL), !=, 0);
  reply = g_dbus_connection_call_sync (fake->bus, "org.freedesktop.DBus", "/", "org.freedesktop.DBus", "RequestName",
                                       g_variant_new ("(su)", CE_BUS_NAME, 0), NULL, 0, -1, NULL, NULL);
  g_assert_nonnull (reply);
  g_main_loop_run (fake->loop);
  g_main_context_pop_thread_default (fake->context);
  return NULL;
}

static void
wait_for_name (GDBusConnection *bus)
{
  for (gboolean owned = FALSE; !owned; g_usleep (1000))
    {
      g_autoptr (GVariant) reply = g_dbus_connection_call_sync (bus, "org.freedesktop.DBus", "/", "org.freedesktop.DBus",
                                                                "NameHasOwner", g_variant_new ("(s)", CE_BUS_NAME), NULL, 0,
                                                                -1, NULL, NULL);

      g_variant_get (reply, "(b)", &owned);
    }
}

static void
check_view_of_agent (void)
{
  g_autoptr (CeAgentView) view = ce_agent_view_new ();
  const CeAgentCard *first = ce_agent_view_find (view, "Reader 0");
  const CeAgentCard *second = ce_agent_view_find (view, "Reader 1");

  g_assert_cmpint (view->state, ==, CE_AGENT_RUNNING);
  g_assert_cmpstr (view->detail, ==, "the smart card service does not run");
  g_assert_cmpstr (first->state, ==, "working");
  g_assert_cmpstr (first->step, ==, "Reading the card");
  g_assert_cmpint (second->next_look_unix, ==, 1795340000);
  g_assert_cmpstr (second->step, ==, "");
  g_assert_null (ce_agent_view_find (view, "Reader 2"));
}

static void
the_agent_is_asked_and_not_started (void)
{
  g_autoptr (GTestDBus) daemon = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_autoptr (CeAgentView) absent = NULL;
  FakeAgent fake = { g_main_context_new (), NULL, NULL, NULL };

  g_test_dbus_up (daemon);
  absent = ce_agent_view_new ();
  g_assert_cmpint (absent->state, ==, CE_AGENT_ABSENT);
  fake.loop = g_main_loop_new (fake.context, FALSE);
  fake.bus = g_dbus_connection_new_for_address_sync (g_test_dbus_get_bus_address (daemon),
                                                     G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
                                                       | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                                     NULL, NULL, NULL);
  fake.thread = g_thread_new ("agent", be_agent, &fake);
  wait_for_name (fake.bus);
  check_view_of_agent ();
  g_main_loop_quit (fake.loop);
  g_thread_join (fake.thread);
  g_object_unref (fake.bus);
  g_main_loop_unref (fake.loop);
  g_main_context_unref (fake.context);
  g_test_dbus_stop (daemon);
}

static void
without_a_bus_nothing_is_known_of_the_agent (void)
{
  g_autoptr (CeAgentView) view = NULL;

  g_unsetenv ("DBUS_SESSION_BUS_ADDRESS");
  g_setenv ("XDG_RUNTIME_DIR", "/nonexistent", TRUE);
  view = ce_agent_view_new ();
  g_assert_cmpint (view->state, ==, CE_AGENT_UNKNOWN);
  g_assert_null (ce_agent_view_find (view, "Reader 0"));
}

int
main (int argc, char **argv)
{
  g_setenv ("TZ", "UTC-2", TRUE);
  setlocale (LC_ALL, "C.UTF-8");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/text/width-counts-columns-and-not-bytes", width_counts_columns_and_not_bytes);
  g_test_add_func ("/text/wraps-at-spaces-and-breaks-long-words", text_wraps_at_spaces_and_breaks_long_words);
  g_test_add_func ("/text/that-is-cut-ends-in-dots", text_that_is_cut_ends_in_dots);
  g_test_add_func ("/text/foreign-text-cannot-move-the-cursor", foreign_text_cannot_move_the_cursor);
  g_test_add_func ("/table/is-aligned-and-wraps-its-widest-column", a_table_is_aligned_and_wraps_its_widest_column);
  g_test_add_func ("/options/may-stand-anywhere", options_may_stand_anywhere);
  g_test_add_func ("/options/each-wrong-use-is-named", each_wrong_use_is_named);
  g_test_add_func ("/help/is-never-wrong", help_is_never_wrong);
  g_test_add_func ("/help/of-a-command-fits-its-line", the_help_of_a_command_fits_its_line);
  g_test_add_func ("/show/times-are-in-the-time-zone-of-the-person", times_are_shown_in_the_time_zone_of_the_person);
  g_test_add_func ("/agent/nothing-is-known-without-a-bus", without_a_bus_nothing_is_known_of_the_agent);
  g_test_add_func ("/agent/is-asked-and-not-started", the_agent_is_asked_and_not_started);
  return g_test_run ();
}
