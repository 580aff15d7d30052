/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "ui/cli/cli.h"
#include "ui/cli/progress.h"
#include "ui/cli/question.h"

typedef struct
{
  CeCli *cli;
  CeProgress progress;
  CeAsker asker;
  CeJobRun *run;
  GMainLoop *loop;
  CeJobResult *result;
  gboolean cancelled;
  gboolean begun; /* something on the card or at the CA may have changed */
} Work;

/* From these on, stopping leaves something behind. */
static gboolean
step_changes (const char *step)
{
  static const char *const steps[] = { "generate-key", "sign-request", "ask-ca", "write-certificate", "prove",
                                       "trial-logon", NULL };

  return step != NULL && g_strv_contains (steps, step);
}

static void
on_progress (CeJobRun *run, const CeJobProgress *progress, gpointer data)
{
  Work *work = data;

  (void) run;
  work->begun = work->begun || (work->cli->command->is_work && step_changes (progress->step));
  if (!work->cancelled)
    ce_progress_show (&work->progress, progress);
}

static void
on_question (CeJobRun *run, const CeJobQuestion *question, gpointer data)
{
  Work *work = data;

  ce_progress_hide (&work->progress);
  ce_asker_ask (&work->asker, run, question);
}

static void
on_finished (CeJobRun *run, const CeJobResult *result, gpointer data)
{
  Work *work = data;

  (void) run;
  work->result = ce_job_result_copy (result);
  g_main_loop_quit (work->loop);
}

static gboolean
on_signal (gpointer data)
{
  Work *work = data;
  const CeJobProgress *progress = ce_job_run_progress (work->run);
  const CeTerm *err = &work->cli->err;

  if (work->cancelled)
    return G_SOURCE_CONTINUE;
  work->cancelled = TRUE;
  ce_asker_clear (&work->asker);
  /* The terminal has written ^C into the line. */
  if (work->progress.shown)
    ce_progress_hide (&work->progress);
  else if (err->is_terminal)
    ce_term_newline (err);
  if (progress != NULL && progress->hold)
    ce_term_paragraph (err, CE_STYLE_BOLD, 0, "Stopping after this step; leave the card in until then.");
  ce_job_run_cancel (work->run);
  return G_SOURCE_CONTINUE;
}

/* pinentry that was ended leaves the terminal as it had it. */
static void
restore_terminal (const struct termios *before)
{
  if (tcgetpgrp (STDERR_FILENO) == getpgrp ())
    (void) tcsetattr (STDERR_FILENO, TCSADRAIN, before);
}

static void
run_loop (Work *work)
{
  static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
  guint sources[G_N_ELEMENTS (signals)];
  struct termios before;
  gboolean restore = work->cli->err.is_terminal && tcgetattr (STDERR_FILENO, &before) == 0;

  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    sources[i] = g_unix_signal_add (signals[i], on_signal, work);
  g_main_loop_run (work->loop);
  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    g_source_remove (sources[i]);
  if (restore && work->cancelled)
    restore_terminal (&before);
}

static CeJobRequest
make_request (const CeCli *cli, const char *job)
{
  CeJobRequest request = CE_JOB_REQUEST_INIT;

  request.command = job;
  request.card = cli->card;
  request.template_name = cli->template_name;
  request.certificate = cli->certificate;
  if (cli->command->two)
    {
      request.verb = cli->argument;
      request.request_id = cli->second;
    }
  request.interactive = !cli->batch;
  request.refresh = cli->refresh;
  request.pin_fd = cli->pin_fd;
  request.limit = cli->limit;
  return request;
}

static const char *
what_is_left (const Work *work)
{
  if (!work->cancelled)
    return NULL;
  return work->begun ? "What was begun is in the journal: 'cardenroll run' with this card carries on from there."
                     : "The card was not changed.";
}

CeJobResult *
ce_cli_work (CeCli *cli, const char *job)
{
  static const CeJobEvents events = { on_progress, on_question, on_finished };
  const CeJobRequest request = make_request (cli, job);
  g_autoptr (GError) error = NULL;
  Work work = { .cli = cli, .asker = { .cli = cli } };

  ce_progress_init (&work.progress, cli);
  work.loop = g_main_loop_new (NULL, FALSE);
  work.run = ce_job_run_start (&request, &events, &work, &error);
  if (work.run != NULL)
    run_loop (&work);
  else
    work.result = ce_job_result_new_error (CE_ERROR_FAILED, g_strdup (error->message));
  ce_asker_clear (&work.asker);
  ce_progress_clear (&work.progress);
  ce_job_run_free (work.run);
  g_main_loop_unref (work.loop);
  cli->left = what_is_left (&work);
  return work.result;
}
