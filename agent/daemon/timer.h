/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/**
 * CeTimer: fires once at a time of day, also when the computer slept over it; unlike GLib's timeouts, which
 * stand still meanwhile. Nothing wakes up while it is not set.
 */
typedef struct _CeTimer CeTimer;

/* @fired is called in the default main context; it may set the timer again. */
CeTimer *ce_timer_new (void (*fired) (gpointer data), gpointer data);

/* @at_unix: as ce_now() counts; in the past: at once; 0: never. */
void ce_timer_set (CeTimer *timer, gint64 at_unix);

void ce_timer_free (CeTimer *timer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeTimer, ce_timer_free)
