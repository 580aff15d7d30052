/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/base/error.h"
#include "agent/journal/database.h"

#define NOW 1795340000

typedef struct
{
  char *folder;
  char *path;
} Fixture;

static void
set_up (Fixture *f, gconstpointer unused)
{
  (void) unused;
  /* Not in g_get_tmp_dir (): newer GLib makes that a folder into which only we may look, and some tests are nobody. */
  f->folder = g_mkdtemp (g_strdup ("/tmp/test-journal-XXXXXX"));
  f->path = g_build_filename (f->folder, "journal.db", NULL);
}

static void
tear_down (Fixture *f, gconstpointer unused)
{
  g_autoptr (GDir) folder = g_dir_open (f->folder, 0, NULL);
  const char *name;

  (void) unused;
  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *path = g_build_filename (f->folder, name, NULL);

      (void) g_remove (path);
    }
  (void) g_rmdir (f->folder);
  g_free (f->path);
  g_free (f->folder);
}

static CeJournal *
open_journal (const Fixture *f)
{
  g_autoptr (GError) error = NULL;
  CeJournal *journal = ce_journal_open (f->path, &error);

  g_assert_no_error (error);
  return journal;
}

static void
set_text (char **field, const char *text)
{
  g_free (*field);
  *field = g_strdup (text);
}

static CeJob *
job_of (const char *serial)
{
  CeJob *job = ce_job_new ();

  set_text (&job->card_serial, serial);
  set_text (&job->card_label, "alice's card");
  set_text (&job->user, "alice@LAB.TEST");
  set_text (&job->action, "enroll");
  set_text (&job->template_name, "LabSmartcard");
  return job;
}

static void
write_job (CeJournal *journal, CeJob *job, CeJobState state, gint64 when)
{
  g_autoptr (GError) error = NULL;

  job->state = state;
  g_assert_true (ce_journal_write (journal, job, when, &error));
  g_assert_no_error (error);
}

static guint
count_open (CeJournal *journal, const char *serial)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) jobs = ce_journal_open_jobs (journal, serial, &error);

  g_assert_no_error (error);
  return jobs->len;
}

static guint
count_history (CeJournal *journal, const char *serial, guint limit)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) lines = ce_journal_history (journal, serial, limit, &error);

  g_assert_no_error (error);
  return lines->len;
}

static void
expect_refused (const Fixture *f, const char *says)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (ce_journal_open_patient (f->path, 10, &error));
  g_assert_error (error, CE_ERROR, CE_ERROR_JOURNAL);
  g_assert_nonnull (strstr (error->message, f->path));
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, says));
}

