/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* A number from 0 to @max, both included, each as likely as the others; a test has its own. */
typedef guint32 (*CeDraw) (guint32 max);

/* By GLib's random numbers. */
guint32 ce_draw (guint32 max);

/**
 * ce_shuffle_ties:
 * @list: sorted by @compare, which takes pointers to its elements as qsort() does
 * @draw: (nullable): else ce_draw()
 *
 * Puts elements that are equal to each other into random order and leaves the others where they are: so that
 * many clients share servers that nobody prefers.
 */
void ce_shuffle_ties (GPtrArray *list, GCompareFunc compare, CeDraw draw);
