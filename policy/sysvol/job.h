/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/**
 * What cardenroll-sysvol is told and what it answers. Pure, and known to both sides.
 *
 * Job, on standard input up to its end: "server dc1.lab.test", then a line "read PATH" for each file, PATH
 * being "sysvol/lab.test/Policies/{…}/User/Registry.pol".
 *
 * Answer, on standard output, one for each file in the order of the job:
 *
 *   "file 542\n" and so many bytes | "missing\n" | "failed SENTENCE\n"
 */
#define CE_SYSVOL_MAX_FILES 256
#define CE_SYSVOL_MAX_PATH 1024
#define CE_SYSVOL_MAX_FILE_BYTES (1024 * 1024)
#define CE_SYSVOL_MAX_JOB_BYTES (512 * 1024)
#define CE_SYSVOL_MAX_ANSWER_BYTES (32 * 1024 * 1024)

typedef struct
{
  char *server;
  GPtrArray *paths; /* of char */
} CeSysvolJob;

/* Errors: USAGE, naming the line. */
CeSysvolJob *ce_sysvol_job_parse (const char *text, gsize length, GError **error);
char *ce_sysvol_job_format (const char *server, const GPtrArray *paths);
void ce_sysvol_job_free (CeSysvolJob *job);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeSysvolJob, ce_sysvol_job_free)

/* Below the share "sysvol", with no part that leads out of it, and without control characters. */
gboolean ce_sysvol_is_path (const char *path);

/**
 * ce_sysvol_path:
 * @unc: gPCFileSysPath, "\\lab.test\sysvol\lab.test\Policies\{…}": hostile
 * @domain, @server: the host names that may stand in it
 * @file: "User/Registry.pol"
 *
 * Returns: (transfer full) (nullable): the path for a job; %NULL with PROTOCOL where @unc leads to another
 * host, whom we owe no ticket, or out of SYSVOL.
 */
char *ce_sysvol_path (const char *unc, const char *domain, const char *server, const char *file,
                      GError **error);

/* smb://SERVER/PATH, escaped. */
char *ce_sysvol_url (const char *server, const char *path);

typedef struct
{
  GBytes *bytes; /* %NULL: it is not there, or could not be read */
  char *problem; /* %NULL: it was read or is not there */
} CeSysvolFile;

void ce_sysvol_file_free (CeSysvolFile *file);

/* Returns: (transfer full): of CeSysvolFile, @n of them; or %NULL with PROTOCOL. */
GPtrArray *ce_sysvol_answer_parse (const guint8 *bytes, gsize length, guint n, GError **error);
