/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/ca/credential.h"
#include "mock-card.h"
#include "x509-maker.h"

#define MAX_ROUNDS 20

/* A card with a certificate for its key, and a server that may ask for one; they talk through memory. */
typedef struct
{
  MockControl *mock;
  CeToken *token;
  CeCardKey *key;
  EVP_PKEY *evp;
  GBytes *der;
  X509 *server_x509;
  const char *host; /* that the client wants to talk to; localhost unless told */
  SSL_CTX *client_context, *server_context;
  SSL *client, *server;
  int alert;
  gboolean refuse;
} Table;

static void
table_clear (Table *table)
{
  SSL_free (table->client);
  SSL_free (table->server);
  SSL_CTX_free (table->client_context);
  SSL_CTX_free (table->server_context);
  X509_free (table->server_x509);
  g_bytes_unref (table->der);
  EVP_PKEY_free (table->evp);
  ce_card_key_free (table->key);
  ce_token_free (table->token);
  ERR_clear_error ();
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Table, table_clear)

static int
judge (X509_STORE_CTX *context, void *data)
{
  const Table *table = data;

  X509_STORE_CTX_set_error (context, table->refuse ? X509_V_ERR_CERT_REVOKED : X509_V_OK);
  return !table->refuse;
}

static void
make_server (Table *table, int verify)
{
  g_autoptr (EVP_PKEY) key = maker_key ("P-256");

  table->server_x509 = maker_certificate (&(MakerCertificate){ .subject = "localhost", .key = key });
  table->server_context = SSL_CTX_new (TLS_server_method ());
  g_assert_cmpint (SSL_CTX_use_certificate (table->server_context, table->server_x509), ==, 1);
  g_assert_cmpint (SSL_CTX_use_PrivateKey (table->server_context, key), ==, 1);
  SSL_CTX_set_verify (table->server_context, verify, NULL);
  SSL_CTX_set_options (table->server_context, SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION);
  SSL_CTX_set_cert_verify_callback (table->server_context, judge, table);
  table->server = SSL_new (table->server_context);
}

static void
make_client (Table *table, int version)
{
  const CeCredential credential = { .certificate = table->der, .key = table->evp };
  g_autoptr (GError) error = NULL;

  table->client_context = SSL_CTX_new (TLS_client_method ());
  SSL_CTX_set_min_proto_version (table->client_context, version);
  SSL_CTX_set_max_proto_version (table->client_context, version);
  ce_credential_watch (table->client_context, &table->alert);
  SSL_CTX_set_verify (table->client_context, SSL_VERIFY_PEER, NULL);
  g_assert_cmpint (X509_STORE_add_cert (SSL_CTX_get_cert_store (table->client_context), table->server_x509), ==, 1);
  g_assert_true (ce_credential_use (&credential, table->host != NULL ? table->host : "localhost",
                                    table->client_context, &error));
  g_assert_no_error (error);
  table->client = SSL_new (table->client_context);
}

static void
set_table (Table *table, const char *algorithm, int version, int verify)
{
  g_autoptr (GError) error = NULL;
  BIO *one = NULL, *two = NULL;

  table->alert = -1;
  table->mock = mock_load ();
  table->token = mock_open_and_login ();
  table->key = mock_generate (table->token, algorithm);
  table->evp = ce_keypair_to_evp (table->token, table->key, &error);
  g_assert_no_error (error);
  table->der = mock_certificate (table->key->public_key);
  make_server (table, verify);
  make_client (table, version);
  g_assert_cmpint (BIO_new_bio_pair (&one, 0, &two, 0), ==, 1);
  SSL_set_bio (table->client, one, one);
  SSL_set_bio (table->server, two, two);
}

/* Both take their turns until neither can do more; the client reads on, for what comes after its handshake.
 */
static gboolean
talk (Table *table)
{
  char byte;

  for (guint i = 0; i < MAX_ROUNDS; i++)
    {
      SSL_connect (table->client);
      SSL_accept (table->server);
    }
  SSL_read (table->client, &byte, 1);
  return SSL_is_init_finished (table->client) && SSL_is_init_finished (table->server);
}

static const struct
{
  const char *algorithm;
  int version;
} cases[] = {
  { "rsa-2048", TLS1_2_VERSION },
  { "rsa-2048", TLS1_3_VERSION },
  { "ec-p256", TLS1_2_VERSION },
  { "ec-p256", TLS1_3_VERSION },
};

static void
one_card_signature_shows_who_connects (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Table) table = { 0 };
      g_autoptr (X509) seen = NULL;
      g_autoptr (GBytes) der = NULL;

      set_table (&table, cases[i].algorithm, cases[i].version,
                 SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
      g_assert_true (talk (&table));
      seen = SSL_get1_peer_certificate (table.server);
      g_assert_nonnull (seen);
      der = maker_der (seen);
      g_assert_true (g_bytes_equal (der, table.der));
      g_assert_cmpuint (table.mock->entries[MOCK_SIGN].calls, ==, 1);
      g_assert_cmpint (table.alert, ==, -1);
    }
}

static void
who_is_not_asked_signs_nothing (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Table) table = { 0 };

      set_table (&table, cases[i].algorithm, cases[i].version, SSL_VERIFY_NONE);
      g_assert_true (talk (&table));
      g_assert_cmpuint (table.mock->entries[MOCK_SIGN].calls, ==, 0);
    }
}

