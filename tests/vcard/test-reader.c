/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The slot with the test in vpcd's place: one end of a socket pair. */

#include "tests/vcard/control.h"
#include "tests/vcard/make.h"
#include "tests/vcard/store.h"
#include "tests/vcard/test-util.h"

#include <glib/gstdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define VERIFY_WRONG "0020008106303030303030"

typedef struct
{
  char *dir, *first, *second, *trace;
  VcReader *reader;
  int vpcd; /* the test's end */
  unsigned pauses;
} Fixture;

static void
plug (Fixture *fixture)
{
  VcError error = { 0 };
  int ends[2];

  if (fixture->vpcd >= 0)
    (void) close (fixture->vpcd);
  g_assert_true (vc_reader_insert (fixture->reader, &error));
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), ==, 0);
  fixture->reader->fd = ends[0];
  fixture->vpcd = ends[1];
}

static char *
make (const Fixture *fixture, const char *name, const char *serial)
{
  g_autofree char *pins = g_build_filename (fixture->dir, "pins", NULL);
  char *path = g_build_filename (fixture->dir, name, NULL);
  VcError error = { 0 };

  g_assert_true (g_file_set_contents (pins, "648219\n3537363231383830\n", -1, NULL));
  g_assert_true (vc_make_card (path, serial, "Label", pins, &error));
  return path;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  VcError error = { 0 };

  (void) data;
  fixture->dir = g_dir_make_tmp ("vcard-XXXXXX", NULL);
  fixture->first = make (fixture, "first", "FIRST001");
  fixture->second = make (fixture, "second", "SECOND01");
  fixture->trace = g_build_filename (fixture->dir, "trace", NULL);
  fixture->vpcd = -1;
  fixture->reader = vc_reader_new (1);
  fixture->reader->trace = fopen (fixture->trace, "we");
  g_assert_true (vc_reader_load (fixture->reader, fixture->first, &error));
  plug (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->dir, 0, NULL);
  const char *name;
  FILE *trace = fixture->reader->trace;

  (void) data;
  vc_reader_free (fixture->reader);
  (void) fclose (trace);
  (void) close (fixture->vpcd);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (fixture->dir, name, NULL);

      g_assert_cmpint (g_unlink (path), ==, 0);
    }
  g_assert_cmpint (g_rmdir (fixture->dir), ==, 0);
  g_free (fixture->dir);
  g_free (fixture->first);
  g_free (fixture->second);
  g_free (fixture->trace);
}

static void
say_bytes (const Fixture *fixture, VcBytes message)
{
  VC_AUTOBUF framed = { 0 };

  vc_buf_append_u16 (&framed, (unsigned) message.len);
  vc_buf_append_bytes (&framed, message);
  g_assert_cmpint (send (fixture->vpcd, framed.data, framed.len, MSG_NOSIGNAL), ==, (gssize) framed.len);
}

static void
serve (const Fixture *fixture)
{
  if (fixture->reader->fd >= 0)
    vc_reader_receive (fixture->reader);
  vc_reader_process (fixture->reader);
}

/* The status word that came back, or 0 when nothing did. */
static VcStatus
heard (const Fixture *fixture)
{
  uint8_t answer[8192];
  ssize_t got = recv (fixture->vpcd, answer, sizeof answer, 0);

  if (got <= 0)
    return 0;
  g_assert_cmpint (got, ==, 2 + vc_u16 (answer));
  return vc_u16 (answer + got - 2);
}

static VcStatus
ask (const Fixture *fixture, const char *hex)
{
  VC_AUTOBUF message = { 0 };

  vc_test_hex (hex, &message);
  say_bytes (fixture, vc_buf_bytes (&message));
  serve (fixture);
  return heard (fixture);
}

/* Whether vpcd finds the card gone. */
static gboolean
gone (const Fixture *fixture)
{
  uint8_t byte;

  return recv (fixture->vpcd, &byte, 1, 0) == 0;
}

