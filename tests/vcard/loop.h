/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * Waits for vpcd, for the control socket and for signals, and serves whichever speaks.
 */

#include "tests/vcard/reader.h"

typedef struct VcLoop VcLoop;

/**
 * vc_loop_new:
 * @reader: borrowed; the loop becomes its pause
 * @socket_path: (nullable): where to listen for control commands; a stale socket there is replaced
 *
 * Blocks SIGTERM, SIGINT and SIGHUP, which from now on end vc_loop_run().
 */
VcLoop *vc_loop_new (VcReader *reader, const char *socket_path, VcError *error);

/* Returns when a signal or the control command `quit` asks for it. */
void vc_loop_run (VcLoop *loop);

/* Removes the socket. */
void vc_loop_free (VcLoop *loop);
