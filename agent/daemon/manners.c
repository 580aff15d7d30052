/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/daemon/manners.h"

#include "agent/base/clock.h"
#include "agent/base/log.h"
#include "agent/daemon/offer.h"
#include "agent/daemon/postponed.h"

#define HOUR_S 3600

struct _CeManners
{
  CeCards *cards;
  CeNotifier *notifier;
  CePostponed *postponed;
  GHashTable *offers; /* reader → Offered, while one is shown */
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

void
ce_manners_take_result (CeManners *manners, CeCard *card)
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

gboolean
ce_manners_answer (CeManners *manners, const char *reader, const char *action)
{
  const CePostpone answer = answer_of (action);
  g_autofree char *key = NULL;
  Offered *offered = NULL;
  CeCard *card;

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
