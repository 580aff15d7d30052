/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>

#include "agent/base/error.h"
#include "mock-card.h"

/* A card with one key, and that key as OpenSSL sees it. */
typedef struct
{
  MockControl *mock;
  CeToken *token;
  CeCardKey *key;
  EVP_PKEY *evp;
} Card;

static Card
card_new (const char *algorithm)
{
  g_autoptr (GError) error = NULL;
  Card card = { .mock = mock_load () };

  card.token = mock_open_and_login ();
  card.key = mock_generate (card.token, algorithm);
  card.evp = ce_keypair_to_evp (card.token, card.key, &error);
  g_assert_no_error (error);
  g_assert_nonnull (card.evp);
  return card;
}

static void
card_clear (Card *card)
{
  EVP_PKEY_free (card->evp);
  ce_card_key_free (card->key);
  ce_token_free (card->token);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Card, card_clear)

static void
assert_one_signature (const Card *card)
{
  g_assert_cmpuint (card->mock->entries[MOCK_SIGN].calls, ==, 1);
  g_assert_cmpuint (ERR_peek_error (), ==, 0);
}

typedef struct
{
  const char *algorithm, *digest;
  gboolean pss;
} Scheme;

static const Scheme schemes[] = {
  { "rsa-2048", "SHA256", FALSE }, { "rsa-2048", "SHA384", FALSE }, { "rsa-2048", "SHA512", FALSE },
  { "rsa-2048", "SHA1", FALSE },   { "rsa-2048", "SHA256", TRUE },  { "rsa-2048", "SHA384", TRUE },
  { "ec-p256", "SHA256", FALSE },  { "ec-p256", "SHA384", FALSE },
};

static void
set_pss (EVP_PKEY_CTX *context, gboolean pss, const char *digest)
{
  if (!pss)
    return;
  g_assert_cmpint (EVP_PKEY_CTX_set_rsa_padding (context, RSA_PKCS1_PSS_PADDING), ==, 1);
  g_assert_cmpint (EVP_PKEY_CTX_set_rsa_mgf1_md_name (context, digest, NULL), ==, 1);
  g_assert_cmpint (EVP_PKEY_CTX_set_rsa_pss_saltlen (context, RSA_PSS_SALTLEN_DIGEST), ==, 1);
}

static void
assert_verifies (EVP_PKEY *key, const Scheme *scheme, const guint8 *signature, size_t length)
{
  g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
  EVP_PKEY_CTX *pkey_context = NULL;

  g_assert_cmpint (EVP_DigestVerifyInit_ex (context, &pkey_context, scheme->digest, NULL, NULL, key, NULL),
                   ==, 1);
  set_pss (pkey_context, scheme->pss, scheme->digest);
  g_assert_cmpint (EVP_DigestVerify (context, signature, length, (const guint8 *) "words", 5), ==, 1);
}

static void
every_scheme_signs_with_one_card_signature (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (schemes); i++)
    {
      g_auto (Card) card = card_new (schemes[i].algorithm);
      g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
      EVP_PKEY_CTX *pkey_context = NULL;
      guint8 signature[512];
      size_t length = sizeof signature;

      g_assert_cmpint (
          EVP_DigestSignInit_ex (context, &pkey_context, schemes[i].digest, NULL, NULL, card.evp, NULL), ==,
          1);
      set_pss (pkey_context, schemes[i].pss, schemes[i].digest);
      g_assert_cmpint (EVP_DigestSignUpdate (context, "wo", 2), ==, 1);
      g_assert_cmpint (EVP_DigestSignUpdate (context, "rds", 3), ==, 1);
      g_assert_cmpint (EVP_DigestSignFinal (context, signature, &length), ==, 1);
      assert_one_signature (&card);
      assert_verifies (card.key->public_key, &schemes[i], signature, length);
      assert_verifies (card.evp, &schemes[i], signature, length);
      assert_one_signature (&card);
    }
}

static void
a_request_is_signed_with_one_card_signature (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (schemes); i++)
    {
      g_auto (Card) card = card_new (schemes[i].algorithm);
      g_autoptr (X509_REQ) request = X509_REQ_new ();
      g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
      EVP_PKEY_CTX *pkey_context = NULL;
      const X509_ALGOR *algorithm = NULL;

      g_assert_true (X509_REQ_set_version (request, X509_REQ_VERSION_1));
      g_assert_true (X509_REQ_set_pubkey (request, card.evp));
      g_assert_cmpint (
          EVP_DigestSignInit_ex (context, &pkey_context, schemes[i].digest, NULL, NULL, card.evp, NULL), ==,
          1);
      set_pss (pkey_context, schemes[i].pss, schemes[i].digest);
      g_assert_cmpint (X509_REQ_sign_ctx (request, context), >, 0);
      assert_one_signature (&card);
      g_assert_cmpint (X509_REQ_verify (request, card.key->public_key), ==, 1);
      X509_REQ_get0_signature (request, NULL, &algorithm);
      g_assert_cmpint (OBJ_obj2nid (algorithm->algorithm) == NID_rsassaPss, ==, schemes[i].pss);
    }
}

