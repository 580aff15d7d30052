/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/daemon/cards.h"
#include "agent/daemon/notifier.h"

/**
 * CeManners: asks the person when to do what can wait, and keeps the answer; docs/manners.md. The keys of its
 * notifications are the names of the readers.
 */
typedef struct _CeManners CeManners;

/* @cards and @notifier are borrowed. Reads what was postponed before. */
CeManners *ce_manners_new (CeCards *cards, CeNotifier *notifier);
void ce_manners_free (CeManners *manners);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeManners, ce_manners_free)

/* @card's last run has ended: it is offered what is due and not postponed already. Where nothing is due, what
 * was postponed is forgotten. */
void ce_manners_take_result (CeManners *manners, CeCard *card);

/* The person's answer for @reader, as of CeNotifierAction. FALSE where nothing was offered there. */
gboolean ce_manners_answer (CeManners *manners, const char *reader, const char *action);

/* @card is taken out, or works: what it was offered is taken back. */
void ce_manners_take_back (CeManners *manners, const CeCard *card);
