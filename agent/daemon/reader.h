/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/**
 * What the change of a reader's PC/SC state means. The upper 16 bits of a state count insertions and
 * removals, so that a card which was pulled and put back between two looks is noticed.
 */
typedef enum
{
  CE_READER_SAME,
  CE_READER_CARD_IN,
  CE_READER_CARD_OUT,
  CE_READER_CARD_SWAPPED, /* out and in again, perhaps another one */
} CeReaderChange;

/* @before, @after: dwEventState of SCARD_READERSTATE; 0 before the first look. */
CeReaderChange ce_reader_change (guint32 before, guint32 after);

/* Whether a card is in and not lost to a reader that is in a bad state. */
gboolean ce_reader_has_card (guint32 state);
