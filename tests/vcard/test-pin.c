/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/vcard/test-util.h"

#define STATUS "00200081"
#define WRONG "0020008106303030303030"
#define UNBLOCK_WRONG_SO                                                                                     \
  "002C0081"                                                                                                 \
  "0E"                                                                                                       \
  "3030303030303030"                                                                                         \
  "313335373930"
#define UNBLOCK_135790                                                                                       \
  "002C0081"                                                                                                 \
  "0E"                                                                                                       \
  "3537363231383830"                                                                                         \
  "313335373930"
#define VERIFY_135790                                                                                        \
  "0020008106"                                                                                               \
  "313335373930"

static VcCard *
selected_card (void)
{
  VcCard *card = vc_test_card ();

  vc_assert_sw (vc_test_send (card, VC_SELECT, NULL), VC_SW_OK);
  return card;
}

static void
test_counts_down_and_locks (void)
{
  VC_AUTOPTR (VcCard) card = selected_card ();

  vc_assert_sw (vc_test_send (card, STATUS, NULL), VC_SW_TRIES_LEFT (3));
  vc_assert_sw (vc_test_send (card, WRONG, NULL), VC_SW_TRIES_LEFT (2));
  g_assert_true (card->dirty);
  vc_assert_sw (vc_test_send (card, WRONG, NULL), VC_SW_TRIES_LEFT (1));
  vc_assert_sw (vc_test_send (card, WRONG, NULL), VC_SW_PIN_LOCKED);
  vc_assert_sw (vc_test_send (card, VC_VERIFY, NULL), VC_SW_PIN_LOCKED);
  vc_assert_sw (vc_test_send (card, STATUS, NULL), VC_SW_PIN_LOCKED);
  g_assert_cmpuint (card->user.tries, ==, 0);
}

static void
test_right_pin_gives_tries_back (void)
{
  VC_AUTOPTR (VcCard) card = selected_card ();

  vc_assert_sw (vc_test_send (card, WRONG, NULL), VC_SW_TRIES_LEFT (2));
  vc_assert_sw (vc_test_send (card, VC_VERIFY, NULL), VC_SW_OK);
  vc_assert_sw (vc_test_send (card, STATUS, NULL), VC_SW_OK);
  g_assert_cmpuint (card->user.tries, ==, 3);
}

static void
test_login_is_dropped (void)
{
  VC_AUTOPTR (VcCard) card = vc_test_card_ready ();

  vc_assert_sw (vc_test_send (card, WRONG, NULL), VC_SW_TRIES_LEFT (2));
  vc_assert_sw (vc_test_send (card, STATUS, NULL), VC_SW_TRIES_LEFT (2));
  vc_assert_sw (vc_test_send (card, VC_VERIFY, NULL), VC_SW_OK);
  vc_assert_sw (vc_test_send (card, VC_SELECT, NULL), VC_SW_OK);
  vc_assert_sw (vc_test_send (card, STATUS, NULL), VC_SW_TRIES_LEFT (3));
  vc_assert_sw (vc_test_send (card, VC_VERIFY, NULL), VC_SW_OK);
  vc_card_reset (card);
  vc_assert_sw (vc_test_send (card, VC_SELECT, NULL), VC_SW_OK);
  vc_assert_sw (vc_test_send (card, STATUS, NULL), VC_SW_TRIES_LEFT (3));
}

static void
test_change (void)
{
  VC_AUTOPTR (VcCard) card = selected_card ();

  vc_assert_sw (vc_test_send (card,
                              "00240081"
                              "0C"
                              "363438323139"
                              "313335373930",
                              NULL),
                VC_SW_OK);
  vc_assert_sw (vc_test_send (card, VERIFY_135790, NULL), VC_SW_OK);
  vc_assert_sw (vc_test_send (card,
                              "00240081"
                              "0C"
                              "363438323139"
                              "313335373930",
                              NULL),
                VC_SW_TRIES_LEFT (2));
  vc_assert_sw (vc_test_send (card,
                              "00240081"
                              "0B"
                              "313335373930"
                              "3132333435",
                              NULL),
                VC_SW_WRONG_DATA);
  vc_assert_sw (vc_test_send (card,
                              "00240081"
                              "05"
                              "3133353739",
                              NULL),
                VC_SW_WRONG_LENGTH);
  vc_assert_sw (vc_test_send (card, VERIFY_135790, NULL), VC_SW_OK);
  vc_assert_sw (vc_test_send (card,
                              "00240088"
                              "10"
                              "3537363231383830"
                              "3030303030303030",
                              NULL),
                VC_SW_OK);
  vc_assert_sw (vc_test_send (card, UNBLOCK_135790, NULL), VC_SW_TRIES_LEFT (14));
}

