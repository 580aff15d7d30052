/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/x509/certificate.h"

#include <time.h>

#include "agent/base/text.h"

#define MAX_CERTIFICATES 256
#define MAX_DEPTH 10
#define SECURITY_LEVEL 1

/* The certificates in @ders that can be read; one broken object in a directory must not hide the others. @own
 * comes first: OpenSSL takes the first root that bears the issuer's name, and a CA that was renewed with a
 * new key has several, none of which says by which key it was signed. */
static STACK_OF (X509) * stack_from (const GPtrArray *ders, GBytes *own)
{
  STACK_OF (X509) *stack = sk_X509_new_null ();

  for (guint i = 0; stack != NULL && ders != NULL && i < ders->len && i < MAX_CERTIFICATES; i++)
    {
      gsize length;
      const unsigned char *at = g_bytes_get_data (ders->pdata[i], &length);
      g_autoptr (X509) x509 = length <= CE_CERTIFICATE_MAX_DER ? d2i_X509 (NULL, &at, (long) length) : NULL;

      if (x509 != NULL && sk_X509_insert (stack, x509, g_bytes_equal (ders->pdata[i], own) ? 0 : -1))
        x509 = NULL;
    }
  ERR_clear_error ();
  return stack;
}

static gboolean
refuse (GError **error, const CeCertificate *certificate, X509_STORE_CTX *context)
{
  const X509 *at = X509_STORE_CTX_get_current_cert (context);
  char *name = at != NULL ? X509_NAME_oneline (X509_get_subject_name (at), NULL, 0) : NULL;
  g_autofree char *clean = name != NULL ? ce_text_clean (name, strlen (name), 256) : g_strdup ("");

  g_set_error (error, CE_ERROR, CE_ERROR_NOT_TRUSTED,
               "the certificate issued by '%s' is not trusted: %s%s%s%s", certificate->issuer,
               X509_verify_cert_error_string (X509_STORE_CTX_get_error (context)),
               *clean != '\0' ? " (at '" : "", clean, *clean != '\0' ? "')" : "");
  OPENSSL_free (name);
  ERR_clear_error ();
  return FALSE;
}

gboolean
ce_certificate_verify (const CeCertificate *certificate, const GPtrArray *intermediates,
                       const GPtrArray *roots, gint64 now_unix, GError **error)
{
  g_autoptr (CeX509Stack) trusted = stack_from (roots, certificate->der);
  g_autoptr (CeX509Stack) untrusted = stack_from (intermediates, certificate->der);
  g_autoptr (X509_STORE) store = X509_STORE_new ();
  g_autoptr (X509_STORE_CTX) context = X509_STORE_CTX_new ();
  X509_VERIFY_PARAM *param;

  if (trusted == NULL || untrusted == NULL || store == NULL || context == NULL
      || !X509_STORE_CTX_init (context, store, certificate->x509, untrusted))
    return ce_openssl_error (error, CE_ERROR_FAILED, "cannot verify a certificate");

  X509_STORE_CTX_set0_trusted_stack (context, trusted);
  param = X509_STORE_CTX_get0_param (context);
  X509_VERIFY_PARAM_set_time (param, (time_t) now_unix);
  X509_VERIFY_PARAM_set_depth (param, MAX_DEPTH);
  X509_VERIFY_PARAM_set_auth_level (param, SECURITY_LEVEL);
  X509_VERIFY_PARAM_set_purpose (param, X509_PURPOSE_ANY);
  if (X509_verify_cert (context) == 1)
    return TRUE;
  return refuse (error, certificate, context);
}
