/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/**
 * CeTemplate: a certificate template, whichever source it came from (directory, XCEP, file).
 * Strings are never %NULL; lists are never %NULL and end with %NULL. Source: [MS-CRTD] 2.
 */

/* flags; [MS-CRTD] 2.4 */
typedef enum
{
  CE_TEMPLATE_GENERAL_ADD_EMAIL = 0x2,       /* reserved, ignored */
  CE_TEMPLATE_GENERAL_PUBLISH_TO_DS = 0x8,   /* reserved, ignored */
  CE_TEMPLATE_GENERAL_EXPORTABLE_KEY = 0x10, /* reserved, ignored */
  CE_TEMPLATE_GENERAL_AUTO_ENROLLMENT = 0x20,
  CE_TEMPLATE_GENERAL_MACHINE_TYPE = 0x40,
  CE_TEMPLATE_GENERAL_IS_CA = 0x80,
  CE_TEMPLATE_GENERAL_ADD_TEMPLATE_NAME = 0x200,
  CE_TEMPLATE_GENERAL_IS_CROSS_CA = 0x800,
  CE_TEMPLATE_GENERAL_DO_NOT_PERSIST_IN_DB = 0x1000,
  CE_TEMPLATE_GENERAL_IS_DEFAULT = 0x10000,
  CE_TEMPLATE_GENERAL_IS_MODIFIED = 0x20000,
} CeTemplateGeneralFlags;

/* msPKI-Enrollment-Flag; [MS-CRTD] 2.26 */
typedef enum
{
  CE_TEMPLATE_ENROLL_INCLUDE_SYMMETRIC_ALGORITHMS = 0x1,
  CE_TEMPLATE_ENROLL_PEND_ALL_REQUESTS = 0x2,
  CE_TEMPLATE_ENROLL_PUBLISH_TO_KRA_CONTAINER = 0x4,
  CE_TEMPLATE_ENROLL_PUBLISH_TO_DS = 0x8,
  CE_TEMPLATE_ENROLL_CHECK_USER_DS_CERTIFICATE = 0x10,
  CE_TEMPLATE_ENROLL_AUTO_ENROLLMENT = 0x20,
  CE_TEMPLATE_ENROLL_PREVIOUS_APPROVAL = 0x40,
  CE_TEMPLATE_ENROLL_USER_INTERACTION_REQUIRED = 0x100,
  CE_TEMPLATE_ENROLL_ADD_TEMPLATE_NAME = 0x200,
  CE_TEMPLATE_ENROLL_REMOVE_INVALID = 0x400,
  CE_TEMPLATE_ENROLL_ALLOW_ON_BEHALF_OF = 0x800,
  CE_TEMPLATE_ENROLL_ADD_OCSP_NOCHECK = 0x1000,
  CE_TEMPLATE_ENROLL_REUSE_KEY_WHEN_FULL = 0x2000, /* ENABLE_KEY_REUSE_ON_NT_TOKEN_KEYSET_STORAGE_FULL */
  CE_TEMPLATE_ENROLL_NO_REVOCATION_INFO = 0x4000,
  CE_TEMPLATE_ENROLL_INCLUDE_BASIC_CONSTRAINTS = 0x8000,
  CE_TEMPLATE_ENROLL_KEY_BASED_RENEWAL
  = 0x10000, /* ALLOW_PREVIOUS_APPROVAL_KEYBASEDRENEWAL_VALIDATE_REENROLLMENT */
  CE_TEMPLATE_ENROLL_POLICIES_FROM_REQUEST = 0x20000, /* ISSUANCE_POLICIES_FROM_REQUEST */
  CE_TEMPLATE_ENROLL_SKIP_AUTO_RENEWAL = 0x40000,
  CE_TEMPLATE_ENROLL_NO_SECURITY_EXTENSION = 0x80000,
} CeTemplateEnrollmentFlags;

/* msPKI-Private-Key-Flag; [MS-CRTD] 2.27 */
typedef enum
{
  CE_TEMPLATE_KEY_REQUIRE_ARCHIVAL = 0x1,
  CE_TEMPLATE_KEY_EXPORTABLE = 0x10,
  CE_TEMPLATE_KEY_STRONG_PROTECTION = 0x20,
  CE_TEMPLATE_KEY_ALTERNATE_SIGNATURE = 0x40,
  CE_TEMPLATE_KEY_SAME_KEY_RENEWAL = 0x80,
  CE_TEMPLATE_KEY_USE_LEGACY_PROVIDER = 0x100,
  CE_TEMPLATE_KEY_EK_TRUST_ON_USE = 0x200,
  CE_TEMPLATE_KEY_EK_VALIDATE_CERT = 0x400,
  CE_TEMPLATE_KEY_EK_VALIDATE_KEY = 0x800,
  CE_TEMPLATE_KEY_ATTESTATION_PREFERRED = 0x1000,
  CE_TEMPLATE_KEY_ATTESTATION_REQUIRED = 0x2000,
  CE_TEMPLATE_KEY_ATTESTATION_WITHOUT_POLICY = 0x4000,
  CE_TEMPLATE_KEY_SERVER_VERSION_MASK = 0x000F0000,
  CE_TEMPLATE_KEY_HELLO_LOGON_KEY = 0x200000,
  CE_TEMPLATE_KEY_CLIENT_VERSION_MASK = 0x0F000000,
} CeTemplateKeyFlags;

