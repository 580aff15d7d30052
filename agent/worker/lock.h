/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Held until the process ends or it is freed. */
typedef struct _CeCardLock CeCardLock;

/**
 * ce_card_lock:
 * @wait_s: how long to wait for another worker to end
 *
 * One worker of a user looks at cards at a time; docs/adr/0006-one-worker-at-a-time.md says why it is not one for each card.
 * Errors: BUSY, FAILED.
 */
CeCardLock *ce_card_lock (guint wait_s, GError **error);
void ce_card_lock_free (CeCardLock *lock);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeCardLock, ce_card_lock_free)
