/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/journal/database.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/error.h"
#include "agent/base/names.h"
#include "agent/base/text.h"

#define APPLICATION_ID 0x43654a6e /* "CeJn" */

static const char schema[] = "CREATE TABLE job ("
                             " id INTEGER PRIMARY KEY AUTOINCREMENT,"
                             " state TEXT NOT NULL,"
                             " card_serial TEXT NOT NULL, card_label TEXT NOT NULL, user TEXT NOT NULL,"
                             " action TEXT NOT NULL, template_name TEXT NOT NULL, template_oid TEXT NOT NULL,"
                             " ca_name TEXT NOT NULL, ca_url TEXT NOT NULL, request_id TEXT NOT NULL,"
                             " key_id TEXT NOT NULL, public_key_id TEXT NOT NULL, keys_before TEXT NOT NULL,"
                             " request BLOB, certificate BLOB, old_certificate TEXT NOT NULL,"
                             " begun INTEGER NOT NULL, changed INTEGER NOT NULL, ask_again INTEGER NOT NULL,"
                             " note TEXT NOT NULL) STRICT;"
                             "CREATE INDEX job_of_card ON job (card_serial, id);"
                             "CREATE TABLE history ("
                             " id INTEGER PRIMARY KEY AUTOINCREMENT,"
                             " job INTEGER REFERENCES job (id),"
                             " at INTEGER NOT NULL,"
                             " card_serial TEXT NOT NULL, user TEXT NOT NULL, action TEXT NOT NULL,"
                             " template_name TEXT NOT NULL, state TEXT NOT NULL, ca_name TEXT NOT NULL,"
                             " request_id TEXT NOT NULL, note TEXT NOT NULL) STRICT;"
                             "CREATE INDEX history_of_card ON history (card_serial, id);";

static void G_GNUC_PRINTF (3, 4)
set_error (CeJournal *journal, GError **error, const char *format, ...)
{
  g_autofree char *what = NULL;
  va_list args;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, CE_ERROR, CE_ERROR_JOURNAL, "journal %s: %s", journal->path, what);
}

void
ce_journal_set_damaged (CeJournal *journal, const char *what, GError **error)
{
  g_autofree char *aside = g_strconcat (journal->path, ".damaged", NULL);
  g_autofree char *from = g_shell_quote (journal->path);
  g_autofree char *to = g_shell_quote (aside);

  set_error (journal, error, "it is damaged (%s); to begin a new one, move it away: mv %s %s", what, from, to);
}

void
ce_journal_set_damaged_value (CeJournal *journal, sqlite3_stmt *statement, int column, GError **error)
{
  g_autofree char *what = g_strdup_printf ("a value of '%s' that cannot be", sqlite3_column_name (statement, column));

  ce_journal_set_damaged (journal, what, error);
}

/* SQLite only knows that a write failed: quotas and read-only disks look alike. Trying it tells. */
static int
why_not_writable (CeJournal *journal)
{
  static const char block[64 * 1024] = { 0 };
  g_autofree char *probe = g_strconcat (journal->path, ".XXXXXX", NULL);
  struct stat info = { 0 };
  int fd = g_mkstemp_full (probe, O_RDWR | O_CLOEXEC, 0600);
  gssize written;
  int reason;

  if (fd < 0)
    return errno;
  (void) stat (journal->path, &info);
  written = pwrite (fd, block, sizeof block, info.st_size);
  reason = written < 0 ? errno : written < (gssize) sizeof block ? ENOSPC : 0;
  close (fd);
  (void) unlink (probe);
  return reason;
}

static void
set_write_error (CeJournal *journal, int status, GError **error)
{
  int reason = why_not_writable (journal);

  if (status == SQLITE_READONLY_DBMOVED)
    set_error (journal, error, "it was moved or deleted while in use; run it again");
  else if (reason == ENOSPC || reason == EDQUOT || reason == EFBIG || (status & 0xff) == SQLITE_FULL)
    set_error (journal, error, "cannot be written: %s; make room on the disk that holds it",
               g_strerror (reason != 0 ? reason : ENOSPC));
  else
    set_error (journal, error, "cannot be written: %s; file and folder must be yours and writable",
               reason != 0 ? g_strerror (reason) : sqlite3_errstr (status));
}

void
ce_journal_set_error (CeJournal *journal, int status, GError **error)
{
  switch (status & 0xff)
    {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      set_error (journal, error, "another program has kept it locked; see which with: fuser -v %s", journal->path);
      return;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
      ce_journal_set_damaged (journal, sqlite3_errstr (status), error);
      return;
    case SQLITE_FULL:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_IOERR:
      set_write_error (journal, status, error);
      return;
    case SQLITE_ERROR:
      /* The statements are fixed: one that does not fit means other tables. */
      ce_journal_set_damaged (journal, sqlite3_errmsg (journal->db), error);
      return;
    default:
      set_error (journal, error, "%s", sqlite3_errmsg (journal->db));
    }
}

