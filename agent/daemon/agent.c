/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/daemon/agent.h"

#include <gio/gio.h>
#include <glib-unix.h>

#include "agent/base/error.h"
#include "agent/base/log.h"
#include "agent/base/names.h"
#include "agent/daemon/bus.h"
#include "agent/daemon/cards.h"
#include "agent/daemon/look.h"
#include "agent/daemon/manners.h"
#include "agent/daemon/network.h"
#include "agent/daemon/notifier.h"
#include "agent/daemon/pending.h"
#include "agent/daemon/rest.h"
#include "agent/daemon/watch.h"

#define STOP_S 30
#define NETWORK_S 10 /* until name servers and routes are there, too */

typedef struct
{
  GMainLoop *loop;
  CeCards *cards;
  CeBus *bus;
  CeNotifier *notifier;
  CePendingLook *pending;
  CeManners *manners;
  CeNetwork *network;
  GHashTable *questions; /* reader → Question, while one is shown */
  GHashTable *troubled;  /* reader → serial number of the card that was called back, or "", where a problem was told last */
  GError *service;       /* why the readers cannot be watched */
  GHashTable *service_told; /* codes of it that were logged since it last worked */
  GError *failure;       /* why the agent ends */
  guint rest;            /* source that waits for a quiet moment */
  gboolean started;
  gboolean stopping;
} Agent;

typedef struct
{
  guint card;
  char *id;
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  g_free (question->id);
  g_free (question);
}

static void
quit_when_idle (Agent *agent)
{
  if (agent->stopping && ce_cards_n_working (agent->cards) == 0)
    g_main_loop_quit (agent->loop);
}

static gboolean
on_stopped_too_long (gpointer data)
{
  Agent *agent = data;

  ce_log (G_LOG_LEVEL_WARNING, "a worker did not end in time and is killed", NULL);
  g_main_loop_quit (agent->loop);
  return G_SOURCE_REMOVE;
}

static void
stop (Agent *agent)
{
  if (agent->stopping)
    return;
  agent->stopping = TRUE;
  ce_cards_stop (agent->cards);
  g_timeout_add_seconds (STOP_S, on_stopped_too_long, agent);
  quit_when_idle (agent);
}

static void
show (Agent *agent, const CeCard *card, CeNotice *notice)
{
  g_autoptr (CeNotice) mine = notice;

  if (mine == NULL)
    ce_notifier_withdraw (agent->notifier, card->reader);
  else if (ce_notifier_is_wanted ())
    ce_notifier_show (agent->notifier, card->reader, g_steal_pointer (&mine));
}

static void
answer_question (Agent *agent, const char *reader, const char *answer)
{
  g_autofree char *key = NULL;
  g_autofree Question *question = NULL;
  CeCard *card;

  if (!g_hash_table_steal_extended (agent->questions, reader, (gpointer *) &key, (gpointer *) &question))
    return;
  card = ce_cards_find (agent->cards, question->card);
  if (card != NULL && card->run != NULL)
    ce_job_run_answer (card->run, question->id, g_strcmp0 (answer, CE_NOTIFIER_NOBODY) != 0 ? answer : NULL);
  g_free (question->id);
}

static void
on_action (const char *reader, const char *action, gpointer data)
{
  Agent *agent = data;

  if (g_hash_table_contains (agent->questions, reader))
    answer_question (agent, reader, action);
  else if (!ce_manners_answer (agent->manners, reader, action) && g_strcmp0 (action, CE_ACTION_KEY_AGAIN) == 0)
    ce_cards_run (agent->cards, reader, TRUE);
}

static gboolean
on_idle (gpointer data)
{
  Agent *agent = data;

  agent->rest = 0;
  ce_rest ();
  return G_SOURCE_REMOVE;
}

/* As soon as all that is to be done now has been done. */
static void
rest_soon (Agent *agent)
{
  if (agent->rest == 0 && ce_cards_n_working (agent->cards) == 0)
    agent->rest = g_idle_add_full (G_PRIORITY_LOW, on_idle, agent, NULL);
}

static void
on_changed (CeCard *card, gpointer data)
{
  Agent *agent = data;

  ce_network_listen (agent->network, ce_cards_are_backing_off (agent->cards));
  if (card->state == CE_CARD_WORKING)
    ce_manners_take_back (agent->manners, card);
  ce_bus_set_card (agent->bus, card);
  rest_soon (agent);
}

/* Between two steps at the card the CA is asked: who pulls it then has to enter the PIN again. */
static gboolean
must_stay_in (const CeJobProgress *progress)
{
  return progress->hold || g_strcmp0 (progress->step, "ask-ca") == 0;
}

static void
on_holding (CeCard *card, const CeJobProgress *progress, gpointer data)
{
  show (data, card, must_stay_in (progress) && card->present ? ce_words_for_work (card, progress->text) : NULL);
}

