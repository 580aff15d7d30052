/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/daemon/reader.h"

/* SCARD_STATE_* of PC/SC part 5; winscard.h is left to watch.c. */
#define STATE_UNKNOWN 0x0004u
#define STATE_UNAVAILABLE 0x0008u
#define STATE_PRESENT 0x0020u

gboolean
ce_reader_has_card (guint32 state)
{
  return (state & STATE_PRESENT) != 0 && (state & (STATE_UNKNOWN | STATE_UNAVAILABLE)) == 0;
}

CeReaderChange
ce_reader_change (guint32 before, guint32 after)
{
  gboolean was = ce_reader_has_card (before);
  gboolean is = ce_reader_has_card (after);

  if (was && is)
    return before >> 16 != after >> 16 ? CE_READER_CARD_SWAPPED : CE_READER_SAME;
  if (is)
    return CE_READER_CARD_IN;
  return was ? CE_READER_CARD_OUT : CE_READER_SAME;
}
