/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/vcard/apdu.h"
#include "tests/vcard/cvc.h"
#include "tests/vcard/tlv.h"

#include <openssl/rand.h>

#define CHALLENGE_MAX 1024
#define HOLDER_MAX 20

#define TAG_RSA_BITS 0x02
#define TAG_PRIME 0x81
#define TAG_COEFFICIENT_A_OR_EXPONENT 0x82

/* EC when the request names a prime, RSA when it names a modulus size. */
static EVP_PKEY *
generate (VcCard *card, VcBytes public_key, VcStatus *ret_status)
{
  VcBytes prime, second, bits;

  *ret_status = VC_SW_WRONG_DATA;
  if (!vc_tlv_find (public_key, TAG_COEFFICIENT_A_OR_EXPONENT, &second))
    return NULL;
  if (vc_tlv_find (public_key, TAG_PRIME, &prime))
    return vc_key_generate_ec (prime, second, ret_status);
  if (!vc_tlv_find (public_key, TAG_RSA_BITS, &bits) || bits.len != 2)
    return NULL;
  return vc_key_generate_rsa (vc_u16 (bits.data), second, card->keep_going, card->keep_going_data,
                              ret_status);
}

VcStatus
vc_cmd_generate_key (VcCard *card, const VcApdu *apdu, VcBuf *out)
{
  VC_AUTOPTR (EVP_PKEY) key = NULL;
  VcBytes public_key, holder;
  VcStatus status;

  if (!card->verified)
    return VC_SW_NOT_AUTHENTICATED;
  if (apdu->p1 == 0)
    return VC_SW_WRONG_P1P2;
  if (!vc_tlv_find (apdu->data, VC_TAG_PUBLIC_KEY, &public_key)
      || !vc_tlv_find (apdu->data, VC_TAG_CHR, &holder) || holder.len == 0 || holder.len > HOLDER_MAX)
    return VC_SW_WRONG_DATA;
  if (card->keys[apdu->p1] == NULL && !vc_card_has_room (card))
    return VC_SW_NO_ROOM;
  key = generate (card, public_key, &status);
  if (key == NULL)
    return status;
  if (!vc_cvc_append_request (out, key, public_key, holder, card->device_key, card->serial))
    return VC_SW_WRONG_DATA;
  vc_card_set_key (card, apdu->p1, key);
  key = NULL;
  return VC_SW_OK;
}

VcStatus
vc_cmd_sign (VcCard *card, const VcApdu *apdu, VcBuf *out)
{
  EVP_PKEY *key = card->keys[apdu->p1];

  if (!card->verified)
    return VC_SW_NOT_AUTHENTICATED;
  if (key == NULL)
    return VC_SW_KEY_NOT_FOUND;
  return vc_key_sign (key, apdu->p2, apdu->data, out);
}

VcStatus
vc_cmd_decipher (VcCard *card, const VcApdu *apdu, VcBuf *out)
{
  EVP_PKEY *key = card->keys[apdu->p1];

  if (!card->verified)
    return VC_SW_NOT_AUTHENTICATED;
  if (key == NULL)
    return VC_SW_KEY_NOT_FOUND;
  return vc_key_decipher (key, apdu->p2, apdu->data, out);
}

VcStatus
vc_cmd_challenge (VcCard *card, const VcApdu *apdu, VcBuf *out)
{
  (void) card;
  if (apdu->le == 0 || apdu->le > CHALLENGE_MAX)
    return VC_SW_WRONG_LENGTH;
  return RAND_bytes (vc_buf_extend (out, apdu->le), (int) apdu->le) == 1 ? VC_SW_OK : VC_SW_INTERNAL;
}
