/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "policy/sysvol/job.h"

/**
 * ce_sysvol_read:
 * @server: FQDN of a domain controller
 * @paths: (element-type utf8): as ce_sysvol_path() makes them; at most %CE_SYSVOL_MAX_FILES
 * @deadline_us: g_get_monotonic_time() after which the program is killed
 *
 * Starts cardenroll-sysvol (beside the running program, or what $CARDENROLL_SYSVOL names), which reads the
 * files over SMB as the user whose Kerberos ticket is in the default cache: signed, never as a guest. Blocks.
 * SIGPIPE is to be ignored.
 *
 * Returns: (transfer full): of CeSysvolFile, one for each path. Errors: DIRECTORY_UNREACHABLE, MISCONFIGURED
 * (the program is not there), PROTOCOL. A file that is missing or cannot be read is no error.
 */
GPtrArray *ce_sysvol_read (const char *server, const GPtrArray *paths, gint64 deadline_us, GError **error);