static void
test_unblock (void)
{
  VC_AUTOPTR (VcCard) card = selected_card ();

  for (unsigned i = 0; i < 3; i++)
    (void) vc_test_send (card, WRONG, NULL);
  vc_assert_sw (vc_test_send (card, UNBLOCK_WRONG_SO, NULL), VC_SW_TRIES_LEFT (14));
  vc_assert_sw (vc_test_send (card, STATUS, NULL), VC_SW_PIN_LOCKED);
  vc_assert_sw (vc_test_send (card, UNBLOCK_135790, NULL), VC_SW_OK);
  g_assert_cmpuint (card->so.tries, ==, 15);
  vc_assert_sw (vc_test_send (card, VERIFY_135790, NULL), VC_SW_OK);
  (void) vc_test_send (card, WRONG, NULL);
  vc_assert_sw (vc_test_send (card,
                              "002C0181"
                              "08"
                              "3537363231383830",
                              NULL),
                VC_SW_OK);
  vc_assert_sw (vc_test_send (card, STATUS, NULL), VC_SW_TRIES_LEFT (3));
}

static void
test_so_pin_locks (void)
{
  VC_AUTOPTR (VcCard) card = selected_card ();

  for (unsigned left = 14; left > 0; left--)
    vc_assert_sw (vc_test_send (card, UNBLOCK_WRONG_SO, NULL), VC_SW_TRIES_LEFT (left));
  vc_assert_sw (vc_test_send (card, UNBLOCK_WRONG_SO, NULL), VC_SW_PIN_LOCKED);
  vc_assert_sw (vc_test_send (card, UNBLOCK_135790, NULL), VC_SW_PIN_LOCKED);
  vc_assert_sw (vc_test_send (card,
                              "80500000"
                              "12"
                              "8106363438323139"
                              "82083537363231383830",
                              NULL),
                VC_SW_PIN_LOCKED);
  vc_assert_sw (vc_test_send (card, VC_VERIFY, NULL), VC_SW_OK);
}

static void
test_unblock_only_if_allowed (void)
{
  VC_AUTOPTR (VcCard) card = selected_card ();

  card->options = 0;
  vc_assert_sw (vc_test_send (card, UNBLOCK_135790, NULL), VC_SW_CONDITIONS);
}

static void
test_factory_new (void)
{
  VC_AUTOPTR (VcCard) card = vc_card_new ("TEST0002", NULL);

  vc_assert_sw (vc_test_send (card, VC_SELECT, NULL), VC_SW_OK);
  vc_assert_sw (vc_test_send (card, STATUS, NULL), VC_SW_NOT_INITIALISED);
  vc_assert_sw (vc_test_send (card, VC_VERIFY, NULL), VC_SW_NOT_INITIALISED);
  vc_assert_sw (vc_test_send (card, UNBLOCK_135790, NULL), VC_SW_NOT_INITIALISED);
  vc_assert_sw (vc_test_send (card,
                              "00240081"
                              "0C"
                              "363438323139"
                              "313335373930",
                              NULL),
                VC_SW_NOT_INITIALISED);
}

