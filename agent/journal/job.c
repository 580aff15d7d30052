/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "agent/base/error.h"
#include "agent/base/text.h"
#include "agent/journal/database.h"

#define MAX_OPEN_JOBS 256

static const char *const state_names[CE_N_JOB_STATES] = {
  [CE_JOB_BEGUN] = "begun",
  [CE_JOB_KEY_GENERATING] = "key-generating",
  [CE_JOB_KEY_READY] = "key-ready",
  [CE_JOB_REQUEST_SENDING] = "request-sending",
  [CE_JOB_PENDING] = "pending",
  [CE_JOB_ISSUED] = "issued",
  [CE_JOB_WRITING] = "writing",
  [CE_JOB_WRITTEN] = "written",
  [CE_JOB_PROVED] = "proved",
  [CE_JOB_RETIRING] = "retiring",
  [CE_JOB_DONE] = "done",
  [CE_JOB_DENIED] = "denied",
  [CE_JOB_ABANDONED] = "abandoned",
};

const char *
ce_job_state_name (CeJobState state)
{
  return (guint) state < CE_N_JOB_STATES ? state_names[state] : "unknown";
}

static gboolean
state_from_name (const char *name, CeJobState *ret_state)
{
  for (guint i = 0; i < CE_N_JOB_STATES; i++)
    if (g_str_equal (state_names[i], name))
      {
        *ret_state = (CeJobState) i;
        return TRUE;
      }
  return FALSE;
}

CeJob *
ce_job_new (void)
{
  CeJob *job = g_new0 (CeJob, 1);
  char **texts[] = { &job->card_serial, &job->card_label, &job->user, &job->action, &job->template_name,
                     &job->template_oid, &job->ca_name, &job->ca_url, &job->request_id, &job->key_id,
                     &job->public_key_id, &job->keys_before, &job->old_certificate, &job->note };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    *texts[i] = g_strdup ("");
  return job;
}

void
ce_job_free (CeJob *job)
{
  if (job == NULL)
    return;
  g_free (job->card_serial);
  g_free (job->card_label);
  g_free (job->user);
  g_free (job->action);
  g_free (job->template_name);
  g_free (job->template_oid);
  g_free (job->ca_name);
  g_free (job->ca_url);
  g_free (job->request_id);
  g_free (job->key_id);
  g_free (job->public_key_id);
  g_free (job->keys_before);
  g_clear_pointer (&job->request, g_bytes_unref);
  g_clear_pointer (&job->certificate, g_bytes_unref);
  g_free (job->old_certificate);
  g_free (job->note);
  g_free (job);
}

/* The columns in the order in which bind_job() and read_job() count them. */
#define COLUMNS                                                                                                        \
  "state, card_serial, card_label, user, action, template_name, template_oid, ca_name, ca_url, request_id, key_id, "   \
  "public_key_id, keys_before, old_certificate, note, request, certificate, begun, changed, ask_again"

static void
bind_blob (sqlite3_stmt *statement, int index, GBytes *blob)
{
  gsize length = 0;
  const void *bytes = blob != NULL ? g_bytes_get_data (blob, &length) : NULL;

  if (bytes == NULL)
    sqlite3_bind_null (statement, index);
  else
    sqlite3_bind_blob64 (statement, index, bytes, length, SQLITE_TRANSIENT);
}

static void
bind_job (sqlite3_stmt *statement, const CeJob *job)
{
  const char *texts[]
    = { ce_job_state_name (job->state), job->card_serial, job->card_label, job->user, job->action, job->template_name,
        job->template_oid, job->ca_name, job->ca_url, job->request_id, job->key_id, job->public_key_id,
        job->keys_before, job->old_certificate, job->note };
  int n = (int) G_N_ELEMENTS (texts);

  for (int i = 0; i < n; i++)
    ce_journal_bind_text (statement, i + 1, texts[i]);
  bind_blob (statement, n + 1, job->request);
  bind_blob (statement, n + 2, job->certificate);
  sqlite3_bind_int64 (statement, n + 3, job->begun_unix);
  sqlite3_bind_int64 (statement, n + 4, job->changed_unix);
  sqlite3_bind_int64 (statement, n + 5, job->ask_again_unix);
}

static gboolean
insert_job (CeJournal *journal, const CeJob *job, gint64 *ret_id, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = ce_journal_prepare (
    journal, "INSERT INTO job (" COLUMNS ") VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20)",
    error);

  if (statement == NULL)
    return FALSE;
  bind_job (statement, job);
  if (!ce_journal_run (journal, statement, error))
    return FALSE;
  *ret_id = sqlite3_last_insert_rowid (journal->db);
  return TRUE;
}

static gboolean
update_job (CeJournal *journal, const CeJob *job, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = ce_journal_prepare (
    journal,
    "UPDATE job SET (" COLUMNS ") = (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20) WHERE id=?21",
    error);

  if (statement == NULL)
    return FALSE;
  bind_job (statement, job);
  sqlite3_bind_int64 (statement, 21, job->id);
  if (!ce_journal_run (journal, statement, error))
    return FALSE;
  if (sqlite3_changes (journal->db) == 1)
    return TRUE;
  g_set_error (error, CE_ERROR, CE_ERROR_JOURNAL, "journal %s: job %" G_GINT64_FORMAT " is not in it any more",
               journal->path, job->id);
  return FALSE;
}

