/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/daemon/cards.h"
#include "agent/daemon/notifier.h"

/**
 * CeManners: asks the person when to do what can wait, keeps the answer, and reminds of certificates that end and are
 * not renewed by themselves; docs/manners.md. The keys of its offers are the names of the readers, those of its
 * reminders begin with "ending ".
 */
typedef struct _CeManners CeManners;

/* @cards and @notifier are borrowed. Reads what was postponed before. */
CeManners *ce_manners_new (CeCards *cards, CeNotifier *notifier);
void ce_manners_free (CeManners *manners);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeManners, ce_manners_free)

/* @card's last run has ended: it is offered what is due and not postponed already. Where nothing is due, what
 * was postponed is forgotten. A person is told of what ends, as often as ce_reminder_is_due() has it. */
void ce_manners_take_result (CeManners *manners, CeCard *card);

/* The person's answer for @reader, as of CeNotifierAction. FALSE where nothing was offered or told there. */
gboolean ce_manners_answer (CeManners *manners, const char *reader, const char *action);

/* @card is taken out, or works: what it was offered is taken back. */
void ce_manners_take_back (CeManners *manners, const CeCard *card);
