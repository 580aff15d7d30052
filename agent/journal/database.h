/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <sqlite3.h>

#include "agent/journal/journal.h"

/* Within agent/journal only: the database below jobs and history. */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (sqlite3, sqlite3_close_v2)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (sqlite3_stmt, sqlite3_finalize)

#define CE_JOURNAL_SCHEMA 1
#define CE_JOURNAL_TEXT_MAX (64 * 1024)
#define CE_JOURNAL_BLOB_MAX (512 * 1024)
#define CE_JOURNAL_PATIENCE_MS 10000

struct _CeJournal
{
  char *path;
  sqlite3 *db;
};

/* As ce_journal_open(), and waits only @patience_ms for another program's lock. */
CeJournal *ce_journal_open_patient (const char *path, int patience_ms, GError **error);

/* Turns SQLite's last error into JOURNAL, in a person's words: what is wrong with which file, and what to do. */
void ce_journal_set_error (CeJournal *journal, int status, GError **error);

/* "journal PATH is damaged: @what", and what to do about it. */
void ce_journal_set_damaged (CeJournal *journal, const char *what, GError **error);

void ce_journal_set_damaged_value (CeJournal *journal, sqlite3_stmt *statement, int column, GError **error);

gboolean ce_journal_exec (CeJournal *journal, const char *sql, GError **error);
sqlite3_stmt *ce_journal_prepare (CeJournal *journal, const char *sql, GError **error);

/* One row: TRUE and @ret_row says whether there is one. */
gboolean ce_journal_step (CeJournal *journal, sqlite3_stmt *statement, gboolean *ret_row, GError **error);

/* A statement that gives no row. */
gboolean ce_journal_run (CeJournal *journal, sqlite3_stmt *statement, GError **error);

/* Ends a transaction: COMMIT where @ok and that succeeds, else ROLLBACK. */
gboolean ce_journal_end (CeJournal *journal, gboolean ok, GError **error);

/* %NULL is stored as "". Text that is too long or no UTF-8 is cut and cleaned. */
void ce_journal_bind_text (sqlite3_stmt *statement, int index, const char *text);

/* (transfer full): never %NULL on success. Damage, where it is too long or no UTF-8. */
char *ce_journal_column_text (CeJournal *journal, sqlite3_stmt *statement, int column, GError **error);
