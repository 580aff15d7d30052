/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <glib/gstdio.h>
#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "agent/base/names.h"
#include "ui/job/json.h"
#include "ui/job/run.h"

typedef struct
{
  guint n_progress;
  guint n_questions;
  guint n_finished;
  char *last_step;
  const char *answer;
  gboolean cancel_at_progress;
  gboolean free_at_progress;
} Seen;

static void
on_progress (CeJobRun *run, const CeJobProgress *progress, gpointer data)
{
  Seen *seen = data;

  seen->n_progress++;
  g_free (seen->last_step);
  seen->last_step = g_strdup (progress->step);
  if (seen->cancel_at_progress)
    ce_job_run_cancel (run);
}

static void
on_question (CeJobRun *run, const CeJobQuestion *question, gpointer data)
{
  Seen *seen = data;

  seen->n_questions++;
  ce_job_run_answer (run, question->id, seen->answer);
}

static void
on_finished (CeJobRun *run G_GNUC_UNUSED, const CeJobResult *result, gpointer data)
{
  Seen *seen = data;

  g_assert_nonnull (result);
  seen->n_finished++;
}

static const CeJobEvents events = { on_progress, on_question, on_finished };

static CeJobResult *
run_mode_with (const char *mode, const CeJobEvents *with, Seen *seen)
{
  CeJobRequest request = CE_JOB_REQUEST_INIT;
  g_autoptr (GError) error = NULL;
  CeJobResult *result;

  request.command = "enroll";
  request.template_name = mode;
  result = ce_job_run_sync (&request, with, seen, &error);
  g_assert_no_error (error);
  g_assert_nonnull (result);
  return result;
}

static CeJobResult *
run_mode (const char *mode, Seen *seen)
{
  CeJobResult *result = run_mode_with (mode, &events, seen);

  g_assert_cmpuint (seen->n_finished, ==, 1);
  g_clear_pointer (&seen->last_step, g_free);
  return result;
}

static void
assert_failed (const CeJobResult *result, CeErrorCode code, const char *message)
{
  g_assert_cmpint (result->outcome, ==, CE_OUTCOME_FAILED);
  g_assert_cmpstr (result->error->message, ==, message);
  g_assert_cmpstr (ce_error_name (result->error->code), ==, ce_error_name (code));
  g_assert_cmpint (result->exit_code, ==, (int) ce_error_exit_code (code));
  g_assert_cmpstr (ce_json_string (ce_json_object (result->object, "error"), "message"), ==, message);
}

static void
test_normal (void)
{
  Seen seen = { 0 };
  g_autoptr (CeJobResult) result = run_mode ("normal", &seen);

  g_assert_cmpuint (seen.n_progress, ==, 3);
  g_assert_cmpint (result->outcome, ==, CE_OUTCOME_DONE);
  g_assert_null (result->error);
  g_assert_nonnull (ce_json_array (result->object, "performed"));
}

static void
test_job_arrives (void)
{
  Seen seen = { 0 };
  g_autoptr (CeJobResult) result = run_mode ("echo-job", &seen);
  JsonObject *job = ce_json_object (result->object, "job");

  g_assert_cmpstr (ce_json_string (job, "command"), ==, "enroll");
  g_assert_cmpstr (ce_json_string (job, "template"), ==, "echo-job");
  g_assert_cmpint (ce_json_int (job, "pin_fd", 0), ==, -1);
}

static void
test_error_is_passed_on (void)
{
  Seen seen = { 0 };
  g_autoptr (CeJobResult) result = run_mode ("pin-incorrect", &seen);

  g_assert_cmpint (result->error->code, ==, CE_ERROR_PIN_INCORRECT);
  g_assert_cmpint (result->error->tries_left, ==, 2);
  g_assert_cmpint (result->exit_code, ==, 6);
  g_assert_nonnull (result->error->hint);
}

