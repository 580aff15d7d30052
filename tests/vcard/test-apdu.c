/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/vcard/test-util.h"

typedef struct
{
  const char *name;
  const char *hex;
  gboolean good;
  size_t lc;
  size_t le;
} Case;

static const Case cases[] = {
  { "case-1", "00A40400", TRUE, 0, 0 },
  { "case-2-short", "00B1000010", TRUE, 0, 16 },
  { "case-2-short-all", "00B1000000", TRUE, 0, 256 },
  { "case-3-short", "0020008102AABB", TRUE, 2, 0 },
  { "case-4-short", "00B1000002AABB05", TRUE, 2, 5 },
  { "case-4-short-all", "00B1000002AABB00", TRUE, 2, 256 },
  { "case-2-extended", "80580000000100", TRUE, 0, 256 },
  { "case-2-extended-all", "80580000000000", TRUE, 0, 65536 },
  { "case-3-extended", "00D70000000002AABB", TRUE, 2, 0 },
  { "case-4-extended", "00D70000000002AABB0200", TRUE, 2, 512 },
  { "case-4-extended-all", "00D70000000002AABB0000", TRUE, 2, 65536 },
  { "nothing", "", FALSE, 0, 0 },
  { "header-cut-off", "00A404", FALSE, 0, 0 },
  { "short-data-cut-off", "0020008103AABB", FALSE, 0, 0 },
  { "short-data-and-two-more", "0020008101AABBCC", FALSE, 0, 0 },
  { "extended-length-cut-off", "00D700000000", FALSE, 0, 0 },
  { "extended-data-cut-off", "00D70000000003AABB", FALSE, 0, 0 },
  { "extended-le-cut-off", "00D70000000001AABB", FALSE, 0, 0 },
  { "extended-data-and-three-more", "00D70000000001AABBCCDD", FALSE, 0, 0 },
  { "extended-lc-zero", "00D700000000000000", FALSE, 0, 0 },
};

static void
test_parse (gconstpointer data)
{
  const Case *c = data;
  VC_AUTOBUF raw = { 0 };
  VcApdu apdu;

  vc_test_hex (c->hex, &raw);
  g_assert_cmpint (vc_apdu_parse (vc_buf_bytes (&raw), &apdu), ==, c->good);
  if (!c->good)
    return;
  g_assert_cmpuint (apdu.data.len, ==, c->lc);
  g_assert_cmpuint (apdu.le, ==, c->le);
}

static void
test_needs_the_applet (void)
{
  VC_AUTOPTR (VcCard) card = vc_test_card ();

  vc_assert_sw (vc_test_send (card, "8058000000", NULL), VC_SW_UNKNOWN_INS);
  vc_assert_sw (vc_test_send (card, "00A40000022F0200", NULL), VC_SW_FILE_NOT_FOUND);
  vc_assert_sw (vc_test_send (card, "00A4040007A000000308000000", NULL), VC_SW_FILE_NOT_FOUND);
  vc_assert_sw (vc_test_send (card, VC_SELECT, NULL), VC_SW_OK);
  vc_assert_sw (vc_test_send (card, "8058000000", NULL), VC_SW_OK);
}

static void
test_unknown_commands (void)
{
  VC_AUTOPTR (VcCard) card = vc_test_card_ready ();

  vc_assert_sw (vc_test_send (card, "00CA006E00", NULL), VC_SW_UNKNOWN_INS);
  vc_assert_sw (vc_test_send (card, "80A4040000", NULL), VC_SW_UNKNOWN_INS);
  vc_assert_sw (vc_test_send (card, "0C20008100", NULL), VC_SW_UNKNOWN_CLA);
  vc_assert_sw (vc_test_send (card, "8052000000", NULL), VC_SW_NOT_SUPPORTED);
  vc_assert_sw (vc_test_send (card, "00", NULL), VC_SW_WRONG_LENGTH);
}

static void
test_answer_fits_le (void)
{
  VC_AUTOPTR (VcCard) card = vc_test_card_ready ();
  VC_AUTOBUF out = { 0 };

  vc_assert_sw (vc_test_send (card, "8058000001", &out), VC_SW_WRONG_LENGTH);
  g_assert_cmpuint (out.len, ==, 0);
  vc_assert_sw (vc_test_send (card, "80580000", &out), VC_SW_OK);
  g_assert_cmpuint (out.len, ==, 0);
}

static void
test_challenge (void)
{
  VC_AUTOPTR (VcCard) card = vc_test_card_ready ();
  VC_AUTOBUF first = { 0 };
  VC_AUTOBUF second = { 0 };

  vc_assert_sw (vc_test_send (card, "0084000020", &first), VC_SW_OK);
  vc_assert_sw (vc_test_send (card, "0084000020", &second), VC_SW_OK);
  g_assert_cmpuint (first.len, ==, 32);
  g_assert_false (vc_bytes_equal (vc_buf_bytes (&first), vc_buf_bytes (&second)));
  vc_assert_sw (vc_test_send (card, "00840000000500", NULL), VC_SW_WRONG_LENGTH);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/vcard/apdu/parse/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_parse);
    }
  g_test_add_func ("/vcard/apdu/only-select-reaches-a-card-without-its-applet", test_needs_the_applet);
  g_test_add_func ("/vcard/apdu/unknown-commands-are-named-as-such", test_unknown_commands);
  g_test_add_func ("/vcard/apdu/no-answer-is-longer-than-asked-for", test_answer_fits_le);
  g_test_add_func ("/vcard/apdu/challenges-differ", test_challenge);
  return g_test_run ();
}
