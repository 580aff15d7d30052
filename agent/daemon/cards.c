/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/daemon/cards.h"

#include "agent/base/clock.h"
#include "agent/base/log.h"
#include "agent/base/names.h"
#include "agent/daemon/look.h"
#include "agent/daemon/offer.h"
#include "agent/daemon/timer.h"

/* A PKCS#11 module looks at the cards in all readers, so two workers would disturb each other: docs/adr/0006.
 */
#define MAX_WORKERS 1


struct _CeCards
{
  const CeCardsEvents *events;
  gpointer data;
  char **environment;
  GPtrArray *cards; /* in order of insertion, which is the order of work */
  CeTimer *timer;
  guint last_number;
  gboolean stopped;
};

static void start_next (CeCards *cards);

static CeCard *
nth (const CeCards *cards, guint i)
{
  return g_ptr_array_index (cards->cards, i);
}

CeCard *
ce_cards_find (CeCards *cards, guint number)
{
  for (guint i = 0; i < cards->cards->len; i++)
    if (nth (cards, i)->number == number)
      return nth (cards, i);
  return NULL;
}

CeCard *
ce_cards_find_serial (CeCards *cards, const char *serial)
{
  for (guint i = 0; i < cards->cards->len; i++)
    if (nth (cards, i)->present && g_str_equal (nth (cards, i)->serial, serial))
      return nth (cards, i);
  return NULL;
}

static CeCard *
find_present (const CeCards *cards, const char *reader)
{
  for (guint i = 0; i < cards->cards->len; i++)
    if (nth (cards, i)->present && g_str_equal (nth (cards, i)->reader, reader))
      return nth (cards, i);
  return NULL;
}

guint
ce_cards_n_working (const CeCards *cards)
{
  guint n = 0;

  for (guint i = 0; i < cards->cards->len; i++)
    n += nth (cards, i)->run != NULL;
  return n;
}

static void
set_timer (CeCards *cards)
{
  gint64 first = 0;

  for (guint i = 0; i < cards->cards->len; i++)
    {
      gint64 look = nth (cards, i)->look_unix;

      if (look > 0 && (first == 0 || look < first))
        first = look;
    }
  ce_timer_set (cards->timer, first);
}

static void
changed (CeCards *cards, CeCard *card)
{
  cards->events->changed (card, cards->data);
}

static void
drop_card (CeCards *cards, CeCard *card)
{
  cards->events->removed (card, cards->data);
  g_ptr_array_remove (cards->cards, card);
}

static void
plan_next_look (CeCard *card)
{
  gint64 now = ce_now ();

  card->look_unix = ce_look_after (card->last, now, ce_look_every (), card->failures, g_random_double ());
  if (card->state == CE_CARD_POSTPONED)
    card->look_unix = MIN (card->look_unix, card->postponed_unix);
}

static gboolean
is_backing_off (const CeCard *card)
{
  return card->look_unix > 0 && card->last != NULL && ce_look_is_backing_off (card->last);
}

gboolean
ce_cards_are_backing_off (const CeCards *cards)
{
  for (guint i = 0; i < cards->cards->len; i++)
    if (is_backing_off (nth (cards, i)))
      return TRUE;
  return FALSE;
}

void
ce_cards_network_changed (CeCards *cards, guint delay_s)
{
  for (guint i = 0; i < cards->cards->len; i++)
    {
      CeCard *card = nth (cards, i);

      if (!is_backing_off (card))
        continue;
      card->failures = 0;
      card->look_unix = MIN (card->look_unix, ce_now () + delay_s);
      changed (cards, card);
    }
  set_timer (cards);
}

void
ce_cards_postpone (CeCards *cards, CeCard *card, gint64 until_unix)
{
  ce_card_postpone (card, until_unix);
  card->asked_for = FALSE;
  card->look_unix = card->look_unix > 0 ? MIN (card->look_unix, until_unix) : until_unix;
  changed (cards, card);
  set_timer (cards);
}

static void
log_result (const CeCard *card)
{
  g_autofree char *which = ce_card_words (card);
  const CeJobError *error = card->last->error;
  g_autofree char *text = g_strdup_printf ("%s: %s%s%s", which, ce_job_outcome_name (card->last->outcome),
                                           error != NULL ? ": " : "", error != NULL ? error->detail : "");

  ce_log (error != NULL ? G_LOG_LEVEL_WARNING : G_LOG_LEVEL_MESSAGE, text, CE_FIELD_READER, card->reader,
          CE_FIELD_CARD, *card->serial != '\0' ? card->serial : NULL, CE_FIELD_ERROR,
          error != NULL ? ce_error_name (error->code) : NULL, NULL);
}

/* Takes in the result, and tells whether it says the same as the one before. */
static gboolean
take_result (CeCard *card, const CeJobResult *result)
{
  g_autofree char *error_before = g_strdup (ce_card_error_name (card));
  g_autofree char *serial_before = g_strdup (card->serial);
  gboolean same;

  ce_card_set_result (card, result);
  same = result->error != NULL && g_str_equal (error_before, ce_card_error_name (card))
         && g_str_equal (serial_before, card->serial) && !ce_look_brought_something (result);
  if (result->error == NULL)
    card->failures = ce_look_is_offline (result) ? card->failures + 1 : 0;
  else
    card->failures = same ? card->failures + 1 : 1;
  return same;
}