static void
test_result_stands (gconstpointer mode)
{
  Seen seen = { 0 };
  g_autoptr (CeJobResult) result = run_mode (mode, &seen);

  g_assert_null (result->error);
  g_assert_cmpuint (seen.n_progress, ==, 0);
}

static void
test_mismatch (void)
{
  Seen seen = { 0 };
  g_autoptr (CeJobResult) result = run_mode ("mismatch", &seen);

  g_assert_cmpint (result->outcome, ==, CE_OUTCOME_NOTHING_TO_DO);
  g_assert_cmpint (result->exit_code, ==, 2);
}

static void
test_endless (void)
{
  Seen seen = { 0 };
  g_autoptr (CeJobResult) result = run_mode ("endless", &seen);
  struct rusage usage;

  assert_failed (result, CE_ERROR_PROTOCOL, "the worker's report is larger than 4 MiB while starting");
  getrusage (RUSAGE_SELF, &usage);
  g_assert_cmpint (usage.ru_maxrss, <, 512 * 1024); /* KiB, with room for sanitizers */
}

static void
test_no_newline (void)
{
  Seen seen = { 0 };
  g_autoptr (CeJobResult) result = run_mode ("no-newline", &seen);

  assert_failed (result, CE_ERROR_MODULE_FAILED,
                 "the worker ended while starting, without a result (exit code 0)");
}

static void
test_no_result (void)
{
  Seen seen = { 0 };
  g_autoptr (CeJobResult) result = run_mode ("no-result", &seen);

  assert_failed (result, CE_ERROR_MODULE_FAILED,
                 "the worker ended while reading the card, without a result (exit code 3)");
}

static void
test_crash (void)
{
  Seen seen = { 0 };
  g_autoptr (CeJobResult) result = run_mode ("crash", &seen);

  assert_failed (
      result, CE_ERROR_MODULE_FAILED,
      "the PKCS#11 module bad-pkcs11.so crashed while generating the key on the card (Segmentation fault)");
}

/* The number that the fake worker left for us, from a file that goes away with it. */
static pid_t
take_pid (const char *path)
{
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_unlink (path);
  return (pid_t) g_ascii_strtoll (text, NULL, 10);
}

static char *
note_path (void)
{
  char *path = g_strdup_printf ("%s/cardenroll-test-job.%d", g_get_tmp_dir (), getpid ());

  g_setenv ("FAKE_WORKER_CHILD", path, TRUE);
  return path;
}

/* Gone, or dead and waiting for its new parent. */
static gboolean
is_dead (pid_t pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", pid);
  g_autofree char *text = NULL;

  return !g_file_get_contents (path, &text, NULL, NULL) || strstr (text, ") Z ") != NULL;
}

static void
test_hang (void)
{
  g_autofree char *path = note_path ();
  Seen seen = { 0 };
  g_autoptr (CeJobResult) result = NULL;
  pid_t child;

  g_setenv (CE_ENV_DEADLINE_SCALE, "50", TRUE);
  result = run_mode ("hang", &seen);
  assert_failed (
      result, CE_ERROR_MODULE_FAILED,
      "the PKCS#11 module bad-pkcs11.so did not answer within 1 second while generating the key on the card");
  child = take_pid (path);
  while (!is_dead (child))
    g_usleep (1000);
}

static void
test_hang_elsewhere (void)
{
  Seen seen = { 0 };
  g_autoptr (CeJobResult) result = NULL;

  g_setenv (CE_ENV_DEADLINE_SCALE, "10", TRUE);
  result = run_mode ("hang-ca", &seen);
  assert_failed (result, CE_ERROR_TIMED_OUT,
                 "the worker did not answer within 10 seconds while waiting for the certification authority");
}

