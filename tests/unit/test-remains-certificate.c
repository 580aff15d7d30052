/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What a write or a deletion that was cut off left of a certificate on a SmartCard-HSM. */

#include <string.h>

#include "agent/base/error.h"
#include "pkcs11/remains.h"
#include "remains-world.h"

static void
a_certificate_that_is_there_to_its_end_was_written (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) der = some_certificate ();
  g_autoptr (GBytes) other = some_certificate ();
  const gsize size = g_bytes_get_size (der);

  (void) data;
  put_key (f, 1);
  put_key (f, 2);
  put_certificate (f, 1, other, g_bytes_get_size (other));
  put_certificate (f, 2, der, size);
  g_assert_true (check_certificate (f, der, CE_ERROR_FAILED));
  g_assert_cmpuint (mock_pcsc_card.commands, ==, 3);
  /* What was there before may have been longer. */
  vc_buf_append (&vc_card_find_file (f->card, CERTIFICATE | 2)->content, "more", 4);
  g_assert_true (check_certificate (f, der, CE_ERROR_FAILED));
}

static void
a_card_that_was_swapped_is_not_called_full (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) der = some_certificate ();

  (void) data;
  put_key (f, 1);
  g_assert_false (check_certificate (f, der, CE_ERROR_TOKEN_FULL));
  /* Out and in, as pcscd counts. */
  mock_pcsc.state += 2 << 16;
  g_assert_false (check_certificate (f, der, CE_ERROR_TOKEN_GONE));
}

static void
a_certificate_that_is_cut_short_had_no_room (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) der = some_certificate ();
  const gsize size = g_bytes_get_size (der);
  const gsize cuts[] = { 0, 1, 112, 240, size - 1 };

  (void) data;
  put_key (f, 1);
  g_assert_false (check_certificate (f, der, CE_ERROR_TOKEN_FULL));
  for (gsize hard = 0; hard <= 1; hard++)
    for (gsize i = 0; i < G_N_ELEMENTS (cuts); i++)
      {
        mock_pcsc_card.hard_end = hard == 1;
        put_certificate (f, 1, der, cuts[i]);
        g_assert_false (check_certificate (f, der, CE_ERROR_TOKEN_FULL));
        g_assert_cmpuint (mock_pcsc_card.commands, ==, 2);
        vc_card_remove_file (f->card, vc_card_find_file (f->card, CERTIFICATE | 1));
      }
}

static void
whether_a_certificate_was_written_is_not_known_of_a_card_that_is_out (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) der = some_certificate ();

  (void) data;
  put_key (f, 1);
  put_certificate (f, 1, der, g_bytes_get_size (der));
  mock_pcsc_card.gone_after = 1;
  g_assert_false (check_certificate (f, der, CE_ERROR_TOKEN_GONE));
  mock_pcsc_card.connect = SCARD_W_REMOVED_CARD;
  g_assert_false (check_certificate (f, der, CE_ERROR_TOKEN_GONE));
}

static void
a_certificate_is_made_whole_from_any_point (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) der = some_certificate ();
  const gsize size = g_bytes_get_size (der);
  const gsize cuts[] = { 0, 1, 111, 112, 113, 240, 241, size - 1, size };

  (void) data;
  put_key (f, 1);
  put_description (f, 1, TRUE);
  for (gsize i = 0; i < G_N_ELEMENTS (cuts); i++)
    {
      put_certificate (f, 1, der, cuts[i]);
      g_assert_true (complete (f, der));
      assert_content (f, CERTIFICATE | 1, der);
      vc_card_remove_file (f->card, vc_card_find_file (f->card, CERTIFICATE | 1));
    }
}

static void
where_no_part_of_it_is_there_is_nothing_to_make_whole (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) der = some_certificate ();
  g_autoptr (GBytes) other = some_certificate ();

  (void) data;
  put_key (f, 1);
  put_description (f, 1, TRUE);
  g_assert_false (complete (f, der));
  put_certificate (f, 1, other, g_bytes_get_size (other));
  g_assert_false (complete (f, der));
  assert_content (f, CERTIFICATE | 1, other);
}

