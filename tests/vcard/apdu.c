/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/vcard/apdu.h"

#define HEADER 4

static size_t
le_short (uint8_t byte)
{
  return byte != 0 ? byte : 256;
}

static size_t
le_extended (const uint8_t *bytes)
{
  size_t le = vc_u16 (bytes);

  return le != 0 ? le : 65536;
}

/* @body is what follows the header: Lc, data, Le in one byte each. */
static bool
parse_short (VcBytes body, VcApdu *apdu)
{
  size_t lc;

  if (body.len == 1)
    {
      apdu->le = le_short (body.data[0]);
      return true;
    }
  lc = body.data[0];
  if (lc == 0 || (body.len != 1 + lc && body.len != 2 + lc))
    return false;
  apdu->data = (VcBytes){ body.data + 1, lc };
  apdu->le = body.len == 2 + lc ? le_short (body.data[1 + lc]) : 0;
  return true;
}

/* @body is what follows the header and the 00 that announces two-byte lengths. */
static bool
parse_extended (VcBytes body, VcApdu *apdu)
{
  size_t lc;

  if (body.len < 2)
    return false;
  if (body.len == 2)
    {
      apdu->le = le_extended (body.data);
      return true;
    }
  lc = vc_u16 (body.data);
  if (lc == 0 || (body.len != 2 + lc && body.len != 4 + lc))
    return false;
  apdu->data = (VcBytes){ body.data + 2, lc };
  apdu->le = body.len == 4 + lc ? le_extended (body.data + 2 + lc) : 0;
  return true;
}

bool
vc_apdu_parse (VcBytes raw, VcApdu *ret_apdu)
{
  VcApdu apdu = { 0 };
  VcBytes body;

  if (raw.len < HEADER)
    return false;
  apdu.cla = raw.data[0];
  apdu.ins = raw.data[1];
  apdu.p1 = raw.data[2];
  apdu.p2 = raw.data[3];
  body = (VcBytes){ raw.data + HEADER, raw.len - HEADER };
  if (body.len > 0)
    {
      bool extended = body.len > 1 && body.data[0] == 0;

      if (extended ? !parse_extended ((VcBytes){ body.data + 1, body.len - 1 }, &apdu)
                   : !parse_short (body, &apdu))
        return false;
    }
  *ret_apdu = apdu;
  return true;
}

static VcStatus
not_offered (VcCard *card, const VcApdu *apdu, VcBuf *out)
{
  (void) card;
  (void) apdu;
  (void) out;
  return VC_SW_NOT_SUPPORTED;
}

static const struct
{
  uint8_t cla, ins;
  VcCommand command;
} commands[] = {
  { 0x00, 0xA4, vc_cmd_select },
  { 0x00, 0xB1, vc_cmd_read },
  { 0x00, 0xD7, vc_cmd_update },
  { 0x00, 0xE4, vc_cmd_delete },
  { 0x80, 0x58, vc_cmd_list },
  { 0x00, VC_INS_VERIFY, vc_cmd_verify },
  { 0x00, VC_INS_CHANGE_PIN, vc_cmd_change_pin },
  { 0x00, VC_INS_RESET_RETRY, vc_cmd_reset_retry },
  { 0x80, VC_INS_INITIALISE, vc_cmd_initialise },
  { 0x00, VC_INS_GENERATE_KEY, vc_cmd_generate_key },
  { 0x80, 0x68, vc_cmd_sign },
  { 0x80, 0x62, vc_cmd_decipher },
  { 0x00, 0x84, vc_cmd_challenge },
  { 0x80, 0x52, not_offered }, /* key backup (DKEK shares) */
  { 0x80, 0x54, not_offered }, /* public key authentication */
};

static VcStatus
dispatch (VcCard *card, const VcApdu *apdu, VcBuf *out)
{
  if (apdu->cla != 0x00 && apdu->cla != 0x80)
    return VC_SW_UNKNOWN_CLA;
  for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
    if (commands[i].cla == apdu->cla && commands[i].ins == apdu->ins)
      {
        /* Only SELECT reaches a card whose applet is not selected. */
        if (!card->selected && commands[i].command != vc_cmd_select)
          return VC_SW_UNKNOWN_INS;
        return commands[i].command (card, apdu, out);
      }
  return VC_SW_UNKNOWN_INS;
}

void
vc_apdu_execute (VcCard *card, VcBytes raw, VcBuf *out)
{
  size_t before = out->len;
  VcStatus status = VC_SW_WRONG_LENGTH;
  VcApdu apdu;

  if (vc_apdu_parse (raw, &apdu))
    {
      status = dispatch (card, &apdu, out);
      if (status == VC_SW_OK && apdu.le > 0 && out->len - before > apdu.le)
        status = VC_SW_WRONG_LENGTH;
      if ((status != VC_SW_OK && status != VC_SW_END_OF_FILE) || apdu.le == 0)
        vc_buf_truncate (out, before);
    }
  vc_buf_append_u16 (out, status);
}
