/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* Autocleanups for OpenSSL's types, and the way from its error queue to a GError. Header only: who includes
 * it links libcrypto. */

#include <glib.h>
#include <openssl/asn1t.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "agent/base/error.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ASN1_OBJECT, ASN1_OBJECT_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIGNUM, BN_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIO, BIO_free_all)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CMS_ContentInfo, CMS_ContentInfo_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_MD_CTX, EVP_MD_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY_CTX, EVP_PKEY_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GENERAL_NAMES, GENERAL_NAMES_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OSSL_LIB_CTX, OSSL_LIB_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509, X509_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_CRL, X509_CRL_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_EXTENSION, X509_EXTENSION_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_NAME, X509_NAME_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_REQ, X509_REQ_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_STORE, X509_STORE_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_STORE_CTX, X509_STORE_CTX_free)

static inline void
ce_openssl_x509_stack_free (STACK_OF (X509) * stack)
{
  sk_X509_pop_free (stack, X509_free);
}
typedef STACK_OF (X509) CeX509Stack;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeX509Stack, ce_openssl_x509_stack_free)

/* Sets @error from OpenSSL's queue, "what: reason", and empties the queue. Returns %FALSE for the caller to return. */
static inline gboolean
ce_openssl_error (GError **error, CeErrorCode code, const char *what)
{
  unsigned long e = ERR_peek_last_error ();
  const char *reason = e != 0 ? ERR_reason_error_string (e) : NULL;

  g_set_error (error, CE_ERROR, (gint) code, "%s: %s", what, reason != NULL ? reason : "unknown OpenSSL error");
  ERR_clear_error ();
  return FALSE;
}
