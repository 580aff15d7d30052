/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "agent/base/openssl.h"

#define CE_CERTIFICATE_MAX_DER (64 * 1024)

/**
 * CeCertificate: what a certificate says, parsed once from hostile DER. Strings and lists are never %NULL and
 * clean enough for a terminal; no string is longer than 1 KiB and no list than 64 elements.
 */
typedef struct
{
  GBytes *der;
  X509 *x509;
  char *fingerprint; /* SHA-256 of the DER, lower-case hex */
  char
      *public_key_id; /* SHA-256 of the DER SubjectPublicKeyInfo, lower-case hex: matches a key on the card */
  char *subject;      /* RFC 2253, for people */
  char *issuer;
  char *serial; /* lower-case hex */
  gint64 not_before_unix;
  gint64 not_after_unix;
  char *template_oid;  /* 1.3.6.1.4.1.311.21.7; "" */
  char *template_name; /* 1.3.6.1.4.1.311.20.2; "" */
  guint template_major;
  guint template_minor;
  char *upn;  /* otherName 1.3.6.1.4.1.311.20.2.3; "" */
  char *sid;  /* 1.3.6.1.4.1.311.25.2, else the SAN's URI tag:microsoft.com,2022-09-14:sid:…; "" */
  GStrv ekus; /* OIDs */
  GStrv crl_urls;
  guint32 key_usage; /* OpenSSL's KU_ bits; G_MAXUINT32 where there is no such extension */
} CeCertificate;

#define CE_EKU_SMART_CARD_LOGON "1.3.6.1.4.1.311.20.2.2"
#define CE_EKU_CLIENT_AUTH "1.3.6.1.5.5.7.3.2"
#define CE_EKU_ENROLLMENT_AGENT "1.3.6.1.4.1.311.20.2.1"

/**
 * ce_certificate_parse:
 * @der: at most %CE_CERTIFICATE_MAX_DER, with nothing after the certificate
 *
 * An extension that is read here and is malformed or there twice makes the whole certificate invalid: a part
 * of it is never trusted. Does no check of signature, time or trust.
 *
 * Errors: PROTOCOL.
 * Source: RFC 5280; [MS-WCCE] 2.2.2.7.7.
 */
CeCertificate *ce_certificate_parse (GBytes *der, GError **error);
void ce_certificate_free (CeCertificate *certificate);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeCertificate, ce_certificate_free)

gboolean ce_certificate_has_eku (const CeCertificate *certificate, const char *oid);

/**
 * ce_certificate_decrypts:
 *
 * Whether its key may be needed to read something: both its key usage and its purposes allow encryption. A machine never
 * deletes such a key. One for authentication only encrypts nothing that is kept.
 */
gboolean ce_certificate_decrypts (const CeCertificate *certificate);

/* The public_key_id of a key, whichever provider it lives in. Errors: FAILED. */
char *ce_public_key_id (EVP_PKEY *key, GError **error);

/**
 * ce_certificate_verify:
 * @intermediates: (element-type GBytes) (nullable): DER; what cannot be read is passed over, as is all after
 * the first 256
 * @roots: (element-type GBytes): DER, self-signed; nothing else is trusted
 *
 * Builds the chain at @now_unix and checks it at OpenSSL's security level 1, so no SHA-1 signature and no key
 * below 80 bits counts. No network, no revocation, no particular purpose: see ce_certificate_has_eku().
 *
 * This is the check of what a CA issued: agent/enroll calls it with the directory's roots and then compares
 * the template's OID.
 *
 * Errors: NOT_TRUSTED, naming the certificate in the chain and the reason in words.
 */
gboolean ce_certificate_verify (const CeCertificate *certificate, const GPtrArray *intermediates,
                                const GPtrArray *roots, gint64 now_unix, GError **error);
