/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

/* Parts of sentences about a worker's result. */

/* A lower-case message without a full stop as a sentence. */
char *ce_phrase_sentence (const char *message);

/* What people call the template whose CN is @name (nullable); @result lives as long as it. */
const char *ce_phrase_template (JsonObject *result, const char *name);

/* Whether an element of `performed` has this outcome. */
gboolean ce_phrase_has_outcome (JsonObject *performed, const char *outcome);

/* "Lab Smartcard, Lab User" for what was done, and how much of it is not listed. */
char *ce_phrase_done (JsonObject *result);