/* msPKI-Certificate-Name-Flag; [MS-CRTD] 2.28. 0x80000000 does not fit an enum constant of ISO C. */
#define CE_TEMPLATE_NAME_ENROLLEE_SUPPLIES_SUBJECT 0x00000001u
#define CE_TEMPLATE_NAME_OLD_CERT_SUPPLIES 0x00000008u
#define CE_TEMPLATE_NAME_ENROLLEE_SUPPLIES_SAN 0x00010000u
#define CE_TEMPLATE_NAME_SAN_DOMAIN_DNS 0x00400000u
#define CE_TEMPLATE_NAME_SAN_SPN 0x00800000u
#define CE_TEMPLATE_NAME_SAN_DIRECTORY_GUID 0x01000000u
#define CE_TEMPLATE_NAME_SAN_UPN 0x02000000u
#define CE_TEMPLATE_NAME_SAN_EMAIL 0x04000000u
#define CE_TEMPLATE_NAME_SAN_DNS 0x08000000u
#define CE_TEMPLATE_NAME_SUBJECT_DNS 0x10000000u
#define CE_TEMPLATE_NAME_SUBJECT_EMAIL 0x20000000u
#define CE_TEMPLATE_NAME_SUBJECT_CN 0x40000000u
#define CE_TEMPLATE_NAME_SUBJECT_PATH 0x80000000u

#define CE_TEMPLATE_KEY_USAGE_ALL 0xffffffu

/* What the user may do with the template, already evaluated by the source of the policy. */
typedef struct
{
  gboolean enroll;
  gboolean autoenroll;
} CeRights;

typedef struct
{
  char *name; /* cn: the name on the wire */
  char *display_name;
  char *oid; /* "" where a version 1 template has none */
  guint schema_version;
  guint major_version; /* revision */
  guint minor_version;

  guint32 general_flags;
  guint32 enrollment_flags;
  guint32 private_key_flags;
  guint32 name_flags;

  guint key_spec; /* 1 AT_KEYEXCHANGE, 2 AT_SIGNATURE */
  guint min_key_bits;
  char *key_algorithm;  /* "RSA", "ECDSA_P256", "ECDH_P384" …; "RSA" where the template says nothing */
  char *hash_algorithm; /* "SHA256" where the template says nothing */
  guint32 key_property_usage; /* msPKI-Key-Usage: 1 decrypt, 2 sign, 4 agree; 0xffffff where the template says
                                 nothing */
  char *symmetric_algorithm;  /* msPKI-Symmetric-Algorithm, "" where the template says nothing */
  guint symmetric_key_bits;
  gint32 max_issuing_depth; /* pKIMaxIssuingDepth; -1: no limit */
  guint8 key_usage[2]; /* as in pKIKeyUsage, MSB first: 0x80 digitalSignature, 0x20 keyEncipherment … */
  GStrv ekus;          /* pKIExtendedKeyUsage, OIDs */
  GStrv application_policies;
  GStrv certificate_policies;
  GStrv critical_extensions;
  GStrv providers; /* CSP or KSP names in order of preference */

  guint ra_signatures;
  GStrv ra_application_policies;
  GStrv ra_policies;
  GStrv supersedes; /* names (cn) of superseded templates */

  gint64 validity_s;
  gint64 renewal_s; /* overlap: how long before the end renewal may begin */

  CeRights rights;
  char *rights_ask;    /* whose membership has the right that is missing: "'LAB\\Card Users' or …"; "" where none is known */
  char *rights_detail; /* what decided the rights, for explain: "no ACE for you or your 7 groups grants
                          AutoEnroll" */
} CeTemplate;

/* Returns: (transfer full): all strings "", all lists empty. */
CeTemplate *ce_template_new (void);
void ce_template_free (CeTemplate *template);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeTemplate, ce_template_free)

/* Does it belong on a card? A smart card CSP or KSP, or the smart card logon EKU. */
gboolean ce_template_is_for_cards (const CeTemplate *template);

gboolean ce_template_has_eku (const CeTemplate *template, const char *oid);

/* Is @name its cn? Names compare without regard to case, as in the directory. */
gboolean ce_template_is_called (const CeTemplate *template, const char *name);