static char *
tell (const Fixture *fixture, const char *line)
{
  VC_AUTOBUF answer = { 0 };

  vc_control_execute (fixture->reader, line, &answer);
  g_assert_cmpuint (answer.len, >, 0);
  g_assert_cmpint (answer.data[answer.len - 1], ==, '\n');
  g_assert_null (memchr (answer.data, '\n', answer.len - 1));
  return g_strndup ((const char *) answer.data, answer.len - 1);
}

static void
tell_ok (const Fixture *fixture, const char *line)
{
  g_autofree char *answer = tell (fixture, line);

  g_assert_cmpstr (answer, ==, "ok");
}

static void
assert_state_has (const Fixture *fixture, const char *part)
{
  g_autofree char *answer = tell (fixture, "state");

  g_assert_true (g_str_has_prefix (answer, "ok {"));
  if (strstr (answer, part) == NULL)
    g_error ("no %s in %s", part, answer);
}

static unsigned
tries_on_disk (const char *path)
{
  VC_AUTOPTR (VcCard) card = vc_store_load (path, NULL);

  g_assert_nonnull (card);
  return card->user.tries;
}

static void
test_power_and_atr (Fixture *fixture, gconstpointer data)
{
  uint8_t answer[64];

  (void) data;
  vc_assert_sw (ask (fixture, VC_SELECT), VC_SW_OK);
  vc_assert_sw (ask (fixture, VC_VERIFY), VC_SW_OK);
  g_assert_true (fixture->reader->card->verified);
  vc_assert_sw (ask (fixture, "02"), 0);
  g_assert_false (fixture->reader->card->selected);
  g_assert_true (fixture->reader->powered);
  say_bytes (fixture, (VcBytes){ (const uint8_t *) "\x04", 1 });
  serve (fixture);
  g_assert_cmpint (recv (fixture->vpcd, answer, sizeof answer, 0), ==, 26);
  g_assert_cmphex (answer[2], ==, 0x3B);
  g_assert_cmpuint (fixture->reader->apdus_total, ==, 2);
}

static void
test_message_in_pieces (Fixture *fixture, gconstpointer data)
{
  VC_AUTOBUF message = { 0 };

  (void) data;
  vc_test_hex ("0011" VC_SELECT "0002", &message);
  for (size_t i = 0; i < message.len; i++)
    {
      g_assert_cmpint (send (fixture->vpcd, message.data + i, 1, MSG_NOSIGNAL), ==, 1);
      serve (fixture);
      vc_assert_sw (heard (fixture), i == 18 ? VC_SW_OK : 0);
    }
}

static void
test_state_is_saved_before_the_answer (Fixture *fixture, gconstpointer data)
{
  (void) data;
  vc_assert_sw (ask (fixture, VC_SELECT), VC_SW_OK);
  vc_assert_sw (ask (fixture, VERIFY_WRONG), VC_SW_TRIES_LEFT (2));
  g_assert_cmpuint (tries_on_disk (fixture->first), ==, 2);
  vc_assert_sw (ask (fixture, VC_VERIFY), VC_SW_OK);
  g_assert_cmpuint (tries_on_disk (fixture->first), ==, 3);
}

static void
test_counts (Fixture *fixture, gconstpointer data)
{
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  (void) data;
  (void) ask (fixture, VC_SELECT);
  (void) ask (fixture, "04");
  (void) ask (fixture, VC_VERIFY);
  before = tell (fixture, "apdus");
  g_assert_cmpstr (before, ==, "ok {\"total\":2,\"since_insertion\":2}");
  tell_ok (fixture, "eject");
  plug (fixture);
  (void) ask (fixture, VC_SELECT);
  after = tell (fixture, "apdus");
  g_assert_cmpstr (after, ==, "ok {\"total\":3,\"since_insertion\":1}");
}

static void
test_vanish_after (Fixture *fixture, gconstpointer data)
{
  (void) data;
  tell_ok (fixture, "vanish-after 2");
  vc_assert_sw (ask (fixture, VC_SELECT), VC_SW_OK);
  vc_assert_sw (ask (fixture, VERIFY_WRONG), 0);
  g_assert_true (gone (fixture));
  assert_state_has (fixture, "\"inserted\":false");
  assert_state_has (fixture, "\"vanish_after\":0");
  g_assert_cmpuint (tries_on_disk (fixture->first), ==, 2);
}

