/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/job/run.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/base/names.h"
#include "ui/job/step.h"

#define MAX_LINE (4 * 1024 * 1024)
#define READ_AT_ONCE (64 * 1024)
#define FIRST_DEADLINE_MS (15 * 1000)
#define SLACK_MS (2 * 1000)
#define CANCEL_MS (3 * 1000)
#define EXIT_MS (5 * 1000)
#define WORKER_PIN_FD 3

struct _CeJobRun
{
  const CeJobEvents *events;
  gpointer data;
  GMainContext *context;
  GPid pid;   /* 0 once reaped */
  int input;  /* a socket: writing to a dead worker must not raise SIGPIPE */
  int output; /* -1 once at its end */
  GSource *readable;
  GSource *watchdog;
  GByteArray *buffer;
  CeJobProgress *progress;
  CeJobResult *result;
  guint deadline_ms; /* as armed last */
  gboolean asking;
  gboolean cancelled;
  gboolean freed;
};

static void
drop_source (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

static void
run_clear (gpointer data)
{
  CeJobRun *run = data;

  close_fd (&run->input);
  close_fd (&run->output);
  g_byte_array_unref (run->buffer);
  ce_job_progress_free (run->progress);
  ce_job_result_free (run->result);
  g_main_context_unref (run->context);
}

static void
run_unref (CeJobRun *run)
{
  g_rc_box_release_full (run, run_clear);
}

static void
kill_worker (CeJobRun *run)
{
  if (run->pid > 0)
    kill (-run->pid, SIGKILL);
}

static guint
scaled (guint ms)
{
  const char *text = g_getenv (CE_ENV_DEADLINE_SCALE);
  guint64 scale = 1000;

  if (text == NULL || !g_ascii_string_to_unsigned (text, 10, 1, 1000, &scale, NULL))
    return ms;
  return (guint) ((guint64) ms * scale / 1000);
}

static gboolean on_deadline (gpointer data);

static void
arm (CeJobRun *run, guint deadline_ms, guint slack_ms)
{
  drop_source (&run->watchdog);
  run->deadline_ms = deadline_ms;
  run->watchdog = g_timeout_source_new (scaled (deadline_ms + slack_ms));
  g_source_set_callback (run->watchdog, on_deadline, run, NULL);
  g_source_attach (run->watchdog, run->context);
}

/* The first reason stays: what happens after it is its consequence. */
static void
give_up (CeJobRun *run, CeErrorCode code, char *message)
{
  if (run->result == NULL)
    run->result = ce_job_result_new_error (code, message);
  else
    g_free (message);
}

static char *
culprit (const CeJobRun *run)
{
  const char *module = run->progress != NULL ? run->progress->module : NULL;

  if (module == NULL || !ce_step_is_card (run->progress->step))
    return g_strdup ("the worker");
  return g_strdup_printf ("the PKCS#11 module %s", module);
}

static const char *
step_name (const CeJobRun *run)
{
  return run->progress != NULL ? run->progress->step : NULL;
}

static gboolean
on_deadline (gpointer data)
{
  CeJobRun *run = data;
  guint seconds = (run->deadline_ms + 999) / 1000;
  g_autofree char *who = culprit (run);

  drop_source (&run->watchdog);
  if (run->cancelled)
    give_up (run, CE_ERROR_CANCELLED,
             g_strdup_printf ("cancelled while %s", ce_step_doing (step_name (run))));
  else
    give_up (run, ce_step_is_card (step_name (run)) ? CE_ERROR_MODULE_FAILED : CE_ERROR_TIMED_OUT,
             g_strdup_printf ("%s did not answer within %u second%s while %s", who, seconds,
                              seconds == 1 ? "" : "s", ce_step_doing (step_name (run))));
  kill_worker (run);
  return G_SOURCE_REMOVE;
}

static void
terminate (CeJobRun *run)
{
  kill (run->pid, SIGTERM);
  arm (run, CANCEL_MS, 0);
}

static void
on_progress (CeJobRun *run, CeReport *report)
{
  ce_job_progress_free (run->progress);
  run->progress = g_steal_pointer (&report->progress);
  if (!run->cancelled)
    arm (run, run->progress->deadline_ms, SLACK_MS);
  else if (!run->progress->hold)
    terminate (run);
  if (run->events->progress != NULL)
    run->events->progress (run, run->progress, run->data);
}

static void
on_question (CeJobRun *run, const CeJobQuestion *question)
{
  drop_source (&run->watchdog);
  run->asking = TRUE;
  if (run->events->question != NULL && !run->cancelled)
    run->events->question (run, question, run->data);
  else
    ce_job_run_answer (run, question->id, NULL);
}

static void
on_result (CeJobRun *run, CeReport *report)
{
  run->result = g_steal_pointer (&report->result);
  arm (run, EXIT_MS, 0);
}

static void
take_line (CeJobRun *run, const char *line, gsize length)
{
  g_autoptr (CeReport) report = ce_report_parse (line, length);

  if (report == NULL || run->result != NULL)
    return;
  if (report->progress != NULL)
    on_progress (run, report);
  else if (report->question != NULL)
    on_question (run, report->question);
  else
    on_result (run, report);
}

/* @from: where bytes begin that were not yet searched for a newline. */
static void
take_lines (CeJobRun *run, gsize from)
{
  gsize start = 0;

  while (!run->freed)
    {
      guint8 *newline = memchr (run->buffer->data + from, '\n', run->buffer->len - from);

      if (newline == NULL)
        break;
      from = (gsize) (newline - run->buffer->data) + 1;
      take_line (run, (const char *) run->buffer->data + start, from - 1 - start);
      start = from;
    }
  if (start > 0)
    g_byte_array_remove_range (run->buffer, 0, (guint) start);
  if (run->buffer->len > MAX_LINE)
    {
      g_byte_array_set_size (run->buffer, 0);
      give_up (run, CE_ERROR_PROTOCOL,
               g_strdup_printf ("the worker's report is larger than 4 MiB while %s",
                                ce_step_doing (step_name (run))));
      kill_worker (run);
    }
}

/* FALSE at the end of the stream, and where nothing can be read now. */
static gboolean
read_some (CeJobRun *run, gboolean *ret_end)
{
  guint before = run->buffer->len;
  gssize n;

  g_byte_array_set_size (run->buffer, before + READ_AT_ONCE);
  n = read (run->output, run->buffer->data + before, READ_AT_ONCE);
  *ret_end = n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
  g_byte_array_set_size (run->buffer, before + (n > 0 ? (guint) n : 0));
  if (n > 0)
    take_lines (run, before);
  return n > 0;
}

static gboolean
on_readable (int fd G_GNUC_UNUSED, GIOCondition condition G_GNUC_UNUSED, gpointer data)
{
  CeJobRun *run = g_rc_box_acquire (data);
  gboolean end = FALSE;

  read_some (run, &end);
  if (end)
    {
      drop_source (&run->readable);
      close_fd (&run->output);
    }
  run_unref (run);
  return end ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

/* What the worker wrote before it ended; not to the end of the stream, which something that it started may
 * hold. */
static void
read_rest (CeJobRun *run)
{
  gboolean end = FALSE;

  drop_source (&run->readable);
  while (run->output >= 0 && !run->freed && read_some (run, &end))
    ;
}

static void
judge_end (CeJobRun *run, int status)
{
  const char *doing = ce_step_doing (step_name (run));
  g_autofree char *who = culprit (run);

  if (run->cancelled)
    give_up (run, CE_ERROR_CANCELLED, g_strdup_printf ("cancelled while %s", doing));
  else if (WIFSIGNALED (status))
    give_up (run, CE_ERROR_MODULE_FAILED,
             g_strdup_printf ("%s crashed while %s (%s)", who, doing, g_strsignal (WTERMSIG (status))));
  else
    give_up (run, CE_ERROR_MODULE_FAILED,
             g_strdup_printf ("%s ended while %s, without a result (exit code %d)", who, doing,
                              WEXITSTATUS (status)));
}

static void
on_ended (GPid pid G_GNUC_UNUSED, int status, gpointer data)
{
  CeJobRun *run = data;

  run->pid = 0;
  read_rest (run);
  drop_source (&run->watchdog);
  if (run->freed)
    return;
  judge_end (run, status);
  if (run->events->finished != NULL)
    run->events->finished (run, run->result, run->data);
}

static void
own_session (gpointer data G_GNUC_UNUSED)
{
  setsid ();
}

/* pinentry-curses needs the terminal's name, as the worker has no terminal of its own. */
static char **
environment (const CeJobRequest *request)
{
  char **env = request->environment != NULL ? g_strdupv (request->environment) : g_get_environ ();
  const char *tty = isatty (STDIN_FILENO) ? ttyname (STDIN_FILENO) : NULL;

  return tty != NULL ? g_environ_setenv (env, "GPG_TTY", tty, FALSE) : env;
}

static gboolean
spawn (CeJobRun *run, const CeJobRequest *request, int child_input, GError **error)
{
  const char *program = g_getenv (CE_ENV_WORKER);
  const char *argv[] = { program != NULL ? program : CE_LIBEXECDIR "/" CE_PROGRAM_WORKER, NULL };
  g_auto (GStrv)
    env = environment (request);
  g_autoptr (GError) reason = NULL;
  int target = WORKER_PIN_FD;
  GSpawnFlags flags = G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_CLOEXEC_PIPES;

  if (request->quiet)
    flags |= G_SPAWN_STDERR_TO_DEV_NULL;
  if (g_spawn_async_with_pipes_and_fds (NULL, argv, (const char *const *) env, flags, own_session, NULL,
                                        child_input, -1, -1, &request->pin_fd, &target,
                                        request->pin_fd >= 0 ? 1 : 0, &run->pid, NULL, &run->output, NULL,
                                        &reason))
    return TRUE;
  g_set_error (error, CE_ERROR, CE_ERROR_FAILED, "cannot start %s: %s", argv[0], reason->message);
  return FALSE;
}

static void
write_line (CeJobRun *run, const char *line)
{
  gsize left = strlen (line);

  while (run->input >= 0 && left > 0)
    {
      gssize n = send (run->input, line, left, MSG_NOSIGNAL);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return;
      line += n;
      left -= (gsize) n;
    }
}

static void
attach (CeJobRun *run)
{
  g_autoptr (GSource) ended = NULL;

  run->readable = g_unix_fd_source_new (run->output, G_IO_IN | G_IO_HUP | G_IO_ERR);
  g_source_set_callback (run->readable, G_SOURCE_FUNC (on_readable), run, NULL);
  g_source_attach (run->readable, run->context);
  /* Holds the run, also when it was freed: the worker is still to be reaped. */
  ended = g_child_watch_source_new (run->pid);
  g_source_set_callback (ended, G_SOURCE_FUNC (on_ended), g_rc_box_acquire (run), (GDestroyNotify) run_unref);
  g_source_attach (ended, run->context);
  arm (run, FIRST_DEADLINE_MS, 0);
}

static gboolean
start (CeJobRun *run, const CeJobRequest *request, GError **error)
{
  g_autofree char *job = ce_job_request_line (request, request->pin_fd >= 0 ? WORKER_PIN_FD : -1);
  int pair[2];
  gboolean ok;

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_FAILED, "cannot make a socket for the worker: %s",
                   g_strerror (errno));
      return FALSE;
    }
  run->input = pair[0];
  ok = spawn (run, request, pair[1], error);
  close (pair[1]);
  if (!ok)
    return FALSE;
  g_unix_set_fd_nonblocking (run->output, TRUE, NULL);
  g_unix_set_fd_nonblocking (run->input, TRUE, NULL);
  write_line (run, job);
  attach (run);
  return TRUE;
}

