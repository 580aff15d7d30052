/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/vcard/cvc.h"
#include "tests/vcard/test-util.h"
#include "tests/vcard/tlv.h"

#include <openssl/core_names.h>
#include <openssl/rsa.h>

static VcStatus
use_key (VcCard *card, const char *header, VcBytes data, VcBuf *out)
{
  VC_AUTOBUF command = { 0 };

  vc_test_build (&command, header, data, 512);
  return vc_test_send_bytes (card, vc_buf_bytes (&command), out);
}

static VcBytes
hash_of (const EVP_MD *md, uint8_t hash[EVP_MAX_MD_SIZE])
{
  unsigned len;

  g_assert_true (EVP_Digest ("message", 7, hash, &len, md, NULL));
  return (VcBytes){ hash, len };
}

/* Whether @signature, made by the card, is @key's over the hash of "message". */
static gboolean
verifies (EVP_PKEY *key, int padding, const EVP_MD *md, const VcBuf *signature)
{
  VC_AUTOPTR (EVP_PKEY_CTX) ctx = EVP_PKEY_CTX_new (key, NULL);
  uint8_t hash[EVP_MAX_MD_SIZE];
  VcBytes digest = hash_of (md, hash);

  g_assert_cmpint (EVP_PKEY_verify_init (ctx), >, 0);
  if (padding != 0)
    g_assert_cmpint (EVP_PKEY_CTX_set_rsa_padding (ctx, padding), >, 0);
  g_assert_cmpint (EVP_PKEY_CTX_set_signature_md (ctx, md), >, 0);
  return EVP_PKEY_verify (ctx, signature->data, signature->len, digest.data, digest.len) == 1;
}

static VcBytes
dig (VcBytes from, unsigned tag)
{
  VcBytes value;

  g_assert_true (vc_tlv_find (from, tag, &value));
  return value;
}

static void
test_request_carries_public_key_rsa (void)
{
  VC_AUTOPTR (VcCard) card = vc_test_card_ready ();
  VC_AUTOBUF out = { 0 };
  VC_AUTOBUF modulus = { 0 };
  VcBytes request, body, key;

  vc_assert_sw (vc_test_generate_rsa (card, 1, 2048, &out), VC_SW_OK);
  request = dig (vc_buf_bytes (&out), VC_TAG_REQUEST);
  body = dig (dig (request, VC_TAG_CVC), VC_TAG_CVC_BODY);
  key = dig (body, VC_TAG_PUBLIC_KEY);
  g_assert_true (vc_key_append_modulus (card->keys[1], &modulus));
  g_assert_true (vc_bytes_equal (dig (key, 0x81), vc_buf_bytes (&modulus)));
  g_assert_cmpuint (dig (key, 0x82).len, ==, 3);
  g_assert_true (vc_bytes_equal (dig (body, VC_TAG_CHR), vc_bytes_from_text ("TEST000100001")));
  g_assert_cmpuint (dig (request, VC_TAG_SIGNATURE).len, ==, 64);
}

static void
test_request_carries_public_key_ec (gconstpointer data)
{
  const char *curve = data;
  VC_AUTOPTR (VcCard) card = vc_test_card_ready ();
  VC_AUTOBUF out = { 0 };
  VC_AUTOBUF point = { 0 };
  VC_AUTOBUF signature = { 0 };
  uint8_t hash[EVP_MAX_MD_SIZE];
  VcBytes key;

  vc_assert_sw (vc_test_generate_ec (card, 7, curve, &out), VC_SW_OK);
  key = dig (dig (dig (dig (vc_buf_bytes (&out), VC_TAG_REQUEST), VC_TAG_CVC), VC_TAG_CVC_BODY),
             VC_TAG_PUBLIC_KEY);
  g_assert_true (vc_key_append_point (card->keys[7], &point));
  g_assert_true (vc_bytes_equal (dig (key, 0x86), vc_buf_bytes (&point)));
  g_assert_cmpuint (dig (key, 0x81).len * 2 + 1, ==, point.len);
  g_assert_cmpuint (dig (key, 0x87).len, ==, 1);
  vc_assert_sw (use_key (card, "80680770", hash_of (EVP_sha256 (), hash), &signature), VC_SW_OK);
  g_assert_true (verifies (card->keys[7], 0, EVP_sha256 (), &signature));
}