static void
test_vanish_before (Fixture *fixture, gconstpointer data)
{
  (void) data;
  tell_ok (fixture, "vanish-after 2 before");
  vc_assert_sw (ask (fixture, VC_SELECT), VC_SW_OK);
  vc_assert_sw (ask (fixture, VERIFY_WRONG), 0);
  g_assert_true (gone (fixture));
  g_assert_cmpuint (tries_on_disk (fixture->first), ==, 3);
}

static void
test_vanish_disarmed (Fixture *fixture, gconstpointer data)
{
  (void) data;
  tell_ok (fixture, "vanish-after 1 after");
  tell_ok (fixture, "vanish-after 0");
  vc_assert_sw (ask (fixture, VC_SELECT), VC_SW_OK);
}

static void
test_mute (Fixture *fixture, gconstpointer data)
{
  (void) data;
  tell_ok (fixture, "mute");
  vc_assert_sw (ask (fixture, VC_SELECT), 0);
  g_assert_cmpuint (fixture->reader->apdus_total, ==, 0);
  tell_ok (fixture, "unmute");
  vc_reader_process (fixture->reader);
  vc_assert_sw (heard (fixture), VC_SW_OK);
}

static void
test_swap (Fixture *fixture, gconstpointer data)
{
  g_autofree char *line = g_strconcat ("swap ", fixture->second, NULL);
  g_autofree char *bad = g_strconcat ("swap ", fixture->trace, NULL);
  g_autofree char *answer = NULL;

  (void) data;
  vc_assert_sw (ask (fixture, VC_SELECT), VC_SW_OK);
  answer = tell (fixture, bad);
  g_assert_true (g_str_has_prefix (answer, "error card '"));
  assert_state_has (fixture, "\"serial\":\"FIRST001\"");
  vc_assert_sw (ask (fixture, VERIFY_WRONG), VC_SW_TRIES_LEFT (2));
  tell_ok (fixture, line);
  g_assert_true (gone (fixture));
  assert_state_has (fixture, "\"serial\":\"SECOND01\"");
  assert_state_has (fixture, "\"inserted\":true");
  g_assert_cmpuint (tries_on_disk (fixture->first), ==, 2);
}

static void
test_limit (Fixture *fixture, gconstpointer data)
{
  (void) data;
  tell_ok (fixture, "limit-files 2");
  vc_assert_sw (ask (fixture, VC_SELECT), VC_SW_OK);
  vc_assert_sw (ask (fixture, VC_VERIFY), VC_SW_OK);
  vc_assert_sw (ask (fixture, "00D7C40106540200005300"), VC_SW_NO_ROOM);
  tell_ok (fixture, "limit-files off");
  vc_assert_sw (ask (fixture, "00D7C40106540200005300"), VC_SW_OK);
}

static void
test_limit_bytes (Fixture *fixture, gconstpointer data)
{
  (void) data;
  tell_ok (fixture, "limit-bytes 2");
  vc_assert_sw (ask (fixture, VC_SELECT), VC_SW_OK);
  vc_assert_sw (ask (fixture, VC_VERIFY), VC_SW_OK);
  vc_assert_sw (ask (fixture, "00D7C401085402000053020102"), VC_SW_OK);
  vc_assert_sw (ask (fixture, "00D7C4010754020002530103"), VC_SW_NO_ROOM);
  assert_state_has (fixture, "{\"fid\":\"C401\",\"size\":2}");
  tell_ok (fixture, "limit-bytes off");
  vc_assert_sw (ask (fixture, "00D7C4010754020002530103"), VC_SW_OK);
}

static void
pull_at_second_pause (void *data, unsigned ms)
{
  Fixture *fixture = data;

  (void) ms;
  assert_state_has (fixture, "\"busy\":true");
  if (++fixture->pauses == 2)
    {
      g_autofree char *refused = tell (fixture, "swap anything");

      g_assert_cmpstr (refused, ==, "error the card is carrying out a command");
      tell_ok (fixture, "eject");
    }
}

