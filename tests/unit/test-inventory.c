/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "agent/base/error.h"
#include "mock-card.h"
#include "pkcs11/inventory.h"
#include "pkcs11/store.h"
#include "pkcs11/token-private.h"

static CeInventory *
read_token (CeToken *token)
{
  g_autoptr (GError) error = NULL;
  CeInventory *inventory = ce_token_read (token, &error);

  g_assert_no_error (error);
  return inventory;
}

static const CeCardKey *
key_at (const CeInventory *inventory, guint i)
{
  g_assert_cmpuint (i, <, inventory->keys->len);
  return g_ptr_array_index (inventory->keys, i);
}

static const CeCardCertificate *
certificate_at (const CeInventory *inventory, guint i)
{
  g_assert_cmpuint (i, <, inventory->certificates->len);
  return g_ptr_array_index (inventory->certificates, i);
}

/* A card with a key and its certificate, as the next insertion finds it. */
typedef struct
{
  char *id; /* the key's public_key_id */
  CeToken *token;
  CeInventory *seen;
} Insertion;

static void
insertion_clear (Insertion *insertion)
{
  ce_inventory_free (insertion->seen);
  g_clear_pointer (&insertion->token, ce_token_free);
  g_free (insertion->id);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Insertion, insertion_clear)

static char *
provision (const char *algorithm)
{
  g_auto (MockCard) card = { 0 };
  g_autoptr (GError) error = NULL;

  mock_card_fill (&card, algorithm);
  ce_store_certificate (card.token, card.key, card.der, "a certificate", &error);
  g_assert_no_error (error);
  return g_strdup (card.key->public_key_id);
}

/* Of a card of the kind that is set. */
static Insertion
insert (const char *algorithm)
{
  Insertion insertion = { .id = provision (algorithm) };

  insertion.token = mock_open ();
  insertion.seen = read_token (insertion.token);
  return insertion;
}

static void
an_empty_card_has_nothing (void)
{
  g_autoptr (CeToken) token = NULL;
  g_autoptr (CeInventory) inventory = NULL;

  mock_load ();
  token = mock_open ();
  inventory = read_token (token);
  g_assert_cmpuint (inventory->keys->len, ==, 0);
  g_assert_cmpuint (inventory->certificates->len, ==, 0);
}

static void
key_and_certificate_belong_together_by_public_key (void)
{
  static const char *const algorithms[] = { "rsa-2048", "ec-p256" };

  for (gsize i = 0; i < G_N_ELEMENTS (algorithms); i++)
    {
      MockControl *mock = mock_load ();
      g_auto (Insertion) card = insert (algorithms[i]);
      const CeInventory *inventory = card.seen;

      g_assert_cmpuint (inventory->keys->len, ==, 1);
      g_assert_cmpuint (inventory->certificates->len, ==, 1);
      g_assert_true (certificate_at (inventory, 0)->key == key_at (inventory, 0));
      g_assert_cmpstr (certificate_at (inventory, 0)->public_key_id, ==, card.id);
      g_assert_cmpstr (key_at (inventory, 0)->algorithm, ==, algorithms[i]);
      g_assert_true (key_at (inventory, 0)->has_private && key_at (inventory, 0)->has_public);
      g_assert_true (ce_inventory_find_key (inventory, card.id) == key_at (inventory, 0));
      g_assert_null (ce_inventory_find_key (inventory, ""));
      g_assert_cmpuint (mock->entries[MOCK_LOGIN].calls, ==, 1);
    }
}

static void
a_bare_ec_point_is_understood (void)
{
  g_auto (Insertion) card = { 0 };

  mock_load ()->bare_ec_points = TRUE;
  card = insert ("ec-p256");
  g_assert_cmpstr (key_at (card.seen, 0)->public_key_id, ==, card.id);
  g_assert_true (certificate_at (card.seen, 0)->key == key_at (card.seen, 0));
}

