/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mock-card.h"

#include <dlfcn.h>
#include <string.h>

#include "agent/base/error.h"

MockControl *
mock_load (void)
{
  static MockControl *(*reset) (void);

  if (reset == NULL)
    {
      void *module = dlopen (MOCK_MODULE, RTLD_NOW | RTLD_NODELETE);

      g_assert_nonnull (module);
      reset = (MockControl * (*) (void) ) dlsym (module, "mock_reset");
      g_assert_nonnull (reset);
    }
  mock_pcsc_reset ();
  return reset ();
}

CeToken *
mock_open (void)
{
  g_autoptr (GError) error = NULL;
  CeToken *token = ce_token_open (MOCK_READER, MOCK_MODULE, &error);

  g_assert_no_error (error);
  g_assert_nonnull (token);
  return token;
}

CePin *
mock_pin (const char *text)
{
  g_autoptr (GError) error = NULL;
  CePin *pin = ce_pin_new (text, strlen (text), &error);

  g_assert_no_error (error);
  return pin;
}

CeToken *
mock_open_and_login (void)
{
  g_autoptr (GError) error = NULL;
  CeToken *token = mock_open ();

  ce_token_login (token, mock_pin (MOCK_PIN), FALSE, &error);
  g_assert_no_error (error);
  return token;
}

CeCardKey *
mock_generate (CeToken *token, const char *algorithm)
{
  g_autoptr (GError) error = NULL;
  CeCardKey *key = NULL;

  ce_keypair_generate (token, algorithm, CE_KEY_USE_SIGN, "a key", &key, &error);
  g_assert_no_error (error);
  g_assert_nonnull (key);
  return key;
}

GBytes *
mock_certificate (EVP_PKEY *key)
{
  g_autoptr (EVP_PKEY) ca = EVP_EC_gen ("P-256");
  g_autoptr (X509) certificate = X509_new ();
  g_autoptr (X509_NAME) name = X509_NAME_new ();
  unsigned char *der = NULL;
  GBytes *bytes;
  int length;

  X509_NAME_add_entry_by_txt (name, "CN", MBSTRING_UTF8, (const unsigned char *) "Mock CA", -1, -1, 0);
  ASN1_INTEGER_set (X509_get_serialNumber (certificate), 4711);
  X509_gmtime_adj (X509_getm_notBefore (certificate), 0);
  X509_gmtime_adj (X509_getm_notAfter (certificate), 3600);
  X509_set_issuer_name (certificate, name);
  X509_set_subject_name (certificate, name);
  g_assert_true (X509_set_pubkey (certificate, key));
  g_assert_cmpint (X509_sign (certificate, ca, EVP_sha256 ()), >, 0);
  length = i2d_X509 (certificate, &der);
  bytes = g_bytes_new (der, (gsize) length);
  OPENSSL_free (der);
  return bytes;
}

X509 *
mock_parse (GBytes *der)
{
  const guint8 *p = g_bytes_get_data (der, NULL);
  X509 *certificate = d2i_X509 (NULL, &p, (long) g_bytes_get_size (der));

  g_assert_nonnull (certificate);
  return certificate;
}

void
mock_card_fill (MockCard *card, const char *algorithm)
{
  card->token = mock_open_and_login ();
  card->key = mock_generate (card->token, algorithm);
  card->der = mock_certificate (card->key->public_key);
  card->certificate = mock_parse (card->der);
}

void
mock_card_clear (MockCard *card)
{
  g_clear_pointer (&card->certificate, X509_free);
  g_clear_pointer (&card->der, g_bytes_unref);
  g_clear_pointer (&card->key, ce_card_key_free);
  g_clear_pointer (&card->token, ce_token_free);
}

void
mock_assert_fails (gboolean result, GError **error, CeErrorCode code, const char *words)
{
  g_assert_false (result);
  g_assert_error (*error, CE_ERROR, (gint) code);
  if (strstr ((*error)->message, words) == NULL)
    g_error ("'%s' does not say '%s'", (*error)->message, words);
  g_clear_error (error);
}