static void
test_pulled_while_slow (Fixture *fixture, gconstpointer data)
{
  (void) data;
  fixture->reader->pause = pull_at_second_pause;
  fixture->reader->pause_data = fixture;
  tell_ok (fixture, "slow 600000");
  vc_assert_sw (ask (fixture, "0046010000"), 0);
  g_assert_true (gone (fixture));
  g_assert_cmpuint (fixture->pauses, ==, 2);
  assert_state_has (fixture, "\"busy\":false");
  assert_state_has (fixture, "\"keys\":[]");
}

static void
hurry_at_second_pause (void *data, unsigned ms)
{
  Fixture *fixture = data;

  (void) ms;
  if (++fixture->pauses == 2)
    tell_ok (fixture, "slow 0");
}

static void
test_slowness_ends (Fixture *fixture, gconstpointer data)
{
  (void) data;
  fixture->reader->pause = hurry_at_second_pause;
  fixture->reader->pause_data = fixture;
  tell_ok (fixture, "slow 600000");
  vc_assert_sw (ask (fixture, VC_SELECT), VC_SW_OK);
  vc_assert_sw (ask (fixture, "0046010000"), VC_SW_NOT_AUTHENTICATED);
  g_assert_cmpuint (fixture->pauses, ==, 2);
  assert_state_has (fixture, "\"busy\":false");
}

static void
test_foreign (Fixture *fixture, gconstpointer data)
{
  g_autofree char *answer = tell (fixture, "personality foreign");

  (void) data;
  g_assert_cmpstr (answer, ==, "error personality: eject the card first");
  tell_ok (fixture, "eject");
  tell_ok (fixture, "personality foreign");
  plug (fixture);
  vc_assert_sw (ask (fixture, VC_SELECT), VC_SW_FILE_NOT_FOUND);
  vc_assert_sw (ask (fixture, "00CA006E00"), VC_SW_UNKNOWN_INS);
}

static void
test_unsaved_is_an_error (Fixture *fixture, gconstpointer data)
{
  (void) data;
  vc_assert_sw (ask (fixture, VC_SELECT), VC_SW_OK);
  g_free (fixture->reader->path);
  fixture->reader->path = g_strdup ("/nonexistent/card");
  vc_assert_sw (ask (fixture, VERIFY_WRONG), VC_SW_MEMORY_FAILURE);
  fixture->reader->card->dirty = false;
}

/* pcscd must have looked and seen nothing before the next card goes in; see farewell.h. */
static void
test_next_card_waits_for_a_look (Fixture *fixture, gconstpointer data)
{
  (void) data;
  tell_ok (fixture, "eject");
  tell_ok (fixture, "insert");
  g_assert_cmpint (vc_reader_connect_due_ms (fixture->reader), >, 0);
  say_bytes (fixture, (VcBytes){ (const uint8_t *) "\x04", 1 });
  vc_farewell_receive (&fixture->reader->farewell);
  g_assert_cmpint (vc_reader_connect_due_ms (fixture->reader), ==, 0);
}

static void
test_no_look_by_a_client (Fixture *fixture, gconstpointer data)
{
  (void) data;
  tell_ok (fixture, "eject");
  tell_ok (fixture, "insert");
  say_bytes (fixture, (VcBytes){ (const uint8_t *) "\x01", 1 });
  vc_farewell_receive (&fixture->reader->farewell);
  g_assert_cmpint (vc_reader_connect_due_ms (fixture->reader), >, 0);
}

static void
test_haste (Fixture *fixture, gconstpointer data)
{
  (void) data;
  tell_ok (fixture, "haste on");
  tell_ok (fixture, "eject");
  tell_ok (fixture, "insert");
  g_assert_cmpint (vc_reader_connect_due_ms (fixture->reader), ==, 0);
}

static void
test_lost_connection (Fixture *fixture, gconstpointer data)
{
  (void) data;
  (void) close (fixture->vpcd);
  fixture->vpcd = -1;
  serve (fixture);
  assert_state_has (fixture, "\"inserted\":true");
  assert_state_has (fixture, "\"connected\":false");
  g_assert_cmpint (vc_reader_connect_due_ms (fixture->reader), ==, 0);
}