static void
test_initialise (void)
{
  VC_AUTOPTR (VcCard) card = vc_test_card_ready ();
  VC_AUTOBUF before = { 0 };
  VC_AUTOBUF after = { 0 };

  vc_assert_sw (vc_test_generate_ec (card, 1, "prime256v1", NULL), VC_SW_OK);
  vc_assert_sw (vc_test_send (card,
                              "00D7C40106"
                              "54020000"
                              "5300",
                              NULL),
                VC_SW_OK);
  vc_assert_sw (vc_test_send (card,
                              "80500000"
                              "12"
                              "8106363438323139"
                              "82083030303030303030",
                              NULL),
                VC_SW_TRIES_LEFT (14));
  g_assert_cmpuint (card->n_files, ==, 2);
  vc_assert_sw (vc_test_send (card,
                              "80500000"
                              "19"
                              "80020001"
                              "8106313335373930"
                              "82083537363231383830"
                              "910105",
                              NULL),
                VC_SW_OK);
  vc_assert_sw (vc_test_send (card, "8058000000", &before), VC_SW_OK);
  vc_test_hex ("CC002F02", &after);
  g_assert_true (vc_bytes_equal (vc_buf_bytes (&before), vc_buf_bytes (&after)));
  vc_assert_sw (vc_test_send (card, STATUS, NULL), VC_SW_TRIES_LEFT (5));
  vc_assert_sw (vc_test_send (card, VERIFY_135790, NULL), VC_SW_OK);
}

static void
test_initialise_refuses_nonsense (void)
{
  static const char *const commands[] = {
    "80500000",
    "80500000"
    "08"
    "8106363438323139",
    "80500000"
    "0A"
    "82083537363231383830",
    "80500000"
    "11"
    "81053634383231"
    "82083537363231383830",
    "80500000"
    "1C"
    "811031323334353637383930313233343536"
    "82083537363231383830",
    "80500000"
    "11"
    "8106363438323139"
    "820735373632313838",
    "80500000"
    "15"
    "8106363438323139"
    "82083537363231383830"
    "910100",
    "80500000"
    "15"
    "8106363438323139"
    "82083537363231383830"
    "910110",
    "80500000"
    "15"
    "8106363438323139"
    "82083537363231383830"
    "800100",
  };
  VC_AUTOPTR (VcCard) card = vc_test_card_ready ();

  for (size_t i = 0; i < G_N_ELEMENTS (commands); i++)
    vc_assert_sw (vc_test_send (card, commands[i], NULL), VC_SW_WRONG_DATA);
  vc_assert_sw (vc_test_send (card, VC_VERIFY, NULL), VC_SW_OK);
}

static void
test_other_references (void)
{
  VC_AUTOPTR (VcCard) card = selected_card ();

  vc_assert_sw (vc_test_send (card, "00200085", NULL), VC_SW_KEY_NOT_FOUND);
  vc_assert_sw (vc_test_send (card, "00200086", NULL), VC_SW_KEY_NOT_FOUND);
  vc_assert_sw (vc_test_send (card, "00200088", NULL), VC_SW_TRIES_LEFT (15));
  vc_assert_sw (vc_test_send (card,
                              "0020008808"
                              "3537363231383830",
                              NULL),
                VC_SW_OK);
  vc_assert_sw (vc_test_send (card, STATUS, NULL), VC_SW_TRIES_LEFT (3));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/vcard/pin/wrong-pin-counts-down-and-locks", test_counts_down_and_locks);
  g_test_add_func ("/vcard/pin/right-pin-gives-tries-back", test_right_pin_gives_tries_back);
  g_test_add_func ("/vcard/pin/wrong-pin-selection-and-reset-drop-the-login", test_login_is_dropped);
  g_test_add_func ("/vcard/pin/change", test_change);
  g_test_add_func ("/vcard/pin/so-pin-unblocks", test_unblock);
  g_test_add_func ("/vcard/pin/so-pin-locks-for-good", test_so_pin_locks);
  g_test_add_func ("/vcard/pin/unblock-only-if-initialised-so", test_unblock_only_if_allowed);
  g_test_add_func ("/vcard/pin/factory-new-card-has-none", test_factory_new);
  g_test_add_func ("/vcard/pin/initialise-wipes-and-sets-anew", test_initialise);
  g_test_add_func ("/vcard/pin/initialise-refuses-nonsense", test_initialise_refuses_nonsense);
  g_test_add_func ("/vcard/pin/other-references", test_other_references);
  return g_test_run ();
}
