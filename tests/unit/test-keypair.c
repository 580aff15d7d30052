/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "agent/base/error.h"
#include "mock-card.h"

static void
the_token_says_what_it_can_make (void)
{
  MockControl *mock = mock_load ();
  g_autoptr (CeToken) token = mock_open ();
  CeTokenAbilities abilities;

  ce_token_abilities (token, &abilities);
  g_assert_cmpuint (abilities.min_rsa_bits, ==, 1024);
  g_assert_cmpuint (abilities.max_rsa_bits, ==, 3072);
  g_assert_true (abilities.ec_p256);
  g_assert_false (abilities.ec_p384);

  mock->entries[MOCK_GET_MECHANISM_INFO].answer = CKR_MECHANISM_INVALID;
  ce_token_abilities (token, &abilities);
  g_assert_cmpuint (abilities.max_rsa_bits, ==, 0);
  g_assert_false (abilities.ec_p256);
}

static void
a_token_that_wants_its_management_key_makes_none (void)
{
  static const char *const manufacturers[] = { "piv_II", "Yubico (www.yubico.com)" };

  for (gsize i = 0; i < G_N_ELEMENTS (manufacturers); i++)
    {
      MockControl *mock = mock_load ();
      g_autoptr (CeToken) token = NULL;
      CeTokenAbilities abilities;

      g_strlcpy (mock->manufacturer, manufacturers[i], sizeof mock->manufacturer);
      token = mock_open ();
      ce_token_abilities (token, &abilities);
      g_assert_cmpuint (abilities.max_rsa_bits, ==, 0);
      g_assert_false (abilities.ec_p256 || abilities.ec_p384);
    }
}

