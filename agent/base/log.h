/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/**
 * ce_log:
 * @level: %G_LOG_LEVEL_MESSAGE, _WARNING, …
 * @message: one line, lower case, no full stop
 * @...: pairs of a field from names.h and its value; a pair whose value is %NULL is left out. Ends with %NULL.
 *
 * One structured log entry: to the journal where standard error is the journal's, else to standard error.
 * Programs log; libraries return errors. No PIN, key or ticket ever goes into a field.
 */
void ce_log (GLogLevelFlags level, const char *message, ...) G_GNUC_NULL_TERMINATED;

/* Logs @error under what was being done: "enrol: <message>", with its code as a field. */
void ce_log_error (const char *doing, const GError *error);