static void
run_sql (const Fixture *f, const char *sql)
{
  g_autoptr (sqlite3) db = NULL;

  g_assert_cmpint (sqlite3_open (f->path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
}

static void
every_state_has_a_name_of_its_own (Fixture *f, gconstpointer unused)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  (void) f;
  (void) unused;
  for (int i = 0; i < CE_N_JOB_STATES; i++)
    g_assert_true (g_hash_table_add (seen, (gpointer) ce_job_state_name ((CeJobState) i)));
  g_assert_cmpstr (ce_job_state_name (CE_JOB_REQUEST_SENDING), ==, "request-sending");
  g_assert_cmpstr (ce_job_state_name (CE_N_JOB_STATES), ==, "unknown");
}

static void
a_job_survives_a_restart_whole (Fixture *f, gconstpointer unused)
{
  g_autoptr (CeJob) job = job_of ("CE0000000001");
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) jobs = NULL;
  g_autoptr (CeJournal) again = NULL;
  CeJournal *journal = open_journal (f);
  CeJob *back;

  (void) unused;
  job->request = g_bytes_new_static ("\x30\x00\x01", 3);
  set_text (&job->keys_before, "aa bb");
  set_text (&job->request_id, "27");
  set_text (&job->note, "Zertifikat für Jörg");
  job->ask_again_unix = NOW + 60;
  write_job (journal, job, CE_JOB_PENDING, NOW);
  ce_journal_free (journal);

  again = open_journal (f);
  jobs = ce_journal_open_jobs (again, "CE0000000001", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (jobs->len, ==, 1);
  back = g_ptr_array_index (jobs, 0);
  g_assert_cmpint (back->id, ==, job->id);
  g_assert_cmpint (back->state, ==, CE_JOB_PENDING);
  g_assert_cmpstr (back->user, ==, "alice@LAB.TEST");
  g_assert_cmpstr (back->keys_before, ==, "aa bb");
  g_assert_cmpstr (back->request_id, ==, "27");
  g_assert_cmpstr (back->note, ==, "Zertifikat für Jörg");
  g_assert_cmpstr (back->ca_url, ==, "");
  g_assert_true (g_bytes_equal (back->request, job->request));
  g_assert_null (back->certificate);
  g_assert_cmpint (back->begun_unix, ==, NOW);
  g_assert_cmpint (back->ask_again_unix, ==, NOW + 60);
}

static void
a_job_is_open_until_it_is_over (Fixture *f, gconstpointer unused)
{
  g_autoptr (CeJournal) journal = open_journal (f);

  (void) unused;
  for (int state = 0; state < CE_N_JOB_STATES; state++)
    {
      g_autofree char *serial = g_strdup_printf ("card-%d", state);
      g_autoptr (CeJob) job = job_of (serial);
      gboolean over = state == CE_JOB_DONE || state == CE_JOB_ABANDONED;

      set_text (&job->public_key_id, "aa");
      write_job (journal, job, (CeJobState) state, NOW);
      g_assert_cmpuint (count_open (journal, serial), ==, over ? 0 : 1);
      set_text (&job->public_key_id, "");
      write_job (journal, job, (CeJobState) state, NOW);
      g_assert_cmpuint (count_open (journal, serial), ==, over || state == CE_JOB_DENIED ? 0 : 1);
    }
}

static void
jobs_come_oldest_first_and_only_of_this_card (Fixture *f, gconstpointer unused)
{
  g_autoptr (CeJournal) journal = open_journal (f);
  g_autoptr (CeJob) first = job_of ("one");
  g_autoptr (CeJob) second = job_of ("one");
  g_autoptr (CeJob) other = job_of ("two");
  g_autoptr (GPtrArray) jobs = NULL;

  (void) unused;
  write_job (journal, first, CE_JOB_BEGUN, NOW);
  write_job (journal, other, CE_JOB_BEGUN, NOW);
  write_job (journal, second, CE_JOB_BEGUN, NOW);
  write_job (journal, first, CE_JOB_KEY_READY, NOW + 1);
  jobs = ce_journal_open_jobs (journal, "one", NULL);
  g_assert_cmpuint (jobs->len, ==, 2);
  g_assert_cmpint (((CeJob *) g_ptr_array_index (jobs, 0))->id, ==, first->id);
  g_assert_cmpint (((CeJob *) g_ptr_array_index (jobs, 0))->state, ==, CE_JOB_KEY_READY);
  g_assert_cmpint (((CeJob *) g_ptr_array_index (jobs, 0))->begun_unix, ==, NOW);
  g_assert_cmpint (((CeJob *) g_ptr_array_index (jobs, 0))->changed_unix, ==, NOW + 1);
  g_assert_cmpint (((CeJob *) g_ptr_array_index (jobs, 1))->id, ==, second->id);
}

static void
every_write_leaves_a_line_of_history (Fixture *f, gconstpointer unused)
{
  g_autoptr (CeJournal) journal = open_journal (f);
  g_autoptr (CeJob) job = job_of ("one");
  g_autoptr (GPtrArray) lines = NULL;
  g_autoptr (GError) error = NULL;
  CeHistoryLine event = { .when_unix = NOW + 9, .card_serial = (char *) "two", .state = (char *) "logon-test" };
  CeHistoryLine *newest;

  (void) unused;
  write_job (journal, job, CE_JOB_BEGUN, NOW);
  write_job (journal, job, CE_JOB_KEY_GENERATING, NOW + 1);
  write_job (journal, job, CE_JOB_KEY_READY, NOW + 2);
  g_assert_true (ce_journal_add_event (journal, &event, &error));
  g_assert_no_error (error);
  lines = ce_journal_history (journal, NULL, 100, &error);
  g_assert_cmpuint (lines->len, ==, 4);
  newest = g_ptr_array_index (lines, 0);
  g_assert_cmpstr (newest->state, ==, "logon-test");
  g_assert_cmpint (newest->when_unix, ==, NOW + 9);
  g_assert_cmpstr (newest->user, ==, "");
  g_assert_cmpint (newest->job, ==, 0);
  g_assert_cmpint (((CeHistoryLine *) g_ptr_array_index (lines, 1))->job, ==, job->id);
  g_assert_cmpstr (((CeHistoryLine *) g_ptr_array_index (lines, 1))->state, ==, "key-ready");
  g_assert_cmpuint (count_history (journal, "one", 100), ==, 3);
  g_assert_cmpuint (count_history (journal, NULL, 2), ==, 2);
  g_assert_cmpuint (count_history (journal, NULL, 0), ==, 0);
}

static void
only_the_owner_can_read_it (Fixture *f, gconstpointer unused)
{
  struct stat info;
  mode_t before = umask (0);

  (void) unused;
  ce_journal_free (open_journal (f));
  (void) umask (before);
  g_assert_cmpint (stat (f->path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 07777, ==, 0600);
  g_assert_cmpint (chmod (f->path, 0644), ==, 0);
  ce_journal_free (open_journal (f));
  g_assert_cmpint (stat (f->path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 07777, ==, 0600);
}

static void
a_link_or_a_folder_is_refused (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_assert_cmpint (symlink ("/dev/null", f->path), ==, 0);
  expect_refused (f, "it is not a file");
  (void) g_remove (f->path);
  g_assert_cmpint (g_mkdir (f->path, 0700), ==, 0);
  expect_refused (f, "it is not a file");
}

static void
a_newer_version_is_refused_and_not_changed (Fixture *f, gconstpointer unused)
{
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  gsize n_before = 0, n_after = 0;

  (void) unused;
  ce_journal_free (open_journal (f));
  run_sql (f, "PRAGMA user_version=2; ALTER TABLE job ADD COLUMN newer TEXT");
  g_assert_true (g_file_get_contents (f->path, &before, &n_before, NULL));
  expect_refused (f, "newer version of cardenroll (format 2, this one knows 1); update cardenroll");
  g_assert_true (g_file_get_contents (f->path, &after, &n_after, NULL));
  g_assert_cmpuint (n_before, ==, n_after);
  g_assert_cmpint (memcmp (before, after, n_after), ==, 0);
}

static void
another_program_s_database_is_refused (Fixture *f, gconstpointer unused)
{
  (void) unused;
  run_sql (f, "CREATE TABLE moz_places (id)");
  expect_refused (f, "another program's database");
}

static void
a_damaged_file_is_refused_and_kept (Fixture *f, gconstpointer unused)
{
  g_autoptr (CeJob) job = job_of ("one");
  g_autofree char *bytes = NULL;
  CeJournal *journal = open_journal (f);
  gsize length = 0;

  (void) unused;
  write_job (journal, job, CE_JOB_BEGUN, NOW);
  ce_journal_free (journal);
  g_assert_true (g_file_get_contents (f->path, &bytes, &length, NULL));
  g_assert_cmpuint (length, >, 5000);
  memset (bytes + 4096, 0xa5, length - 4096);
  g_assert_true (g_file_set_contents (f->path, bytes, (gssize) length, NULL));
  expect_refused (f, "its pages do not fit together); to begin a new one, move it away: mv ");
  g_assert_true (g_file_set_contents (f->path, "this is no database at all, but long enough for its header ......"
                                      "......................................................", -1, NULL));
  expect_refused (f, "it is damaged");
  g_assert_true (g_file_test (f->path, G_FILE_TEST_EXISTS));
}

static void
a_hostile_row_is_damage (Fixture *f, gconstpointer unused)
{
  static const char *const cases[] = {
    "UPDATE job SET state='enlightened'",
    "UPDATE job SET note=CAST(x'ff41' AS TEXT)",
    "UPDATE job SET note=printf('%.*c', 70000, 'x')",
    "UPDATE job SET certificate=zeroblob(600000)",
    "DROP INDEX history_of_card; DROP TABLE job",
  };

  (void) unused;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (CeJournal) journal = open_journal (f);
      g_autoptr (CeJob) job = job_of ("one");
      g_autoptr (GError) error = NULL;

      write_job (journal, job, CE_JOB_BEGUN, NOW);
      run_sql (f, cases[i]);
      g_assert_null (ce_journal_open_jobs (journal, "one", &error));
      g_assert_error (error, CE_ERROR, CE_ERROR_JOURNAL);
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, "damaged"));
      (void) g_remove (f->path);
    }
}

