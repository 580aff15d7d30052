/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "ui/job/report.h"

/* The longest time between two looks, seconds, from the settings. Reads them. */
guint ce_look_every (void);

/* Where a request waits for a CA: when to ask it again; else 0. */
gint64 ce_look_asks_again (const CeJobResult *result);

/* Could the policy not be read, so that the plan is of an older one? */
gboolean ce_look_is_offline (const CeJobResult *result);

/* Is there more on the card, or less, than before? */
gboolean ce_look_brought_something (const CeJobResult *result);

/* Was something out of reach, so that a new network may help? */
gboolean ce_look_is_backing_off (const CeJobResult *result);

/**
 * ce_look_after:
 * @result: what the last look came to
 * @now_unix: now
 * @every_s: the longest time between two looks, from the settings
 * @failures: failures in a row, this one included
 * @chance: 0 … 1, spreads the looks of many computers
 *
 * Pure. Returns: when to look again, seconds since 1970: at the plan's next look and after @every_s,
 * whichever is sooner; where only something out of reach was missing, after a quarter of an hour, doubled with each failure up to
 * @every_s, less up to a quarter by chance.
 * Never within a minute.
 */
gint64 ce_look_after (const CeJobResult *result, gint64 now_unix, guint every_s, guint failures,
                      double chance);
