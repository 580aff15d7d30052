/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * Pulling a card so that pcscd notices. pcscd asks for the ATR every 400 ms to see whether a card is there.
 * When a client's command finds the dead connection first, and a card comes in before the next of these
 * looks, pcscd never learns that the card was out, and goes on with the ATR and the state of the one before.
 * So the connection is only half closed, and what pcscd says next tells who found out.
 */

#include "tests/vcard/buf.h"

typedef struct
{
  int fd; /* -1: no farewell is going on */
  VcBuf in;
  unsigned long not_before_ms; /* monotonic: no card goes in earlier */
} VcFarewell;

void vc_farewell_init (VcFarewell *farewell);

/* Takes @fd, on which the card shall answer no more. */
void vc_farewell_begin (VcFarewell *farewell, int fd);

/* To be called when the descriptor is readable. */
void vc_farewell_receive (VcFarewell *farewell);

/* How long until a card may go in: 0 now. Ends a farewell that takes too long. */
unsigned vc_farewell_remaining_ms (VcFarewell *farewell);

/* At once, whatever pcscd makes of it. */
void vc_farewell_cut_short (VcFarewell *farewell);

unsigned long vc_now_ms (void);
