/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "pkcs11/token.h"

/**
 * CeStream: the worker's side of docs/worker-stream.md: one JSON object a line.
 */
typedef struct _CeStream CeStream;

/**
 * Takes standard output for itself: from now on what anything else prints there goes to standard error. Call it
 * once, before any foreign module is loaded.
 */
CeStream *ce_stream_new (void);
void ce_stream_free (CeStream *stream);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeStream, ce_stream_free)

/* One line of standard input, at most 64 KiB, without its newline. Errors: USAGE; CANCELLED at its end. */
char *ce_stream_read_line (CeStream *stream, GError **error);

/* From here on there are @of steps, which are counted; until this is said nobody knows how many. */
void ce_stream_expect_steps (CeStream *stream, guint of);

/* The PKCS#11 module at work, so that a crash or a hang can name it; its base name goes into each progress line. */
void ce_stream_name_module (CeStream *stream, const char *path);

/* (nullable): the card at work, copied. Each progress line names it, so that it is known also where the worker is killed. */
void ce_stream_name_card (CeStream *stream, const CeTokenInfo *info);

/* Announces the next step. After a SIGTERM the worker ends here instead, with the result `cancelled`. */
void ce_stream_progress (CeStream *stream, const char *step, const char *text, guint deadline_ms, gboolean hold);

/**
 * ce_stream_ask:
 * @id: "make-room" …, as in docs/worker-stream.md
 *
 * Asks a question with the choices "yes" and "no", and waits for the answer as long as it takes. A SIGTERM ends the worker,
 * as in ce_stream_progress().
 *
 * Returns: whether the answer was yes; nobody to ask is a no
 */
gboolean ce_stream_ask (CeStream *stream, const char *id, const char *text);

/* The last line. @result: (transfer full): its "type" is set here. */
void ce_stream_result (CeStream *stream, JsonObject *result);
