/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/vcard/make.h"
#include "tests/vcard/store.h"
#include "tests/vcard/test-util.h"

#include <glib/gstdio.h>
#include <sys/stat.h>

typedef struct
{
  char *dir;
  char *path;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  (void) data;
  fixture->dir = g_dir_make_tmp ("vcard-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->dir, "card", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->dir, 0, NULL);
  const char *name;

  (void) data;
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (fixture->dir, name, NULL);

      g_assert_cmpint (g_unlink (path), ==, 0);
    }
  g_assert_cmpint (g_rmdir (fixture->dir), ==, 0);
  g_free (fixture->dir);
  g_free (fixture->path);
}

static char *
format (const VcCard *card)
{
  VC_AUTOBUF text = { 0 };

  g_assert_true (vc_store_format (card, &text));
  return g_strndup ((const char *) text.data, text.len);
}

static void
test_round_trip (Fixture *fixture, gconstpointer data)
{
  VC_AUTOPTR (VcCard) card = vc_test_card_ready ();
  VC_AUTOPTR (VcCard) loaded = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  VcError error = { 0 };
  struct stat status;

  (void) data;
  vc_card_set_label (card, "Label");
  vc_assert_sw (vc_test_generate_rsa (card, 1, 1024, NULL), VC_SW_OK);
  vc_assert_sw (vc_test_generate_ec (card, 255, "secp384r1", NULL), VC_SW_OK);
  vc_assert_sw (vc_test_send (card, "0020008106303030303030", NULL), VC_SW_TRIES_LEFT (2));
  g_assert_true (vc_store_save (card, fixture->path, &error));
  loaded = vc_store_load (fixture->path, &error);
  g_assert_cmpstr (error.message, ==, "");
  g_assert_cmpuint (loaded->user.tries, ==, 2);
  g_assert_false (loaded->dirty);
  g_assert_false (loaded->verified);
  before = format (card);
  after = format (loaded);
  g_assert_cmpstr (before, ==, after);
  g_assert_cmpint (g_stat (fixture->path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
}

static void
test_factory_new_round_trip (void)
{
  VC_AUTOPTR (VcCard) card = vc_card_new ("TEST0002", NULL);
  g_autofree char *text = format (card);
  VC_AUTOPTR (VcCard) loaded = vc_store_parse (text, strlen (text), NULL);

  g_assert_nonnull (loaded);
  g_assert_false (loaded->initialised);
  g_assert_cmpstr (loaded->serial, ==, "TEST0002");
}

/* Each is a good file with one thing replaced. */
typedef struct
{
  const char *name, *from, *to, *says;
} Damage;

static const Damage damages[] = {
  { "other-kind", "vcard 1\n", "hello\n", "line 1: not a software card's state, version 1" },
  { "other-version", "vcard 1\n", "vcard 2\n", "line 1: not a software card's state, version 1" },
  { "bad-serial", "serial TEST0001", "serial test", "line 2: malformed serial number" },
  { "long-serial", "serial TEST0001", "serial AAAAAAAAAAAA", "line 2: malformed serial number" },
  { "two-serials", "serial TEST0001\n", "serial TEST0001\nserial TEST0001\n",
    "line 3: a second serial number" },
  { "no-serial", "serial TEST0001\n", "", "no serial number" },
  { "bad-device-key", "device-key 30", "device-key 31", "line 3: malformed device key" },
  { "odd-hex", "device-key 30", "device-key 3", "line 3: malformed device key" },
  { "tries-above-max", "user-pin 3 3", "user-pin 4 3", "line 5: malformed PIN" },
  { "tries-not-a-number", "user-pin 3 3", "user-pin -1 3", "line 5: malformed PIN" },
  { "short-pin", "user-pin 3 3 3634", "user-pin 3 3 ", "line 5: malformed PIN" },
  { "no-so-pin", "so-pin 15 15 3537363231383830\n", "", "an initialised card has both PINs" },
  { "pin-twice", "so-pin 15 15", "so-pin 15 15 3537363231383830\nso-pin 15 15",
    "line 7: the same PIN again" },
  { "bad-options", "initialised 0001", "initialised 10001", "line 4: malformed options" },
  { "no-certificate", "file 2F02", "file 2F09", "no device certificate (file 2F02)" },
  { "file-zero", "file 2F03", "file 0000", "line 8: malformed file identifier" },
  { "key-as-file", "file 2F03", "file CC01", "line 8: malformed file identifier" },
  { "file-twice", "file 2F03", "file 2F02", "line 8: the same file again" },
  { "content-not-hex", "file 2F03 30", "file 2F03 3G", "line 8: malformed file content" },
  { "key-zero", "key 1 ", "key 0 ", "line 9: malformed key number" },
  { "key-too-high", "key 1 ", "key 256 ", "line 9: malformed key number" },
  { "bad-key", "key 1 30", "key 1 00", "line 9: malformed key" },
  { "unknown-word", "key 1 ", "lock 1 ", "line 9: unknown word" },
  { "too-many-words", "vcard 1\n", "vcard 1 2 3 4 5\n", "line 1: too many words" },
  { "no-end", "end\n", "", "cut off: no 'end'" },
  { "no-line-end", "end\n", "end", "cut off: no line end" },
  { "more-after-end", "end\n", "end\nend\n", "something after the end" },
};

static void
test_damage (gconstpointer data)
{
  const Damage *damage = data;
  VC_AUTOPTR (VcCard) card = vc_test_card_ready ();
  g_autofree char *good = NULL;
  g_autofree char *bad = NULL;
  g_auto (GStrv)
    parts = NULL;
  VcError error = { 0 };

  vc_card_set_label (card, "Label");
  vc_assert_sw (vc_test_generate_ec (card, 1, "prime256v1", NULL), VC_SW_OK);
  good = format (card);
  parts = g_strsplit (good, damage->from, 2);
  g_assert_cmpuint (g_strv_length (parts), ==, 2);
  bad = g_strconcat (parts[0], damage->to, parts[1], NULL);
  g_assert_null (vc_store_parse (bad, strlen (bad), &error));
  g_assert_nonnull (strstr (error.message, damage->says));
}

static void
test_every_truncation_is_noticed (void)
{
  VC_AUTOPTR (VcCard) card = vc_test_card ();
  g_autofree char *text = format (card);

  for (size_t len = 0; len < strlen (text); len++)
    g_assert_null (vc_store_parse (text, len, NULL));
}

static void
test_too_many_files (void)
{
  g_autoptr (GString) text = g_string_new ("vcard 1\n");
  VcError error = { 0 };

  for (unsigned i = 0; i <= VC_OBJECTS_MAX; i++)
    g_string_append_printf (text, "file %04X \n", 0xCF00 + i);
  g_assert_null (vc_store_parse (text->str, text->len, &error));
  g_assert_nonnull (strstr (error.message, "more files and keys than a card holds"));
}

static void
test_unwritable_place (Fixture *fixture, gconstpointer data)
{
  VC_AUTOPTR (VcCard) card = vc_test_card ();
  g_autofree char *path = g_build_filename (fixture->dir, "missing", "card", NULL);
  VcError error = { 0 };

  (void) data;
  g_assert_false (vc_store_save (card, path, &error));
  g_assert_nonnull (strstr (error.message, "No such file or directory"));
}

static void
write_pins (const Fixture *fixture, const char *text, char **ret_path)
{
  *ret_path = g_build_filename (fixture->dir, "pins", NULL);
  g_assert_true (g_file_set_contents (*ret_path, text, -1, NULL));
}

static void
test_make (Fixture *fixture, gconstpointer data)
{
  g_autofree char *pins = NULL;
  VC_AUTOPTR (VcCard) card = NULL;
  VcError error = { 0 };

  (void) data;
  write_pins (fixture, "648219\n3537363231383830\n", &pins);
  g_assert_true (vc_make_card (fixture->path, "TEST0003", "Label", pins, &error));
  card = vc_store_load (fixture->path, &error);
  g_assert_cmpstr (error.message, ==, "");
  g_assert_true (card->initialised);
  vc_assert_sw (vc_test_send (card, VC_SELECT, NULL), VC_SW_OK);
  vc_assert_sw (vc_test_send (card, VC_VERIFY, NULL), VC_SW_OK);
  g_assert_false (vc_make_card (fixture->path, "TEST0003", NULL, NULL, &error));
  g_assert_nonnull (strstr (error.message, "there is one already"));
}

typedef struct
{
  const char *name, *serial, *label, *pins, *says;
} BadMake;

static const BadMake bad_makes[] = {
  { "serial", "abc", NULL, "648219\n3537363231383830\n", "serial number 'abc'" },
  { "one-line", "TEST0003", NULL, "648219\n", "not two lines" },
  { "short-pin", "TEST0003", NULL, "64821\n3537363231383830\n", "the user PIN is not 6 to 15 characters" },
  { "so-pin-not-hex", "TEST0003", NULL, "648219\n353736323138383g\n",
    "the SO-PIN is not 16 hexadecimal digits" },
  { "so-pin-short", "TEST0003", NULL, "648219\n35373632313838\n", "the SO-PIN is not 16 hexadecimal digits" },
  { "label-long", "TEST0003", "123456789012345678901234567890123", "648219\n3537363231383830\n", "label '" },
  { "label-without-pins", "TEST0003", "Label", NULL, "a label needs an initialised card" },
};

static void
test_make_refuses (Fixture *fixture, gconstpointer data)
{
  const BadMake *bad = data;
  g_autofree char *pins = NULL;
  VcError error = { 0 };

  if (bad->pins != NULL)
    write_pins (fixture, bad->pins, &pins);
  g_assert_false (vc_make_card (fixture->path, bad->serial, bad->label, pins, &error));
  g_assert_nonnull (strstr (error.message, bad->says));
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/vcard/store/what-is-saved-loads-again", Fixture, NULL, set_up, test_round_trip, tear_down);
  g_test_add_func ("/vcard/store/factory-new-card-too", test_factory_new_round_trip);
  for (size_t i = 0; i < G_N_ELEMENTS (damages); i++)
    {
      g_autofree char *path = g_strconcat ("/vcard/store/damage-is-named/", damages[i].name, NULL);

      g_test_add_data_func (path, &damages[i], test_damage);
    }
  g_test_add_func ("/vcard/store/every-truncation-is-noticed", test_every_truncation_is_noticed);
  g_test_add_func ("/vcard/store/number-of-files-is-bounded", test_too_many_files);
  g_test_add ("/vcard/store/unwritable-place-is-an-error", Fixture, NULL, set_up, test_unwritable_place,
              tear_down);
  g_test_add ("/vcard/make/initialised-card", Fixture, NULL, set_up, test_make, tear_down);
  for (size_t i = 0; i < G_N_ELEMENTS (bad_makes); i++)
    {
      g_autofree char *path = g_strconcat ("/vcard/make/refuses/", bad_makes[i].name, NULL);

      g_test_add (path, Fixture, &bad_makes[i], set_up, test_make_refuses, tear_down);
    }
  return g_test_run ();
}