static void
test_silent (void)
{
  Seen seen = { 0 };
  g_autoptr (CeJobResult) result = NULL;

  g_setenv (CE_ENV_DEADLINE_SCALE, "10", TRUE);
  result = run_mode ("silent", &seen);
  assert_failed (result, CE_ERROR_MODULE_FAILED,
                 "the worker did not answer within 15 seconds while starting");
}

static void
test_orphan (void)
{
  g_autofree char *path = note_path ();
  Seen seen = { 0 };
  g_autoptr (CeJobResult) result = run_mode ("orphan", &seen);

  g_assert_null (result->error);
  kill (take_pid (path), SIGKILL);
}

static void
test_question (void)
{
  Seen seen = { .answer = "yes" };
  g_autoptr (CeJobResult) result = run_mode ("question", &seen);
  JsonObject *answer = ce_json_object (result->object, "answer");

  g_assert_cmpuint (seen.n_questions, ==, 1);
  g_assert_cmpstr (ce_json_string (answer, "id"), ==, "spend-last-try");
  g_assert_cmpstr (ce_json_string (answer, "answer"), ==, "yes");
}

static void
test_question_to_nobody (void)
{
  static const CeJobEvents deaf = { NULL, NULL, NULL };
  g_autoptr (CeJobResult) result = run_mode_with ("question", &deaf, NULL);
  JsonObject *answer = ce_json_object (result->object, "answer");

  g_assert_true (json_object_get_null_member (answer, "answer"));
}

static void
test_cancel (void)
{
  Seen seen = { .cancel_at_progress = TRUE };
  g_autoptr (CeJobResult) result = run_mode ("wait", &seen);

  assert_failed (result, CE_ERROR_CANCELLED, "cancelled while asking for the PIN");
}

static void
cancel_when_holding (CeJobRun *run, const CeJobProgress *progress, gpointer data)
{
  Seen *seen = data;

  seen->n_progress++;
  g_assert_cmpint (progress->hold, ==, seen->n_progress == 1);
  ce_job_run_cancel (run);
}

