/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/ca/credential.h"

#include <string.h>

static X509 *
parse (GBytes *der)
{
  gsize length;
  const unsigned char *at = g_bytes_get_data (der, &length);

  return d2i_X509 (NULL, &at, (long) length);
}

/* Not the root: who trusts it has it. */
static gboolean
add_chain (const CeCredential *credential, X509 *leaf, SSL_CTX *tls)
{
  g_autoptr (X509) below = leaf;
  gboolean found = TRUE;

  X509_up_ref (leaf);
  for (guint depth = 0; found && depth < 8 && credential->chain != NULL; depth++)
    {
      found = FALSE;
      for (guint i = 0; !found && i < credential->chain->len; i++)
        {
          g_autoptr (X509) x509 = parse (credential->chain->pdata[i]);

          found = x509 != NULL && X509_check_issued (x509, below) == X509_V_OK
                  && X509_check_issued (x509, x509) != X509_V_OK;
          if (!found)
            continue;
          if (SSL_CTX_add1_chain_cert (tls, x509) != 1)
            return FALSE;
          X509_free (below);
          below = g_steal_pointer (&x509);
        }
    }
  ERR_clear_error ();
  return TRUE;
}

/* libcurl compares the name only after the handshake: the card would have signed by then, for whoever has a
 * certificate of any name. */
static gboolean
expect_host (SSL_CTX *tls, const char *host)
{
  X509_VERIFY_PARAM *expected = SSL_CTX_get0_param (tls);
  g_autofree char *name = g_hostname_to_ascii (host);

  if (g_hostname_is_ip_address (host))
    return X509_VERIFY_PARAM_set1_ip_asc (expected, host) == 1;
  if (name != NULL && g_str_has_suffix (name, "."))
    name[strlen (name) - 1] = '\0';
  X509_VERIFY_PARAM_set_hostflags (expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return name != NULL && *name != '\0' && X509_VERIFY_PARAM_set1_host (expected, name, 0) == 1;
}

gboolean
ce_credential_use (const CeCredential *credential, const char *host, SSL_CTX *tls, GError **error)
{
  g_autoptr (X509) x509 = parse (credential->certificate);

  if (x509 == NULL || !expect_host (tls, host) || SSL_CTX_use_certificate (tls, x509) != 1
      || SSL_CTX_use_PrivateKey (tls, credential->key) != 1 || !add_chain (credential, x509, tls))
    return ce_openssl_error (error, CE_ERROR_FAILED, "the client certificate cannot be shown");
  /* Windows' web server asks for it only when it has seen the path. */
  SSL_CTX_set_post_handshake_auth (tls, 1);
  return TRUE;
}

static int
alert_index (void)
{
  static gsize once;
  static int number;

  if (g_once_init_enter (&once))
    {
      number = SSL_CTX_get_ex_new_index (0, NULL, NULL, NULL, NULL);
      g_once_init_leave (&once, 1);
    }
  return number;
}

static void
note_alert (const SSL *ssl, int where, int value)
{
  int *alert = SSL_CTX_get_ex_data (SSL_get_SSL_CTX (ssl), alert_index ());

  if (alert != NULL && (where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && value >> 8 == SSL3_AL_FATAL)
    *alert = value & 0xff;
}

void
ce_credential_watch (SSL_CTX *tls, int *alert)
{
  SSL_CTX_set_ex_data (tls, alert_index (), alert);
  SSL_CTX_set_info_callback (tls, note_alert);
}

const char *
ce_credential_refusal (int alert)
{
  static const int refusals[] = {
    SSL_AD_BAD_CERTIFICATE,     SSL_AD_UNSUPPORTED_CERTIFICATE, SSL_AD_CERTIFICATE_REVOKED,
    SSL_AD_CERTIFICATE_EXPIRED, SSL_AD_CERTIFICATE_UNKNOWN,     SSL_AD_UNKNOWN_CA,
    SSL_AD_ACCESS_DENIED,       SSL_AD_DECRYPT_ERROR,           TLS13_AD_CERTIFICATE_REQUIRED,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (refusals); i++)
    if (refusals[i] == alert)
      return SSL_alert_desc_string_long (alert);
  return NULL;
}
