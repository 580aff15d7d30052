/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/**
 * ce_reader_check_card:
 * @reader: PC/SC reader name
 *
 * Asks pcscd, not the card: PKCS#11 cannot tell "no card" from "a card that nobody knows" from "no pcscd".
 * Blocks on pcscd only. Returns %TRUE where a card that answers is in the reader.
 * Errors: PCSC_UNAVAILABLE, PCSC_DENIED, READER_GONE, NO_CARD, BUSY (another program has it for itself).
 */
gboolean ce_reader_check_card (const char *reader, GError **error);

/**
 * ce_reader_lost_card:
 *
 * Whether the card in @reader is gone, or another is in it. A command fails at once when a card is pulled, but pcscd
 * looks only now and then: this waits for it, 1 s at most, where the card still seems to be in.
 */
gboolean ce_reader_lost_card (const char *reader);

/* Without a card, without pcscd, or where @reader is none of its readers. */
#define CE_READER_NO_EVENTS G_MAXUINT

/* pcscd's count of insertions and removals in @reader. */
guint ce_reader_events (const char *reader);

/* The answer to reset of the card in @reader, from pcscd's memory. %NULL where there is none, or no pcscd. */
GBytes *ce_reader_atr (const char *reader);