static void
another_keys_certificate_is_not_made_whole (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) der = some_certificate ();

  (void) data;
  put_key (f, 1);
  put_file (f, DESCRIPTION | 1, "0\x02xy", 4);
  put_certificate (f, 1, der, 100);
  g_assert_false (complete (f, der));
  g_assert_cmpuint (vc_card_find_file (f->card, CERTIFICATE | 1)->content.len, ==, 100);
}

static void
a_card_pulled_while_a_certificate_is_made_whole_is_gone (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) der = some_certificate ();
  g_autoptr (GBytes) id = g_bytes_new (key_id, sizeof key_id);
  g_autoptr (GError) error = NULL;
  gboolean done = TRUE;

  (void) data;
  put_key (f, 1);
  put_description (f, 1, TRUE);
  put_certificate (f, 1, der, 100);
  mock_pcsc_card.gone_after = 4; /* list, certificate, description, the first part */
  mock_assert_fails (ce_remains_complete_certificate (f->token, id, der, &done, &error), &error,
                     CE_ERROR_TOKEN_GONE, "");
  g_assert_false (done);
  mock_pcsc.state = mock_pcsc.later = SCARD_STATE_PRESENT;
  mock_pcsc_card.gone_after = 0;
  g_assert_true (complete (f, der));
  assert_content (f, CERTIFICATE | 1, der);
}

static void
a_certificate_that_has_no_room_is_not_made_whole (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) der = some_certificate ();
  g_autoptr (GBytes) id = g_bytes_new (key_id, sizeof key_id);
  g_autoptr (GError) error = NULL;
  gboolean done = TRUE;

  (void) data;
  put_key (f, 1);
  put_description (f, 1, TRUE);
  put_certificate (f, 1, der, 100);
  f->card->file_room = g_bytes_get_size (der) - 1;
  mock_assert_fails (ce_remains_complete_certificate (f->token, id, der, &done, &error), &error,
                     CE_ERROR_TOKEN_FULL, "cannot write the rest of the certificate: there is no room left");
  g_assert_false (done);
  f->card->file_room = VC_FILE_MAX;
  g_assert_true (complete (f, der));
}

static void
the_part_of_a_certificate_that_is_of_no_use_any_more_goes (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) der = some_certificate ();
  g_autoptr (GBytes) other = some_certificate ();
  g_autoptr (GBytes) id = g_bytes_new (key_id, sizeof key_id);

  (void) data;
  put_key (f, 1);
  put_description (f, 1, TRUE);
  put_certificate (f, 1, der, g_bytes_get_size (der) - 1);
  g_assert_true (ce_remains_drop_part (f->token, id, other, NULL));
  g_assert_true (has_file (f, CERTIFICATE | 1));
  g_assert_true (ce_remains_drop_part (f->token, id, der, NULL));
  g_assert_false (has_file (f, CERTIFICATE | 1));
  mock_pcsc_card.connect = SCARD_W_REMOVED_CARD;
  g_assert_false (ce_remains_drop_part (f->token, id, der, NULL));
}

static void
a_certificate_that_lost_its_key_goes_with_its_description (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) der = some_certificate ();
  g_autofree char *fingerprint = fingerprint_of (der);
  g_autoptr (GError) error = NULL;

  (void) data;
  put_description (f, 3, TRUE);
  put_certificate (f, 3, der, g_bytes_get_size (der));
  g_assert_true (ce_remains_has_certificate (f->token, fingerprint));
  ce_remains_drop_certificate (f->token, fingerprint, &error);
  g_assert_no_error (error);
  g_assert_false (has_file (f, DESCRIPTION | 3));
  g_assert_false (has_file (f, CERTIFICATE | 3));
  g_assert_false (ce_remains_has_certificate (f->token, fingerprint));
}

