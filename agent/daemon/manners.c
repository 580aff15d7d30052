/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/daemon/manners.h"

#include <string.h>

#include "agent/base/clock.h"
#include "agent/base/log.h"
#include "agent/daemon/offer.h"
#include "agent/daemon/postponed.h"
#include "agent/daemon/reminder.h"

#define HOUR_S 3600
#define REMINDER_KEY "ending "

struct _CeManners
{
  CeCards *cards;
  CeNotifier *notifier;
  CePostponed *postponed;
  GHashTable *offers; /* reader → Offered, while one is shown */
  GHashTable *reminders; /* key → serial number of the card, of those that were shown */
};

typedef struct
{
  guint card;
  CeOffer *offer;
} Offered;

static void
offered_free (gpointer data)
{
  Offered *offered = data;

  ce_offer_free (offered->offer);
  g_free (offered);
}

/* The agent lives on without a file that it cannot read or write. */
static void
note (const GError *error)
{
  if (error != NULL)
    ce_log (G_LOG_LEVEL_WARNING, error->message, NULL);
}

CeManners *
ce_manners_new (CeCards *cards, CeNotifier *notifier)
{
  CeManners *manners = g_new0 (CeManners, 1);
  g_autoptr (GError) error = NULL;

  manners->cards = cards;
  manners->notifier = notifier;
  manners->offers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, offered_free);
  manners->reminders = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  manners->postponed = ce_postponed_new (NULL);
  if (!ce_postponed_load (manners->postponed, ce_now (), &error))
    note (error);
  return manners;
}

void
ce_manners_free (CeManners *manners)
{
  if (manners == NULL)
    return;
  g_hash_table_unref (manners->offers);
  g_hash_table_unref (manners->reminders);
  ce_postponed_free (manners->postponed);
  g_free (manners);
}

/* Until when all of it is postponed; 0: some of it is not. */
static gint64
postponed_until (const CeManners *manners, const char *serial, const CeOffer *offer, gint64 now)
{
  gint64 first = G_MAXINT64;

  for (guint i = 0; i < offer->items->len; i++)
    {
      const CeOfferItem *item = offer->items->pdata[i];

      first = MIN (first, ce_postponed_until (manners->postponed, serial, item->template_name, now));
    }
  return MIN (first, offer->latest_unix);
}

static void
show (CeManners *manners, const CeCard *card, CeOffer *offer, gint64 now)
{
  Offered *offered = g_new0 (Offered, 1);

  offered->card = card->number;
  offered->offer = offer;
  g_hash_table_replace (manners->offers, g_strdup (card->reader), offered);
  ce_notifier_show (manners->notifier, card->reader, ce_words_for_offer (card, offer, now));
}

static char *
key_of (const CeReminder *reminder)
{
  return g_strconcat (REMINDER_KEY, reminder->certificate, NULL);
}

static gboolean
is_among (const GPtrArray *reminders, const char *key)
{
  for (guint i = 0; i < reminders->len; i++)
    {
      g_autofree char *one = key_of (reminders->pdata[i]);

      if (g_str_equal (one, key))
        return TRUE;
    }
  return FALSE;
}

/* What was told of @card and is not so any more. */
static void
take_reminders_back (CeManners *manners, const CeCard *card, const GPtrArray *reminders)
{
  GHashTableIter iter;
  gpointer key, serial;

  g_hash_table_iter_init (&iter, manners->reminders);
  while (g_hash_table_iter_next (&iter, &key, &serial))
    if (g_str_equal (serial, card->serial) && !is_among (reminders, key))
      {
        ce_notifier_withdraw (manners->notifier, key);
        g_hash_table_iter_remove (&iter);
      }
}

static void
keep_told (CeManners *manners, const char *certificate, gint64 at, gint64 ends)
{
  g_autoptr (GError) error = NULL;

  if (!ce_postponed_tell (manners->postponed, certificate, at, ends, &error))
    note (error);
}

