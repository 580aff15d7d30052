/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/**
 * CePostponed: what a person wants later, for each card and template, on the disk:
 * $XDG_STATE_HOME/cardenroll/postponed.json, {"postponed":[{"card","template","until"}],
 * "told":[{"certificate","at","ends"}]}, times in seconds since 1970; and of which certificate that ends a person was
 * told when. It is read once, and replaced atomically whenever it changes. Blocks on the disk.
 */
typedef struct _CePostponed CePostponed;

/* No postponement is longer. */
#define CE_POSTPONED_MAX_S (2 * 24 * 3600)

/* @path: %NULL for the user's own. Nothing is read yet. */
CePostponed *ce_postponed_new (const char *path);
void ce_postponed_free (CePostponed *postponed);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CePostponed, ce_postponed_free)

/**
 * ce_postponed_load:
 *
 * What is over, or further away than any postponement, is left out. Errors: FAILED, naming the file, where it
 * is not one of ours; then nothing is postponed, and the next change replaces it. A missing file is no error.
 */
gboolean ce_postponed_load (CePostponed *postponed, gint64 now_unix, GError **error);

/* Until when; 0: not, or no longer. @template_name: "" for what has none. */
gint64 ce_postponed_until (const CePostponed *postponed, const char *card, const char *template_name,
                           gint64 now_unix);

/* Holds in this process also where it cannot be written. Errors: FAILED. */
gboolean ce_postponed_set (CePostponed *postponed, const char *card, const char *template_name,
                           gint64 until_unix, GError **error);

/* When the person was told that @certificate ends; 0: never. */
gint64 ce_postponed_told (const CePostponed *postponed, const char *certificate);

/**
 * ce_postponed_tell:
 * @at_unix: 0: the person was not told after all
 * @ends_unix: until when it matters
 *
 * Holds in this process also where it cannot be written. Errors: FAILED.
 */
gboolean ce_postponed_tell (CePostponed *postponed, const char *certificate, gint64 at_unix, gint64 ends_unix,
                            GError **error);

/* Everything about @card, on which nothing is due any more; what was told stays told. Writes only where there was something. Errors:
 * FAILED. */
gboolean ce_postponed_forget (CePostponed *postponed, const char *card, GError **error);
