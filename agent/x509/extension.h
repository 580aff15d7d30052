/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "agent/base/openssl.h"

/* The extensions and names that Microsoft added to X.509: how they look in DER, and nothing of what they
 * mean. */

#define CE_OID_TEMPLATE_NAME "1.3.6.1.4.1.311.20.2"         /* BMPString */
#define CE_OID_TEMPLATE "1.3.6.1.4.1.311.21.7"              /* CeTemplateExtension */
#define CE_OID_APPLICATION_POLICIES "1.3.6.1.4.1.311.21.10" /* as certificatePolicies */
#define CE_OID_SID "1.3.6.1.4.1.311.25.2"                   /* GeneralNames with one otherName: */
#define CE_OID_SID_NAME "1.3.6.1.4.1.311.25.2.1"            /* OCTET STRING of ASCII */
#define CE_OID_UPN_NAME "1.3.6.1.4.1.311.20.2.3"            /* UTF8String */
#define CE_OID_NAME_VALUE_PAIR "1.3.6.1.4.1.311.13.2.1"     /* SEQUENCE of two BMPStrings */
#define CE_OID_RENEWAL_CERTIFICATE "1.3.6.1.4.1.311.13.1"   /* a Certificate */

/* Longest text that is taken from a certificate. */
#define CE_X509_MAX_TEXT 1024

/* CertificateTemplateOID, [MS-WCCE] 2.2.2.7.7.2. */
typedef struct
{
  ASN1_OBJECT *oid;
  ASN1_INTEGER *major; /* OPTIONAL */
  ASN1_INTEGER *minor; /* OPTIONAL */
} CeTemplateExtension;

DECLARE_ASN1_FUNCTIONS (CeTemplateExtension)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeTemplateExtension, CeTemplateExtension_free)

/* The dotted form of @object; "" where it is longer than any sane one. */
char *ce_oid_text (const ASN1_OBJECT *object);

/* The text of @string, clean enough for a terminal; "" where it is no text. */
char *ce_asn1_text (const ASN1_STRING *string);

/* The value of the first otherName of type @oid in @names, borrowed; %NULL where there is none. */
const ASN1_TYPE *ce_names_find_other (const GENERAL_NAMES *names, const char *oid);

/* Adds an otherName of type @oid whose value is @text as a string of @type (V_ASN1_UTF8STRING, …). Errors:
 * FAILED. */
gboolean ce_names_add_other (GENERAL_NAMES *names, const char *oid, int type, const char *text,
                             GError **error);

/* One extension whose value is @length bytes of DER. Errors: FAILED. */
X509_EXTENSION *ce_extension_new (const char *oid, gboolean critical, const void *der, gsize length,
                                  GError **error);

/* DER of a name and a value, [MS-WCCE] 2.2.2.7.10; %NULL where one of them does not fit the Basic
 * Multilingual Plane. */
GBytes *ce_name_value_pair (const char *name, const char *value);
