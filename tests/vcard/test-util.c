/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/vcard/test-util.h"
#include "tests/vcard/cvc.h"
#include "tests/vcard/tlv.h"

#include <openssl/obj_mac.h>
#include <openssl/objects.h>

static const char oid_rsa[] = "04007F00070202020102";
static const char oid_ecdsa[] = "04007F00070202020203";

VcCard *
vc_test_card (void)
{
  VcError error = { 0 };
  VcCard *card = vc_card_new ("TEST0001", &error);

  g_assert_cmpstr (error.message, ==, "");
  g_assert_true (vc_card_initialise (card, vc_bytes_from_text (VC_TEST_PIN),
                                     vc_bytes_from_text (VC_TEST_SO_PIN), VC_USER_TRIES,
                                     VC_OPTION_RESET_RETRY));
  card->dirty = false;
  return card;
}

VcCard *
vc_test_card_ready (void)
{
  VcCard *card = vc_test_card ();

  vc_assert_sw (vc_test_send (card, VC_SELECT, NULL), VC_SW_OK);
  vc_assert_sw (vc_test_send (card, VC_VERIFY, NULL), VC_SW_OK);
  return card;
}

void
vc_test_hex (const char *hex, VcBuf *out)
{
  g_assert_true (vc_hex_decode (hex, strlen (hex), out));
}

VcStatus
vc_test_send_bytes (VcCard *card, VcBytes command, VcBuf *out)
{
  VC_AUTOBUF answer = { 0 };
  VcStatus status;

  vc_apdu_execute (card, command, &answer);
  g_assert_cmpuint (answer.len, >=, 2);
  status = vc_u16 (answer.data + answer.len - 2);
  if (out != NULL)
    {
      vc_buf_clear (out);
      vc_buf_append (out, answer.data, answer.len - 2);
    }
  return status;
}

VcStatus
vc_test_send (VcCard *card, const char *hex, VcBuf *out)
{
  VC_AUTOBUF command = { 0 };

  vc_test_hex (hex, &command);
  return vc_test_send_bytes (card, vc_buf_bytes (&command), out);
}

void
vc_test_build (VcBuf *out, const char *header_hex, VcBytes data, unsigned le)
{
  vc_test_hex (header_hex, out);
  vc_buf_append_byte (out, 0);
  vc_buf_append_u16 (out, (unsigned) data.len);
  vc_buf_append_bytes (out, data);
  vc_buf_append_u16 (out, le & 0xFFFF);
}

static void
append_hex_tlv (VcBuf *out, unsigned tag, const char *hex)
{
  VC_AUTOBUF value = { 0 };

  vc_test_hex (hex, &value);
  vc_tlv_append (out, tag, vc_buf_bytes (&value));
}

static VcStatus
generate (VcCard *card, uint8_t number, const VcBuf *public_key, VcBuf *out)
{
  VC_AUTOBUF data = { 0 };
  VC_AUTOBUF command = { 0 };
  char header[16];

  append_hex_tlv (&data, VC_TAG_PROFILE, "00");
  vc_tlv_append (&data, VC_TAG_CAR, vc_bytes_from_text ("UTCA00001"));
  vc_tlv_append (&data, VC_TAG_PUBLIC_KEY, vc_buf_bytes (public_key));
  vc_tlv_append (&data, VC_TAG_CHR, vc_bytes_from_text ("TEST000100001"));
  g_snprintf (header, sizeof header, "0046%02X00", (unsigned) number);
  vc_test_build (&command, header, vc_buf_bytes (&data), 0);
  return vc_test_send_bytes (card, vc_buf_bytes (&command), out);
}

VcStatus
vc_test_generate_rsa (VcCard *card, uint8_t number, unsigned bits, VcBuf *out)
{
  VC_AUTOBUF public_key = { 0 };
  const uint8_t size[] = { (uint8_t) (bits >> 8), (uint8_t) bits };

  append_hex_tlv (&public_key, 0x06, oid_rsa);
  append_hex_tlv (&public_key, 0x82, "010001");
  vc_tlv_append (&public_key, 0x02, (VcBytes){ size, sizeof size });
  return generate (card, number, &public_key, out);
}

static void
append_number (VcBuf *out, unsigned tag, const BIGNUM *number)
{
  uint8_t bytes[66];
  int len = BN_bn2bin (number, bytes);

  vc_tlv_append (out, tag, (VcBytes){ bytes, (size_t) len });
}

VcStatus
vc_test_generate_ec (VcCard *card, uint8_t number, const char *curve, VcBuf *out)
{
  VC_AUTOBUF public_key = { 0 };
  VC_AUTOPTR (EC_GROUP) group = EC_GROUP_new_by_curve_name (OBJ_sn2nid (curve));
  VC_AUTOPTR (BIGNUM) p = BN_new ();
  VC_AUTOPTR (BIGNUM) a = BN_new ();
  VC_AUTOPTR (BIGNUM) b = BN_new ();

  g_assert_true (EC_GROUP_get_curve (group, p, a, b, NULL));
  append_hex_tlv (&public_key, 0x06, oid_ecdsa);
  append_number (&public_key, 0x81, p);
  append_number (&public_key, 0x82, a);
  append_number (&public_key, 0x83, b);
  append_number (&public_key, 0x85, EC_GROUP_get0_order (group));
  append_hex_tlv (&public_key, 0x87, "01");
  return generate (card, number, &public_key, out);
}
