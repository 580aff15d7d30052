/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/base/error.h"
#include "mock-card.h"
#include "pkcs11/public-key.h"
#include "pkcs11/store.h"
#include "pkcs11/token-private.h"

typedef struct
{
  MockControl *mock;
  CeToken *token;
  CeCardKey *key;
  GBytes *der;
} Card;

static Card
card_new (void)
{
  Card card = { .mock = mock_load () };

  card.token = mock_open_and_login ();
  card.key = mock_generate (card.token, "ec-p256");
  card.der = mock_certificate (card.key->public_key);
  return card;
}

static void
card_clear (Card *card)
{
  g_bytes_unref (card->der);
  ce_card_key_free (card->key);
  ce_token_free (card->token);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Card, card_clear)

static CeInventory *
inventory (const Card *card)
{
  g_autoptr (GError) error = NULL;
  CeInventory *read = ce_token_read (card->token, &error);

  g_assert_no_error (error);
  return read;
}

static void
a_certificate_is_written_and_read_back (void)
{
  g_auto (Card) card = card_new ();
  g_autoptr (CeInventory) after = NULL;
  g_autoptr (GError) error = NULL;
  const CeCardCertificate *certificate;

  ce_store_certificate (card.token, card.key, card.der, "for people", &error);
  g_assert_no_error (error);
  after = inventory (&card);
  g_assert_cmpuint (after->certificates->len, ==, 1);
  certificate = g_ptr_array_index (after->certificates, 0);
  g_assert_true (g_bytes_equal (certificate->der, card.der));
  g_assert_true (g_bytes_equal (certificate->id, card.key->id));
  g_assert_cmpstr (certificate->label, ==, "for people");
}

static void
a_certificate_that_comes_back_changed_is_an_error (void)
{
  g_auto (Card) card = card_new ();
  g_autoptr (GError) error = NULL;

  card.mock->spoils_certificates = TRUE;
  mock_assert_fails (ce_store_certificate (card.token, card.key, card.der, "c", &error), &error,
                     CE_ERROR_MODULE_FAILED, "is not the one that was written");
}

static void
what_is_no_certificate_is_not_written (void)
{
  g_auto (Card) card = card_new ();
  g_autoptr (GBytes) longer = NULL;
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (GError) error = NULL;

  g_byte_array_append (bytes, g_bytes_get_data (card.der, NULL), (guint) g_bytes_get_size (card.der));
  g_byte_array_append (bytes, (const guint8 *) "x", 1);
  longer = g_bytes_new (bytes->data, bytes->len);
  mock_assert_fails (ce_store_certificate (card.token, card.key, longer, "c", &error), &error,
                     CE_ERROR_PROTOCOL, "none");
  g_assert_cmpuint (card.mock->entries[MOCK_CREATE_OBJECT].calls, ==, 0);
}

typedef struct
{
  CK_RV rv;
  CeErrorCode code;
  const char *words;
} Failure;

static void
each_failure_of_a_write_has_its_name (void)
{
  static const Failure cases[] = {
    { CKR_DEVICE_MEMORY, CE_ERROR_TOKEN_FULL,
      "cannot write the certificate: there is no room left on the card" },
    { CKR_DEVICE_REMOVED, CE_ERROR_TOKEN_GONE, "taken out" },
    { CKR_TOKEN_WRITE_PROTECTED, CE_ERROR_NOT_SUPPORTED, "write-protected" },
    { CKR_USER_NOT_LOGGED_IN, CE_ERROR_MODULE_FAILED, "wants its PIN again" },
  };
  g_auto (Card) card = card_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      card.mock->entries[MOCK_CREATE_OBJECT].answer = cases[i].rv;
      mock_assert_fails (ce_store_certificate (card.token, card.key, card.der, "c", &error), &error,
                         cases[i].code, cases[i].words);
    }
}

static void
only_the_certificate_with_these_bytes_is_deleted (void)
{
  g_auto (Card) card = card_new ();
  g_autoptr (GBytes) other = mock_certificate (card.key->public_key);
  g_autoptr (CeInventory) after = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (ce_store_certificate (card.token, card.key, card.der, "old", &error));
  g_assert_true (ce_store_certificate (card.token, card.key, other, "new", &error));
  g_assert_true (ce_store_delete_certificate (card.token, card.der, &error));
  after = inventory (&card);
  g_assert_cmpuint (after->certificates->len, ==, 1);
  g_assert_cmpuint (after->keys->len, ==, 1);
  g_assert_true (
      g_bytes_equal (((CeCardCertificate *) g_ptr_array_index (after->certificates, 0))->der, other));

  g_assert_true (ce_store_delete_certificate (card.token, card.der, &error));
  g_assert_no_error (error);
}

