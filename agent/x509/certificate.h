/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "agent/base/openssl.h"

/**
 * CeCertificate: what a certificate says, parsed once from hostile DER. Strings are never %NULL and clean enough
 * for a terminal.
 */
typedef struct
{
  GBytes *der;
  X509 *x509;
  char *fingerprint;   /* SHA-256 of the DER, lower-case hex */
  char *public_key_id; /* SHA-256 of the DER SubjectPublicKeyInfo, lower-case hex: matches a key on the card */
  char *subject;       /* RFC 2253, for people */
  char *issuer;
  char *serial;        /* lower-case hex */
  gint64 not_before_unix;
  gint64 not_after_unix;
  char *template_oid;  /* 1.3.6.1.4.1.311.21.7; "" */
  char *template_name; /* 1.3.6.1.4.1.311.20.2; "" */
  guint template_major;
  guint template_minor;
  char *upn;           /* otherName 1.3.6.1.4.1.311.20.2.3; "" */
  char *sid;           /* 1.3.6.1.4.1.311.25.2; "" */
  GStrv ekus;          /* OIDs */
  GStrv crl_urls;
  guint32 key_usage;   /* OpenSSL's KU_ bits; G_MAXUINT32 where there is no such extension */
} CeCertificate;

#define CE_EKU_SMART_CARD_LOGON "1.3.6.1.4.1.311.20.2.2"
#define CE_EKU_CLIENT_AUTH "1.3.6.1.5.5.7.3.2"
#define CE_EKU_ENROLLMENT_AGENT "1.3.6.1.4.1.311.20.2.1"

/* At most 64 KiB of DER and nothing after it. Errors: PROTOCOL. */
CeCertificate *ce_certificate_parse (GBytes *der, GError **error);
void ce_certificate_free (CeCertificate *certificate);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeCertificate, ce_certificate_free)

gboolean ce_certificate_has_eku (const CeCertificate *certificate, const char *oid);

/* The public_key_id of a key. Errors: FAILED. */
char *ce_public_key_id (EVP_PKEY *key, GError **error);

/**
 * ce_certificate_verify:
 * @intermediates: (element-type GBytes) (nullable): DER
 * @roots: (element-type GBytes): DER; nothing else is trusted
 *
 * Builds the chain at @now_unix. No network. Errors: NOT_TRUSTED, with the reason in words.
 */
gboolean ce_certificate_verify (const CeCertificate *certificate, const GPtrArray *intermediates,
                                const GPtrArray *roots, gint64 now_unix, GError **error);
