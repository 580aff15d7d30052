/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What a command that was cut off left on a SmartCard-HSM, on the card in software that tests/vcard is. */

#include <openssl/x509.h>
#include <string.h>

#include "agent/base/error.h"
#include "pkcs11/remains.h"
#include "remains-world.h"

static void
drop_keys (const Fixture *f, const char *before)
{
  g_auto (GStrv) words = g_strsplit (before, " ", -1);
  g_autoptr (GError) error = NULL;

  ce_remains_drop_keys (f->token, (const char *const *) words, &error);
  g_assert_no_error (error);
}

static void
another_card_gets_no_command (Fixture *f, gconstpointer data)
{
  const char *const before[] = { "CC00", NULL };
  g_autofree char *keys = NULL;
  g_autoptr (GBytes) der = some_certificate ();
  g_autofree char *fingerprint = fingerprint_of (der);

  (void) data;
  mock_pcsc.atr = "\x3b\x00";
  mock_pcsc.atr_size = 2;
  keys = ce_remains_keys (f->token);
  g_assert_cmpstr (keys, ==, "");
  g_assert_true (ce_remains_drop_keys (f->token, before, NULL));
  g_assert_false (complete (f, der));
  g_assert_false (check_certificate (f, der, CE_ERROR_FAILED));
  g_assert_false (ce_remains_has_certificate (f->token, fingerprint));
  g_assert_true (ce_remains_drop_certificate (f->token, fingerprint, NULL));
  g_assert_cmpuint (mock_pcsc_card.commands, ==, 0);
}

static void
the_keys_are_listed_in_one_command (Fixture *f, gconstpointer data)
{
  g_autofree char *keys = NULL;

  (void) data;
  put_key (f, 1);
  put_key (f, 0x2a);
  put_description (f, 1, TRUE);
  keys = ce_remains_keys (f->token);
  g_assert_cmpstr (keys, ==, "CC00 CC01 CC2A");
  g_assert_cmpuint (mock_pcsc_card.commands, ==, 1);
}

static void
a_new_key_without_a_description_goes (Fixture *f, gconstpointer data)
{
  (void) data;
  put_key (f, 1);
  put_file (f, CERTIFICATE | 1, "request", 7);
  drop_keys (f, "CC00 some-public-key-id");
  g_assert_false (has_key (f, 1));
  g_assert_false (has_file (f, CERTIFICATE | 1));
}

static void
a_new_key_with_half_a_description_goes (Fixture *f, gconstpointer data)
{
  (void) data;
  put_key (f, 1);
  put_description (f, 1, FALSE);
  drop_keys (f, "CC00");
  g_assert_false (has_key (f, 1));
  g_assert_false (has_file (f, DESCRIPTION | 1));
}

static void
a_key_with_a_whole_description_stays (Fixture *f, gconstpointer data)
{
  (void) data;
  put_key (f, 1);
  put_description (f, 1, TRUE);
  drop_keys (f, "CC00");
  g_assert_true (has_key (f, 1));
  g_assert_true (has_file (f, DESCRIPTION | 1));
}

static void
assert_check_fails (const Fixture *f, CeErrorCode code)
{
  const char *const before[] = { "CC00", NULL };
  g_autoptr (GError) error = NULL;

  g_assert_false (ce_remains_check_key (f->token, before, &error));
  g_assert_error (error, CE_ERROR, (gint) code);
}

static void
a_key_without_a_whole_description_had_no_room (Fixture *f, gconstpointer data)
{
  (void) data;
  put_key (f, 1);
  assert_check_fails (f, CE_ERROR_TOKEN_FULL);
  put_description (f, 1, FALSE);
  assert_check_fails (f, CE_ERROR_TOKEN_FULL);
}

