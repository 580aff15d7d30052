/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "agent/worker/session.h"

/**
 * ce_worker_offer:
 * @session: with a plan that has something to do
 * @ret_offer: (transfer full) (nullable):
 * {"until","seconds","actions":[{"action","template","display_name","expires"}]}; %NULL where something of
 * the plan cannot wait
 *
 * What can wait: to replace a certificate that is in force for longer than [agent] postpone-until-days, and
 * to remove one. What was begun cannot. Errors: JOURNAL.
 */
gboolean ce_worker_offer (CeSession *session, JsonObject **ret_offer, GError **error);

/**
 * ce_offer_seconds:
 * @lines: (element-type CeHistoryLine): newest first, as ce_journal_history() has them
 *
 * Pure. Returns: how long a job of this template took, from its first step on the card to the end: the median
 * of the last five that no CA had to think about; 0 where there was none.
 */
guint ce_offer_seconds (const GPtrArray *lines, const char *template_name);