static void
test_generate_refuses (void)
{
  VC_AUTOPTR (VcCard) card = vc_test_card_ready ();

  vc_assert_sw (vc_test_generate_rsa (card, 1, 512, NULL), VC_SW_WRONG_DATA);
  vc_assert_sw (vc_test_generate_rsa (card, 1, 2047, NULL), VC_SW_WRONG_DATA);
  vc_assert_sw (vc_test_generate_rsa (card, 1, 16384, NULL), VC_SW_WRONG_DATA);
  vc_assert_sw (vc_test_generate_ec (card, 1, "secp224r1", NULL), VC_SW_WRONG_DATA);
  vc_assert_sw (vc_test_generate_ec (card, 0, "prime256v1", NULL), VC_SW_WRONG_P1P2);
  vc_assert_sw (vc_test_send (card, "0046010000", NULL), VC_SW_WRONG_DATA);
  vc_assert_sw (vc_test_send (card, VC_SELECT, NULL), VC_SW_OK);
  vc_assert_sw (vc_test_generate_ec (card, 1, "prime256v1", NULL), VC_SW_NOT_AUTHENTICATED);
  g_assert_cmpuint (vc_card_count_keys (card), ==, 0);
}

static bool
give_up (void *data)
{
  unsigned *asked = data;

  (*asked)++;
  return false;
}

static void
test_generation_given_up (void)
{
  VC_AUTOPTR (VcCard) card = vc_test_card_ready ();
  unsigned asked = 0;

  card->keep_going = give_up;
  card->keep_going_data = &asked;
  card->dirty = false;
  vc_assert_sw (vc_test_generate_rsa (card, 1, 2048, NULL), VC_SW_INTERNAL);
  g_assert_cmpuint (asked, >, 0);
  g_assert_null (card->keys[1]);
  g_assert_false (card->dirty);
}

static void
assert_rsa_signature (VcCard *card, const char *header, VcBytes data, int padding)
{
  VC_AUTOBUF signature = { 0 };

  vc_assert_sw (use_key (card, header, data, &signature), VC_SW_OK);
  g_assert_true (verifies (card->keys[1], padding, EVP_sha256 (), &signature));
}

static void
test_rsa_signatures (void)
{
  VC_AUTOPTR (VcCard) card = vc_test_card_ready ();
  VC_AUTOBUF info = { 0 };
  VC_AUTOBUF block = { 0 };
  uint8_t hash[EVP_MAX_MD_SIZE];
  VcBytes digest = hash_of (EVP_sha256 (), hash);

  vc_assert_sw (vc_test_generate_rsa (card, 1, 2048, NULL), VC_SW_OK);
  vc_test_hex ("3031300D060960864801650304020105000420", &info);
  vc_buf_append_bytes (&info, digest);
  vc_test_hex ("0001", &block);
  memset (vc_buf_extend (&block, 256 - 3 - info.len), 0xFF, 256 - 3 - info.len);
  vc_buf_append_byte (&block, 0);
  vc_buf_append_bytes (&block, vc_buf_bytes (&info));

  assert_rsa_signature (card, "80680120", vc_buf_bytes (&block), RSA_PKCS1_PADDING);
  assert_rsa_signature (card, "80680130", vc_buf_bytes (&info), RSA_PKCS1_PADDING);
  assert_rsa_signature (card, "80680133", vc_bytes_from_text ("message"), RSA_PKCS1_PADDING);
  assert_rsa_signature (card, "80680140", digest, RSA_PKCS1_PSS_PADDING);
  assert_rsa_signature (card, "80680143", vc_bytes_from_text ("message"), RSA_PKCS1_PSS_PADDING);
  /* As by real cards: a DigestInfo is no hash. */
  vc_assert_sw (use_key (card, "80680140", vc_buf_bytes (&info), NULL), VC_SW_WRONG_DATA);
}

static void
test_sign_refuses (void)
{
  VC_AUTOPTR (VcCard) card = vc_test_card_ready ();
  VcBytes data = vc_bytes_from_text ("0123456789abcdef0123456789abcdef");

  vc_assert_sw (vc_test_generate_ec (card, 1, "prime256v1", NULL), VC_SW_OK);
  vc_assert_sw (vc_test_generate_rsa (card, 2, 1024, NULL), VC_SW_OK);
  vc_assert_sw (use_key (card, "80680330", data, NULL), VC_SW_KEY_NOT_FOUND);
  vc_assert_sw (use_key (card, "80680130", data, NULL), VC_SW_WRONG_P1P2);
  vc_assert_sw (use_key (card, "80680270", data, NULL), VC_SW_WRONG_P1P2);
  vc_assert_sw (use_key (card, "80680250", data, NULL), VC_SW_WRONG_P1P2);
  vc_assert_sw (use_key (card, "80680239", data, NULL), VC_SW_WRONG_P1P2);
  vc_assert_sw (use_key (card, "80680220", data, NULL), VC_SW_WRONG_DATA);
  vc_assert_sw (vc_test_send (card, "8068023000", NULL), VC_SW_WRONG_LENGTH);
  vc_assert_sw (vc_test_send (card, VC_SELECT, NULL), VC_SW_OK);
  vc_assert_sw (use_key (card, "80680230", data, NULL), VC_SW_NOT_AUTHENTICATED);
}