static void
what_is_too_large_is_not_written (Fixture *f, gconstpointer unused)
{
  g_autoptr (CeJournal) journal = open_journal (f);
  g_autoptr (CeJob) job = job_of ("one");
  g_autoptr (GError) error = NULL;
  g_autofree char *longer = g_strnfill (100000, 'x');

  (void) unused;
  set_text (&job->note, longer);
  write_job (journal, job, CE_JOB_BEGUN, NOW);
  g_assert_cmpuint (count_open (journal, "one"), ==, 1);
  job->certificate = g_bytes_new_take (g_malloc0 (CE_JOURNAL_BLOB_MAX + 1), CE_JOURNAL_BLOB_MAX + 1);
  g_assert_false (ce_journal_write (journal, job, NOW, &error));
  g_assert_error (error, CE_ERROR, CE_ERROR_JOURNAL);
}

static void
two_openers_write_in_turn (Fixture *f, gconstpointer unused)
{
  g_autoptr (CeJournal) one = open_journal (f);
  g_autoptr (CeJournal) two = open_journal (f);
  g_autoptr (CeJob) first = job_of ("one");
  g_autoptr (CeJob) second = job_of ("two");

  (void) unused;
  for (int i = 0; i < 10; i++)
    {
      write_job (one, first, CE_JOB_BEGUN, NOW + i);
      write_job (two, second, CE_JOB_BEGUN, NOW + i);
    }
  g_assert_cmpuint (count_history (one, NULL, 100), ==, 20);
  g_assert_cmpint (first->id, !=, second->id);
}