static void
a_key_that_was_made_and_described_is_whole (Fixture *f, gconstpointer data)
{
  const char *const before[] = { "CC00", "CC02", NULL };
  g_autoptr (GError) error = NULL;

  (void) data;
  put_key (f, 1);
  put_description (f, 1, TRUE);
  put_key (f, 2);
  mock_pcsc_card.commands = 0;
  ce_remains_check_key (f->token, before, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (mock_pcsc_card.commands, ==, 2);
}

static void
whether_a_key_is_whole_is_not_known_of_a_card_that_is_out (Fixture *f, gconstpointer data)
{
  (void) data;
  put_key (f, 1);
  put_description (f, 1, TRUE);
  mock_pcsc.state = mock_pcsc.later = SCARD_STATE_PRESENT;
  mock_pcsc_card.connect = SCARD_W_REMOVED_CARD;
  assert_check_fails (f, CE_ERROR_TOKEN_GONE);
}

static void
a_key_that_was_there_before_stays (Fixture *f, gconstpointer data)
{
  (void) data;
  put_key (f, 1);
  put_key (f, 2);
  drop_keys (f, "CC00 CC01");
  g_assert_true (has_key (f, 1));
  g_assert_false (has_key (f, 2));
}

/* The journal may have been written where the card's list could not be read. */
static void
without_a_list_from_before_nothing_goes (Fixture *f, gconstpointer data)
{
  (void) data;
  put_key (f, 1);
  drop_keys (f, "");
  drop_keys (f, "some-public-key-id another");
  g_assert_true (has_key (f, 1));
}

static void
a_card_pulled_between_two_deletions_keeps_the_key_to_the_last (Fixture *f, gconstpointer data)
{
  const char *const before[] = { "CC00", NULL };

  (void) data;
  /* the list, the description's content, then one deletion after the other */
  for (guint answered = 1; answered <= 4; answered++)
    {
      const guint8 number = (guint8) answered;
      g_autoptr (GError) error = NULL;

      put_key (f, number);
      put_description (f, number, FALSE);
      put_file (f, CERTIFICATE | number, "request", 7);
      mock_pcsc_card.commands = 0;
      mock_pcsc_card.gone_after = answered;
      mock_assert_fails (ce_remains_drop_keys (f->token, before, &error), &error, CE_ERROR_TOKEN_GONE,
                         "left half done");
      g_assert_true (has_key (f, number));
      mock_pcsc.state = mock_pcsc.later = SCARD_STATE_PRESENT;
      mock_pcsc_card.gone_after = 0;
      drop_keys (f, "CC00");
      g_assert_false (has_key (f, number));
    }
}

static void
what_is_on_a_card_that_is_out_is_not_known (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) der = some_certificate ();
  g_autofree char *fingerprint = fingerprint_of (der);
  g_autofree char *keys = NULL;
  g_autoptr (GError) error = NULL;

  (void) data;
  put_certificate (f, 3, der, g_bytes_get_size (der));
  mock_pcsc.state = mock_pcsc.later = SCARD_STATE_EMPTY;
  mock_pcsc_card.connect = SCARD_E_NO_SMARTCARD;
  g_assert_true (ce_remains_has_certificate (f->token, fingerprint));
  mock_assert_fails (ce_remains_drop_certificate (f->token, fingerprint, &error), &error, CE_ERROR_TOKEN_GONE,
                     "left half done");
  mock_assert_fails (ce_remains_drop_request (f->token, der, &error), &error, CE_ERROR_TOKEN_GONE,
                     "left half done");
  keys = ce_remains_keys (f->token);
  g_assert_cmpstr (keys, ==, "");
}

static void
a_token_in_software_has_none (Fixture *f, gconstpointer data)
{
  g_autoptr (CeToken) token = NULL;

  (void) data;
  mock_pcsc.status_change = SCARD_E_UNKNOWN_READER;
  token = mock_open ();
  g_assert_false (ce_remains_has_certificate (token, "any"));
  g_assert_true (ce_remains_drop_certificate (token, "any", NULL));
  g_assert_cmpuint (mock_pcsc_card.commands, ==, 0);
  (void) f;
}

/* As the card makes it, with its request in the place of a certificate. Returns a request for the key as a CA
 * gets it. */
static GBytes *
make_key (Fixture *f, guint8 number, gboolean rsa)
{
  VC_AUTOBUF request = { 0 };
  unsigned char *der = NULL;
  GBytes *bytes;
  int size;

  vc_assert_sw (rsa ? vc_test_generate_rsa (f->card, number, 2048, &request)
                    : vc_test_generate_ec (f->card, number, "prime256v1", &request),
                VC_SW_OK);
  put_file (f, (guint16) (CERTIFICATE | number), request.data, request.len);
  size = i2d_PUBKEY (f->card->keys[number], &der);
  bytes = g_bytes_new (der, (gsize) size);
  OPENSSL_free (der);
  return bytes;
}

static void
the_cards_own_request_goes_after_its_key (Fixture *f, gconstpointer data)
{
  for (guint8 number = 1; number <= 2; number++)
    {
      g_autoptr (GBytes) request = make_key (f, number, number == 1);
      g_autoptr (GError) error = NULL;

      ce_remains_drop_request (f->token, request, &error);
      g_assert_no_error (error);
      g_assert_true (has_file (f, (guint16) (CERTIFICATE | number)));
      vc_card_set_key (f->card, number, NULL);
      ce_remains_drop_request (f->token, request, &error);
      g_assert_no_error (error);
      g_assert_false (has_file (f, (guint16) (CERTIFICATE | number)));
    }
  (void) data;
}

static void
the_request_of_another_key_stays (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) one = make_key (f, 1, FALSE);
  g_autoptr (GBytes) two = make_key (f, 2, FALSE);

  (void) data;
  vc_card_set_key (f->card, 1, NULL);
  vc_card_set_key (f->card, 2, NULL);
  g_assert_true (ce_remains_drop_request (f->token, one, NULL));
  g_assert_false (has_file (f, CERTIFICATE | 1));
  g_assert_true (has_file (f, CERTIFICATE | 2));
  g_assert_true (ce_remains_drop_request (f->token, two, NULL));
  g_assert_false (has_file (f, CERTIFICATE | 2));
}