static void
test_cancel_waits_for_hold (void)
{
  static const CeJobEvents holding = { cancel_when_holding, NULL, NULL };
  g_autofree char *path = note_path ();
  Seen seen = { 0 };
  g_autoptr (CeJobResult) result = NULL;

  g_setenv (CE_ENV_DEADLINE_SCALE, "100", TRUE);
  result = run_mode_with ("wait-holding", &holding, &seen);
  assert_failed (result, CE_ERROR_CANCELLED, "cancelled while finishing");
  g_assert_cmpuint (seen.n_progress, ==, 2);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

static void
on_progress_free (CeJobRun *run, const CeJobProgress *progress G_GNUC_UNUSED, gpointer data)
{
  Seen *seen = data;

  seen->n_progress++;
  ce_job_run_free (run);
}

static void
test_free_in_event (void)
{
  static const CeJobEvents freeing = { on_progress_free, NULL, on_finished };
  CeJobRequest request = CE_JOB_REQUEST_INIT;
  Seen seen = { 0 };

  request.command = "enroll";
  request.template_name = "normal";
  g_assert_nonnull (ce_job_run_start (&request, &freeing, &seen, NULL));
  while (seen.n_progress == 0)
    g_main_context_iteration (NULL, TRUE);
  for (guint i = 0; i < 20; i++)
    {
      g_main_context_iteration (NULL, FALSE);
      g_usleep (1000);
    }
  g_assert_cmpuint (seen.n_progress, ==, 1);
  g_assert_cmpuint (seen.n_finished, ==, 0);
}

static void
test_pin_fd (void)
{
  CeJobRequest request = CE_JOB_REQUEST_INIT;
  g_autoptr (CeJobResult) result = NULL;
  int pipe[2];

  g_assert_true (g_unix_open_pipe (pipe, FD_CLOEXEC, NULL));
  g_assert_cmpint (write (pipe[1], "648219\n", 7), ==, 7);
  close (pipe[1]);
  request.command = "enroll";
  request.template_name = "pin";
  request.pin_fd = pipe[0];
  result = ce_job_run_sync (&request, NULL, NULL, NULL);
  close (pipe[0]);
  g_assert_cmpint (ce_json_int (result->object, "length", 0), ==, 6);
}

static void
test_missing (void)
{
  CeJobRequest request = CE_JOB_REQUEST_INIT;
  g_autoptr (GError) error = NULL;
  g_autofree char *before = g_strdup (g_getenv (CE_ENV_WORKER));

  request.command = "status";
  g_setenv (CE_ENV_WORKER, "/nowhere/worker", TRUE);
  g_assert_null (ce_job_run_sync (&request, NULL, NULL, &error));
  g_setenv (CE_ENV_WORKER, before, TRUE);
  g_assert_error (error, CE_ERROR, CE_ERROR_FAILED);
  g_assert_true (g_str_has_prefix (error->message, "cannot start /nowhere/worker: "));
}

static guint
count_descriptors (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static void
test_no_descriptors_leak (void)
{
  guint before = count_descriptors ();

  for (guint i = 0; i < 5; i++)
    {
      Seen seen = { 0 };
      g_autoptr (CeJobResult) result = run_mode ("normal", &seen);

      g_assert_nonnull (result);
    }
  g_assert_cmpuint (count_descriptors (), ==, before);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_setenv (CE_ENV_WORKER, CE_FAKE_WORKER, TRUE);
  g_test_add_func ("/job/run/progress-and-result-arrive", test_normal);
  g_test_add_func ("/job/run/the-job-arrives", test_job_arrives);
  g_test_add_func ("/job/run/an-error-is-passed-on", test_error_is_passed_on);
  g_test_add_data_func ("/job/run/garbage-is-ignored", "garbage", test_result_stands);
  g_test_add_data_func ("/job/run/deep-nesting-is-ignored", "deep", test_result_stands);
  g_test_add_data_func ("/job/run/a-large-result-is-read", "large", test_result_stands);
  g_test_add_data_func ("/job/run/a-crash-after-the-result-changes-nothing", "crash-after-result",
                        test_result_stands);
  g_test_add_func ("/job/run/the-result-counts-not-the-exit-status", test_mismatch);
  g_test_add_func ("/job/run/an-endless-line-is-cut-off", test_endless);
  g_test_add_func ("/job/run/half-a-line-is-no-result", test_no_newline);
  g_test_add_func ("/job/run/ending-without-a-result-names-the-step", test_no_result);
  g_test_add_func ("/job/run/a-crash-names-module-and-step", test_crash);
  g_test_add_func ("/job/run/a-survivor-does-not-delay-the-result", test_orphan);
  g_test_add_func ("/job/run/a-question-is-answered", test_question);
  g_test_add_func ("/job/run/a-question-to-nobody-is-answered-null", test_question_to_nobody);
  g_test_add_func ("/job/run/cancel-ends-it", test_cancel);
  g_test_add_func ("/job/run/freeing-in-an-event-is-silent", test_free_in_event);
  g_test_add_func ("/job/run/the-pin-descriptor-is-inherited", test_pin_fd);
  g_test_add_func ("/job/run/a-missing-worker-is-named", test_missing);
  g_test_add_func ("/job/run/no-descriptor-leaks", test_no_descriptors_leak);
  g_test_add_func ("/job/run/a-hanging-module-is-killed-with-its-children", test_hang);
  g_test_add_func ("/job/run/hanging-elsewhere-is-timed-out", test_hang_elsewhere);
  g_test_add_func ("/job/run/silence-from-the-start-is-ended", test_silent);
  g_test_add_data_func ("/job/run/a-hang-after-the-result-changes-nothing", "hang-after-result",
                        test_result_stands);
  g_test_add_func ("/job/run/cancel-waits-while-the-card-must-stay-in", test_cancel_waits_for_hold);
  return g_test_run ();
}
