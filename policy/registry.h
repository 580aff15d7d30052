/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "policy/registry-pol.h"

/**
 * CeRegistry: what the registry would hold after the instructions of several Registry.pol files were carried
 * out one after the other. Each value remembers where it came from. Names compare without regard to case.
 *
 * Special value names ([MS-GPREG] 3.2.5.1): **DeleteValues, **Del.x, **DelVals., **DeleteKeys, **soft.x;
 * **SecureKey and **Comment: change nothing here. **DeleteKeys lists subkeys by the specification, whole
 * paths by what Microsoft's own editor writes: an item that begins with the first part of the record's key is
 * a path.
 */
typedef struct _CeRegistry CeRegistry;

typedef struct
{
  char *key;
  char *name;
  guint32 type;
  GBytes *data;
  char *source; /* as given to ce_registry_apply() */
} CeRegistryValue;

CeRegistry *ce_registry_new (void);
void ce_registry_free (CeRegistry *registry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeRegistry, ce_registry_free)

/* Carries out one instruction; @source is for people: the name of the GPO. */
void ce_registry_apply (CeRegistry *registry, const CeRegistryRecord *record, const char *source);

/* Carries out all of @records (CeRegistryRecord) in their order. */
void ce_registry_apply_all (CeRegistry *registry, const GPtrArray *records, const char *source);

/* Borrowed; %NULL where there is none. */
const CeRegistryValue *ce_registry_get (const CeRegistry *registry, const char *key, const char *name);

/* Of the type and size that a DWORD has? Its value, else %FALSE. */
gboolean ce_registry_dword (const CeRegistryValue *value, guint32 *ret_value);

/* The text of a REG_SZ or REG_EXPAND_SZ, clean; "" for anything else. (transfer full) */
char *ce_registry_text (const CeRegistryValue *value);

/* Names of the immediate subkeys of @key that hold a value themselves or below, in order of their names.
 * (transfer full) */
GStrv ce_registry_subkeys (const CeRegistry *registry, const char *key);

/* Calls @visit for each value, in order of keys and names. */
typedef void (*CeRegistryVisit) (const CeRegistryValue *value, gpointer data);
void ce_registry_foreach (const CeRegistry *registry, CeRegistryVisit visit, gpointer data);

guint ce_registry_size (const CeRegistry *registry);
