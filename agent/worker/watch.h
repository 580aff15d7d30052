/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/**
 * CeCardWatch: notices that the card in a reader goes, while the main thread waits for a person. It then
 * interrupts the main thread with SIGUSR1, which ends ce_prompt_pin(), again and again until it is stopped:
 * so no moment is too early.
 */
typedef struct _CeCardWatch CeCardWatch;

/* Call it in the main thread. Returns: (transfer full): also where PC/SC does not answer; then it notices
 * nothing. */
CeCardWatch *ce_card_watch_start (const char *reader);

/* Stops and frees it. Returns: whether the card that was in the reader at the start is gone, another one in
 * its place or not. */
gboolean ce_card_watch_stop (CeCardWatch *watch);
