/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/daemon/card.h"
#include "agent/daemon/notice.h"

/* Where a run with several actions got some of it, and the error is about another: both are told. Else %NULL. The last result of
 * @card has an error. */
CeNotice *ce_words_for_part (const CeCard *card);