CeJobRun *
ce_job_run_start (const CeJobRequest *request, const CeJobEvents *events, gpointer data, GError **error)
{
  CeJobRun *run = g_rc_box_new0 (CeJobRun);

  run->events = events;
  run->data = data;
  run->context = g_main_context_ref_thread_default ();
  run->input = run->output = -1;
  run->buffer = g_byte_array_new ();
  if (start (run, request, error))
    return run;
  run_unref (run);
  return NULL;
}

void
ce_job_run_answer (CeJobRun *run, const char *id, const char *answer)
{
  g_autofree char *line = ce_job_answer_line (id, answer);

  if (!run->asking)
    return;
  run->asking = FALSE;
  arm (run, run->progress != NULL ? run->progress->deadline_ms : FIRST_DEADLINE_MS, SLACK_MS);
  write_line (run, line);
}

void
ce_job_run_cancel (CeJobRun *run)
{
  if (run->pid == 0 || run->result != NULL || run->cancelled)
    return;
  run->cancelled = TRUE;
  if (run->progress == NULL || !run->progress->hold)
    terminate (run);
}

const CeJobProgress *
ce_job_run_progress (const CeJobRun *run)
{
  return run->progress;
}

void
ce_job_run_free (CeJobRun *run)
{
  if (run == NULL || run->freed)
    return;
  run->freed = TRUE;
  kill_worker (run);
  drop_source (&run->readable);
  drop_source (&run->watchdog);
  run_unref (run);
}