static void
only_the_key_pair_with_this_public_key_is_deleted (void)
{
  g_auto (Card) card = card_new ();
  g_autoptr (CeCardKey) other = mock_generate (card.token, "ec-p256");
  g_autoptr (CeInventory) after = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (ce_store_delete_keypair (card.token, card.key->public_key_id, &error));
  after = inventory (&card);
  g_assert_cmpuint (after->keys->len, ==, 1);
  g_assert_nonnull (ce_inventory_find_key (after, other->public_key_id));

  g_assert_true (ce_store_delete_keypair (card.token, card.key->public_key_id, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (card.mock->entries[MOCK_DESTROY_OBJECT].calls, ==, 2);
}

static void
a_key_that_shows_no_public_part_is_deleted_by_its_twin (void)
{
  g_auto (Card) card = card_new ();
  g_autoptr (CeInventory) after = NULL;
  g_autoptr (GError) error = NULL;

  card.mock->hides_public_part = TRUE;
  g_assert_true (ce_store_delete_keypair (card.token, card.key->public_key_id, &error));
  after = inventory (&card);
  g_assert_cmpuint (after->keys->len, ==, 0);
}

/* As some other program may have made it. */
static void
make_key_with_id (CeToken *token, GBytes *id)
{
  CK_OBJECT_CLASS private_class = CKO_PRIVATE_KEY;
  CK_MECHANISM mechanism = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
  g_autoptr (GBytes) curve = ce_curve_parameters ("ec-p256");
  CK_ATTRIBUTE named = { CKA_ID, (void *) g_bytes_get_data (id, NULL), g_bytes_get_size (id) };
  CK_ATTRIBUTE public[]
      = { named, { CKA_EC_PARAMS, (void *) g_bytes_get_data (curve, NULL), g_bytes_get_size (curve) } };
  CK_ATTRIBUTE private[] = { named, { CKA_CLASS, &private_class, sizeof private_class } };
  CK_OBJECT_HANDLE handles[2];

  g_assert_cmpuint (token->f->C_GenerateKeyPair (token->session, &mechanism, public, 2, private, 2,
                                                 &handles[0], &handles[1]),
                    ==, CKR_OK);
}

static void
of_two_keys_that_cannot_be_told_apart_none_is_deleted (void)
{
  g_auto (Card) card = card_new ();
  g_autoptr (CeInventory) after = NULL;
  g_autoptr (GError) error = NULL;

  make_key_with_id (card.token, card.key->id);
  card.mock->hides_public_part = TRUE;
  mock_assert_fails (ce_store_delete_keypair (card.token, card.key->public_key_id, &error), &error,
                     CE_ERROR_MODULE_FAILED, "2 private keys have the ID of 'a key'");
  card.mock->hides_public_part = FALSE;
  after = inventory (&card);
  g_assert_cmpuint (after->keys->len, ==, 2);
}

static void
a_key_without_an_id_has_no_certificate_to_clear (void)
{
  g_auto (Card) card = card_new ();
  g_autoptr (CeCardKey) nameless = ce_card_key_copy (card.key);
  g_autoptr (GError) error = NULL;
  guint n = 7;

  g_bytes_unref (nameless->id);
  nameless->id = g_bytes_new (NULL, 0);
  g_assert_true (ce_store_certificate (card.token, nameless, card.der, "c", &error));
  g_assert_true (ce_store_clear_certificates (card.token, nameless, card.der, "", &n, &error));
  g_assert_cmpuint (n, ==, 0);
}

/* As @bytes of the certificate that @card holds under its key's ID: %NULL: it shows no value. */
static void
put_part (const Card *card, const void *bytes, gsize size)
{
  CK_OBJECT_CLASS class = CKO_CERTIFICATE;
  CK_ATTRIBUTE template[] = {
    { CKA_CLASS, &class, sizeof class },
    { CKA_ID, (void *) g_bytes_get_data (card->key->id, NULL), g_bytes_get_size (card->key->id) },
    { CKA_VALUE, (void *) bytes, size },
  };
  CK_OBJECT_HANDLE object;

  g_assert_cmpuint (
      card->token->f->C_CreateObject (card->token->session, template, bytes != NULL ? 3 : 2, &object), ==,
      CKR_OK);
}

/* Returns how many certificates were in the way of the card's. */
static guint
clear (const Card *card, GBytes *old)
{
  g_autofree char *fingerprint
      = old != NULL ? g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, old) : g_strdup ("");
  g_autoptr (GError) error = NULL;
  guint n = 7;

  ce_store_clear_certificates (card->token, card->key, card->der, fingerprint, &n, &error);
  g_assert_no_error (error);
  return n;
}

static void
only_what_is_replaced_and_parts_are_cleared (void)
{
  g_auto (Card) card = card_new ();
  g_autoptr (EVP_PKEY) stranger = EVP_EC_gen ("P-256");
  g_autoptr (GBytes) old = mock_certificate (card.key->public_key);
  g_autoptr (GBytes) other_purpose = mock_certificate (card.key->public_key);
  g_autoptr (GBytes) other_key = mock_certificate (stranger);
  g_autoptr (CeInventory) after = NULL;

  g_assert_true (ce_store_certificate (card.token, card.key, old, "old", NULL));
  g_assert_true (ce_store_certificate (card.token, card.key, other_purpose, "mail", NULL));
  g_assert_true (ce_store_certificate (card.token, card.key, other_key, "with the same ID", NULL));
  put_part (&card, g_bytes_get_data (card.der, NULL), 100);
  put_part (&card, NULL, 0);
  g_assert_cmpuint (clear (&card, old), ==, 3);
  after = inventory (&card);
  g_assert_cmpuint (after->other_objects, ==, 0);
  g_assert_cmpuint (after->certificates->len, ==, 2);
  for (guint i = 0; i < 2; i++)
    g_assert_true (g_bytes_equal (((CeCardCertificate *) after->certificates->pdata[i])->der,
                                  i == 0 ? other_purpose : other_key));
}

static void
where_two_keys_have_one_id_a_part_is_nobodys (void)
{
  g_auto (Card) card = card_new ();

  make_key_with_id (card.token, card.key->id);
  put_part (&card, NULL, 0);
  g_assert_cmpuint (clear (&card, NULL), ==, 0);
  put_part (&card, g_bytes_get_data (card.der, NULL), 100);
  g_assert_cmpuint (clear (&card, NULL), ==, 1);
}

static void
a_key_is_deleted_though_its_certificate_went_first (void)
{
  g_auto (Card) card = card_new ();
  g_autoptr (CeInventory) after = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (ce_store_certificate (card.token, card.key, card.der, "c", &error));
  g_assert_true (ce_store_delete_certificate (card.token, card.der, &error));
  card.mock->hides_public_part = card.mock->no_public_objects = TRUE;
  g_assert_true (ce_store_delete_keypair (card.token, card.key->public_key_id, &error));
  card.mock->no_public_objects = FALSE;
  after = inventory (&card);
  g_assert_cmpuint (after->keys->len, ==, 1);
  g_assert_false (((CeCardKey *) g_ptr_array_index (after->keys, 0))->has_private);
}

static void
a_key_that_the_card_keeps_is_an_error (void)
{
  g_auto (Card) card = card_new ();
  g_autoptr (GError) error = NULL;

  card.mock->entries[MOCK_DESTROY_OBJECT].answer = CKR_ACTION_PROHIBITED;
  mock_assert_fails (ce_store_delete_keypair (card.token, card.key->public_key_id, &error), &error,
                     CE_ERROR_NOT_SUPPORTED, "cannot delete the private key: the card forbids this");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/a-certificate-is-written-and-read-back", a_certificate_is_written_and_read_back);
  g_test_add_func ("/store/a-certificate-that-comes-back-changed-is-an-error",
                   a_certificate_that_comes_back_changed_is_an_error);
  g_test_add_func ("/store/what-is-no-certificate-is-not-written", what_is_no_certificate_is_not_written);
  g_test_add_func ("/store/each-failure-of-a-write-has-its-name", each_failure_of_a_write_has_its_name);
  g_test_add_func ("/store/only-the-certificate-with-these-bytes-is-deleted",
                   only_the_certificate_with_these_bytes_is_deleted);
  g_test_add_func ("/store/only-the-key-pair-with-this-public-key-is-deleted",
                   only_the_key_pair_with_this_public_key_is_deleted);
  g_test_add_func ("/store/a-key-that-shows-no-public-part-is-deleted-by-its-twin",
                   a_key_that_shows_no_public_part_is_deleted_by_its_twin);
  g_test_add_func ("/store/of-two-keys-that-cannot-be-told-apart-none-is-deleted",
                   of_two_keys_that_cannot_be_told_apart_none_is_deleted);
  g_test_add_func ("/store/a-key-without-an-id-has-no-certificate-to-clear",
                   a_key_without_an_id_has_no_certificate_to_clear);
  g_test_add_func ("/store/only-what-is-replaced-and-parts-are-cleared",
                   only_what_is_replaced_and_parts_are_cleared);
  g_test_add_func ("/store/where-two-keys-have-one-id-a-part-is-nobodys",
                   where_two_keys_have_one_id_a_part_is_nobodys);
  g_test_add_func ("/store/a-key-is-deleted-though-its-certificate-went-first",
                   a_key_is_deleted_though_its_certificate_went_first);
  g_test_add_func ("/store/a-key-that-the-card-keeps-is-an-error", a_key_that_the_card_keeps_is_an_error);
  return g_test_run ();
}
