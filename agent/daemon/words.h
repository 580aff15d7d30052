/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/daemon/card.h"
#include "agent/daemon/notice.h"
#include "agent/daemon/offer.h"
#include "agent/daemon/reminder.h"

/* What the card holder is told: notifications in a person's words. Pure, but for the time zone. */

/* What to show for the last result of @card; %NULL where there is nothing that a person wants to know. */
CeNotice *ce_words_for_result (const CeCard *card);

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

/* Something has to be decided; the choices are the action keys. */
CeNotice *ce_words_for_question (const CeCard *card, const CeJobQuestion *question);

/* "Message. Hint." as sentences. */
char *ce_words_for_error (const CeJobError *error);

/* That for the last result of @card; "" where nothing went wrong. */
char *ce_words_for_trouble (const CeCard *card);