gboolean
ce_journal_exec (CeJournal *journal, const char *sql, GError **error)
{
  int status = sqlite3_exec (journal->db, sql, NULL, NULL, NULL);

  if (status != SQLITE_OK)
    ce_journal_set_error (journal, sqlite3_extended_errcode (journal->db), error);
  return status == SQLITE_OK;
}

sqlite3_stmt *
ce_journal_prepare (CeJournal *journal, const char *sql, GError **error)
{
  sqlite3_stmt *statement = NULL;

  if (sqlite3_prepare_v2 (journal->db, sql, -1, &statement, NULL) == SQLITE_OK)
    return statement;
  ce_journal_set_error (journal, sqlite3_extended_errcode (journal->db), error);
  return NULL;
}

gboolean
ce_journal_step (CeJournal *journal, sqlite3_stmt *statement, gboolean *ret_row, GError **error)
{
  int status = sqlite3_step (statement);

  if (status != SQLITE_ROW && status != SQLITE_DONE)
    {
      ce_journal_set_error (journal, sqlite3_extended_errcode (journal->db), error);
      return FALSE;
    }
  *ret_row = status == SQLITE_ROW;
  return TRUE;
}

gboolean
ce_journal_run (CeJournal *journal, sqlite3_stmt *statement, GError **error)
{
  gboolean row;

  return ce_journal_step (journal, statement, &row, error);
}

gboolean
ce_journal_end (CeJournal *journal, gboolean ok, GError **error)
{
  if (ok && ce_journal_exec (journal, "COMMIT", error))
    return TRUE;
  if (!sqlite3_get_autocommit (journal->db))
    (void) sqlite3_exec (journal->db, "ROLLBACK", NULL, NULL, NULL);
  return FALSE;
}

void
ce_journal_bind_text (sqlite3_stmt *statement, int index, const char *text)
{
  g_autofree char *clean = NULL;

  if (text != NULL && (strlen (text) > CE_JOURNAL_TEXT_MAX || !g_utf8_validate (text, -1, NULL)))
    text = clean = ce_text_clean (text, strlen (text), CE_JOURNAL_TEXT_MAX / 4);
  sqlite3_bind_text (statement, index, text != NULL ? text : "", -1, SQLITE_TRANSIENT);
}

char *
ce_journal_column_text (CeJournal *journal, sqlite3_stmt *statement, int column, GError **error)
{
  const char *text = (const char *) sqlite3_column_text (statement, column);
  int length = sqlite3_column_bytes (statement, column);

  if (text != NULL && length <= CE_JOURNAL_TEXT_MAX && g_utf8_validate (text, length, NULL))
    return g_strdup (text);
  ce_journal_set_damaged_value (journal, statement, column, error);
  return NULL;
}

static void
sync_folder (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd >= 0)
    {
      (void) fsync (fd);
      close (fd);
    }
}

