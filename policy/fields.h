/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

/**
 * Structs as JSON objects by a table of their fields, so that reading and writing cannot differ.
 */
typedef enum
{
  CE_FIELD_TEXT,  /* char *, never %NULL */
  CE_FIELD_TEXTS, /* GStrv, never %NULL */
  CE_FIELD_BYTES, /* GPtrArray of GBytes, as base64 */
  CE_FIELD_U32,
  CE_FIELD_I32,
  CE_FIELD_I64,
  CE_FIELD_BOOL,
  CE_FIELD_PAIR, /* guint8[2], as a number: first byte above */
} CeFieldKind;

typedef struct
{
  const char *name; /* %NULL ends the table */
  CeFieldKind kind;
  gsize offset;
} CeField;

#define CE_FIELD(type, kind, name)                                                                           \
  {                                                                                                          \
#name, kind, G_STRUCT_OFFSET(type, name)                                                                 \
  }

void ce_fields_write (JsonBuilder *json, const CeField *fields, gconstpointer of);

/**
 * ce_fields_read:
 * @of: a struct with its defaults, which fields that are not in @object keep
 *
 * Errors: PROTOCOL, naming the member.
 */
gboolean ce_fields_read (JsonObject *object, const CeField *fields, gpointer of, GError **error);
