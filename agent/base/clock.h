/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/**
 * The time by which certificates are judged, seconds since 1970. It is the computer's, plus $CARDENROLL_CLOCK_AHEAD seconds,
 * so that a test lives through the years of a card. Kerberos and TLS do not ask this clock.
 */
gint64 ce_now (void);

/* How many seconds of that are not the computer's; 0 outside of tests. */
gint64 ce_clock_ahead (void);