static void
test_trace_masks_pins (Fixture *fixture, gconstpointer data)
{
  g_autofree char *trace = NULL;

  (void) data;
  (void) ask (fixture, VC_SELECT);
  (void) ask (fixture, VC_VERIFY);
  (void) ask (fixture, "00240081"
                       "0C"
                       "363438323139"
                       "313335373930");
  (void) ask (fixture, "002C0081"
                       "08"
                       "3537363231383830");
  (void) ask (fixture, "80500000"
                       "12"
                       "8106363438323139"
                       "82083537363231383830");
  tell_ok (fixture, "vanish-after 1");
  (void) ask (fixture, VC_VERIFY);
  g_assert_true (g_file_get_contents (fixture->trace, &trace, NULL, NULL));
  g_assert_nonnull (strstr (trace, "1 > 00 A4 04 00 0B E8 2B"));
  g_assert_nonnull (strstr (trace, "2 > 00 20 00 81 06 ** ** ** ** ** **\n2 < 90 00\n"));
  g_assert_nonnull (strstr (trace, "6 x\n"));
  g_assert_null (strstr (trace, "36 34 38"));
  g_assert_null (strstr (trace, "35 37 36"));
}

static void
test_bad_commands (Fixture *fixture, gconstpointer data)
{
  static const char *const lines[] = {
    "",
    "jump",
    "insertion",
    "vanish-after",
    "vanish-after x",
    "vanish-after 1 never",
    "vanish-after 1 ",
    "limit-files",
    "limit-files -1",
    "limit-files 99999",
    "limit-bytes",
    "limit-bytes 8193",
    "slow",
    "slow 1s",
    "swap",
    "personality",
    "haste maybe",
  };

  (void) data;
  for (size_t i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_autofree char *answer = tell (fixture, lines[i]);

      g_assert_true (g_str_has_prefix (answer, "error "));
    }
  assert_state_has (fixture, "\"inserted\":true");
}

static void
test_empty_slot (void)
{
  VcReader *reader = vc_reader_new (1);
  VC_AUTOBUF answer = { 0 };

  vc_control_execute (reader, "insert", &answer);
  vc_control_execute (reader, "eject", &answer);
  vc_control_execute (reader, "state", &answer);
  g_assert_nonnull (g_strstr_len ((const char *) answer.data, (gssize) answer.len,
                                  "error there is no card to insert\nok\n"));
  g_assert_cmpint (vc_reader_connect_due_ms (reader), ==, -1);
  vc_reader_free (reader);
}

#define TEST(path, function) g_test_add ("/vcard/reader/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST ("power-off-forgets-and-the-atr-is-answered", test_power_and_atr);
  TEST ("messages-may-come-in-pieces", test_message_in_pieces);
  TEST ("changes-are-on-disk-before-the-answer", test_state_is_saved_before_the_answer);
  TEST ("counts-commands-only", test_counts);
  TEST ("vanish/after-the-command", test_vanish_after);
  TEST ("vanish/before-the-command", test_vanish_before);
  TEST ("vanish/disarmed", test_vanish_disarmed);
  TEST ("mute-card-answers-later", test_mute);
  TEST ("swap-takes-good-cards-only", test_swap);
  TEST ("limit-is-felt", test_limit);
  TEST ("limit-of-a-file-is-felt", test_limit_bytes);
  TEST ("pulled-while-slow-has-no-key", test_pulled_while_slow);
  TEST ("slowness-ends-when-told-to", test_slowness_ends);
  TEST ("foreign-card-has-no-applet", test_foreign);
  TEST ("what-cannot-be-saved-is-not-answered-with-ok", test_unsaved_is_an_error);
  TEST ("next-card/waits-for-a-look", test_next_card_waits_for_a_look);
  TEST ("next-card/a-client-is-no-look", test_no_look_by_a_client);
  TEST ("next-card/haste", test_haste);
  TEST ("lost-connection-leaves-the-card-in", test_lost_connection);
  TEST ("trace-masks-pins", test_trace_masks_pins);
  TEST ("bad-commands-change-nothing", test_bad_commands);
  g_test_add_func ("/vcard/reader/empty-slot", test_empty_slot);
  return g_test_run ();
}
