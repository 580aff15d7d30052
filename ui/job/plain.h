/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/**
 * ce_job_plain:
 * @message: as a worker or a CA says it
 *
 * Without what only administrators can use: names and numbers of HRESULTs. They stay in `--json`, in `history` and in
 * the log. Pure.
 *
 * Returns: (transfer full): @message itself where nothing would be left
 */
char *ce_job_plain (const char *message);
