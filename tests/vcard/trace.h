/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * The conversation as text, one line a message:
 *
 *   17 > 00 20 00 81 06 ** ** ** ** ** **
 *   17 < 63 C2
 *   18 x                                    (the card vanished: no answer went out)
 *
 * PINs are masked: all data of the commands that carry them.
 */

#include "tests/vcard/buf.h"

#include <stdio.h>

/* Both do nothing when @file is NULL. */
void vc_trace_command (FILE *file, unsigned long number, VcBytes command);
void vc_trace_answer (FILE *file, unsigned long number, bool lost, VcBytes answer);
