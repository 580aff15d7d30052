/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/cli/agent-view.h"

#include <gio/gio.h>

#include "agent/base/names.h"

#define TIMEOUT_MS 1000

static void
ending_free (gpointer data)
{
  CeAgentEnding *ending = data;

  g_free (ending->name);
  g_free (ending->words);
  g_free (ending);
}

static void
card_free (gpointer data)
{
  CeAgentCard *card = data;

  g_free (card->reader);
  g_free (card->state);
  g_free (card->step);
  g_free (card->detail);
  g_ptr_array_unref (card->endings);
  g_free (card);
}

/* Without a bus of its own a program must not start one. */
static gboolean
has_bus (void)
{
  g_autofree char *socket = g_build_filename (g_get_user_runtime_dir (), "bus", NULL);

  return g_getenv ("DBUS_SESSION_BUS_ADDRESS") != NULL || g_file_test (socket, G_FILE_TEST_EXISTS);
}

static GVariant *
call (GDBusConnection *bus, const char *interface, const char *method, GVariant *arguments,
      const char *reply_type, GError **error)
{
  return g_dbus_connection_call_sync (bus, CE_BUS_NAME, CE_BUS_PATH, interface, method, arguments,
                                      G_VARIANT_TYPE (reply_type), G_DBUS_CALL_FLAGS_NO_AUTO_START,
                                      TIMEOUT_MS, NULL, error);
}

static char *
text_of (GVariant *properties, const char *name)
{
  const char *text = NULL;

  g_variant_lookup (properties, name, "&s", &text);
  return g_strdup (text != NULL ? text : "");
}

static GPtrArray *
read_endings (GVariant *properties)
{
  g_autoptr (GVariant) list = g_variant_lookup_value (properties, "Endings", G_VARIANT_TYPE ("a(sxs)"));
  GPtrArray *endings = g_ptr_array_new_with_free_func (ending_free);

  for (gsize i = 0; list != NULL && i < g_variant_n_children (list); i++)
    {
      CeAgentEnding *ending = g_new0 (CeAgentEnding, 1);

      g_variant_get_child (list, i, "(sxs)", &ending->name, &ending->ends_unix, &ending->words);
      g_ptr_array_add (endings, ending);
    }
  return endings;
}

static void
add_card (CeAgentView *view, GVariant *properties)
{
  CeAgentCard *card = g_new0 (CeAgentCard, 1);

  card->reader = text_of (properties, "Reader");
  card->state = text_of (properties, "State");
  card->step = text_of (properties, "Step");
  card->detail = text_of (properties, "Detail");
  card->endings = read_endings (properties);
  g_variant_lookup (properties, "NextLook", "x", &card->next_look_unix);
  g_variant_lookup (properties, "PostponedUntil", "x", &card->postponed_unix);
  g_ptr_array_add (view->cards, card);
}

static void
read_cards (CeAgentView *view, GVariant *reply)
{
  g_autoptr (GVariant) objects = g_variant_get_child_value (reply, 0);

  for (gsize i = 0; i < g_variant_n_children (objects); i++)
    {
      g_autoptr (GVariant) object = g_variant_get_child_value (objects, i);
      g_autoptr (GVariant) interfaces = g_variant_get_child_value (object, 1);
      g_autoptr (GVariant) properties
          = g_variant_lookup_value (interfaces, CE_BUS_CARD_INTERFACE, G_VARIANT_TYPE_VARDICT);

      if (properties != NULL)
        add_card (view, properties);
    }
}

static void
read_agent (CeAgentView *view, GDBusConnection *bus)
{
  g_autoptr (GVariant) reply = call (bus, "org.freedesktop.DBus.Properties", "GetAll",
                                     g_variant_new ("(s)", CE_BUS_INTERFACE), "(a{sv})", NULL);
  g_autoptr (GVariant) properties = reply != NULL ? g_variant_get_child_value (reply, 0) : NULL;

  view->detail = properties != NULL ? text_of (properties, "Detail") : NULL;
}

static gboolean
is_absent (const GError *error)
{
  return g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER)
         || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN);
}

/* %NULL: there is none. */
static GDBusConnection *
open_bus (void)
{
  GDBusConnection *bus = has_bus () ? g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL) : NULL;

  if (bus != NULL)
    g_dbus_connection_set_exit_on_close (bus, FALSE);
  return bus;
}

CeAgentView *
ce_agent_view_new (void)
{
  CeAgentView *view = g_new0 (CeAgentView, 1);
  g_autoptr (GDBusConnection) bus = open_bus ();
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) error = NULL;

  view->cards = g_ptr_array_new_with_free_func (card_free);
  if (bus == NULL)
    return view;
  reply = call (bus, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", NULL, "(a{oa{sa{sv}}})",
                &error);
  if (reply == NULL)
    {
      view->state = is_absent (error) ? CE_AGENT_ABSENT : CE_AGENT_UNKNOWN;
      return view;
    }
  view->state = CE_AGENT_RUNNING;
  read_cards (view, reply);
  read_agent (view, bus);
  return view;
}

void
ce_agent_view_free (CeAgentView *view)
{
  if (view == NULL)
    return;
  g_free (view->detail);
  g_ptr_array_unref (view->cards);
  g_free (view);
}

const CeAgentCard *
ce_agent_view_find (const CeAgentView *view, const char *reader)
{
  for (guint i = 0; i < view->cards->len; i++)
    {
      const CeAgentCard *card = view->cards->pdata[i];

      if (g_strcmp0 (card->reader, reader) == 0)
        return card;
    }
  return NULL;
}

/* What is ready stays so, and what is queued or worked on is looked at anyway. */
static gboolean
is_outdated (const CeAgentCard *card, gboolean waits)
{
  static const char *const current[] = { "ready", "queued", "working", NULL };

  return card != NULL && (waits || !g_strv_contains (current, card->state));
}

void
ce_agent_refresh (const char *reader, gboolean waits)
{
  g_autoptr (CeAgentView) view = reader != NULL ? ce_agent_view_new () : NULL;
  g_autoptr (GDBusConnection) bus = NULL;
  g_autoptr (GVariant) reply = NULL;

  if (view == NULL || !is_outdated (ce_agent_view_find (view, reader), waits))
    return;
  bus = open_bus ();
  if (bus != NULL)
    reply = call (bus, CE_BUS_INTERFACE, "Run", g_variant_new ("(s)", reader), "()", NULL);
}