static void
on_question (CeCard *card, const CeJobQuestion *asked, gpointer data)
{
  Agent *agent = data;
  Question *question;

  if (!ce_notifier_is_wanted () || asked->choices[0] == NULL)
    {
      ce_job_run_answer (card->run, asked->id, NULL);
      return;
    }
  question = g_new0 (Question, 1);
  question->card = card->number;
  question->id = g_strdup (asked->id);
  g_hash_table_replace (agent->questions, g_strdup (card->reader), question);
  show (agent, card, ce_words_for_question (card, asked));
}

/* Who pulls a card before anything happened to it knows that he did. */
static gboolean
is_worth_telling (const CeCard *card, gboolean told)
{
  return !told && (card->present || card->touched || card->last->error == NULL);
}

/* That one card needs nothing does not answer the call for another. */
static gboolean
calls_another (const Agent *agent, const CeCard *card)
{
  const char *called = g_hash_table_lookup (agent->troubled, card->reader);

  return called != NULL && *called != '\0' && !g_str_equal (called, card->serial)
         && card->last->outcome == CE_OUTCOME_NOTHING_TO_DO;
}

static void
tell_result (Agent *agent, const CeCard *card)
{
  CeNotice *notice = ce_words_for_result (card);
  const gboolean problem = notice != NULL && card->last->error != NULL;

  if (calls_another (agent, card))
    return;
  if (g_hash_table_remove (agent->troubled, card->reader) && card->last->outcome == CE_OUTCOME_NOTHING_TO_DO)
    notice = ce_words_for_relief (card);
  show (agent, card, notice);
  if (problem)
    g_hash_table_replace (agent->troubled, g_strdup (card->reader),
                          g_strdup (ce_words_call_back (card) ? card->serial : ""));
}

/* What is shown of a card that is not here. */
static char *
key_of_absent (const char *serial)
{
  return g_strconcat ("pending ", serial, NULL);
}

static void
on_issued (const char *serial, const char *label, const char *template_name, gpointer data)
{
  Agent *agent = data;
  const CeCard *card = ce_cards_find_serial (agent->cards, serial);
  g_autofree char *key = key_of_absent (serial);

  if (card != NULL)
    ce_cards_run (agent->cards, card->reader, FALSE);
  else if (ce_notifier_is_wanted ())
    ce_notifier_show (agent->notifier, key, ce_words_for_issued (serial, label, template_name));
}

/* Its own looks ask for it as long as it is here, a minute before. */
static void
ask_again_without (Agent *agent, const CeCard *card)
{
  const gint64 at = ce_look_asks_again (card->last);

  if (at > 0)
    ce_pending_look_by (agent->pending, at + 60);
}

static void
on_finished (CeCard *card, gboolean told, gpointer data)
{
  Agent *agent = data;
  g_autofree char *key = key_of_absent (card->serial);

  g_hash_table_remove (agent->questions, card->reader);
  ce_notifier_withdraw (agent->notifier, key);
  ask_again_without (agent, card);
  if (is_worth_telling (card, told))
    tell_result (agent, card);
  else if (!card->present || card->touched)
    show (agent, card, NULL);
  ce_manners_take_result (agent->manners, card);
  quit_when_idle (agent);
}

static void
on_network (gpointer data)
{
  Agent *agent = data;

  ce_cards_network_changed (agent->cards, NETWORK_S + g_random_int () % NETWORK_S);
}

static void
on_removed (CeCard *card, gpointer data)
{
  Agent *agent = data;

  ce_network_listen (agent->network, ce_cards_are_backing_off (agent->cards));
  ce_manners_take_back (agent->manners, card);
  ce_bus_remove_card (agent->bus, card);
  rest_soon (agent);
}

static void
on_card_in (const char *reader, gpointer data)
{
  Agent *agent = data;

  if (!agent->stopping)
    ce_cards_insert (agent->cards, reader);
}

static void
on_card_out (const char *reader, gpointer data)
{
  Agent *agent = data;

  ce_cards_remove (agent->cards, reader);
}

static void
on_service (const GError *error, gpointer data)
{
  Agent *agent = data;

  g_clear_error (&agent->service);
  agent->service = error != NULL ? g_error_copy (error) : NULL;
  ce_bus_set_service (agent->bus, error);
  rest_soon (agent);
  if (error == NULL)
    {
      g_hash_table_remove_all (agent->service_told);
      ce_log (G_LOG_LEVEL_MESSAGE, "watching the card readers", NULL);
    }
  else if (g_hash_table_add (agent->service_told, GINT_TO_POINTER (error->code)))
    {
      g_autofree char *text
          = g_strdup_printf ("%s; waiting for it. %s", error->message, ce_error_hint (ce_error_code (error)));

      ce_log (G_LOG_LEVEL_WARNING, text, CE_FIELD_ERROR, ce_error_name (ce_error_code (error)), NULL);
    }
}

