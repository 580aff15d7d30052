/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * The wire to vsmartcard's reader driver (vpcd), which listens on TCP inside pcscd. Each message is a length
 * of two bytes, big endian, and as many bytes. One byte is for the reader (power, reset, ATR), anything else
 * an APDU. Source: vsmartcard, virtualsmartcard/src/vpcd/vpcd.c, 2014.
 */

#include "tests/vcard/buf.h"

#define VC_VPCD_PORT 35963

typedef enum
{
  VC_VPCD_POWER_OFF = 0,
  VC_VPCD_POWER_ON = 1,
  VC_VPCD_RESET = 2,
  VC_VPCD_ATR = 4,
} VcVpcdControl;

/* Connects to 127.0.0.1; non-blocking from then on. -1 when nobody listens. */
int vc_vpcd_connect (unsigned port);

/* Reads what there is into @in. False when the other side is gone. */
bool vc_vpcd_receive (int fd, VcBuf *in);

/* Whether @in begins with a whole message, which then is in @ret_message (inside @in) until vc_vpcd_drop().
 */
bool vc_vpcd_peek (const VcBuf *in, VcBytes *ret_message);

/* Drops the message that vc_vpcd_peek() showed. */
void vc_vpcd_drop (VcBuf *in, VcBytes message);

/* Sends one message. False when the other side is gone. */
bool vc_vpcd_send (int fd, VcBytes message);
