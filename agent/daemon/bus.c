/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/daemon/bus.h"

#include "agent/base/names.h"
#include "interface.h"
#include "ui/job/step.h"
#include "agent/daemon/words.h"

struct _CeBus
{
  const CeBusEvents *events;
  gpointer data;
  GDBusObjectManagerServer *manager;
  CeBusAgent1 *agent;
};

char *
ce_bus_error_name (CeErrorCode code)
{
  g_autoptr (GString) name = g_string_new (CE_BUS_ERROR_PREFIX);
  gboolean upper = TRUE;

  for (const char *p = ce_error_name (code); *p != '\0'; p++)
    {
      if (*p != '-')
        g_string_append_c (name, upper ? g_ascii_toupper (*p) : *p);
      upper = *p == '-';
    }
  return g_string_free (g_steal_pointer (&name), FALSE);
}

void
ce_bus_register_errors (void)
{
  for (int code = 0; code < CE_N_ERRORS; code++)
    {
      g_autofree char *name = ce_bus_error_name ((CeErrorCode) code);

      g_dbus_error_register_error (CE_ERROR, code, name);
    }
}

static char *
card_path (guint number)
{
  return g_strdup_printf (CE_BUS_CARDS_PATH "/%u", number);
}

static gboolean
on_run (CeBusAgent1 *agent, GDBusMethodInvocation *invocation, const char *reader, gpointer data)
{
  CeBus *bus = data;
  g_autoptr (GError) error = NULL;

  if (bus->events->run (reader, &error, bus->data))
    ce_bus_agent1_complete_run (agent, invocation);
  else
    g_dbus_method_invocation_return_gerror (invocation, error);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_card_run (CeBusCard1 *card, GDBusMethodInvocation *invocation, gpointer data)
{
  CeBus *bus = data;
  g_autoptr (GError) error = NULL;

  if (bus->events->run (ce_bus_card1_get_reader (card), &error, bus->data))
    ce_bus_card1_complete_run (card, invocation);
  else
    g_dbus_method_invocation_return_gerror (invocation, error);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_card_cancel (CeBusCard1 *card, GDBusMethodInvocation *invocation, gpointer data)
{
  CeBus *bus = data;
  guint number = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (card), "number"));
  g_autoptr (GError) error = NULL;

  if (bus->events->cancel (number, &error, bus->data))
    ce_bus_card1_complete_cancel (card, invocation);
  else
    g_dbus_method_invocation_return_gerror (invocation, error);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static CeBusCard1 *
add_card (CeBus *bus, guint number, const char *path)
{
  g_autoptr (CeBusObjectSkeleton) object = ce_bus_object_skeleton_new (path);
  CeBusCard1 *card = ce_bus_card1_skeleton_new ();

  g_object_set_data (G_OBJECT (card), "number", GUINT_TO_POINTER (number));
  g_signal_connect (card, "handle-run", G_CALLBACK (on_card_run), bus);
  g_signal_connect (card, "handle-cancel", G_CALLBACK (on_card_cancel), bus);
  ce_bus_object_skeleton_set_card1 (object, card);
  g_dbus_object_manager_server_export (bus->manager, G_DBUS_OBJECT_SKELETON (object));
  return card;
}

static CeBusCard1 *
find_card (CeBus *bus, const char *path)
{
  g_autoptr (GDBusObject) object
      = g_dbus_object_manager_get_object (G_DBUS_OBJECT_MANAGER (bus->manager), path);

  return object != NULL ? ce_bus_object_get_card1 (CE_BUS_OBJECT (object)) : NULL;
}

static void
list_cards (CeBus *bus)
{
  GList *objects = g_dbus_object_manager_get_objects (G_DBUS_OBJECT_MANAGER (bus->manager));
  g_autoptr (GPtrArray) paths = g_ptr_array_new ();

  for (GList *l = objects; l != NULL; l = l->next)
    g_ptr_array_add (paths, (gpointer) g_dbus_object_get_object_path (l->data));
  g_ptr_array_add (paths, NULL);
  ce_bus_agent1_set_cards (bus->agent, (const char *const *) paths->pdata);
  g_list_free_full (objects, g_object_unref);
}

static GVariant *
list_endings (const CeCard *card)
{
  g_autoptr (GPtrArray) reminders = card->last != NULL ? ce_reminders_parse (card->last) : NULL;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(sxs)"));
  for (guint i = 0; reminders != NULL && i < reminders->len; i++)
    {
      const CeReminder *reminder = reminders->pdata[i];

      g_variant_builder_add (&builder, "(sxs)", reminder->name, reminder->ends_unix, reminder->words);
    }
  return g_variant_builder_end (&builder);
}

static void
fill_card (CeBusCard1 *shown, const CeCard *card)
{
  const CeJobProgress *progress = card->run != NULL ? ce_job_run_progress (card->run) : NULL;
  const char *step = progress == NULL         ? ""
                     : progress->text != NULL ? progress->text
                                              : ce_step_doing (progress->step);
  g_autofree char *detail = ce_words_for_trouble (card);

  ce_bus_card1_set_reader (shown, card->reader);
  ce_bus_card1_set_serial (shown, card->serial);
  ce_bus_card1_set_label (shown, card->label);
  ce_bus_card1_set_state (shown, ce_card_state_name (card));
  ce_bus_card1_set_step (shown, step);
  ce_bus_card1_set_last_outcome (shown, card->last != NULL ? ce_job_outcome_name (card->last->outcome) : "");
  ce_bus_card1_set_last_error (shown, ce_card_error_name (card));
  ce_bus_card1_set_detail (shown, detail);
  ce_bus_card1_set_next_look (shown, card->look_unix);
  ce_bus_card1_set_endings (shown, list_endings (card));
  ce_bus_card1_set_postponed_until (shown, card->postponed_unix);
}

void
ce_bus_set_card (CeBus *bus, const CeCard *card)
{
  g_autofree char *path = card_path (card->number);
  g_autoptr (CeBusCard1) shown = find_card (bus, path);
  gboolean is_new = shown == NULL;

  if (is_new)
    shown = add_card (bus, card->number, path);
  fill_card (shown, card);
  if (is_new)
    list_cards (bus);
}

void
ce_bus_remove_card (CeBus *bus, const CeCard *card)
{
  g_autofree char *path = card_path (card->number);

  g_dbus_object_manager_server_unexport (bus->manager, path);
  list_cards (bus);
}

void
ce_bus_set_service (CeBus *bus, const GError *error)
{
  ce_bus_agent1_set_state (bus->agent, error != NULL ? ce_error_name (ce_error_code (error)) : "ready");
  ce_bus_agent1_set_detail (bus->agent, error != NULL ? error->message : "");
}

CeBus *
ce_bus_new (GDBusConnection *connection, const CeBusEvents *events, gpointer data, GError **error)
{
  g_autoptr (CeBus) bus = g_new0 (CeBus, 1);
  const char *const none[] = { NULL };

  bus->events = events;
  bus->data = data;
  bus->manager = g_dbus_object_manager_server_new (CE_BUS_PATH);
  bus->agent = ce_bus_agent1_skeleton_new ();
  ce_bus_agent1_set_version (bus->agent, CE_VERSION);
  ce_bus_agent1_set_state (bus->agent, "starting");
  ce_bus_agent1_set_detail (bus->agent, "");
  ce_bus_agent1_set_cards (bus->agent, none);
  g_signal_connect (bus->agent, "handle-run", G_CALLBACK (on_run), bus);
  if (!g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (bus->agent), connection, CE_BUS_PATH,
                                         error))
    return NULL;
  g_dbus_object_manager_server_set_connection (bus->manager, connection);
  return g_steal_pointer (&bus);
}

void
ce_bus_free (CeBus *bus)
{
  if (bus == NULL)
    return;
  g_signal_handlers_disconnect_by_data (bus->agent, bus);
  g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (bus->agent));
  g_object_unref (bus->agent);
  g_object_unref (bus->manager);
  g_free (bus);
}