static gpointer
write_ten (gpointer data)
{
  const Fixture *f = data;
  g_autoptr (CeJournal) journal = open_journal (f);
  g_autoptr (CeJob) job = job_of ("one");

  for (int i = 0; i < 10; i++)
    write_job (journal, job, CE_JOB_BEGUN, NOW + i);
  return NULL;
}

static void
openers_at_the_same_moment_wait_for_each_other (Fixture *f, gconstpointer unused)
{
  GThread *threads[4];
  g_autoptr (CeJournal) journal = NULL;

  (void) unused;
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("opener", write_ten, f);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  journal = open_journal (f);
  g_assert_cmpuint (count_open (journal, "one"), ==, 4);
  g_assert_cmpuint (count_history (journal, NULL, 100), ==, 40);
}

static void
a_lock_that_is_never_released_is_an_error (Fixture *f, gconstpointer unused)
{
  g_autoptr (CeJournal) journal = NULL;
  g_autoptr (CeJob) job = job_of ("one");
  g_autoptr (GError) error = NULL;
  g_autoptr (sqlite3) other = NULL;

  (void) unused;
  ce_journal_free (open_journal (f));
  journal = ce_journal_open_patient (f->path, 10, &error);
  g_assert_no_error (error);
  g_assert_cmpint (sqlite3_open (f->path, &other), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (other, "BEGIN EXCLUSIVE", NULL, NULL, NULL), ==, SQLITE_OK);
  g_assert_false (ce_journal_write (journal, job, NOW, &error));
  g_assert_error (error, CE_ERROR, CE_ERROR_JOURNAL);
  g_assert_nonnull (strstr (error->message, "locked"));
  g_assert_cmpint (sqlite3_exec (other, "ROLLBACK", NULL, NULL, NULL), ==, SQLITE_OK);
  write_job (journal, job, CE_JOB_BEGUN, NOW);
}