static X509_REQ *
reparse (X509_REQ *request)
{
  unsigned char *der = NULL;
  int length = i2d_X509_REQ (request, &der);
  const unsigned char *p = der;
  X509_REQ *parsed = d2i_X509_REQ (NULL, &p, length);

  g_assert_nonnull (parsed);
  OPENSSL_free (der);
  return parsed;
}

static void
a_request_survives_its_encoding (void)
{
  static const char *const algorithms[] = { "rsa-2048", "ec-p256" };

  for (gsize i = 0; i < G_N_ELEMENTS (algorithms); i++)
    {
      g_auto (Card) card = card_new (algorithms[i]);
      g_autoptr (X509_REQ) request = X509_REQ_new ();
      g_autoptr (X509_REQ) parsed = NULL;

      g_assert_true (X509_REQ_set_version (request, X509_REQ_VERSION_1));
      g_assert_true (X509_REQ_set_pubkey (request, card.evp));
      g_assert_cmpint (X509_REQ_sign (request, card.evp, EVP_sha256 ()), >, 0);
      assert_one_signature (&card);
      g_assert_cmpint (X509_REQ_verify (request, X509_REQ_get0_pubkey (request)), ==, 1);
      parsed = reparse (request);
      g_assert_cmpint (X509_REQ_verify (parsed, X509_REQ_get0_pubkey (parsed)), ==, 1);
      g_assert_cmpint (EVP_PKEY_eq (X509_REQ_get0_pubkey (parsed), card.evp), ==, 1);
    }
}

static void
cms_is_signed_with_one_card_signature (void)
{
  static const char *const algorithms[] = { "rsa-2048", "ec-p256" };

  for (gsize i = 0; i < G_N_ELEMENTS (algorithms); i++)
    {
      g_auto (Card) card = card_new (algorithms[i]);
      g_autoptr (GBytes) der = mock_certificate (card.key->public_key);
      g_autoptr (X509) certificate = mock_parse (der);
      g_autoptr (BIO) data = BIO_new_mem_buf ("words", 5);
      g_autoptr (CMS_ContentInfo) cms = NULL;

      cms = CMS_sign (certificate, card.evp, NULL, data, CMS_BINARY);
      g_assert_nonnull (cms);
      assert_one_signature (&card);
      g_assert_cmpint (CMS_verify (cms, NULL, NULL, NULL, NULL, CMS_NO_SIGNER_CERT_VERIFY), ==, 1);
    }
}

static void
the_key_looks_like_any_other (void)
{
  g_auto (Card) rsa = card_new ("rsa-2048");
  g_autoptr (BIO) out = BIO_new (BIO_s_mem ());

  g_assert_true (EVP_PKEY_is_a (rsa.evp, "RSA"));
  g_assert_cmpint (EVP_PKEY_get_bits (rsa.evp), ==, 2048);
  g_assert_cmpint (EVP_PKEY_get_size (rsa.evp), ==, 256);
  g_assert_cmpint (EVP_PKEY_eq (rsa.evp, rsa.key->public_key), ==, 1);
  g_assert_cmpint (EVP_PKEY_eq (rsa.key->public_key, rsa.evp), ==, 1);
  g_assert_true (PEM_write_bio_PUBKEY (out, rsa.evp));
}

static void
a_salt_of_another_length_is_refused (void)
{
  g_auto (Card) card = card_new ("rsa-2048");
  g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
  EVP_PKEY_CTX *pkey_context = NULL;

  g_assert_cmpint (EVP_DigestSignInit_ex (context, &pkey_context, "SHA256", NULL, NULL, card.evp, NULL), ==,
                   1);
  g_assert_cmpint (EVP_PKEY_CTX_set_rsa_padding (pkey_context, RSA_PKCS1_PSS_PADDING), ==, 1);
  g_assert_cmpint (EVP_PKEY_CTX_set_rsa_pss_saltlen (pkey_context, 32), ==, 1);
  g_assert_cmpint (EVP_PKEY_CTX_set_rsa_pss_saltlen (pkey_context, 20), <=, 0);
  g_assert_cmpint (EVP_PKEY_CTX_set_rsa_padding (pkey_context, RSA_NO_PADDING), <=, 0);
  ERR_clear_error ();
}

