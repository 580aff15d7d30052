/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "ui/job/run.h"

/* A card in a reader, and the work on it. From insertion to removal, or to the end of the work at removal. */

typedef enum
{
  CE_CARD_QUEUED,
  CE_CARD_WORKING,
  CE_CARD_READY,
  CE_CARD_WAITING,
  CE_CARD_REFUSED,
  CE_CARD_FAILED,
  CE_CARD_OFFERED,   /* something is due and waits for the person's word */
  CE_CARD_POSTPONED, /* the word was: later */
} CeCardState;

typedef struct
{
  gpointer owner; /* the CeCards that it is in */
  guint number;   /* its name on the bus and for notifications; never used twice */
  char *reader;
  char *serial; /* "" until it was read */
  char *label;
  CeCardState state;
  CeJobRun *run;      /* while working */
  CeJobResult *last;  /* %NULL before the first */
  gint64 look_unix;   /* when to look again; 0 while queued or working */
  gint64 postponed_unix; /* until when what is due was postponed; 0: it is not */
  guint failures;     /* in a row */
  gboolean present;   /* still in the reader */
  gboolean asked_for; /* a person wants this run, so tell also what was told before */
  gboolean again;     /* run once more when this one is done */
  gboolean touched;   /* this run came to a step at which the card has to stay in */
} CeCard;

CeCard *ce_card_new (guint number, const char *reader);
void ce_card_free (CeCard *card);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeCard, ce_card_free)

/* "queued" "working" "ready" "waiting" "refused" "failed" "offered" "postponed" */
const char *ce_card_state_name (const CeCard *card);

/* Takes over the names of the card that is being worked on, so that they are known while the work goes on. */
void ce_card_set_progress (CeCard *card, const CeJobProgress *progress);

/**
 * ce_card_set_result:
 * @result: copied
 *
 * Takes over the outcome, and the serial number and label that the worker read from the card.
 */
void ce_card_set_result (CeCard *card, const CeJobResult *result);

/* What the last run offers is not wanted before @until_unix. */
void ce_card_postpone (CeCard *card, gint64 until_unix);

/* The code of what went wrong last; "" where nothing did. */
const char *ce_card_error_name (const CeCard *card);

/* For sentences: "card 'Alice' (LABCARD0001)", or with the reader's name as long as nothing is known. */
char *ce_card_words (const CeCard *card);
