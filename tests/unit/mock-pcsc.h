/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <winscard.h>

/* What pcscd says, in place of libpcsclite: linked into the test's program, it comes first. */
typedef struct
{
  LONG establish;
  LONG status_change;
  DWORD state; /* now */
  DWORD later; /* what somebody hears who waits for a change */
  const char *atr;
  DWORD atr_size;
} MockPcsc;

extern MockPcsc mock_pcsc;

/* A pcscd with a card in every reader. */
void mock_pcsc_reset (void);