static void
a_full_disk_is_named_and_nothing_half_is_written (Fixture *f, gconstpointer unused)
{
  g_autoptr (CeJournal) journal = open_journal (f);
  g_autoptr (CeJob) job = job_of ("one");
  g_autoptr (GError) error = NULL;
  struct rlimit before, now;
  void (*handler) (int) = signal (SIGXFSZ, SIG_IGN);
  gboolean ok;

  (void) unused;
  write_job (journal, job, CE_JOB_KEY_READY, NOW);
  job->state = CE_JOB_ISSUED;
  job->certificate = g_bytes_new_take (g_malloc0 (60000), 60000);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &before), ==, 0);
  now = (struct rlimit) { 40000, before.rlim_max };
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &now), ==, 0);
  ok = ce_journal_write (journal, job, NOW + 1, &error);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &before), ==, 0);
  signal (SIGXFSZ, handler);
  g_assert_false (ok);
  g_assert_error (error, CE_ERROR, CE_ERROR_JOURNAL);
  g_assert_nonnull (strstr (error->message, f->path));
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "make room on the disk that holds it"));
  g_assert_cmpuint (count_history (journal, "one", 10), ==, 1);
  write_job (journal, job, CE_JOB_ISSUED, NOW + 2);
  g_assert_cmpuint (count_history (journal, "one", 10), ==, 2);
}

/* Writes for ever, and says after each write that it has returned. */
static void G_GNUC_NORETURN
write_until_killed (const Fixture *f, const char *serial, int told)
{
  g_autoptr (CeJournal) journal = open_journal (f);
  g_autoptr (CeJob) job = job_of (serial);

  for (guint i = 0;; i++)
    {
      job->state = (CeJobState) (i % CE_JOB_DONE);
      if (!ce_journal_write (journal, job, NOW + i, NULL) || write (told, "x", 1) != 1)
        _exit (1);
    }
}

static void
what_was_written_survives_a_kill (Fixture *f, gconstpointer unused)
{
  (void) unused;
  for (guint round = 1; round <= 10; round++)
    {
      g_autofree char *serial = g_strdup_printf ("card-%u", round);
      g_autoptr (CeJournal) journal = NULL;
      g_autoptr (GPtrArray) jobs = NULL;
      g_autoptr (GPtrArray) lines = NULL;
      char byte;
      int ends[2];
      pid_t child;

      g_assert_cmpint (pipe (ends), ==, 0);
      child = fork ();
      if (child == 0)
        write_until_killed (f, serial, ends[1]);
      close (ends[1]);
      for (guint i = 0; i < round; i++)
        g_assert_cmpint (read (ends[0], &byte, 1), ==, 1);
      g_assert_cmpint (kill (child, SIGKILL), ==, 0);
      g_assert_cmpint (waitpid (child, NULL, 0), ==, child);
      close (ends[0]);

      journal = open_journal (f);
      jobs = ce_journal_open_jobs (journal, serial, NULL);
      lines = ce_journal_history (journal, serial, 1000, NULL);
      g_assert_cmpuint (lines->len, >=, round);
      g_assert_cmpuint (jobs->len, ==, 1);
      g_assert_cmpstr (((CeHistoryLine *) lines->pdata[0])->state, ==,
                       ce_job_state_name (((CeJob *) jobs->pdata[0])->state));
    }
}

