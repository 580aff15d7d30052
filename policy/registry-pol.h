/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/**
 * Registry.pol, the file in which a Group Policy object carries registry settings. Source: [MS-GPREG] 2.2.1.
 * Everything in it is hostile.
 */
#define CE_REGISTRY_POL_MAX_BYTES (8 * 1024 * 1024)
#define CE_REGISTRY_POL_MAX_RECORDS 65536

typedef enum
{
  CE_REGISTRY_NONE = 0,
  CE_REGISTRY_SZ = 1,
  CE_REGISTRY_EXPAND_SZ = 2,
  CE_REGISTRY_BINARY = 3,
  CE_REGISTRY_DWORD = 4,
  CE_REGISTRY_DWORD_BIG_ENDIAN = 5,
  CE_REGISTRY_MULTI_SZ = 7,
  CE_REGISTRY_QWORD = 11,
} CeRegistryType;

/* One instruction, as it stands in the file: special value names ("**del.…") are not interpreted here. */
typedef struct
{
  char *key;   /* UTF-8, no hive: "Software\Policies\…" */
  char *value; /* "" for a key's unnamed value */
  guint32 type;
  GBytes *data;
} CeRegistryRecord;

CeRegistryRecord *ce_registry_record_new (const char *key, const char *value, guint32 type, GBytes *data);
void ce_registry_record_free (CeRegistryRecord *record);

/**
 * ce_registry_pol_parse:
 *
 * Returns: (transfer full): of CeRegistryRecord, in the order of the file; or %NULL with PROTOCOL, naming the
 * byte where it stops making sense. A file that is broken somewhere is not used at all: half a policy may be
 * worse than none.
 */
GPtrArray *ce_registry_pol_parse (const guint8 *bytes, gsize length, GError **error);

/* @length bytes of UTF-16LE, to the first NUL, as UTF-8; what is not valid becomes U+FFFD. (transfer full) */
char *ce_utf16_to_text (const guint8 *bytes, gsize length);