static void
test_decipher (void)
{
  VC_AUTOPTR (VcCard) card = vc_test_card_ready ();
  VC_AUTOBUF clear = { 0 };
  VC_AUTOBUF secret = { 0 };
  VC_AUTOBUF out = { 0 };
  size_t len = 128;

  vc_assert_sw (vc_test_generate_rsa (card, 1, 1024, NULL), VC_SW_OK);
  memset (vc_buf_extend (&clear, 128), 0x11, 128);
  {
    VC_AUTOPTR (EVP_PKEY_CTX) ctx = EVP_PKEY_CTX_new (card->keys[1], NULL);

    g_assert_cmpint (EVP_PKEY_encrypt_init (ctx), >, 0);
    g_assert_cmpint (EVP_PKEY_CTX_set_rsa_padding (ctx, RSA_NO_PADDING), >, 0);
    g_assert_cmpint (EVP_PKEY_encrypt (ctx, vc_buf_extend (&secret, 128), &len, clear.data, clear.len), >, 0);
  }
  vc_assert_sw (use_key (card, "80620121", vc_buf_bytes (&secret), &out), VC_SW_OK);
  g_assert_true (vc_bytes_equal (vc_buf_bytes (&out), vc_buf_bytes (&clear)));
  vc_assert_sw (use_key (card, "80620180", vc_buf_bytes (&secret), NULL), VC_SW_WRONG_P1P2);
  vc_buf_truncate (&secret, 127);
  vc_assert_sw (use_key (card, "80620121", vc_buf_bytes (&secret), NULL), VC_SW_WRONG_LENGTH);
}

static void
test_derive (void)
{
  VC_AUTOPTR (VcCard) card = vc_test_card_ready ();
  VC_AUTOPTR (EVP_PKEY) other = EVP_EC_gen ("prime256v1");
  VC_AUTOPTR (EVP_PKEY_CTX) ctx = EVP_PKEY_CTX_new (other, NULL);
  VC_AUTOBUF point = { 0 };
  VC_AUTOBUF out = { 0 };
  uint8_t shared[32];
  size_t len = sizeof shared;

  vc_assert_sw (vc_test_generate_ec (card, 1, "prime256v1", NULL), VC_SW_OK);
  g_assert_true (vc_key_append_point (other, &point));
  vc_assert_sw (use_key (card, "80620180", vc_buf_bytes (&point), &out), VC_SW_OK);
  g_assert_cmpint (EVP_PKEY_derive_init (ctx), >, 0);
  g_assert_cmpint (EVP_PKEY_derive_set_peer (ctx, card->keys[1]), >, 0);
  g_assert_cmpint (EVP_PKEY_derive (ctx, shared, &len), >, 0);
  g_assert_cmpuint (out.len, ==, 65);
  vc_assert_bytes (((VcBytes){ out.data + 1, 32 }), ((VcBytes){ shared, len }));
  vc_assert_sw (use_key (card, "80620180", vc_bytes_from_text ("no point"), NULL), VC_SW_WRONG_DATA);
}

static void
test_delete (void)
{
  VC_AUTOPTR (VcCard) card = vc_test_card_ready ();

  vc_assert_sw (vc_test_generate_ec (card, 200, "prime256v1", NULL), VC_SW_OK);
  vc_assert_sw (vc_test_send (card, "00E4020002CCC8", NULL), VC_SW_OK);
  g_assert_cmpuint (vc_card_count_keys (card), ==, 0);
}

int
main (int argc, char **argv)
{
  static const char *const curves[]
      = { "prime256v1", "secp384r1", "secp521r1", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1" };

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/vcard/key/generate/rsa", test_request_carries_public_key_rsa);
  for (size_t i = 0; i < G_N_ELEMENTS (curves); i++)
    {
      g_autofree char *path = g_strconcat ("/vcard/key/generate/", curves[i], NULL);

      g_test_add_data_func (path, curves[i], test_request_carries_public_key_ec);
    }
  g_test_add_func ("/vcard/key/generate/refuses-what-the-card-does-not-have", test_generate_refuses);
  g_test_add_func ("/vcard/key/generate/given-up-leaves-no-key", test_generation_given_up);
  g_test_add_func ("/vcard/key/sign/rsa-raw-pkcs1-and-pss", test_rsa_signatures);
  g_test_add_func ("/vcard/key/sign/refuses", test_sign_refuses);
  g_test_add_func ("/vcard/key/decipher", test_decipher);
  g_test_add_func ("/vcard/key/derive", test_derive);
  g_test_add_func ("/vcard/key/delete", test_delete);
  return g_test_run ();
}