/* A disk of 48 KiB, where this may be mounted at all. */
static int
on_a_tiny_disk (const Fixture *f)
{
  g_autoptr (CeJournal) journal = NULL;
  g_autoptr (CeJob) job = job_of ("one");
  g_autoptr (GError) error = NULL;
  guint written = 0;

  if (unshare (CLONE_NEWNS) != 0 || mount ("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0
      || mount ("tiny", f->folder, "tmpfs", 0, "size=48k,mode=0700") != 0)
    return 77;
  journal = open_journal (f);
  job->certificate = g_bytes_new_take (g_malloc0 (3000), 3000);
  while (job->id = 0, ce_journal_write (journal, job, NOW, &error))
    written++;
  g_test_message ("%s", error->message);
  return g_error_matches (error, CE_ERROR, CE_ERROR_JOURNAL) && strstr (error->message, "make room") != NULL
         && count_history (journal, NULL, 100) == written ? 0 : 1;
}

static void
a_disk_without_room_is_named (Fixture *f, gconstpointer unused)
{
  pid_t child = fork ();
  int status = 0;

  (void) unused;
  if (child == 0)
    _exit (on_a_tiny_disk (f));
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  if (WIFEXITED (status) && WEXITSTATUS (status) == 77)
    g_test_skip ("a disk of its own needs root");
  else
    g_assert_cmpint (status, ==, 0);
}

static void
a_journal_deleted_while_open_is_noticed (Fixture *f, gconstpointer unused)
{
  g_autoptr (CeJournal) journal = open_journal (f);
  g_autoptr (CeJob) job = job_of ("one");
  g_autoptr (GError) error = NULL;

  (void) unused;
  write_job (journal, job, CE_JOB_BEGUN, NOW);
  (void) g_remove (f->path);
  g_assert_false (ce_journal_write (journal, job, NOW, &error));
  g_assert_error (error, CE_ERROR, CE_ERROR_JOURNAL);
  g_assert_nonnull (strstr (error->message, "moved or deleted"));
}

static void
a_job_that_is_not_there_any_more_is_an_error (Fixture *f, gconstpointer unused)
{
  g_autoptr (CeJournal) journal = open_journal (f);
  g_autoptr (CeJob) job = job_of ("one");
  g_autoptr (GError) error = NULL;

  (void) unused;
  job->id = 77;
  g_assert_false (ce_journal_write (journal, job, NOW, &error));
  g_assert_error (error, CE_ERROR, CE_ERROR_JOURNAL);
  g_assert_cmpuint (count_history (journal, NULL, 10), ==, 0);
}

/* As somebody whom file modes stop: root is not. */
static int
as_nobody (Fixture *f, gboolean (*attempt) (const Fixture *))
{
  pid_t child = fork ();
  int status = 0;

  if (child == 0)
    {
      if (geteuid () == 0 && (setgid (65534) != 0 || setuid (65534) != 0))
        _exit (2);
      _exit (attempt (f) ? 0 : 1);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  return WIFEXITED (status) ? WEXITSTATUS (status) : -1;
}

static gboolean
cannot_be_made (const Fixture *f)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CeJournal) journal = ce_journal_open (f->path, &error);

  return journal == NULL && g_error_matches (error, CE_ERROR, CE_ERROR_JOURNAL)
         && strstr (error->message, f->path) != NULL && strstr (error->message, "Permission denied") != NULL;
}

static void
a_folder_that_cannot_be_written_is_named (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_assert_cmpint (chmod (f->folder, 0555), ==, 0);
  g_assert_cmpint (as_nobody (f, cannot_be_made), ==, 0);
  g_assert_cmpint (chmod (f->folder, 0700), ==, 0);
}

static gboolean
can_be_read_but_not_written (const Fixture *f)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CeJournal) journal = ce_journal_open (f->path, &error);
  g_autoptr (CeJob) job = job_of ("one");

  return journal != NULL && count_open (journal, "one") == 1 && !ce_journal_write (journal, job, NOW, &error)
         && g_error_matches (error, CE_ERROR, CE_ERROR_JOURNAL) && strstr (error->message, f->path) != NULL;
}

