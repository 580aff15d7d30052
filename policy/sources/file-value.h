/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "policy/policy.h"

/* The values of a policy file. Each function leaves its output as it is where the key is absent; errors are
 * MISCONFIGURED and name file, group, key, value and what is expected. */
typedef struct
{
  GKeyFile *keys;
  const char *file;
  const char *name; /* of the group */
} CeFileGroup;

/* Errors: a key that is not among @known. */
gboolean ce_file_check_keys (const CeFileGroup *group, const char *const *known, GError **error);

gboolean ce_file_text (const CeFileGroup *group, const char *key, char **text, GError **error);
gboolean ce_file_number (const CeFileGroup *group, const char *key, guint min, guint max, guint *number,
                         GError **error);
gboolean ce_file_flag (const CeFileGroup *group, const char *key, gboolean *flag, GError **error);
gboolean ce_file_oid (const CeFileGroup *group, const char *key, char **oid, GError **error);

/* "100.3" */
gboolean ce_file_version (const CeFileGroup *group, const char *key, guint *major, guint *minor,
                          GError **error);

/* rsa, ec-p256 or ec-p384; "RSA" … as CeTemplate has it */
gboolean ce_file_algorithm (const CeFileGroup *group, const char *key, char **algorithm, GError **error);

/* A list of digital-signature, non-repudiation, key-encipherment, data-encipherment, key-agreement. */
gboolean ce_file_key_usage (const CeFileGroup *group, const char *key, guint8 usage[2], GError **error);

/* A list of OIDs and of the names client-auth, smart-card-logon, email-protection, pkinit-client. */
gboolean ce_file_usages (const CeFileGroup *group, const char *key, GStrv *usages, GError **error);

gboolean ce_file_authentication (const CeFileGroup *group, const char *key,
                                 CeCaAuthentication *authentication, GError **error);

/* Checks that each of @urls, the value of @key, is an https:// one. */
gboolean ce_file_urls (const CeFileGroup *group, const char *key, char *const *urls, GError **error);

/* The parts of a value that semicolons separate, without spaces round them. (transfer full) */
GStrv ce_file_list (const CeFileGroup *group, const char *key);
