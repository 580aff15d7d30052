/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

/**
 * Members of a JSON object that another process wrote: what is missing or of another type reads as absent,
 * never as a crash or a warning. @object may be %NULL and then has no members. What comes back is borrowed.
 */
const char *ce_json_string (JsonObject *object, const char *name);
gint64 ce_json_int (JsonObject *object, const char *name, gint64 absent);
/* A time in ISO 8601, UTC where it does not say, as seconds since 1970. */
gint64 ce_json_time (JsonObject *object, const char *name, gint64 absent);
gboolean ce_json_bool (JsonObject *object, const char *name);
JsonObject *ce_json_object (JsonObject *object, const char *name);
JsonArray *ce_json_array (JsonObject *object, const char *name);

/* The number of elements, 0 for %NULL; and the @i-th where it is an object, else %NULL. */
guint ce_json_length (JsonArray *array);
JsonObject *ce_json_nth (JsonArray *array, guint i);

/**
 * ce_json_parse_object:
 *
 * Returns: (transfer full) (nullable): the one object that @text is; %NULL for anything else, and for what is
 *   nested more than 64 deep: json-glib recurses, and would run out of stack before it runs out of text.
 */
JsonObject *ce_json_parse_object (const char *text, gsize length);

/* @object on one line, without a newline. */
char *ce_json_line (JsonObject *object);