static void
a_server_of_another_name_is_shown_nothing (void)
{
  static const char *const others[] = { "ca1.lab.test", "localhost.lab.test", "127.0.0.1", "::1" };

  for (gsize i = 0; i < G_N_ELEMENTS (cases) * G_N_ELEMENTS (others); i++)
    {
      g_auto (Table) table = { .host = others[i % G_N_ELEMENTS (others)] };
      const gboolean address = g_hostname_is_ip_address (table.host);

      set_table (&table, cases[i / G_N_ELEMENTS (others)].algorithm, cases[i / G_N_ELEMENTS (others)].version,
                 SSL_VERIFY_PEER);
      g_assert_false (talk (&table));
      g_assert_cmpint (SSL_get_verify_result (table.client), ==,
                       address ? X509_V_ERR_IP_ADDRESS_MISMATCH : X509_V_ERR_HOSTNAME_MISMATCH);
      g_assert_cmpuint (table.mock->entries[MOCK_SIGN].calls, ==, 0);
    }
}

static void
a_name_may_end_with_a_dot (void)
{
  g_auto (Table) table = { .host = "LOCALHOST." };

  set_table (&table, "ec-p256", TLS1_3_VERSION, SSL_VERIFY_PEER);
  g_assert_true (talk (&table));
}

/* Windows' web server has seen the path by then. */
static void
ask_late (Table *table, int version)
{
  char byte;

  SSL_set_verify (table->server, SSL_VERIFY_PEER, NULL);
  if (version == TLS1_3_VERSION)
    g_assert_cmpint (SSL_verify_client_post_handshake (table->server), ==, 1);
  else
    g_assert_cmpint (SSL_renegotiate (table->server), ==, 1);
  for (guint i = 0; i < MAX_ROUNDS; i++)
    {
      SSL_do_handshake (table->server);
      SSL_read (table->client, &byte, 1);
      SSL_read (table->server, &byte, 1);
    }
}

static void
who_is_asked_late_answers_too (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Table) table = { 0 };
      g_autoptr (X509) seen = NULL;

      set_table (&table, cases[i].algorithm, cases[i].version, SSL_VERIFY_NONE);
      g_assert_true (talk (&table));
      g_assert_cmpuint (table.mock->entries[MOCK_SIGN].calls, ==, 0);
      ask_late (&table, cases[i].version);
      seen = SSL_get1_peer_certificate (table.server);
      g_assert_nonnull (seen);
      g_assert_cmpuint (table.mock->entries[MOCK_SIGN].calls, ==, 1);
    }
}

static void
a_refusal_is_told_in_words (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Table) table = { .refuse = TRUE };

      set_table (&table, cases[i].algorithm, cases[i].version, SSL_VERIFY_PEER);
      g_assert_false (talk (&table));
      g_assert_cmpint (table.alert, ==, SSL_AD_CERTIFICATE_REVOKED);
      g_assert_cmpstr (ce_credential_refusal (table.alert), ==, "certificate revoked");
    }
  g_assert_null (ce_credential_refusal (SSL_AD_PROTOCOL_VERSION));
  g_assert_null (ce_credential_refusal (-1));
}

static void
a_card_that_fails_says_why (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Table) table = { 0 };
      g_autoptr (GError) error = NULL;

      set_table (&table, cases[i].algorithm, cases[i].version, SSL_VERIFY_PEER);
      table.mock->entries[MOCK_SIGN].answer = CKR_DEVICE_REMOVED;
      g_assert_false (talk (&table));
      error = ce_keypair_take_error (table.token);
      g_assert_error (error, CE_ERROR, CE_ERROR_TOKEN_GONE);
    }
}

static void
a_certificate_of_another_key_is_not_shown (void)
{
  g_autoptr (EVP_PKEY) other = maker_key ("P-256");
  g_autoptr (GBytes) der = mock_certificate (other);
  g_auto (Table) table = { 0 };
  g_autoptr (GError) error = NULL;

  set_table (&table, "ec-p256", TLS1_3_VERSION, SSL_VERIFY_PEER);
  mock_assert_fails (ce_credential_use (&(CeCredential){ .certificate = der, .key = table.evp },
                                        "localhost", table.client_context, &error),
                     &error, CE_ERROR_FAILED, "client certificate");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/card-tls/one-card-signature-shows-who-connects", one_card_signature_shows_who_connects);
  g_test_add_func ("/card-tls/who-is-not-asked-signs-nothing", who_is_not_asked_signs_nothing);
  g_test_add_func ("/card-tls/a-server-of-another-name-is-shown-nothing", a_server_of_another_name_is_shown_nothing);
  g_test_add_func ("/card-tls/a-name-may-end-with-a-dot", a_name_may_end_with_a_dot);
  g_test_add_func ("/card-tls/who-is-asked-late-answers-too", who_is_asked_late_answers_too);
  g_test_add_func ("/card-tls/a-refusal-is-told-in-words", a_refusal_is_told_in_words);
  g_test_add_func ("/card-tls/a-card-that-fails-says-why", a_card_that_fails_says_why);
  g_test_add_func ("/card-tls/a-certificate-of-another-key-is-not-shown",
                   a_certificate_of_another_key_is_not_shown);
  return g_test_run ();
}
