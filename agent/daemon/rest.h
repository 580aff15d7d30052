/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/**
 * ce_rest:
 *
 * To be called before a long sleep: gives back the heap that is free, and the pages of program code that only
 * the work before it needed. Those are clean copies of files; what is wanted again is mapped again, at some
 * hundred page faults, far below a millisecond. Nothing else changes.
 */
void ce_rest (void);
