/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/sources/local-trust.h"

#include <openssl/pem.h>
#include <string.h>

#include "agent/base/openssl.h"

#define MAX_FILE_BYTES (4 * 1024 * 1024)
#define MAX_CERTIFICATES 256

static gboolean
is_self_signed (X509 *x509)
{
  return X509_self_signed (x509, 1) == 1;
}

static GBytes *
to_der (const X509 *x509)
{
  unsigned char *der = NULL;
  int length = i2d_X509 (x509, &der);
  GBytes *bytes = length > 0 ? g_bytes_new (der, (gsize) length) : NULL;

  OPENSSL_free (der);
  return bytes;
}

static void
add (GPtrArray *list, GBytes *der)
{
  if (der != NULL && list->len < MAX_CERTIFICATES
      && !g_ptr_array_find_with_equal_func (list, der, (GEqualFunc) g_bytes_equal, NULL))
    g_ptr_array_add (list, g_bytes_ref (der));
}

gboolean
ce_trust_file (CePolicy *policy, const char *path, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) reason = NULL;
  g_autoptr (BIO) bio = NULL;
  gsize length = 0;
  guint n = 0;

  if (path == NULL)
    return TRUE;
  if (!g_file_get_contents (path, &text, &length, &reason) || length > MAX_FILE_BYTES)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_MISCONFIGURED, "%s",
                   reason != NULL ? reason->message : "the file is too long");
      return FALSE;
    }
  bio = BIO_new_mem_buf (text, (int) length);
  for (g_autoptr (X509) x509 = NULL; (x509 = PEM_read_bio_X509 (bio, NULL, NULL, NULL)) != NULL; n++)
    {
      g_autoptr (GBytes) der = to_der (x509);

      add (is_self_signed (x509) ? policy->roots : policy->intermediates, der);
      g_clear_pointer (&x509, X509_free);
    }
  ERR_clear_error ();
  if (n == 0)
    g_set_error (error, CE_ERROR, CE_ERROR_MISCONFIGURED, "%s holds no PEM certificate", path);
  return n > 0;
}

/* The end of the chain that the system's store makes of @x509; %NULL where it makes none. */
static GBytes *
find_system_root (X509 *x509)
{
  g_autoptr (X509_STORE) store = X509_STORE_new ();
  g_autoptr (X509_STORE_CTX) context = X509_STORE_CTX_new ();
  GBytes *root = NULL;

  if (store != NULL && context != NULL && X509_STORE_set_default_paths (store)
      && X509_STORE_CTX_init (context, store, x509, NULL) && X509_verify_cert (context) == 1)
    {
      STACK_OF (X509) *chain = X509_STORE_CTX_get0_chain (context);

      root = to_der (sk_X509_value (chain, sk_X509_num (chain) - 1));
    }
  ERR_clear_error ();
  return root;
}

void
ce_trust_authority (CePolicy *policy, GBytes *der)
{
  gsize length;
  const unsigned char *at = g_bytes_get_data (der, &length);
  g_autoptr (X509) x509 = d2i_X509 (NULL, &at, (long) length);
  g_autoptr (GBytes) root = NULL;

  if (x509 == NULL)
    return;
  if (is_self_signed (x509))
    {
      add (policy->roots, der);
      return;
    }
  add (policy->intermediates, der);
  root = find_system_root (x509);
  add (policy->roots, root);
}
