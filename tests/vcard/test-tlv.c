/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/vcard/test-util.h"
#include "tests/vcard/tlv.h"

typedef struct
{
  const char *name;
  const char *hex;
  unsigned tag; /* 0: malformed */
  size_t len;
  size_t rest;
} Case;

static const Case cases[] = {
  { "one-byte-tag", "5302AABB", 0x53, 2, 0 },
  { "two-byte-tag", "7F4901AA", 0x7F49, 1, 0 },
  { "empty-value", "5300", 0x53, 0, 0 },
  { "something-follows", "5301AA5401BB", 0x53, 1, 3 },
  { "length-in-two-bytes", "538101AA", 0x53, 1, 0 },
  { "length-in-three-bytes", "53820001AA", 0x53, 1, 0 },
  { "nothing", "", 0, 0, 0 },
  { "tag-only", "53", 0, 0, 0 },
  { "half-a-tag", "7F", 0, 0, 0 },
  { "tag-of-three-bytes", "7F814901AA", 0, 0, 0 },
  { "no-length-after-81", "5381", 0, 0, 0 },
  { "half-a-length", "538201", 0, 0, 0 },
  { "length-of-four-bytes", "5383000001AA", 0, 0, 0 },
  { "indefinite-length", "5380AA0000", 0, 0, 0 },
  { "value-cut-off", "5303AABB", 0, 0, 0 },
  { "huge-length", "5382FFFFAA", 0, 0, 0 },
};

static void
test_next (gconstpointer data)
{
  const Case *c = data;
  VC_AUTOBUF bytes = { 0 };
  VcBytes rest, value;
  unsigned tag;
  gboolean found;

  vc_test_hex (c->hex, &bytes);
  rest = vc_buf_bytes (&bytes);
  found = vc_tlv_next (&rest, &tag, &value);
  g_assert_cmpint (found, ==, c->tag != 0);
  if (!found)
    {
      g_assert_cmpuint (rest.len, ==, bytes.len);
      return;
    }
  g_assert_cmphex (tag, ==, c->tag);
  g_assert_cmpuint (value.len, ==, c->len);
  g_assert_cmpuint (rest.len, ==, c->rest);
}

static void
test_append_reads_back (void)
{
  static const size_t lengths[] = { 0, 1, 127, 128, 255, 256, 4096, 65535 };
  static const unsigned tags[] = { 0x53, 0x7F49 };

  for (size_t i = 0; i < G_N_ELEMENTS (lengths); i++)
    for (size_t j = 0; j < G_N_ELEMENTS (tags); j++)
      {
        VC_AUTOBUF value = { 0 };
        VC_AUTOBUF object = { 0 };
        VcBytes rest, found;
        unsigned tag;

        memset (vc_buf_extend (&value, lengths[i]), 0x5A, lengths[i]);
        vc_tlv_append (&object, tags[j], vc_buf_bytes (&value));
        rest = vc_buf_bytes (&object);
        g_assert_true (vc_tlv_next (&rest, &tag, &found));
        g_assert_cmphex (tag, ==, tags[j]);
        g_assert_cmpuint (rest.len, ==, 0);
        g_assert_true (vc_bytes_equal (found, vc_buf_bytes (&value)));
      }
}

static void
test_find (void)
{
  VC_AUTOBUF list = { 0 };
  VcBytes value;

  vc_test_hex ("5402000053025354A10354010F", &list);
  g_assert_true (vc_tlv_find (vc_buf_bytes (&list), 0x53, &value));
  vc_assert_bytes (value, vc_bytes_from_text ("ST"));
  g_assert_true (vc_tlv_find (vc_buf_bytes (&list), 0x54, &value));
  g_assert_cmpuint (value.len, ==, 2);
  g_assert_false (vc_tlv_find (vc_buf_bytes (&list), 0x55, &value));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/vcard/tlv/next/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_next);
    }
  g_test_add_func ("/vcard/tlv/what-is-appended-reads-back", test_append_reads_back);
  g_test_add_func ("/vcard/tlv/finds-at-the-top-level-only", test_find);
  return g_test_run ();
}