static void
private_keys_may_hide_until_login (void)
{
  g_auto (Insertion) card = { 0 };
  g_autoptr (CeInventory) after = NULL;
  g_autoptr (GError) error = NULL;

  mock_load ()->hides_private = TRUE;
  card = insert ("ec-p256");
  g_assert_false (key_at (card.seen, 0)->has_private);
  g_assert_true (certificate_at (card.seen, 0)->key == key_at (card.seen, 0));

  g_assert_true (ce_token_login (card.token, mock_pin (MOCK_PIN), FALSE, &error));
  after = read_token (card.token);
  g_assert_true (key_at (after, 0)->has_private);
}

static void
a_certificate_alone_is_given_its_key_until_login_shows (void)
{
  MockControl *mock = mock_load ();
  g_auto (Insertion) card = { 0 };
  g_autoptr (CeInventory) after = NULL;
  g_autoptr (GError) error = NULL;

  mock->hides_private = mock->no_public_objects = TRUE;
  card = insert ("ec-p256");
  g_assert_nonnull (certificate_at (card.seen, 0)->key);
  g_assert_false (certificate_at (card.seen, 0)->key->has_private);
  g_assert_true (ce_token_login (card.token, mock_pin (MOCK_PIN), FALSE, &error));
  g_assert_true (ce_store_delete_keypair (card.token, card.id, &error));
  after = read_token (card.token);
  g_assert_null (certificate_at (after, 0)->key);
}

static void
a_private_key_without_public_part_is_its_id_twins (void)
{
  MockControl *mock = mock_load ();
  g_auto (Insertion) card = { 0 };

  mock->hides_public_part = mock->no_public_objects = TRUE;
  card = insert ("rsa-2048");
  g_assert_cmpuint (card.seen->keys->len, ==, 1);
  g_assert_cmpstr (key_at (card.seen, 0)->public_key_id, ==, card.id);
  g_assert_cmpstr (key_at (card.seen, 0)->algorithm, ==, "rsa-2048");
  g_assert_true (certificate_at (card.seen, 0)->key == key_at (card.seen, 0));
}

static void
a_certificate_of_another_key_has_none (void)
{
  g_autoptr (EVP_PKEY) stranger = EVP_EC_gen ("P-256");
  g_autoptr (GBytes) der = mock_certificate (stranger);
  g_auto (MockCard) card = { 0 };
  g_autoptr (CeInventory) inventory = NULL;
  g_autoptr (GError) error = NULL;

  mock_load ();
  mock_card_fill (&card, "ec-p256");
  g_assert_true (ce_store_certificate (card.token, card.key, der, "not its own", &error));
  inventory = read_token (card.token);
  g_assert_null (certificate_at (inventory, 0)->key);
}

static void
a_card_pulled_while_it_is_read_is_gone (void)
{
  MockControl *mock = mock_load ();
  g_autoptr (CeToken) token = mock_open ();
  g_autoptr (GError) error = NULL;

  mock->entries[MOCK_FIND_OBJECTS].answer = CKR_DEVICE_REMOVED;
  mock_assert_fails (ce_token_read (token, &error) != NULL, &error, CE_ERROR_TOKEN_GONE,
                     "cannot list its objects");
}

/* A module that has met the removal may show an empty token. */
static void
an_empty_token_whose_card_is_out_is_gone (void)
{
  g_autoptr (CeToken) token = NULL;
  g_autoptr (GError) error = NULL;

  mock_load ();
  token = mock_open ();
  mock_pcsc.later = SCARD_STATE_EMPTY;
  mock_assert_fails (ce_token_read (token, &error) != NULL, &error, CE_ERROR_TOKEN_GONE,
                     "the card was taken out");
}

static void
a_card_that_was_out_for_a_moment_is_gone (void)
{
  g_auto (Insertion) card = { 0 };
  g_autoptr (GError) error = NULL;

  mock_load ();
  card = insert ("ec-p256");
  mock_pcsc.state = mock_pcsc.later = SCARD_STATE_PRESENT | (2 << 16);
  mock_assert_fails (ce_token_read (card.token, &error) != NULL, &error, CE_ERROR_TOKEN_GONE,
                     "the card was taken out");
}

