/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

/* Answers one case: what it adds to @answer is printed as one line. */
typedef gboolean (*CeOracle) (JsonObject *question, JsonObject *answer, GError **error);

/**
 * ce_oracle_run:
 *
 * Reads one JSON object a line from standard input and writes one a line to standard output, flushed each
 * time. A case that cannot be answered gives {"error":"…"}. Returns: the exit code of main().
 */
int ce_oracle_run (CeOracle oracle);

/* The string member @name; sets @error where it is missing or something else. Borrowed from @object. */
const char *ce_oracle_text (JsonObject *object, const char *name, GError **error);

/* The bytes that the hex digits in member @name stand for. */
GBytes *ce_oracle_hex (JsonObject *object, const char *name, GError **error);