static gboolean
insert_line (CeJournal *journal, const CeJob *job, gint64 id, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = ce_journal_prepare (
    journal,
    "INSERT INTO history (job, at, card_serial, user, action, template_name, state, ca_name, request_id, note)"
    " VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)",
    error);
  const char *texts[] = { job->card_serial, job->user, job->action, job->template_name,
                          ce_job_state_name (job->state), job->ca_name, job->request_id, job->note };

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, id);
  sqlite3_bind_int64 (statement, 2, job->changed_unix);
  for (int i = 0; i < (int) G_N_ELEMENTS (texts); i++)
    ce_journal_bind_text (statement, i + 3, texts[i]);
  return ce_journal_run (journal, statement, error);
}

static gboolean
fits (CeJournal *journal, GBytes *blob, const char *what, GError **error)
{
  if (blob == NULL || g_bytes_get_size (blob) <= CE_JOURNAL_BLOB_MAX)
    return TRUE;
  g_set_error (error, CE_ERROR, CE_ERROR_JOURNAL, "journal %s: the %s is larger than %d bytes", journal->path, what,
               CE_JOURNAL_BLOB_MAX);
  return FALSE;
}

gboolean
ce_journal_write (CeJournal *journal, CeJob *job, gint64 now_unix, GError **error)
{
  gint64 id = job->id;
  gboolean ok;

  g_return_val_if_fail ((guint) job->state < CE_N_JOB_STATES, FALSE);
  if (!fits (journal, job->request, "request", error) || !fits (journal, job->certificate, "certificate", error)
      || !ce_journal_exec (journal, "BEGIN IMMEDIATE", error))
    return FALSE;
  job->changed_unix = now_unix;
  if (id == 0)
    job->begun_unix = now_unix;
  ok = (id == 0 ? insert_job (journal, job, &id, error) : update_job (journal, job, error))
       && insert_line (journal, job, id, error);
  if (!ce_journal_end (journal, ok, error))
    return FALSE;
  job->id = id;
  return TRUE;
}

static gboolean
read_text (CeJournal *journal, sqlite3_stmt *statement, int column, char **field, GError **error)
{
  char *text = ce_journal_column_text (journal, statement, column, error);

  if (text == NULL)
    return FALSE;
  ce_text_take (field, text);
  return TRUE;
}

static gboolean
read_blob (CeJournal *journal, sqlite3_stmt *statement, int column, GBytes **field, GError **error)
{
  const void *bytes = sqlite3_column_blob (statement, column);
  int length = sqlite3_column_bytes (statement, column);

  if (length > CE_JOURNAL_BLOB_MAX)
    {
      ce_journal_set_damaged_value (journal, statement, column, error);
      return FALSE;
    }
  *field = length > 0 ? g_bytes_new (bytes, (gsize) length) : NULL;
  return TRUE;
}

static CeJob *
read_job (CeJournal *journal, sqlite3_stmt *statement, GError **error)
{
  g_autoptr (CeJob) job = ce_job_new ();
  g_autofree char *state = g_strdup ("");
  char **texts[] = { &state, &job->card_serial, &job->card_label, &job->user, &job->action, &job->template_name,
                     &job->template_oid, &job->ca_name, &job->ca_url, &job->request_id, &job->key_id,
                     &job->public_key_id, &job->keys_before, &job->old_certificate, &job->note };
  int n = (int) G_N_ELEMENTS (texts);

  for (int i = 0; i < n; i++)
    if (!read_text (journal, statement, i, texts[i], error))
      return NULL;
  if (!state_from_name (state, &job->state))
    {
      ce_journal_set_damaged (journal, "a state that does not exist", error);
      return NULL;
    }
  if (!read_blob (journal, statement, n, &job->request, error)
      || !read_blob (journal, statement, n + 1, &job->certificate, error))
    return NULL;
  job->begun_unix = sqlite3_column_int64 (statement, n + 2);
  job->changed_unix = sqlite3_column_int64 (statement, n + 3);
  job->ask_again_unix = sqlite3_column_int64 (statement, n + 4);
  job->id = sqlite3_column_int64 (statement, n + 5);
  return g_steal_pointer (&job);
}

GPtrArray *
ce_journal_open_jobs (CeJournal *journal, const char *card_serial, GError **error)
{
  g_autoptr (sqlite3_stmt) statement
    = ce_journal_prepare (journal,
                          "SELECT " COLUMNS ", id FROM job WHERE (?1 IS NULL OR card_serial=?1) AND state NOT IN ('done', 'abandoned')"
                          " AND NOT (state='denied' AND public_key_id='') ORDER BY id LIMIT ?2",
                          error);
  g_autoptr (GPtrArray) jobs = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_job_free);
  gboolean row = FALSE;

  if (statement == NULL)
    return NULL;
  if (card_serial != NULL)
    ce_journal_bind_text (statement, 1, card_serial);
  sqlite3_bind_int (statement, 2, MAX_OPEN_JOBS);
  while (ce_journal_step (journal, statement, &row, error))
    {
      CeJob *job;

      if (!row)
        return g_steal_pointer (&jobs);
      job = read_job (journal, statement, error);
      if (job == NULL)
        return NULL;
      g_ptr_array_add (jobs, job);
    }
  return NULL;
}
