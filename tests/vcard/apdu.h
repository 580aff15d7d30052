/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * Command APDUs: taking them apart, and handing them to the command that they name.
 * Source: ISO/IEC 7816-3, 12.1.3 (the four cases, short and extended).
 */

#include "tests/vcard/card.h"

typedef struct
{
  uint8_t cla, ins, p1, p2;
  VcBytes data; /* inside the raw command */
  size_t le;    /* 0: no answer expected; at most 65536 */
} VcApdu;

#define VC_INS_VERIFY 0x20
#define VC_INS_CHANGE_PIN 0x24
#define VC_INS_RESET_RETRY 0x2C
#define VC_INS_GENERATE_KEY 0x46
#define VC_INS_INITIALISE 0x50

/* False for anything that is not exactly one of the seven forms. */
bool vc_apdu_parse (VcBytes raw, VcApdu *ret_apdu);

/**
 * vc_apdu_execute:
 * @raw: whatever the terminal sent
 * @out: the answer is appended: data, then the two bytes of the status word
 *
 * Never fails: what cannot be done is answered by a status word.
 */
void vc_apdu_execute (VcCard *card, VcBytes raw, VcBuf *out);

/* A command: reads @apdu, works on @card, appends answer data to @out. */
typedef VcStatus (*VcCommand) (VcCard *card, const VcApdu *apdu, VcBuf *out);

/* cmd-file.c */
VcStatus vc_cmd_select (VcCard *card, const VcApdu *apdu, VcBuf *out);
VcStatus vc_cmd_read (VcCard *card, const VcApdu *apdu, VcBuf *out);
VcStatus vc_cmd_update (VcCard *card, const VcApdu *apdu, VcBuf *out);
VcStatus vc_cmd_delete (VcCard *card, const VcApdu *apdu, VcBuf *out);
VcStatus vc_cmd_list (VcCard *card, const VcApdu *apdu, VcBuf *out);

/* cmd-pin.c */
VcStatus vc_cmd_verify (VcCard *card, const VcApdu *apdu, VcBuf *out);
VcStatus vc_cmd_change_pin (VcCard *card, const VcApdu *apdu, VcBuf *out);
VcStatus vc_cmd_reset_retry (VcCard *card, const VcApdu *apdu, VcBuf *out);
VcStatus vc_cmd_initialise (VcCard *card, const VcApdu *apdu, VcBuf *out);

/* cmd-key.c */
VcStatus vc_cmd_generate_key (VcCard *card, const VcApdu *apdu, VcBuf *out);
VcStatus vc_cmd_sign (VcCard *card, const VcApdu *apdu, VcBuf *out);
VcStatus vc_cmd_decipher (VcCard *card, const VcApdu *apdu, VcBuf *out);
VcStatus vc_cmd_challenge (VcCard *card, const VcApdu *apdu, VcBuf *out);
