/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/**
 * CeQuiet: while it lives, nothing that foreign code writes to standard output or standard error gets out.
 * g_auto (CeQuiet) quiet = ce_quiet_begin ();
 */
typedef struct
{
  int saved_stdout;
  int saved_stderr;
} CeQuiet;

CeQuiet ce_quiet_begin (void);
void ce_quiet_end (CeQuiet *quiet);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CeQuiet, ce_quiet_end)