/* Of somebody who keeps many things on one token. */
static void
put_others (CeToken *token, guint n)
{
  CK_OBJECT_CLASS class = CKO_DATA;
  CK_ATTRIBUTE template = { CKA_CLASS, &class, sizeof class };
  CK_OBJECT_HANDLE object;

  for (guint i = 0; i < n; i++)
    g_assert_cmpuint (token->f->C_CreateObject (token->session, &template, 1, &object), ==, CKR_OK);
}

static void
the_last_of_many_objects_is_seen (void)
{
  MockControl *mock = mock_load ();
  g_auto (MockCard) card = { 0 };
  g_autoptr (CeInventory) all = NULL;
  g_autoptr (CeInventory) in_pieces = NULL;

  mock_card_fill (&card, "ec-p256");
  put_others (card.token, 600);
  g_assert_true (ce_store_certificate (card.token, card.key, card.der, "the last", NULL));
  all = read_token (card.token);
  g_assert_cmpuint (all->certificates->len, ==, 1);
  g_assert_cmpuint (all->other_objects, ==, 600);
  mock->find_at_once = 7;
  in_pieces = read_token (card.token);
  g_assert_cmpuint (in_pieces->certificates->len, ==, 1);
  g_assert_cmpuint (in_pieces->other_objects, ==, 600);
}

static void
a_search_that_begins_anew_is_at_its_end (void)
{
  MockControl *mock = mock_load ();
  g_auto (MockCard) card = { 0 };
  g_autoptr (CeInventory) inventory = NULL;

  mock_card_fill (&card, "ec-p256");
  put_others (card.token, 20);
  mock->find_again = CK_TRUE;
  mock->find_at_once = 7;
  inventory = read_token (card.token);
  g_assert_cmpuint (inventory->other_objects, ==, 20);
  g_assert_cmpuint (inventory->keys->len, ==, 1);
}

static void
a_search_without_an_end_is_an_error (void)
{
  g_autoptr (CeToken) token = NULL;
  g_autoptr (GError) error = NULL;

  mock_load ();
  token = mock_open_and_login ();
  put_others (token, 4097);
  mock_assert_fails (ce_token_read (token, &error) != NULL, &error, CE_ERROR_MODULE_FAILED,
                     "cannot list its objects: its module says that there are more than 4096");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/inventory/an-empty-card-has-nothing", an_empty_card_has_nothing);
  g_test_add_func ("/inventory/key-and-certificate-belong-together-by-public-key",
                   key_and_certificate_belong_together_by_public_key);
  g_test_add_func ("/inventory/a-bare-ec-point-is-understood", a_bare_ec_point_is_understood);
  g_test_add_func ("/inventory/private-keys-may-hide-until-login", private_keys_may_hide_until_login);
  g_test_add_func ("/inventory/a-certificate-alone-is-given-its-key-until-login-shows",
                   a_certificate_alone_is_given_its_key_until_login_shows);
  g_test_add_func ("/inventory/a-private-key-without-public-part-is-its-id-twins",
                   a_private_key_without_public_part_is_its_id_twins);
  g_test_add_func ("/inventory/a-certificate-of-another-key-has-none", a_certificate_of_another_key_has_none);
  g_test_add_func ("/inventory/a-card-pulled-while-it-is-read-is-gone",
                   a_card_pulled_while_it_is_read_is_gone);
  g_test_add_func ("/inventory/an-empty-token-whose-card-is-out-is-gone",
                   an_empty_token_whose_card_is_out_is_gone);
  g_test_add_func ("/inventory/a-card-that-was-out-for-a-moment-is-gone",
                   a_card_that_was_out_for_a_moment_is_gone);
  g_test_add_func ("/inventory/the-last-of-many-objects-is-seen", the_last_of_many_objects_is_seen);
  g_test_add_func ("/inventory/a-search-that-begins-anew-is-at-its-end",
                   a_search_that_begins_anew_is_at_its_end);
  g_test_add_func ("/inventory/a-search-without-an-end-is-an-error", a_search_without_an_end_is_an_error);
  return g_test_run ();
}