static void
a_new_key_signs_and_is_proved (void)
{
  static const char *const algorithms[] = { "rsa-2048", "rsa-3072", "ec-p256" };

  for (gsize i = 0; i < G_N_ELEMENTS (algorithms); i++)
    {
      MockControl *mock = mock_load ();
      g_auto (MockCard) card = { 0 };
      g_autoptr (GError) error = NULL;

      mock_card_fill (&card, algorithms[i]);
      g_assert_cmpstr (card.key->algorithm, ==, algorithms[i]);
      g_assert_true (card.key->has_private && card.key->has_public);
      g_assert_cmpuint (strlen (card.key->public_key_id), ==, 64);
      g_assert_cmpuint (g_bytes_get_size (card.key->id), ==, 8);
      g_assert_true (ce_keypair_prove (card.token, card.key, card.certificate, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (mock->entries[MOCK_SIGN].calls, ==, 1);
    }
}

static void
two_keys_have_two_ids (void)
{
  g_auto (MockCard) card = { 0 };
  g_autoptr (CeCardKey) other = NULL;

  mock_load ();
  mock_card_fill (&card, "ec-p256");
  other = mock_generate (card.token, "ec-p256");
  g_assert_false (g_bytes_equal (card.key->id, other->id));
}

static void
an_id_that_the_card_chose_is_taken (void)
{
  g_auto (MockCard) card = { 0 };
  g_autoptr (CeCardKey) other = NULL;

  mock_load ()->rewrites_ids = TRUE;
  mock_card_fill (&card, "ec-p256");
  other = mock_generate (card.token, "ec-p256");
  g_assert_cmpuint (g_bytes_get_size (card.key->id), ==, 1);
  g_assert_cmpuint (*(const guint8 *) g_bytes_get_data (card.key->id, NULL), ==, 0);
  g_assert_cmpuint (*(const guint8 *) g_bytes_get_data (other->id, NULL), ==, 1);
}

static void
a_key_is_found_though_its_id_has_changed (void)
{
  g_auto (MockCard) card = { 0 };
  g_autoptr (EVP_PKEY) evp = NULL;
  g_autoptr (GError) error = NULL;

  mock_load ();
  mock_card_fill (&card, "rsa-2048");
  g_bytes_unref (card.key->id);
  card.key->id = g_bytes_new ("other", 5);
  evp = ce_keypair_to_evp (card.token, card.key, &error);
  g_assert_no_error (error);
  g_assert_nonnull (evp);
}

static void
a_key_that_shows_no_public_part_is_found_by_its_id (void)
{
  g_auto (MockCard) card = { 0 };
  g_autoptr (CeCardKey) other = NULL;
  g_autoptr (GError) error = NULL;

  mock_load ()->hides_public_part = TRUE;
  mock_card_fill (&card, "ec-p256");
  other = mock_generate (card.token, "ec-p256");
  ce_keypair_prove (card.token, card.key, card.certificate, &error);
  g_assert_no_error (error);
}

static void
a_key_that_is_not_there_is_not_replaced_by_another (void)
{
  g_auto (MockCard) card = { 0 };
  g_auto (MockCard) blank = { 0 };
  g_autoptr (GError) error = NULL;
  MockControl *mock;

  mock_load ();
  mock_card_fill (&card, "ec-p256");
  g_clear_pointer (&card.token, ce_token_free);
  mock = mock_load ();
  mock_card_fill (&blank, "ec-p256");
  mock_assert_fails (ce_keypair_to_evp (blank.token, card.key, &error) != NULL, &error, CE_ERROR_NOT_FOUND,
                     "the private key of 'a key' is not there");
  g_assert_cmpuint (mock->entries[MOCK_SIGN_INIT].calls, ==, 0);
}

static void
a_key_that_wants_the_pin_each_time_gets_it (void)
{
  MockControl *mock = mock_load ();
  g_auto (MockCard) card = { 0 };
  g_autoptr (GError) error = NULL;

  mock->always_authenticate = TRUE;
  mock_card_fill (&card, "rsa-2048");
  g_assert_true (card.key->always_authenticate);
  for (guint i = 1; i <= 2; i++)
    {
      ce_keypair_prove (card.token, card.key, card.certificate, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (mock->context_logins, ==, i);
    }
}

static void
a_copy_is_whole (void)
{
  g_auto (MockCard) card = { 0 };
  g_autoptr (CeCardKey) copy = NULL;
  g_autoptr (EVP_PKEY) evp = NULL;
  g_autoptr (GError) error = NULL;

  mock_load ();
  mock_card_fill (&card, "ec-p256");
  copy = ce_card_key_copy (card.key);
  g_clear_pointer (&card.key, ce_card_key_free);
  evp = ce_keypair_to_evp (card.token, copy, &error);
  g_assert_no_error (error);
  g_assert_cmpint (EVP_PKEY_eq (evp, copy->public_key), ==, 1);
}

static void
a_proof_with_another_certificate_fails (void)
{
  g_autoptr (EVP_PKEY) stranger = EVP_EC_gen ("P-256");
  g_autoptr (GBytes) der = mock_certificate (stranger);
  g_autoptr (X509) certificate = mock_parse (der);
  g_auto (MockCard) card = { 0 };
  g_autoptr (GError) error = NULL;

  mock_load ();
  mock_card_fill (&card, "ec-p256");
  mock_assert_fails (ce_keypair_prove (card.token, card.key, certificate, &error), &error, CE_ERROR_FAILED,
                     "does not belong to the key");
  g_assert_cmpuint (ERR_peek_error (), ==, 0);
}

static void
a_signature_longer_than_its_room_is_an_error (void)
{
  MockControl *mock = mock_load ();
  g_auto (MockCard) card = { 0 };
  g_autoptr (GError) error = NULL;

  mock_card_fill (&card, "ec-p256");
  mock->signature_says = 64 * 1024;
  mock_assert_fails (ce_keypair_prove (card.token, card.key, card.certificate, &error), &error,
                     CE_ERROR_MODULE_FAILED, "cannot sign");
}

static void
a_key_without_an_id_is_not_taken_for_another_without_one (void)
{
  g_auto (MockCard) card = { 0 };
  g_autoptr (CeCardKey) nameless = NULL;
  g_autoptr (GError) error = NULL;
  MockControl *mock = mock_load ();

  mock_card_fill (&card, "ec-p256");
  nameless = ce_card_key_copy (card.key);
  g_bytes_unref (nameless->id);
  nameless->id = g_bytes_new (NULL, 0);
  mock->hides_public_part = TRUE;
  mock->hides_ids = TRUE;
  mock_assert_fails (ce_keypair_to_evp (card.token, nameless, &error) != NULL, &error, CE_ERROR_NOT_FOUND,
                     "is not there");
}

typedef struct
{
  MockCall call;
  CK_RV rv;
  CeErrorCode code;
  const char *words;
} Failure;

static void
each_failure_of_a_generation_has_its_name (void)
{
  static const Failure cases[] = {
    { MOCK_GENERATE_KEY_PAIR, CKR_DEVICE_MEMORY, CE_ERROR_TOKEN_FULL,
      "cannot make a key pair: there is no room left" },
    { MOCK_GENERATE_KEY_PAIR, CKR_DEVICE_REMOVED, CE_ERROR_TOKEN_GONE,
      "cannot make a key pair: the card was taken out" },
    { MOCK_GENERATE_KEY_PAIR, CKR_FUNCTION_NOT_SUPPORTED, CE_ERROR_NOT_SUPPORTED, "cannot do this" },
    { MOCK_GENERATE_KEY_PAIR, CKR_KEY_SIZE_RANGE, CE_ERROR_NOT_SUPPORTED, "keys of this size" },
    { MOCK_GENERATE_KEY_PAIR, CKR_GENERAL_ERROR, CE_ERROR_MODULE_FAILED, "the module gives no reason" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      MockControl *mock = mock_load ();
      g_autoptr (CeToken) token = mock_open_and_login ();
      CeCardKey *key = NULL;
      g_autoptr (GError) error = NULL;

      mock->entries[cases[i].call].answer = cases[i].rv;
      mock_assert_fails (ce_keypair_generate (token, "ec-p256", CE_KEY_USE_SIGN, "k", &key, &error), &error,
                         cases[i].code, cases[i].words);
      g_assert_null (key);
    }
}

static void
an_unknown_algorithm_is_not_sent_to_the_card (void)
{
  static const char *const algorithms[] = { "rsa-1024", "rsa-8192", "dsa", "" };
  MockControl *mock = mock_load ();
  g_autoptr (CeToken) token = mock_open_and_login ();

  for (gsize i = 0; i < G_N_ELEMENTS (algorithms); i++)
    {
      g_autoptr (GError) error = NULL;
      CeCardKey *key = NULL;

      mock_assert_fails (ce_keypair_generate (token, algorithms[i], CE_KEY_USE_SIGN, "k", &key, &error),
                         &error, CE_ERROR_NOT_SUPPORTED, "is none that can be made");
    }
  g_assert_cmpuint (mock->entries[MOCK_GENERATE_KEY_PAIR].calls, ==, 0);
}

static void
a_card_pulled_during_the_generation_is_gone_whatever_the_module_says (void)
{
  MockControl *mock = mock_load ();
  g_autoptr (CeToken) token = mock_open_and_login ();
  g_autoptr (GError) error = NULL;
  CeCardKey *key = NULL;

  mock->entries[MOCK_GENERATE_KEY_PAIR].answer = CKR_GENERAL_ERROR;
  mock_pcsc.state = SCARD_STATE_EMPTY;
  mock_assert_fails (ce_keypair_generate (token, "ec-p256", CE_KEY_USE_SIGN, "k", &key, &error), &error,
                     CE_ERROR_TOKEN_GONE, "the card was taken out");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/keypair/the-token-says-what-it-can-make", the_token_says_what_it_can_make);
  g_test_add_func ("/keypair/a-token-that-wants-its-management-key-makes-none",
                   a_token_that_wants_its_management_key_makes_none);
  g_test_add_func ("/keypair/a-new-key-signs-and-is-proved", a_new_key_signs_and_is_proved);
  g_test_add_func ("/keypair/two-keys-have-two-ids", two_keys_have_two_ids);
  g_test_add_func ("/keypair/an-id-that-the-card-chose-is-taken", an_id_that_the_card_chose_is_taken);
  g_test_add_func ("/keypair/a-key-is-found-though-its-id-has-changed",
                   a_key_is_found_though_its_id_has_changed);
  g_test_add_func ("/keypair/a-key-that-shows-no-public-part-is-found-by-its-id",
                   a_key_that_shows_no_public_part_is_found_by_its_id);
  g_test_add_func ("/keypair/a-key-that-is-not-there-is-not-replaced-by-another",
                   a_key_that_is_not_there_is_not_replaced_by_another);
  g_test_add_func ("/keypair/a-key-that-wants-the-pin-each-time-gets-it",
                   a_key_that_wants_the_pin_each_time_gets_it);
  g_test_add_func ("/keypair/a-copy-is-whole", a_copy_is_whole);
  g_test_add_func ("/keypair/a-proof-with-another-certificate-fails", a_proof_with_another_certificate_fails);
  g_test_add_func ("/keypair/each-failure-of-a-generation-has-its-name",
                   each_failure_of_a_generation_has_its_name);
  g_test_add_func ("/keypair/an-unknown-algorithm-is-not-sent-to-the-card",
                   an_unknown_algorithm_is_not_sent_to_the_card);
  g_test_add_func ("/keypair/a-card-pulled-during-the-generation-is-gone-whatever-the-module-says",
                   a_card_pulled_during_the_generation_is_gone_whatever_the_module_says);
  g_test_add_func ("/keypair/a-signature-longer-than-its-room-is-an-error",
                   a_signature_longer_than_its_room_is_an_error);
  g_test_add_func ("/keypair/a-key-without-an-id-is-not-taken-for-another-without-one",
                   a_key_without_an_id_is_not_taken_for_another_without_one);
  return g_test_run ();
}
