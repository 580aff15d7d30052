/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/vcard/test-util.h"

/* UPDATE BINARY: P1 P2 = file, 54 02 offset, 53 L bytes */
#define CREATE_C401                                                                                          \
  "00D7C40106"                                                                                               \
  "54020000"                                                                                                 \
  "5300"
#define WRITE_CURRENT_AABB                                                                                   \
  "00D7000008"                                                                                               \
  "54020000"                                                                                                 \
  "5302AABB"
#define WRITE_AT_1_CCDD                                                                                      \
  "00D7000008"                                                                                               \
  "54020001"                                                                                                 \
  "5302CCDD"
#define WRITE_AT_9                                                                                           \
  "00D7000007"                                                                                               \
  "54020009"                                                                                                 \
  "5301EE"
#define READ_CURRENT                                                                                         \
  "00B1000004"                                                                                               \
  "54020000"                                                                                                 \
  "00"
#define SELECT_C401 "00A4000002C40100"

static void
assert_content (VcCard *card, const char *read, VcStatus status, const char *hex)
{
  VC_AUTOBUF out = { 0 };
  VC_AUTOBUF expected = { 0 };

  vc_test_hex (hex, &expected);
  vc_assert_sw (vc_test_send (card, read, &out), status);
  vc_assert_bytes (vc_buf_bytes (&out), vc_buf_bytes (&expected));
}

static void
test_create_write_read (void)
{
  VC_AUTOPTR (VcCard) card = vc_test_card_ready ();

  vc_assert_sw (vc_test_send (card, SELECT_C401, NULL), VC_SW_FILE_NOT_FOUND);
  vc_assert_sw (vc_test_send (card, CREATE_C401, NULL), VC_SW_OK);
  vc_assert_sw (vc_test_send (card, WRITE_CURRENT_AABB, NULL), VC_SW_OK);
  assert_content (card, READ_CURRENT, VC_SW_END_OF_FILE, "AABB");
  vc_assert_sw (vc_test_send (card, WRITE_AT_1_CCDD, NULL), VC_SW_OK);
  assert_content (card, READ_CURRENT, VC_SW_END_OF_FILE, "AACCDD");
  assert_content (card,
                  "00B1000004"
                  "54020001"
                  "02",
                  VC_SW_OK, "CCDD");
  assert_content (card, SELECT_C401, VC_SW_OK,
                  "620B"
                  "80020003"
                  "820101"
                  "8302C401");
  g_assert_true (card->dirty);
}

static void
test_offsets_past_the_end (void)
{
  VC_AUTOPTR (VcCard) card = vc_test_card_ready ();

  vc_assert_sw (vc_test_send (card, READ_CURRENT, NULL), VC_SW_NO_CURRENT_FILE);
  vc_assert_sw (vc_test_send (card, WRITE_CURRENT_AABB, NULL), VC_SW_NO_CURRENT_FILE);
  vc_assert_sw (vc_test_send (card, CREATE_C401, NULL), VC_SW_OK);
  vc_assert_sw (vc_test_send (card, WRITE_AT_9, NULL), VC_SW_WRONG_OFFSET);
  vc_assert_sw (vc_test_send (card,
                              "00B1000004"
                              "54020009"
                              "00",
                              NULL),
                VC_SW_WRONG_OFFSET);
  assert_content (card, READ_CURRENT, VC_SW_END_OF_FILE, "");
  vc_assert_sw (vc_test_send (card,
                              "00B1C50104"
                              "54020000"
                              "00",
                              NULL),
                VC_SW_FILE_NOT_FOUND);
  vc_assert_sw (vc_test_send (card,
                              "00B1000003"
                              "540100"
                              "00",
                              NULL),
                VC_SW_WRONG_DATA);
}

static void
test_file_size_is_bounded (void)
{
  VC_AUTOPTR (VcCard) card = vc_test_card_ready ();
  VC_AUTOBUF data = { 0 };
  VC_AUTOBUF command = { 0 };

  vc_test_hex ("5402000053822001", &data);
  memset (vc_buf_extend (&data, VC_FILE_MAX + 1), 0, VC_FILE_MAX + 1);
  vc_test_build (&command, "00D7C401", vc_buf_bytes (&data), 0);
  vc_assert_sw (vc_test_send (card, CREATE_C401, NULL), VC_SW_OK);
  vc_assert_sw (vc_test_send_bytes (card, vc_buf_bytes (&command), NULL), VC_SW_NO_ROOM);
}

