/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/**
 * CeEntry: one object of the directory as it came, a map from attribute names to values, without any LDAP
 * library: what parses entries can be tested and fuzzed without a server. Values are hostile bytes.
 */
typedef struct _CeEntry CeEntry;

/* More values of one attribute, or longer ones, are dropped: no attribute that is read has a use for them. */
#define CE_ENTRY_MAX_VALUES 16384
#define CE_ENTRY_MAX_VALUE_BYTES (16 * 1024 * 1024) /* a revocation list */
/* Text beyond this is cut. */
#define CE_ENTRY_MAX_TEXT 4096

CeEntry *ce_entry_new (const char *dn);
void ce_entry_free (CeEntry *entry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeEntry, ce_entry_free)

/* Names compare without regard to case, and options (";binary", ";range=0-1499") are not part of them. */
void ce_entry_add (CeEntry *entry, const char *name, const void *bytes, gsize length);

/**
 * ce_entry_range:
 * @name: as it came, "certificateTemplates;range=0-1499"
 * @ret_next: the number of the first value that is still to be asked for
 *
 * Returns: are there more? Source: [MS-ADTS] 3.1.1.3.1.3.3, Active Directory hands out 1,500 values at once.
 */
gboolean ce_entry_range (const char *name, guint *ret_next);

const char *ce_entry_dn (const CeEntry *entry);

/* The values (GBytes), or %NULL where the attribute is absent. Borrowed. */
const GPtrArray *ce_entry_values (const CeEntry *entry, const char *name);

/* Was a value of it dropped for its length? */
gboolean ce_entry_is_too_long (const CeEntry *entry, const char *name);

/* The first value as it came, or %NULL. Borrowed. */
GBytes *ce_entry_bytes (const CeEntry *entry, const char *name);

/* The first value as clean text, "" where there is none. (transfer full) */
char *ce_entry_text (const CeEntry *entry, const char *name);

/* All values as clean text, in the order in which they came; empty ones are left out. (transfer full) */
GStrv ce_entry_texts (const CeEntry *entry, const char *name);

/**
 * ce_entry_int32:
 * @ret_value: the value; LDAP's integers are signed, flags are not: -2113929216 is 0x82000000
 *
 * Absent is @absent. Errors: PROTOCOL where the value is not a number of 32 bits.
 */
gboolean ce_entry_int32 (const CeEntry *entry, const char *name, guint32 absent, guint32 *ret_value,
                         GError **error);

/* Is @name one of objectClass's values? */
gboolean ce_entry_is (const CeEntry *entry, const char *object_class);
