/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/**
 * ce_reader_check_card:
 * @reader: PC/SC reader name
 *
 * Asks pcscd, not the card: PKCS#11 cannot tell "no card" from "a card that nobody knows" from "no pcscd".
 * Blocks on pcscd only. Returns %TRUE where a card that answers is in the reader.
 * Errors: PCSC_UNAVAILABLE, PCSC_DENIED, READER_GONE, NO_CARD.
 */
gboolean ce_reader_check_card (const char *reader, GError **error);

/* The answer to reset of the card in @reader, from pcscd's memory. %NULL where there is none, or no pcscd. */
GBytes *ce_reader_atr (const char *reader);
