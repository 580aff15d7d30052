/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Drives pkcs11/ by hand and for the card test: p11-drive [--module M] READER COMMAND…, the PIN on standard input.
 * Its CA is a key that it makes up. Errors: "name: message" on standard error. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/error.h"
#include "agent/base/text.h"
#include "pkcs11/keypair.h"
#include "pkcs11/store.h"
#include "pkcs11/token.h"

static gboolean
info (CeToken *token, const char *argument, GError **error)
{
  const CeTokenInfo *i = ce_token_info (token);
  g_autofree char *uri = ce_token_uri (token);
  CeTokenAbilities abilities;

  (void) argument;
  (void) error;
  ce_token_abilities (token, &abilities);
  printf ("reader: %s\nmodule: %s\nlabel: %s\nmanufacturer: %s\nmodel: %s\nserial: %s\nuri: %s\n", i->reader,
          i->module_path, i->label, i->manufacturer, i->model, i->serial, uri);
  printf ("flags:%s%s%s%s%s%s%s\npin: %u to %u, tries left %d\n", i->initialized ? " initialized" : "",
          i->login_required ? " login-required" : "", i->pin_set ? " pin-set" : "",
          i->pin_pad ? " pin-pad" : "", i->pin_count_low ? " count-low" : "",
          i->pin_final_try ? " final-try" : "", i->pin_locked ? " locked" : "", i->pin_min, i->pin_max,
          i->tries_left);
  printf ("makes: rsa %u to %u%s%s\n", abilities.min_rsa_bits, abilities.max_rsa_bits,
          abilities.ec_p256 ? ", ec-p256" : "", abilities.ec_p384 ? ", ec-p384" : "");
  return TRUE;
}

static void
print_key (const CeCardKey *key)
{
  g_autofree char *id = ce_hex (g_bytes_get_data (key->id, NULL), g_bytes_get_size (key->id));

  printf ("key: %s id=%s label=%s%s%s%s public-key=%.16s\n", key->algorithm, id, key->label,
          key->has_private ? " private" : "", key->has_public ? " public" : "",
          key->always_authenticate ? " always-authenticate" : "", key->public_key_id);
}

static gboolean
list (CeToken *token, const char *argument, GError **error)
{
  g_autoptr (CeInventory) inventory = ce_token_read (token, error);

  (void) argument;
  if (inventory == NULL)
    return FALSE;
  for (guint i = 0; i < inventory->keys->len; i++)
    print_key (g_ptr_array_index (inventory->keys, i));
  for (guint i = 0; i < inventory->certificates->len; i++)
    {
      const CeCardCertificate *certificate = g_ptr_array_index (inventory->certificates, i);
      g_autofree char *id
          = ce_hex (g_bytes_get_data (certificate->id, NULL), g_bytes_get_size (certificate->id));

      printf ("certificate: id=%s label=%s bytes=%zu %s public-key=%.16s\n", id, certificate->label,
              g_bytes_get_size (certificate->der), certificate->key != NULL ? "with-key" : "without-key",
              certificate->public_key_id);
    }
  printf ("other: %u\n", inventory->other_objects);
  return TRUE;
}

static gboolean
login (CeToken *token, const char *argument, GError **error)
{
  CePin *pin = NULL;

  if (!ce_token_info (token)->pin_pad && (pin = ce_pin_read_fd (dup (STDIN_FILENO), error)) == NULL)
    return FALSE;
  return ce_token_login (token, pin, g_strcmp0 (argument, "last-try") == 0, error);
}

/* A certificate for the request's key, by a CA that lives for this call. */
static GBytes *
issue (X509_REQ *request)
{
  g_autoptr (EVP_PKEY) ca = EVP_EC_gen ("P-256");
  g_autoptr (X509) certificate = X509_new ();
  g_autoptr (X509_NAME) name = X509_NAME_new ();
  unsigned char *der = NULL;
  GBytes *bytes;
  int length;

  X509_NAME_add_entry_by_txt (name, "CN", MBSTRING_UTF8, (const unsigned char *) "Drive CA", -1, -1, 0);
  ASN1_INTEGER_set (X509_get_serialNumber (certificate), 4711);
  X509_set_version (certificate, X509_VERSION_3);
  X509_gmtime_adj (X509_getm_notBefore (certificate), 0);
  X509_gmtime_adj (X509_getm_notAfter (certificate), 3600);
  X509_set_issuer_name (certificate, name);
  X509_set_subject_name (certificate, X509_REQ_get_subject_name (request));
  X509_set_pubkey (certificate, X509_REQ_get0_pubkey (request));
  X509_sign (certificate, ca, EVP_sha256 ());
  length = i2d_X509 (certificate, &der);
  bytes = g_bytes_new (der, (gsize) length);
  OPENSSL_free (der);
  return bytes;
}

