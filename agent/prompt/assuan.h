/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "agent/base/secret.h"

/**
 * CeAssuan: one pinentry process and the Assuan conversation with it, over its standard input and output.
 * Whatever it writes is bounded: a line, a PIN and the whole conversation have a greatest length, and everything
 * must be over by one deadline. The memory that lines pass through is locked and wiped.
 *
 * Source: the Assuan manual, "Implementing a client" and the pinentry manual, "Protocol".
 */
typedef struct _CeAssuan CeAssuan;

/* Longest line of the protocol, its end of line not counted. */
#define CE_ASSUAN_LINE_MAX 1000

/* The codes of libgpg-error that pinentry answers with; the source is in the upper bits and is masked away. */
typedef enum
{
  CE_ASSUAN_OK = 0,
  CE_ASSUAN_TIMEOUT = 62,
  CE_ASSUAN_CANCELED = 99,
  CE_ASSUAN_NOT_CONFIRMED = 114,
  CE_ASSUAN_FULLY_CANCELED = 198,
} CeAssuanCode;

typedef struct
{
  guint code;    /* CeAssuanCode, or another one of libgpg-error */
  char *message; /* what follows the code, cleaned; %NULL for OK */
} CeAssuanReply;

void ce_assuan_reply_clear (CeAssuanReply *reply);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CeAssuanReply, ce_assuan_reply_clear)

/**
 * ce_assuan_start:
 * @program: looked up in PATH unless it is a path; it gets no arguments
 * @timeout_s: for the whole conversation; the process is ended when it is past
 *
 * Starts it without a shell and waits for its greeting.
 * Errors: PIN_UNAVAILABLE, TIMED_OUT, CANCELLED (ended by the terminal's interrupt).
 */
CeAssuan *ce_assuan_start (const char *program, guint timeout_s, GError **error);

/* The same with a process that is not ours: tests and fuzzing. Both descriptors are taken, in any case. */
CeAssuan *ce_assuan_new_for_pipes (int to_child, int from_child, guint timeout_s, GError **error);

/**
 * ce_assuan_ask:
 * @command: "SETDESC"
 * @text: (nullable): its argument, escaped here and cut where the line would be too long
 * @ret_data: (out) (optional) (transfer full): the data that came with an OK; %NULL where none came. Data that
 *   nobody asked for is dropped.
 *
 * Sends one command and waits for its answer; an ERR is an answer. Errors: as ce_assuan_start().
 */
gboolean ce_assuan_ask (CeAssuan *assuan, const char *command, const char *text, CeAssuanReply *ret_reply,
                        CePin **ret_data, GError **error);

/* Ends the process, if need be by force, and reaps it. */
void ce_assuan_free (CeAssuan *assuan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeAssuan, ce_assuan_free)
