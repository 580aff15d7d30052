/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/**
 * Waiting for pcscd without polling: by inotify on the folder of its socket, and on logind's seats, whose
 * files are replaced whenever another session becomes active; polkit may then answer differently.
 *
 * Open the descriptor first, then try to connect, then wait: so no change is missed in between.
 */

/* An inotify descriptor, or -1 where the kernel has none left. */
int ce_pcscd_signs_open (void);

/**
 * ce_pcscd_signs_wait:
 * @fd: from ce_pcscd_signs_open(); closed by this call
 * @timeout_ms: -1: for ever
 *
 * Blocks. Returns: whether there was a sign, and not just time that passed.
 */
gboolean ce_pcscd_signs_wait (int fd, int timeout_ms);