static X509_REQ *
request (CeToken *token, EVP_PKEY *key, GError **error)
{
  g_autoptr (X509_REQ) req = X509_REQ_new ();
  X509_NAME *name = X509_REQ_get_subject_name (req);
  GError *token_error;

  X509_NAME_add_entry_by_txt (name, "CN", MBSTRING_UTF8, (const unsigned char *) "drive", -1, -1, 0);
  if (X509_REQ_set_version (req, X509_REQ_VERSION_1) && X509_REQ_set_pubkey (req, key)
      && X509_REQ_sign (req, key, EVP_sha256 ()) && X509_REQ_verify (req, X509_REQ_get0_pubkey (req)) == 1)
    return g_steal_pointer (&req);
  token_error = ce_keypair_take_error (token);
  if (token_error != NULL)
    g_propagate_error (error, token_error);
  else
    ce_openssl_error (error, CE_ERROR_FAILED, "request");
  return NULL;
}

static gboolean
enroll (CeToken *token, const char *algorithm, GError **error)
{
  g_autoptr (CeCardKey) key = NULL;
  g_autoptr (EVP_PKEY) evp = NULL;
  g_autoptr (X509_REQ) req = NULL;
  g_autoptr (GBytes) der = NULL;
  g_autoptr (X509) certificate = NULL;
  CeKeyUse use = g_str_has_prefix (algorithm, "rsa") ? CE_KEY_USE_SIGN | CE_KEY_USE_DECRYPT : CE_KEY_USE_SIGN;
  const guint8 *p;

  if (!login (token, NULL, error) || !ce_keypair_generate (token, algorithm, use, "drive", &key, error))
    return FALSE;
  print_key (key);
  evp = ce_keypair_to_evp (token, key, error);
  if (evp == NULL || (req = request (token, evp, error)) == NULL)
    return FALSE;
  der = issue (req);
  p = g_bytes_get_data (der, NULL);
  certificate = d2i_X509 (NULL, &p, (long) g_bytes_get_size (der));
  return ce_store_certificate (token, key, der, "drive", error)
         && ce_keypair_prove (token, key, certificate, error);
}

/* Deletes every certificate and every key pair. */
static gboolean
clear (CeToken *token, const char *argument, GError **error)
{
  g_autoptr (CeInventory) inventory = NULL;

  if (!login (token, argument, error) || (inventory = ce_token_read (token, error)) == NULL)
    return FALSE;
  for (guint i = 0; i < inventory->certificates->len; i++)
    {
      const CeCardCertificate *certificate = g_ptr_array_index (inventory->certificates, i);

      if (!ce_store_delete_certificate (token, certificate->der, error))
        return FALSE;
    }
  for (guint i = 0; i < inventory->keys->len; i++)
    if (!ce_store_delete_keypair (
            token, ((CeCardKey *) g_ptr_array_index (inventory->keys, i))->public_key_id, error))
      return FALSE;
  return TRUE;
}

static const struct
{
  const char *name;
  gboolean (*run) (CeToken *token, const char *argument, GError **error);
} commands[] = {
  { "info", info }, { "list", list }, { "login", login }, { "enroll", enroll }, { "clear", clear },
};

/* Each argument is a command, or "command=argument". */
static gboolean
run (CeToken *token, const char *text, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, "=", 2);

  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (commands[i].name, parts[0]))
      return commands[i].run (token, parts[1], error);
  g_set_error (error, CE_ERROR, CE_ERROR_USAGE, "no command '%s'", text);
  return FALSE;
}

int
main (int argc, char **argv)
{
  gboolean named = argc > 2 && g_str_equal (argv[1], "--module");
  int first = named ? 3 : 1;
  g_autoptr (GError) error = NULL;
  g_autoptr (CeToken) token = NULL;

  if (argc < first + 2)
    return CE_EXIT_USAGE;
  token = ce_token_open (argv[first], named ? argv[2] : NULL, &error);
  for (int i = first + 1; token != NULL && error == NULL && i < argc; i++)
    run (token, argv[i], &error);
  if (error == NULL)
    return CE_EXIT_DONE;
  fprintf (stderr, "%s: %s\n", ce_error_name (ce_error_code (error)), error->message);
  return (int) ce_error_exit_code (ce_error_code (error));
}
