/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/daemon/notifier.h"

#include "agent/base/config.h"

#define NAME "org.freedesktop.Notifications"
#define PATH "/org/freedesktop/Notifications"
#define CALL_MS (10 * 1000)

/* expire_timeout */
#define SERVERS_CHOICE -1
#define NEVER 0

struct _CeNotifier
{
  GDBusConnection *bus;
  GCancellable *cancellable;
  CeNotifierAction action;
  gpointer data;
  GHashTable *bubbles; /* key → Bubble */
  guint subscription;  /* to the server's signals, while something is shown */
};

typedef struct
{
  CeNotifier *notifier;
  char *key;
  guint32 id;     /* what the server calls it; 0: not shown */
  CeNotice *next; /* what to show as soon as the call that is going on was answered */
  gboolean busy;  /* such a call is going on */
  gboolean leave; /* withdrawn meanwhile */
} Bubble;

static void send_next (Bubble *bubble);

static void
bubble_free (gpointer data)
{
  Bubble *bubble = data;

  ce_notice_free (bubble->next);
  g_free (bubble->key);
  g_free (bubble);
}

static Bubble *
find_bubble (CeNotifier *notifier, guint32 id)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, notifier->bubbles);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((Bubble *) value)->id == id)
      return value;
  return NULL;
}

static void
stop_listening (CeNotifier *notifier)
{
  if (notifier->subscription != 0)
    g_dbus_connection_signal_unsubscribe (notifier->bus, notifier->subscription);
  notifier->subscription = 0;
}

static void
remove_bubble (Bubble *bubble)
{
  CeNotifier *notifier = bubble->notifier;

  g_hash_table_remove (notifier->bubbles, bubble->key);
  if (g_hash_table_size (notifier->bubbles) == 0)
    stop_listening (notifier);
}

/* The bubble is gone before the owner is told, as he may show the next one for this key. */
static void
answer (Bubble *bubble, const char *action)
{
  CeNotifier *notifier = bubble->notifier;
  g_autofree char *key = g_strdup (bubble->key);

  remove_bubble (bubble);
  notifier->action (key, action, notifier->data);
}

static void
close_id (CeNotifier *notifier, guint32 id)
{
  g_dbus_connection_call (notifier->bus, NAME, PATH, NAME, "CloseNotification", g_variant_new ("(u)", id),
                          NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START, CALL_MS, NULL, NULL, NULL);
}

static void
on_signal (GDBusConnection *bus G_GNUC_UNUSED, const char *sender G_GNUC_UNUSED,
           const char *path G_GNUC_UNUSED, const char *interface G_GNUC_UNUSED, const char *name,
           GVariant *arguments, gpointer data)
{
  CeNotifier *notifier = data;
  Bubble *bubble;
  guint32 id = 0;

  if (g_variant_n_children (arguments) < 1 || !g_variant_type_is_tuple (g_variant_get_type (arguments))
      || !g_str_has_prefix (g_variant_get_type_string (arguments), "(u"))
    return;
  g_variant_get_child (arguments, 0, "u", &id);
  bubble = id != 0 ? find_bubble (notifier, id) : NULL;
  if (bubble == NULL || bubble->busy)
    return;
  if (g_str_equal (name, "NotificationClosed"))
    answer (bubble, NULL);
  else if (g_str_equal (name, "ActionInvoked") && g_variant_is_of_type (arguments, G_VARIANT_TYPE ("(us)")))
    {
      g_autofree char *action = NULL;

      g_variant_get_child (arguments, 1, "s", &action);
      close_id (notifier, id);
      answer (bubble, action);
    }
}

static void
listen (CeNotifier *notifier)
{
  if (notifier->subscription == 0)
    notifier->subscription = g_dbus_connection_signal_subscribe (
        notifier->bus, NAME, NAME, NULL, PATH, NULL, G_DBUS_SIGNAL_FLAGS_NONE, on_signal, notifier, NULL);
}

