/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Lower-case hex of @length bytes. */
char *ce_hex (const void *bytes, gsize length);

/* @unix_s as "2026-11-22T09:40:00Z". */
char *ce_time_iso (gint64 unix_s);

/* "$base/cardenroll/name" for a per-user folder, made with mode 0700; @name may be %NULL. Errors: FAILED. */
char *ce_user_path (const char *base, const char *name, GError **error);

/**
 * ce_user_file_write:
 * @length: of @bytes, or -1 where they end with NUL
 *
 * Puts a new file, which only the user can read, in the place of @path at once: whoever reads sees the old or the new
 * one. @durable: it is on the disk before this returns. Errors: GFileError.
 */
gboolean ce_user_file_write (const char *path, const char *bytes, gssize length, gboolean durable,
                             GError **error);

/* Replaces a text: by a copy of @text, "" where it is %NULL. */
void ce_text_set (char **field, const char *text);

/* Replaces a text by @text. (transfer full) */
void ce_text_take (char **field, char *text);

/* Foreign text made fit for a terminal and for JSON: valid UTF-8, no control characters, at most @max bytes. */
char *ce_text_clean (const char *bytes, gsize length, gsize max);

/* Is @url an https address that can be one: ASCII, with a host, and without what no URL has? */
gboolean ce_is_https_url (const char *url);