/* What was done just now may have changed it: the next look tells. */
static void
remind (CeManners *manners, const CeCard *card, gint64 now)
{
  g_autoptr (GPtrArray) reminders = ce_reminders_parse (card->last);

  if (card->last->error == NULL)
    take_reminders_back (manners, card, reminders);
  if (card->last->outcome == CE_OUTCOME_DONE || !card->present || reminders->len == 0 || !ce_notifier_is_wanted ())
    return;
  for (guint i = 0; i < reminders->len; i++)
    {
      const CeReminder *reminder = reminders->pdata[i];
      const gint64 told = ce_postponed_told (manners->postponed, reminder->certificate);
      g_autofree char *key = key_of (reminder);

      if (!ce_reminder_is_due (told, reminder->ends_unix, now))
        continue;
      ce_notifier_show (manners->notifier, key, ce_words_for_reminder (card, reminder, now));
      keep_told (manners, reminder->certificate, now, reminder->ends_unix);
      g_hash_table_replace (manners->reminders, g_steal_pointer (&key), g_strdup (card->serial));
    }
}

static void
take_offer (CeManners *manners, CeCard *card)
{
  CeOffer *offer = ce_offer_parse (card->last);
  const gint64 now = ce_now ();
  g_autoptr (GError) error = NULL;
  gint64 until;

  if (offer == NULL)
    {
      if (card->last->error == NULL && !ce_postponed_forget (manners->postponed, card->serial, &error))
        note (error);
      return;
    }
  until = postponed_until (manners, card->serial, offer, now);
  if (until <= now && card->present)
    {
      show (manners, card, offer, now);
      return;
    }
  ce_card_postpone (card, until);
  ce_offer_free (offer);
}

void
ce_manners_take_result (CeManners *manners, CeCard *card)
{
  take_offer (manners, card);
  remind (manners, card, ce_now ());
}

static void
postpone (CeManners *manners, CeCard *card, const CeOffer *offer, gint64 until)
{
  for (guint i = 0; i < offer->items->len; i++)
    {
      const CeOfferItem *item = offer->items->pdata[i];
      g_autoptr (GError) error = NULL;

      if (!ce_postponed_set (manners->postponed, card->serial, item->template_name, until, &error))
        note (error);
    }
  ce_cards_postpone (manners->cards, card, until);
}

static gint64
moment_of (CePostpone answer, const CeOffer *offer)
{
  g_autoptr (GTimeZone) here = g_time_zone_new_local ();
  const gint64 now = ce_now ();

  return MIN (answer == CE_POSTPONE_TOMORROW ? ce_offer_tomorrow (now, here) : now + HOUR_S,
              offer->latest_unix);
}

static CePostpone
answer_of (const char *action)
{
  if (g_strcmp0 (action, CE_ACTION_KEY_HOUR) == 0)
    return CE_POSTPONE_HOUR;
  if (g_strcmp0 (action, CE_ACTION_KEY_TOMORROW) == 0)
    return CE_POSTPONE_TOMORROW;
  if (g_strcmp0 (action, CE_ACTION_KEY_NOW) == 0 || g_strcmp0 (action, CE_NOTIFIER_NOBODY) == 0)
    return CE_POSTPONE_NEVER;
  return ce_offer_default ();
}

/* Whom nobody shows anything was not told. */
static void
answer_reminder (CeManners *manners, const char *key, const char *action)
{
  if (g_strcmp0 (action, CE_NOTIFIER_NOBODY) == 0)
    keep_told (manners, key + strlen (REMINDER_KEY), 0, 0);
}

gboolean
ce_manners_answer (CeManners *manners, const char *reader, const char *action)
{
  const CePostpone answer = answer_of (action);
  g_autofree char *key = NULL;
  Offered *offered = NULL;
  CeCard *card;

  if (g_hash_table_contains (manners->reminders, reader))
    {
      answer_reminder (manners, reader, action);
      return TRUE;
    }
  if (!g_hash_table_steal_extended (manners->offers, reader, (gpointer *) &key, (gpointer *) &offered))
    return FALSE;
  card = ce_cards_find (manners->cards, offered->card);
  if (card != NULL && card->present && answer == CE_POSTPONE_NEVER)
    ce_cards_run (manners->cards, reader, TRUE);
  else if (card != NULL)
    postpone (manners, card, offered->offer, moment_of (answer, offered->offer));
  offered_free (offered);
  return TRUE;
}

void
ce_manners_take_back (CeManners *manners, const CeCard *card)
{
  const Offered *offered = g_hash_table_lookup (manners->offers, card->reader);

  if (offered == NULL || offered->card != card->number)
    return;
  g_hash_table_remove (manners->offers, card->reader);
  ce_notifier_withdraw (manners->notifier, card->reader);
}