static void
on_finished (CeJobRun *run, const CeJobResult *result, gpointer data)
{
  CeCard *card = data;
  CeCards *cards = card->owner;
  gboolean told = take_result (card, result) && !card->asked_for;

  card->run = NULL;
  ce_job_run_free (run);
  card->asked_for = FALSE;
  log_result (card);
  cards->events->finished (card, told, cards->data);
  if (!card->present)
    drop_card (cards, card);
  else
    {
      if (card->again)
        card->state = CE_CARD_QUEUED;
      else
        plan_next_look (card);
      card->again = FALSE;
      changed (cards, card);
    }
  set_timer (cards);
  start_next (cards);
}

static void
on_progress (CeJobRun *run G_GNUC_UNUSED, const CeJobProgress *progress, gpointer data)
{
  CeCard *card = data;
  CeCards *cards = card->owner;

  ce_card_set_progress (card, progress);
  card->touched |= progress->hold;
  changed (cards, card);
  if (card->touched)
    cards->events->holding (card, progress, cards->data);
}

static void
on_question (CeJobRun *run G_GNUC_UNUSED, const CeJobQuestion *question, gpointer data)
{
  CeCard *card = data;
  CeCards *cards = card->owner;

  cards->events->question (card, question, cards->data);
}

static void
fail_to_start (CeCards *cards, CeCard *card, const GError *error)
{
  g_autoptr (CeJobResult) result = ce_job_result_new_error (ce_error_code (error), g_strdup (error->message));
  gboolean told = take_result (card, result) && !card->asked_for;

  card->asked_for = card->again = FALSE;
  plan_next_look (card);
  log_result (card);
  cards->events->finished (card, told, cards->data);
}

static void
start_card (CeCards *cards, CeCard *card)
{
  static const CeJobEvents events = { on_progress, on_question, on_finished };
  CeJobRequest request = CE_JOB_REQUEST_INIT;
  g_autoptr (GError) error = NULL;

  request.command = "run";
  request.reader = card->reader;
  request.interactive = TRUE;
  request.may_wait = !card->asked_for && ce_offer_default () != CE_POSTPONE_NEVER;
  request.environment = cards->environment;
  card->touched = FALSE;
  card->look_unix = card->postponed_unix = 0;
  card->run = ce_job_run_start (&request, &events, card, &error);
  if (card->run != NULL)
    card->state = CE_CARD_WORKING;
  else
    fail_to_start (cards, card, error);
  changed (cards, card);
}

static void
start_next (CeCards *cards)
{
  for (guint i = 0; i < cards->cards->len && !cards->stopped && ce_cards_n_working (cards) < MAX_WORKERS; i++)
    {
      CeCard *card = nth (cards, i);

      if (card->state == CE_CARD_QUEUED && card->present)
        start_card (cards, card);
    }
  set_timer (cards);
}

void
ce_cards_insert (CeCards *cards, const char *reader)
{
  CeCard *card;

  if (find_present (cards, reader) != NULL)
    return;
  ce_log (G_LOG_LEVEL_MESSAGE, "a card was inserted", CE_FIELD_READER, reader, NULL);
  card = ce_card_new (++cards->last_number, reader);
  card->owner = cards;
  g_ptr_array_add (cards->cards, card);
  changed (cards, card);
  start_next (cards);
}

void
ce_cards_remove (CeCards *cards, const char *reader)
{
  CeCard *card = find_present (cards, reader);

  if (card == NULL)
    return;
  ce_log (G_LOG_LEVEL_MESSAGE, "the card was taken out", CE_FIELD_READER, reader, CE_FIELD_CARD,
          *card->serial != '\0' ? card->serial : NULL, NULL);
  card->present = FALSE;
  card->look_unix = 0;
  if (card->run != NULL)
    ce_job_run_cancel (card->run);
  else
    drop_card (cards, card);
  set_timer (cards);
}

static void
queue (CeCards *cards, CeCard *card, gboolean asked_for)
{
  card->asked_for |= asked_for;
  if (card->run != NULL)
    card->again = TRUE;
  else if (card->state != CE_CARD_QUEUED)
    {
      card->state = CE_CARD_QUEUED;
      card->look_unix = 0;
      changed (cards, card);
    }
}

guint
ce_cards_run (CeCards *cards, const char *reader, gboolean asked_for)
{
  guint n = 0;

  for (guint i = 0; i < cards->cards->len; i++)
    if (nth (cards, i)->present && (*reader == '\0' || g_str_equal (nth (cards, i)->reader, reader)))
      {
        queue (cards, nth (cards, i), asked_for);
        n++;
      }
  start_next (cards);
  return n;
}

static void
on_timer (gpointer data)
{
  CeCards *cards = data;
  gint64 now = ce_now ();

  for (guint i = 0; i < cards->cards->len; i++)
    if (nth (cards, i)->look_unix > 0 && nth (cards, i)->look_unix <= now)
      queue (cards, nth (cards, i), FALSE);
  start_next (cards);
}

guint
ce_cards_stop (CeCards *cards)
{
  cards->stopped = TRUE;
  for (guint i = 0; i < cards->cards->len; i++)
    if (nth (cards, i)->run != NULL)
      ce_job_run_cancel (nth (cards, i)->run);
  return ce_cards_n_working (cards);
}

CeCards *
ce_cards_new (const CeCardsEvents *events, gpointer data, char **environment)
{
  CeCards *cards = g_new0 (CeCards, 1);

  cards->events = events;
  cards->data = data;
  cards->environment = environment;
  cards->cards = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_card_free);
  cards->timer = ce_timer_new (on_timer, cards);
  return cards;
}

void
ce_cards_free (CeCards *cards)
{
  if (cards == NULL)
    return;
  ce_timer_free (cards->timer);
  g_ptr_array_unref (cards->cards);
  g_free (cards);
}
