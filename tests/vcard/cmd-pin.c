/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/vcard/apdu.h"
#include "tests/vcard/tlv.h"

#define USER_PIN 0x81
#define SO_PIN 0x88

static VcPin *
addressed_pin (VcCard *card, uint8_t reference)
{
  if (reference == USER_PIN)
    return &card->user;
  return reference == SO_PIN ? &card->so : NULL;
}

static VcStatus
pin_status (const VcCard *card, const VcPin *pin)
{
  if (pin->tries == 0)
    return VC_SW_PIN_LOCKED;
  if (pin == &card->user && card->verified)
    return VC_SW_OK;
  return VC_SW_TRIES_LEFT (pin->tries);
}

VcStatus
vc_cmd_verify (VcCard *card, const VcApdu *apdu, VcBuf *out)
{
  VcPin *pin = addressed_pin (card, apdu->p2);
  VcStatus status;

  (void) out;
  if (pin == NULL || apdu->p1 != 0)
    return VC_SW_KEY_NOT_FOUND;
  if (!card->initialised)
    return VC_SW_NOT_INITIALISED;
  if (apdu->data.len == 0)
    return pin_status (card, pin);
  status = vc_card_check_pin (card, pin, apdu->data);
  if (pin == &card->user)
    card->verified = status == VC_SW_OK;
  return status;
}

static VcBytes
skip (VcBytes bytes, size_t count)
{
  return (VcBytes){ bytes.data + count, bytes.len - count };
}

static VcStatus
set_new_pin (VcCard *card, VcPin *pin, VcBytes value)
{
  bool done = pin == &card->user ? vc_pin_set (pin, value, VC_USER_PIN_MIN, VC_USER_PIN_MAX)
                                 : vc_pin_set (pin, value, VC_SO_PIN_LEN, VC_SO_PIN_LEN);

  if (!done)
    return VC_SW_WRONG_DATA;
  card->dirty = true;
  return VC_SW_OK;
}

VcStatus
vc_cmd_change_pin (VcCard *card, const VcApdu *apdu, VcBuf *out)
{
  VcPin *pin = addressed_pin (card, apdu->p2);
  VcStatus status;

  (void) out;
  if (pin == NULL || apdu->p1 != 0)
    return VC_SW_KEY_NOT_FOUND;
  if (!card->initialised)
    return VC_SW_NOT_INITIALISED;
  if (apdu->data.len < pin->len)
    return VC_SW_WRONG_LENGTH;
  status = vc_card_check_pin (card, pin, (VcBytes){ apdu->data.data, pin->len });
  if (status != VC_SW_OK)
    return status;
  return set_new_pin (card, pin, skip (apdu->data, pin->len));
}

VcStatus
vc_cmd_reset_retry (VcCard *card, const VcApdu *apdu, VcBuf *out)
{
  VcStatus status;

  (void) out;
  if (apdu->p2 != USER_PIN || apdu->p1 > 1)
    return VC_SW_WRONG_P1P2;
  if (!card->initialised)
    return VC_SW_NOT_INITIALISED;
  if ((card->options & VC_OPTION_RESET_RETRY) == 0)
    return VC_SW_CONDITIONS;
  if (apdu->data.len < VC_SO_PIN_LEN)
    return VC_SW_WRONG_LENGTH;
  status = vc_card_check_pin (card, &card->so, (VcBytes){ apdu->data.data, VC_SO_PIN_LEN });
  if (status != VC_SW_OK)
    return status;
  if (apdu->data.len > VC_SO_PIN_LEN)
    return set_new_pin (card, &card->user, skip (apdu->data, VC_SO_PIN_LEN));
  card->user.tries = card->user.max_tries;
  card->dirty = true;
  return VC_SW_OK;
}

VcStatus
vc_cmd_initialise (VcCard *card, const VcApdu *apdu, VcBuf *out)
{
  VcBytes options = { 0 };
  VcBytes tries = { 0 };
  VcBytes user_pin, so_pin;
  VcStatus status;

  (void) out;
  if (!vc_tlv_find (apdu->data, 0x81, &user_pin) || !vc_tlv_find (apdu->data, 0x82, &so_pin)
      || so_pin.len != VC_SO_PIN_LEN)
    return VC_SW_WRONG_DATA;
  if (vc_tlv_find (apdu->data, 0x80, &options) && options.len != 2)
    return VC_SW_WRONG_DATA;
  if (vc_tlv_find (apdu->data, 0x91, &tries) && tries.len != 1)
    return VC_SW_WRONG_DATA;
  if (card->initialised)
    {
      status = vc_card_check_pin (card, &card->so, so_pin);
      if (status != VC_SW_OK)
        return status;
    }
  if (!vc_card_initialise (card, user_pin, so_pin, tries.len == 1 ? tries.data[0] : VC_USER_TRIES,
                           options.len == 2 ? vc_u16 (options.data) : 0))
    return VC_SW_WRONG_DATA;
  return VC_SW_OK;
}