/* Made here and not by SQLite, for its mode. An open file is not touched again: closing it would drop SQLite's locks. */
static gboolean
make_file (CeJournal *journal, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (journal->path);
  int fd = open (journal->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

  if (fd < 0 && errno != EEXIST)
    {
      set_error (journal, error, "cannot be made: %s; file and folder must be yours and writable", g_strerror (errno));
      return FALSE;
    }
  if (fd < 0)
    return TRUE;
  close (fd);
  sync_folder (journal->path);
  sync_folder (folder);
  return TRUE;
}

static gboolean
check_file (CeJournal *journal, GError **error)
{
  struct stat info;

  if (lstat (journal->path, &info) != 0)
    {
      if (errno == ENOENT)
        return make_file (journal, error);
      set_error (journal, error, "cannot be opened: %s", g_strerror (errno));
      return FALSE;
    }
  if (!S_ISREG (info.st_mode))
    set_error (journal, error, "it is not a file; move it away");
  else if (info.st_uid != geteuid () && geteuid () != 0)
    set_error (journal, error, "it belongs to another user (uid %u); move it away", info.st_uid);
  else if ((info.st_mode & 077) != 0 && chmod (journal->path, info.st_mode & 0700) != 0)
    set_error (journal, error, "other users can read it, and that cannot be changed: %s", g_strerror (errno));
  else
    return TRUE;
  return FALSE;
}

static gboolean
read_number (CeJournal *journal, const char *pragma, gint64 *ret_number, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = ce_journal_prepare (journal, pragma, error);
  gboolean row = FALSE;

  if (statement == NULL || !ce_journal_step (journal, statement, &row, error))
    return FALSE;
  *ret_number = row ? sqlite3_column_int64 (statement, 0) : 0;
  return TRUE;
}

/* Another opener may have made the tables since the version was read: it is read again under the lock. */
static gboolean
make_tables (CeJournal *journal, GError **error)
{
  g_autofree char *mark
    = g_strdup_printf ("PRAGMA application_id=%d; PRAGMA user_version=%d;", APPLICATION_ID, CE_JOURNAL_SCHEMA);
  gint64 version = 0;
  gboolean ok;

  if (!ce_journal_exec (journal, "BEGIN IMMEDIATE", error))
    return FALSE;
  ok = read_number (journal, "PRAGMA user_version", &version, error)
       && (version != 0 || (ce_journal_exec (journal, schema, error) && ce_journal_exec (journal, mark, error)));
  return ce_journal_end (journal, ok, error);
}

/* In one transaction: another opener may make the tables between two of these reads. */
static gboolean
read_marks (CeJournal *journal, gint64 *ret_version, gint64 *ret_application, gint64 *ret_tables, GError **error)
{
  gboolean ok;

  if (!ce_journal_exec (journal, "BEGIN", error))
    return FALSE;
  ok = read_number (journal, "PRAGMA user_version", ret_version, error)
       && read_number (journal, "PRAGMA application_id", ret_application, error)
       && read_number (journal, "SELECT count(*) FROM sqlite_schema", ret_tables, error);
  return ce_journal_end (journal, ok, error);
}

static gboolean
check_version (CeJournal *journal, GError **error)
{
  gint64 version = 0, application = 0, tables = 0;

  if (!read_marks (journal, &version, &application, &tables, error))
    return FALSE;
  if (version == 0 && application == 0 && tables == 0)
    return make_tables (journal, error);
  if (application != APPLICATION_ID)
    set_error (journal, error, "it is another program's database; move it away");
  else if (version > CE_JOURNAL_SCHEMA)
    set_error (journal, error, "it was written by a newer version of cardenroll (format %d, this one knows %d); "
               "update cardenroll", (int) version, CE_JOURNAL_SCHEMA);
  else if (version < 1)
    ce_journal_set_damaged (journal, "no version", error);
  else
    return TRUE;
  return FALSE;
}

static gboolean
check_pages (CeJournal *journal, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = ce_journal_prepare (journal, "PRAGMA quick_check(1)", error);
  const char *verdict;
  gboolean row = FALSE;

  if (statement == NULL || !ce_journal_step (journal, statement, &row, error))
    return FALSE;
  verdict = row ? (const char *) sqlite3_column_text (statement, 0) : NULL;
  if (g_strcmp0 (verdict, "ok") == 0)
    return TRUE;
  ce_journal_set_damaged (journal, "its pages do not fit together", error);
  return FALSE;
}

static gboolean
configure (CeJournal *journal, int patience_ms, GError **error)
{
  sqlite3_extended_result_codes (journal->db, 1);
  sqlite3_busy_timeout (journal->db, patience_ms);
  sqlite3_limit (journal->db, SQLITE_LIMIT_LENGTH, 2 * CE_JOURNAL_BLOB_MAX);
  sqlite3_limit (journal->db, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_db_config (journal->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config (journal->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  sqlite3_db_config (journal->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
  sqlite3_db_config (journal->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
  return ce_journal_exec (journal, "PRAGMA synchronous=EXTRA; PRAGMA foreign_keys=ON; PRAGMA cell_size_check=ON;"
                          "PRAGMA temp_store=MEMORY;", error);
}

static char *
own_path (GError **error)
{
  g_autoptr (GError) reason = NULL;
  char *path = ce_user_path (g_get_user_state_dir (), CE_JOURNAL_FILE, &reason);

  if (path == NULL)
    g_set_error (error, CE_ERROR, CE_ERROR_JOURNAL, "journal: %s", reason->message);
  return path;
}

CeJournal *
ce_journal_open_patient (const char *path, int patience_ms, GError **error)
{
  g_autoptr (CeJournal) journal = g_new0 (CeJournal, 1);
  int status;

  journal->path = path != NULL ? g_strdup (path) : own_path (error);
  if (journal->path == NULL || !check_file (journal, error))
    return NULL;
  status = sqlite3_open_v2 (journal->path, &journal->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX, NULL);
  if (status != SQLITE_OK)
    {
      ce_journal_set_error (journal, sqlite3_extended_errcode (journal->db), error);
      return NULL;
    }
  if (!configure (journal, patience_ms, error) || !check_version (journal, error) || !check_pages (journal, error))
    return NULL;
  return g_steal_pointer (&journal);
}

CeJournal *
ce_journal_open (const char *path, GError **error)
{
  return ce_journal_open_patient (path, CE_JOURNAL_PATIENCE_MS, error);
}

void
ce_journal_free (CeJournal *journal)
{
  if (journal == NULL)
    return;
  sqlite3_close_v2 (journal->db);
  g_free (journal->path);
  g_free (journal);
}
