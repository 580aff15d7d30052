/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/daemon/card.h"

/**
 * CeCards: the cards that are in, and the worker: one at a time, in the order in which the cards came. A card
 * that is pulled stays here until its worker has ended; the next one waits for that.
 */
typedef struct _CeCards CeCards;

typedef struct
{
  /* Something of @card, or that it is there, is new. */
  void (*changed) (CeCard *card, gpointer data);
  /* A step has begun, and the card has to stay in, or had to before in this run. */
  void (*holding) (CeCard *card, const CeJobProgress *progress, gpointer data);
  void (*question) (CeCard *card, const CeJobQuestion *question, gpointer data);
  /* @card->last is new. @told: the same error was there before and nobody asked for this run. */
  void (*finished) (CeCard *card, gboolean told, gpointer data);
  /* Last event of @card, which is freed then. */
  void (*removed) (CeCard *card, gpointer data);
} CeCardsEvents;

/* @environment: of the workers; borrowed as long as the cards are there. */
CeCards *ce_cards_new (const CeCardsEvents *events, gpointer data, char **environment);
void ce_cards_free (CeCards *cards);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeCards, ce_cards_free)

void ce_cards_insert (CeCards *cards, const char *reader);
void ce_cards_remove (CeCards *cards, const char *reader);

/**
 * ce_cards_run:
 * @reader: PC/SC name; "" for all
 * @asked_for: a person wants it
 *
 * Queues a run, or one more run where one is going on. Returns: the number of cards.
 */
guint ce_cards_run (CeCards *cards, const char *reader, gboolean asked_for);

/* The network has changed: cards for which something was out of reach are looked at again in @delay_s, once for many changes, and as if
 * they had failed for the first time. */
void ce_cards_network_changed (CeCards *cards, guint delay_s);

/* Does any card wait for something that was out of reach? */
gboolean ce_cards_are_backing_off (const CeCards *cards);

/* What @card's last run offers is for later. It is looked at again then, if it is still in. */
void ce_cards_postpone (CeCards *cards, CeCard *card, gint64 until_unix);

/* The card of that number that is here, or %NULL. */
CeCard *ce_cards_find (CeCards *cards, guint number);

/* The one with this serial number that is in a reader, or %NULL. */
CeCard *ce_cards_find_serial (CeCards *cards, const char *serial);

/**
 * ce_cards_stop:
 *
 * No more runs; those that go on are cancelled, at a point where nothing is lost. Returns: how many still go
 * on; each has its finished event.
 */
guint ce_cards_stop (CeCards *cards);
guint ce_cards_n_working (const CeCards *cards);