static void
the_private_part_is_not_to_be_had (void)
{
  g_auto (Card) card = card_new ("rsa-2048");
  g_autoptr (BIO) out = BIO_new (BIO_s_mem ());
  g_autoptr (BIGNUM) d = NULL;

  g_assert_false (EVP_PKEY_get_bn_param (card.evp, "d", &d));
  g_assert_false (PEM_write_bio_PrivateKey (out, card.evp, NULL, NULL, 0, NULL, NULL));
  ERR_clear_error ();
}

static void
other_keys_of_the_process_do_not_notice (void)
{
  g_auto (Card) card = card_new ("rsa-2048");
  g_autoptr (EVP_PKEY) software = EVP_RSA_gen (2048);
  g_autoptr (X509_REQ) request = X509_REQ_new ();

  g_assert_true (X509_REQ_set_version (request, X509_REQ_VERSION_1));
  g_assert_true (X509_REQ_set_pubkey (request, software));
  g_assert_cmpint (X509_REQ_sign (request, software, EVP_sha256 ()), >, 0);
  g_assert_cmpint (X509_REQ_verify (request, software), ==, 1);
  g_assert_cmpint (EVP_PKEY_eq (software, card.evp), ==, 0);
  g_assert_cmpuint (card.mock->entries[MOCK_SIGN].calls, ==, 0);
}

static void
a_failed_signature_leaves_the_tokens_error (void)
{
  g_auto (Card) card = card_new ("rsa-2048");
  g_autoptr (X509_REQ) request = X509_REQ_new ();
  g_autoptr (GError) error = NULL;

  card.mock->entries[MOCK_SIGN].answer = CKR_DEVICE_REMOVED;
  g_assert_true (X509_REQ_set_pubkey (request, card.evp));
  g_assert_cmpint (X509_REQ_sign (request, card.evp, EVP_sha256 ()), ==, 0);
  ERR_clear_error ();
  error = ce_keypair_take_error (card.token);
  g_assert_error (error, CE_ERROR, CE_ERROR_TOKEN_GONE);
  g_assert_cmpstr (error->message, ==, "token 'mock card': cannot sign: the card was taken out");
  g_assert_null (ce_keypair_take_error (card.token));
  g_assert_cmpuint (card.mock->entries[MOCK_SIGN].calls, ==, 1);
}

static void
an_algorithm_that_the_card_lacks_is_named_as_such (void)
{
  g_auto (Card) card = card_new ("ec-p256");
  g_autoptr (X509_REQ) request = X509_REQ_new ();
  g_autoptr (GError) error = NULL;

  card.mock->entries[MOCK_SIGN_INIT].answer = CKR_MECHANISM_INVALID;
  g_assert_true (X509_REQ_set_pubkey (request, card.evp));
  g_assert_cmpint (X509_REQ_sign (request, card.evp, EVP_sha256 ()), ==, 0);
  ERR_clear_error ();
  error = ce_keypair_take_error (card.token);
  g_assert_error (error, CE_ERROR, CE_ERROR_NOT_SUPPORTED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/provider/every-scheme-signs-with-one-card-signature",
                   every_scheme_signs_with_one_card_signature);
  g_test_add_func ("/provider/a-request-is-signed-with-one-card-signature",
                   a_request_is_signed_with_one_card_signature);
  g_test_add_func ("/provider/a-request-survives-its-encoding", a_request_survives_its_encoding);
  g_test_add_func ("/provider/cms-is-signed-with-one-card-signature", cms_is_signed_with_one_card_signature);
  g_test_add_func ("/provider/the-key-looks-like-any-other", the_key_looks_like_any_other);
  g_test_add_func ("/provider/a-salt-of-another-length-is-refused", a_salt_of_another_length_is_refused);
  g_test_add_func ("/provider/the-private-part-is-not-to-be-had", the_private_part_is_not_to_be_had);
  g_test_add_func ("/provider/other-keys-of-the-process-do-not-notice",
                   other_keys_of_the_process_do_not_notice);
  g_test_add_func ("/provider/a-failed-signature-leaves-the-tokens-error",
                   a_failed_signature_leaves_the_tokens_error);
  g_test_add_func ("/provider/an-algorithm-that-the-card-lacks-is-named-as-such",
                   an_algorithm_that_the_card_lacks_is_named_as_such);
  return g_test_run ();
}