static void
a_folder_that_became_read_only_can_still_be_read (Fixture *f, gconstpointer unused)
{
  g_autoptr (CeJob) job = job_of ("one");
  CeJournal *journal = open_journal (f);

  (void) unused;
  write_job (journal, job, CE_JOB_BEGUN, NOW);
  ce_journal_free (journal);
  if (geteuid () == 0)
    g_assert_cmpint (chown (f->path, 65534, 65534), ==, 0);
  g_assert_cmpint (chmod (f->folder, 0555), ==, 0);
  g_assert_cmpint (as_nobody (f, can_be_read_but_not_written), ==, 0);
  g_assert_cmpint (chmod (f->folder, 0700), ==, 0);
}

static void
without_a_path_it_is_in_the_state_folder (Fixture *f, gconstpointer unused)
{
  g_autofree char *folder = g_build_filename (g_get_user_state_dir (), "cardenroll", NULL);
  g_autofree char *path = g_build_filename (folder, "journal.db", NULL);
  g_autoptr (CeJournal) journal = ce_journal_open (NULL, NULL);
  struct stat info;

  (void) f;
  (void) unused;
  g_assert_nonnull (journal);
  g_assert_cmpint (stat (folder, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 07777, ==, 0700);
  g_assert_cmpint (stat (path, &info), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/journal/every-state-has-a-name-of-its-own", every_state_has_a_name_of_its_own);
  ADD ("/journal/a-job-survives-a-restart-whole", a_job_survives_a_restart_whole);
  ADD ("/journal/a-job-is-open-until-it-is-over", a_job_is_open_until_it_is_over);
  ADD ("/journal/jobs-come-oldest-first-and-only-of-this-card", jobs_come_oldest_first_and_only_of_this_card);
  ADD ("/journal/every-write-leaves-a-line-of-history", every_write_leaves_a_line_of_history);
  ADD ("/journal/only-the-owner-can-read-it", only_the_owner_can_read_it);
  ADD ("/journal/a-link-or-a-folder-is-refused", a_link_or_a_folder_is_refused);
  ADD ("/journal/a-newer-version-is-refused-and-not-changed", a_newer_version_is_refused_and_not_changed);
  ADD ("/journal/another-program-s-database-is-refused", another_program_s_database_is_refused);
  ADD ("/journal/a-damaged-file-is-refused-and-kept", a_damaged_file_is_refused_and_kept);
  ADD ("/journal/a-hostile-row-is-damage", a_hostile_row_is_damage);
  ADD ("/journal/what-is-too-large-is-not-written", what_is_too_large_is_not_written);
  ADD ("/journal/two-openers-write-in-turn", two_openers_write_in_turn);
  ADD ("/journal/openers-at-the-same-moment-wait-for-each-other", openers_at_the_same_moment_wait_for_each_other);
  ADD ("/journal/a-lock-that-is-never-released-is-an-error", a_lock_that_is_never_released_is_an_error);
  ADD ("/journal/a-full-disk-is-named-and-nothing-half-is-written", a_full_disk_is_named_and_nothing_half_is_written);
  ADD ("/journal/what-was-written-survives-a-kill", what_was_written_survives_a_kill);
  ADD ("/journal/a-disk-without-room-is-named", a_disk_without_room_is_named);
  ADD ("/journal/a-journal-deleted-while-open-is-noticed", a_journal_deleted_while_open_is_noticed);
  ADD ("/journal/a-job-that-is-not-there-any-more-is-an-error", a_job_that_is_not_there_any_more_is_an_error);
  ADD ("/journal/a-folder-that-cannot-be-written-is-named", a_folder_that_cannot_be_written_is_named);
  ADD ("/journal/a-folder-that-became-read-only-can-still-be-read", a_folder_that_became_read_only_can_still_be_read);
  ADD ("/journal/without-a-path-it-is-in-the-state-folder", without_a_path_it_is_in_the_state_folder);
  return g_test_run ();
}