/* What was not seen may be there: else its job would be closed. */
static void
a_card_pulled_while_it_is_looked_through_is_not_taken_for_clean (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) der = some_certificate ();
  g_autofree char *fingerprint = fingerprint_of (der);
  g_autoptr (GBytes) id = g_bytes_new (key_id, sizeof key_id);

  (void) data;
  put_description (f, 3, TRUE);
  put_certificate (f, 3, der, 50);
  for (guint answered = 1; answered <= 2; answered++)
    {
      g_autoptr (GError) error = NULL;
      gboolean done = FALSE;

      mock_pcsc_card.gone_after = answered;
      mock_pcsc_card.commands = 0;
      ce_remains_complete_certificate (f->token, id, der, &done, &error);
      g_assert_error (error, CE_ERROR, CE_ERROR_TOKEN_GONE);
      g_clear_error (&error);
      mock_pcsc.state = mock_pcsc.later = SCARD_STATE_PRESENT;
    }
  mock_pcsc_card.gone_after = 1;
  mock_pcsc_card.commands = 0;
  g_assert_true (ce_remains_has_certificate (f->token, fingerprint));
  mock_pcsc.state = mock_pcsc.later = SCARD_STATE_PRESENT;
  mock_pcsc_card.commands = 0;
  g_assert_false (ce_remains_drop_certificate (f->token, fingerprint, NULL));
}

static void
a_card_that_nobody_may_open_is_left_alone (Fixture *f, gconstpointer data)
{
  const char *const before[] = { "CC00", NULL };
  g_autofree char *keys = NULL;

  (void) data;
  mock_pcsc_card.connect = SCARD_E_SHARING_VIOLATION;
  keys = ce_remains_keys (f->token);
  g_assert_cmpstr (keys, ==, "");
  g_assert_false (ce_remains_drop_keys (f->token, before, NULL));
  mock_pcsc_card.connect = SCARD_S_SUCCESS;
  mock_pcsc_card.begin = SCARD_E_SHARING_VIOLATION;
  g_assert_false (ce_remains_drop_keys (f->token, before, NULL));
  g_assert_cmpuint (mock_pcsc_card.commands, ==, 0);
}

/* Answers that no card gives: an odd list, no status, files without an end. */
static void
a_card_that_lies_is_not_believed_for_long (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) der = some_certificate ();
  g_autofree char *fingerprint = fingerprint_of (der);
  const char *const lies[] = { "", "90", "9000", "CC9000", "CE01CE9000", "6282", "6A82", "6F00" };
  GString *endless = g_string_new ("CE01");

  (void) data;
  for (guint i = 0; i < 240; i++)
    g_string_append (endless, "CE01");
  g_string_append (endless, "9000");
  for (gsize i = 0; i <= G_N_ELEMENTS (lies); i++)
    {
      g_autofree char *keys = NULL;

      mock_pcsc_card.lie = i < G_N_ELEMENTS (lies) ? lies[i] : endless->str;
      mock_pcsc_card.commands = 0;
      keys = ce_remains_keys (f->token);
      ce_remains_has_certificate (f->token, fingerprint);
      g_assert_cmpuint (mock_pcsc_card.commands, <, 20000);
    }
  g_string_free (endless, TRUE);
}

#define ADD(path, function) g_test_add ("/remains/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("another-card-gets-no-command", another_card_gets_no_command);
  ADD ("the-keys-are-listed-in-one-command", the_keys_are_listed_in_one_command);
  ADD ("a-new-key-without-a-description-goes", a_new_key_without_a_description_goes);
  ADD ("a-new-key-with-half-a-description-goes", a_new_key_with_half_a_description_goes);
  ADD ("a-key-with-a-whole-description-stays", a_key_with_a_whole_description_stays);
  ADD ("a-key-without-a-whole-description-had-no-room", a_key_without_a_whole_description_had_no_room);
  ADD ("a-key-that-was-made-and-described-is-whole", a_key_that_was_made_and_described_is_whole);
  ADD ("whether-a-key-is-whole-is-not-known-of-a-card-that-is-out",
       whether_a_key_is_whole_is_not_known_of_a_card_that_is_out);
  ADD ("a-key-that-was-there-before-stays", a_key_that_was_there_before_stays);
  ADD ("without-a-list-from-before-nothing-goes", without_a_list_from_before_nothing_goes);
  ADD ("a-card-pulled-between-two-deletions-keeps-the-key-to-the-last",
       a_card_pulled_between_two_deletions_keeps_the_key_to_the_last);
  ADD ("what-is-on-a-card-that-is-out-is-not-known", what_is_on_a_card_that_is_out_is_not_known);
  ADD ("a-token-in-software-has-none", a_token_in_software_has_none);
  ADD ("the-cards-own-request-goes-after-its-key", the_cards_own_request_goes_after_its_key);
  ADD ("the-request-of-another-key-stays", the_request_of_another_key_stays);
  ADD ("a-card-pulled-while-it-is-looked-through-is-not-taken-for-clean",
       a_card_pulled_while_it_is_looked_through_is_not_taken_for_clean);
  ADD ("a-card-that-nobody-may-open-is-left-alone", a_card_that_nobody_may_open_is_left_alone);
  ADD ("a-card-that-lies-is-not-believed-for-long", a_card_that_lies_is_not_believed_for_long);
  return g_test_run ();
}