static void
test_needs_login (void)
{
  VC_AUTOPTR (VcCard) card = vc_test_card ();

  vc_assert_sw (vc_test_send (card, VC_SELECT, NULL), VC_SW_OK);
  vc_assert_sw (vc_test_send (card, CREATE_C401, NULL), VC_SW_NOT_AUTHENTICATED);
  vc_assert_sw (vc_test_send (card, "00E4020002C401", NULL), VC_SW_NOT_AUTHENTICATED);
  vc_assert_sw (vc_test_send (card,
                              "00B12F0204"
                              "54020000"
                              "00",
                              NULL),
                VC_SW_END_OF_FILE);
  g_assert_false (card->dirty);
}

static void
test_protected_data (void)
{
  VC_AUTOPTR (VcCard) card = vc_test_card_ready ();

  vc_assert_sw (vc_test_send (card,
                              "00D7CD0107"
                              "54020000"
                              "5301AA",
                              NULL),
                VC_SW_OK);
  assert_content (card,
                  "00B1CD0104"
                  "54020000"
                  "01",
                  VC_SW_OK, "AA");
  vc_assert_sw (vc_test_send (card, VC_SELECT, NULL), VC_SW_OK);
  vc_assert_sw (vc_test_send (card,
                              "00B1CD0104"
                              "54020000"
                              "01",
                              NULL),
                VC_SW_NOT_AUTHENTICATED);
}

static void
test_device_certificate_is_fixed (void)
{
  VC_AUTOPTR (VcCard) card = vc_test_card_ready ();

  vc_assert_sw (vc_test_send (card,
                              "00D72F0207"
                              "54020000"
                              "5301AA",
                              NULL),
                VC_SW_NOT_AUTHENTICATED);
  vc_assert_sw (vc_test_send (card, "00E40200022F02", NULL), VC_SW_NOT_AUTHENTICATED);
  vc_assert_sw (vc_test_send (card,
                              "00D7CC0107"
                              "54020000"
                              "5301AA",
                              NULL),
                VC_SW_NOT_AUTHENTICATED);
}

static void
test_list_and_delete (void)
{
  VC_AUTOPTR (VcCard) card = vc_test_card_ready ();

  vc_assert_sw (vc_test_send (card, CREATE_C401, NULL), VC_SW_OK);
  assert_content (card, "8058000000", VC_SW_OK,
                  "CC00"
                  "2F02"
                  "C401");
  vc_assert_sw (vc_test_send (card, "00E4020002C401", NULL), VC_SW_OK);
  vc_assert_sw (vc_test_send (card, READ_CURRENT, NULL), VC_SW_NO_CURRENT_FILE);
  vc_assert_sw (vc_test_send (card, "00E4020002C401", NULL), VC_SW_FILE_NOT_FOUND);
  vc_assert_sw (vc_test_send (card, "00E4020002CC05", NULL), VC_SW_FILE_NOT_FOUND);
  vc_assert_sw (vc_test_send (card, "00E4020001C4", NULL), VC_SW_WRONG_LENGTH);
  assert_content (card, "8058000000", VC_SW_OK,
                  "CC00"
                  "2F02");
}

static void
test_full_card (void)
{
  VC_AUTOPTR (VcCard) card = vc_test_card_ready ();

  card->room = 2;
  vc_assert_sw (vc_test_send (card, CREATE_C401, NULL), VC_SW_OK);
  vc_assert_sw (vc_test_send (card,
                              "00D7C40206"
                              "54020000"
                              "5300",
                              NULL),
                VC_SW_NO_ROOM);
  vc_assert_sw (vc_test_send (card, WRITE_CURRENT_AABB, NULL), VC_SW_OK);
  vc_assert_sw (vc_test_generate_ec (card, 1, "prime256v1", NULL), VC_SW_NO_ROOM);
  card->room = 1000;
  for (unsigned i = 0; i < VC_OBJECTS_MAX; i++)
    (void) vc_card_add_file (card, (uint16_t) (0xCF00 + i));
  g_assert_cmpuint (card->n_files, ==, VC_OBJECTS_MAX);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/vcard/file/create-write-read", test_create_write_read);
  g_test_add_func ("/vcard/file/offsets-past-the-end-are-refused", test_offsets_past_the_end);
  g_test_add_func ("/vcard/file/size-is-bounded", test_file_size_is_bounded);
  g_test_add_func ("/vcard/file/nothing-is-written-without-login", test_needs_login);
  g_test_add_func ("/vcard/file/protected-data-is-read-after-login-only", test_protected_data);
  g_test_add_func ("/vcard/file/device-certificate-and-keys-cannot-be-written",
                   test_device_certificate_is_fixed);
  g_test_add_func ("/vcard/file/list-and-delete", test_list_and_delete);
  g_test_add_func ("/vcard/file/full-card-says-so", test_full_card);
  return g_test_run ();
}