static gboolean
on_run (const char *reader, GError **error, gpointer data)
{
  Agent *agent = data;

  if (agent->service != NULL)
    {
      g_propagate_error (error, g_error_copy (agent->service));
      return FALSE;
    }
  if (ce_cards_run (agent->cards, reader, TRUE) > 0)
    return TRUE;
  if (*reader == '\0')
    g_set_error (error, CE_ERROR, CE_ERROR_NO_CARD, "there is no card in any reader");
  else
    g_set_error (error, CE_ERROR, CE_ERROR_NO_CARD, "reader '%s': there is no card in it", reader);
  return FALSE;
}

static gboolean
on_cancel (guint number, GError **error, gpointer data)
{
  Agent *agent = data;
  CeCard *card = ce_cards_find (agent->cards, number);

  if (card == NULL || card->run == NULL)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_NOT_FOUND, "no work is going on on this card");
      return FALSE;
    }
  ce_job_run_cancel (card->run);
  return TRUE;
}

static void
on_name_acquired (GDBusConnection *connection G_GNUC_UNUSED, const char *name G_GNUC_UNUSED, gpointer data)
{
  static const CeWatchEvents events = { on_card_in, on_card_out, on_service };
  Agent *agent = data;

  if (!agent->started)
    {
      ce_watch_start (&events, agent);
      ce_pending_look_now (agent->pending);
    }
  agent->started = TRUE;
}

static void
on_name_lost (GDBusConnection *connection, const char *name, gpointer data)
{
  Agent *agent = data;

  if (!agent->started && connection != NULL)
    g_set_error (&agent->failure, CE_ERROR, CE_ERROR_BUSY,
                 "another agent runs in this session and has the name %s", name);
  stop (agent);
}

static gboolean
on_signal (gpointer data)
{
  stop (data);
  return G_SOURCE_CONTINUE;
}

static GDBusConnection *
session_bus (GError **error)
{
  g_autoptr (GError) reason = NULL;
  GDBusConnection *connection = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, &reason);

  if (connection == NULL)
    g_set_error (error, CE_ERROR, CE_ERROR_FAILED, "there is no session bus to serve: %s", reason->message);
  else
    g_dbus_connection_set_exit_on_close (connection, FALSE);
  return connection;
}

static gboolean
run (Agent *agent, GDBusConnection *connection, GError **error)
{
  guint owner;

  /* Who sees the name may say stop. */
  g_unix_signal_add (SIGTERM, on_signal, agent);
  g_unix_signal_add (SIGINT, on_signal, agent);
  owner = g_bus_own_name_on_connection (connection, CE_BUS_NAME, G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE,
                                        on_name_acquired, on_name_lost, agent, NULL);
  g_main_loop_run (agent->loop);
  g_bus_unown_name (owner);
  if (agent->failure == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&agent->failure));
  return FALSE;
}

/* Stays until the process ends, as the watch does, which may report at any time. */
gboolean
ce_agent_run (char **worker_environment, GError **error)
{
  static const CeCardsEvents cards_events = { on_changed, on_holding, on_question, on_finished, on_removed };
  static const CeBusEvents bus_events = { on_run, on_cancel };
  static Agent agent;
  g_autoptr (GDBusConnection) connection = NULL;
  gboolean ok;

  ce_bus_register_errors ();
  connection = session_bus (error);
  if (connection == NULL)
    return FALSE;
  agent.bus = ce_bus_new (connection, &bus_events, &agent, error);
  if (agent.bus == NULL)
    return FALSE;
  agent.loop = g_main_loop_new (NULL, FALSE);
  agent.cards = ce_cards_new (&cards_events, &agent, worker_environment);
  agent.notifier = ce_notifier_new (connection, on_action, &agent);
  agent.pending = ce_pending_look_new (on_issued, &agent, worker_environment);
  agent.manners = ce_manners_new (agent.cards, agent.notifier);
  agent.network = ce_network_new (on_network, &agent);
  agent.questions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, question_free);
  agent.troubled = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  agent.service_told = g_hash_table_new (NULL, NULL);
  ok = run (&agent, connection, error);
  g_clear_pointer (&agent.pending, ce_pending_look_free);
  g_clear_pointer (&agent.manners, ce_manners_free);
  g_clear_pointer (&agent.network, ce_network_free);
  g_clear_pointer (&agent.cards, ce_cards_free);
  g_clear_pointer (&agent.questions, g_hash_table_unref);
  g_clear_pointer (&agent.troubled, g_hash_table_unref);
  g_clear_pointer (&agent.notifier, ce_notifier_free);
  g_clear_pointer (&agent.bus, ce_bus_free);
  g_dbus_connection_flush_sync (connection, NULL, NULL);
  return ok;
}
