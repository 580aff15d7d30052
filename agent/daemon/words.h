/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/daemon/card.h"
#include "agent/daemon/offer.h"
#include "agent/daemon/reminder.h"

/* What the card holder is told: notifications in a person's words. Pure, but for the time zone. */

typedef enum
{
  CE_URGENCY_LOW,
  CE_URGENCY_NORMAL,
  CE_URGENCY_CRITICAL,
} CeUrgency;

typedef struct
{
  char *summary;
  char *body;
  const char *icon;
  CeUrgency urgency;
  gboolean stays;   /* until the person answers */
  gboolean passing; /* of no interest once it is over */
  char **actions; /* pairs of a key and what the button says; may be empty */
} CeNotice;

#define CE_ACTION_KEY_AGAIN "again"
#define CE_ACTION_KEY_NOW "now"
#define CE_ACTION_KEY_HOUR "hour"
#define CE_ACTION_KEY_TOMORROW "tomorrow"

/* What to show for the last result of @card; %NULL where there is nothing that a person wants to know. */
CeNotice *ce_words_for_result (const CeCard *card);

/* Where a run with several actions got some of it, and the error is about another: both are told. Else %NULL. The last result of
 * @card has an error. */
CeNotice *ce_words_for_part (const CeCard *card);

/* Whether that says that the card, which was taken out in the middle of the work, has to come back. */
gboolean ce_words_call_back (const CeCard *card);

/* All is well with the card after a problem was told, although this run had nothing to do. */
CeNotice *ce_words_for_relief (const CeCard *card);

/* A CA has issued what a card waits for that is not here. @label may be "". */
CeNotice *ce_words_for_issued (const char *serial, const char *label, const char *template_name);

/* The card has to stay in for a while. @doing: (nullable): "Generating a key on the card" */
CeNotice *ce_words_for_work (const CeCard *card, const char *doing);

/* When to do what is due and can wait; the answers are the keys above, each only where it can wait so long. */
CeNotice *ce_words_for_offer (const CeCard *card, const CeOffer *offer, gint64 now_unix);

/* A certificate of @card ends and is not renewed by itself. */
CeNotice *ce_words_for_reminder (const CeCard *card, const CeReminder *reminder, gint64 now_unix);

/* "3 December 2026", in English as all the words around it, in the person's time zone; "later" for no time. */
char *ce_words_day (gint64 unix_s);

/* Something has to be decided; the choices are the action keys. */
CeNotice *ce_words_for_question (const CeCard *card, const CeJobQuestion *question);

/* "Message. Hint." as sentences. */
char *ce_words_for_error (const CeJobError *error);

/* That for the last result of @card; "" where nothing went wrong. */
char *ce_words_for_trouble (const CeCard *card);

/* For the files that write the words. Whether an element of `performed` has this outcome; what people call the template whose CN is
 * @name (nullable), which @result lives as long as; "Lab Smartcard, Lab User" for what was done, and how much of it is not listed; a
 * lower-case message without a full stop as a sentence. */
gboolean ce_words_has_outcome (JsonObject *performed, const char *outcome);
const char *ce_words_display_name (JsonObject *result, const char *name);
char *ce_words_done (JsonObject *result);
char *ce_words_sentence (const char *message);

/* (transfer full) of @summary and @body; no buttons. For the files that write the words. */
CeNotice *ce_notice_new (const char *icon, CeUrgency urgency, char *summary, char *body);
#define CE_ICON_CARD "auth-smartcard"
#define CE_ICON_PROBLEM "dialog-warning"

void ce_notice_free (CeNotice *notice);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeNotice, ce_notice_free)