static void
on_shown (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  Bubble *bubble = data;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  bubble->busy = FALSE;
  if (reply != NULL)
    g_variant_get (reply, "(u)", &bubble->id);
  if (bubble->leave && bubble->id != 0)
    close_id (bubble->notifier, bubble->id);
  if (bubble->leave)
    remove_bubble (bubble);
  else if (bubble->next != NULL)
    send_next (bubble);
  else if (reply == NULL)
    answer (bubble, CE_NOTIFIER_NOBODY);
}

static GVariant *
hints (const CeNotice *notice)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "urgency", g_variant_new_byte ((guchar) notice->urgency));
  g_variant_builder_add (&builder, "{sv}", "category", g_variant_new_string ("device"));
  if (notice->passing)
    g_variant_builder_add (&builder, "{sv}", "transient", g_variant_new_boolean (TRUE));
  return g_variant_builder_end (&builder);
}

/* The body may be markup to the server, so nothing in it may look like any; what needs no escape has none, as
   other servers show it as it is. */
static char *
escape (const char *text)
{
  GString *escaped = g_string_new (text);

  g_string_replace (escaped, "&", "&amp;", 0);
  g_string_replace (escaped, "<", "&lt;", 0);
  g_string_replace (escaped, ">", "&gt;", 0);
  return g_string_free (escaped, FALSE);
}

static void
send_next (Bubble *bubble)
{
  CeNotifier *notifier = bubble->notifier;
  g_autoptr (CeNotice) notice = g_steal_pointer (&bubble->next);
  g_autofree char *body = escape (notice->body);

  bubble->busy = TRUE;
  listen (notifier);
  g_dbus_connection_call (notifier->bus, NAME, PATH, NAME, "Notify",
                          g_variant_new ("(susss^as@a{sv}i)", "cardenroll", bubble->id, notice->icon,
                                         notice->summary, body, notice->actions, hints (notice),
                                         notice->stays ? NEVER : SERVERS_CHOICE),
                          G_VARIANT_TYPE ("(u)"), G_DBUS_CALL_FLAGS_NONE, CALL_MS, notifier->cancellable,
                          on_shown, bubble);
}

void
ce_notifier_show (CeNotifier *notifier, const char *key, CeNotice *notice)
{
  Bubble *bubble = g_hash_table_lookup (notifier->bubbles, key);

  if (bubble == NULL)
    {
      bubble = g_new0 (Bubble, 1);
      bubble->notifier = notifier;
      bubble->key = g_strdup (key);
      g_hash_table_insert (notifier->bubbles, bubble->key, bubble);
    }
  ce_notice_free (bubble->next);
  bubble->next = notice;
  bubble->leave = FALSE;
  if (!bubble->busy)
    send_next (bubble);
}

void
ce_notifier_withdraw (CeNotifier *notifier, const char *key)
{
  Bubble *bubble = g_hash_table_lookup (notifier->bubbles, key);

  if (bubble == NULL)
    return;
  g_clear_pointer (&bubble->next, ce_notice_free);
  if (bubble->busy)
    bubble->leave = TRUE;
  else
    {
      close_id (notifier, bubble->id);
      remove_bubble (bubble);
    }
}

gboolean
ce_notifier_is_wanted (void)
{
  g_autoptr (CeConfig) config = ce_config_load (NULL);

  return config == NULL || config->notify;
}

CeNotifier *
ce_notifier_new (GDBusConnection *bus, CeNotifierAction action, gpointer data)
{
  CeNotifier *notifier = g_new0 (CeNotifier, 1);

  notifier->bus = g_object_ref (bus);
  notifier->cancellable = g_cancellable_new ();
  notifier->action = action;
  notifier->data = data;
  notifier->bubbles = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, bubble_free);
  return notifier;
}

void
ce_notifier_free (CeNotifier *notifier)
{
  if (notifier == NULL)
    return;
  g_cancellable_cancel (notifier->cancellable);
  g_object_unref (notifier->cancellable);
  stop_listening (notifier);
  g_hash_table_unref (notifier->bubbles);
  g_object_unref (notifier->bus);
  g_free (notifier);
}