/* Its length is a multiple of what one answer holds. */
static void
a_file_that_fills_its_last_answer_is_read_to_its_end (Fixture *f, gconstpointer data)
{
  guint8 bytes[480] = { 0x30, 0x82, 0x01, 0xdc };
  g_autoptr (GBytes) content = g_bytes_new_static (bytes, sizeof bytes);
  g_autofree char *fingerprint = fingerprint_of (content);

  (void) data;
  put_certificate (f, 3, content, sizeof bytes);
  for (guint hard = 0; hard <= 1; hard++)
    {
      mock_pcsc_card.hard_end = hard == 1;
      mock_pcsc_card.commands = 0;
      g_assert_true (ce_remains_has_certificate (f->token, fingerprint));
      g_assert_cmpuint (mock_pcsc_card.commands, ==, 1 + 3);
    }
}

static void
a_certificate_with_its_key_stays (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) der = some_certificate ();
  g_autofree char *fingerprint = fingerprint_of (der);

  (void) data;
  put_key (f, 3);
  put_certificate (f, 3, der, g_bytes_get_size (der));
  g_assert_false (ce_remains_has_certificate (f->token, fingerprint));
  g_assert_true (ce_remains_drop_certificate (f->token, fingerprint, NULL));
  g_assert_true (has_file (f, CERTIFICATE | 3));
}

static void
another_certificate_without_a_key_stays (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) der = some_certificate ();
  g_autoptr (GBytes) other = some_certificate ();
  g_autofree char *fingerprint = fingerprint_of (der);

  (void) data;
  put_certificate (f, 3, other, g_bytes_get_size (other));
  g_assert_true (ce_remains_drop_certificate (f->token, fingerprint, NULL));
  g_assert_true (has_file (f, CERTIFICATE | 3));
}

#define ADD(path, function) g_test_add ("/remains-certificate/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("a-certificate-that-is-there-to-its-end-was-written",
       a_certificate_that_is_there_to_its_end_was_written);
  ADD ("a-card-that-was-swapped-is-not-called-full", a_card_that_was_swapped_is_not_called_full);
  ADD ("a-certificate-that-is-cut-short-had-no-room", a_certificate_that_is_cut_short_had_no_room);
  ADD ("whether-a-certificate-was-written-is-not-known-of-a-card-that-is-out",
       whether_a_certificate_was_written_is_not_known_of_a_card_that_is_out);
  ADD ("a-certificate-is-made-whole-from-any-point", a_certificate_is_made_whole_from_any_point);
  ADD ("where-no-part-of-it-is-there-is-nothing-to-make-whole",
       where_no_part_of_it_is_there_is_nothing_to_make_whole);
  ADD ("another-keys-certificate-is-not-made-whole", another_keys_certificate_is_not_made_whole);
  ADD ("a-card-pulled-while-a-certificate-is-made-whole-is-gone",
       a_card_pulled_while_a_certificate_is_made_whole_is_gone);
  ADD ("a-certificate-that-has-no-room-is-not-made-whole", a_certificate_that_has_no_room_is_not_made_whole);
  ADD ("the-part-of-a-certificate-that-is-of-no-use-any-more-goes",
       the_part_of_a_certificate_that_is_of_no_use_any_more_goes);
  ADD ("a-certificate-that-lost-its-key-goes-with-its-description",
       a_certificate_that_lost_its_key_goes_with_its_description);
  ADD ("a-file-that-fills-its-last-answer-is-read-to-its-end",
       a_file_that_fills_its_last_answer_is_read_to_its_end);
  ADD ("a-certificate-with-its-key-stays", a_certificate_with_its_key_stays);
  ADD ("another-certificate-without-a-key-stays", another_certificate_without_a_key_stays);
  return g_test_run ();
}
