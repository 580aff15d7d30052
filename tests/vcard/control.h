/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * What can be done to a card from outside while it runs: one line in, one line out, "ok", "ok VALUE" or
 * "error SENTENCE".
 */

#include "tests/vcard/reader.h"

/* One line for each command, for --help. */
extern const char vc_control_help[];

/**
 * vc_control_execute:
 * @line: a command without its line end
 * @answer: the answer is appended, with its line end
 */
void vc_control_execute (VcReader *reader, const char *line, VcBuf *answer);
