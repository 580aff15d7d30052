/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/job/run.h"

#include <glib-unix.h>

typedef struct
{
  const CeJobEvents *events;
  gpointer data;
  GMainLoop *loop;
  CeJobRun *run;
  CeJobResult *result;
} Sync;

static void
on_progress (CeJobRun *run, const CeJobProgress *progress, gpointer data)
{
  Sync *sync = data;

  if (sync->events->progress != NULL)
    sync->events->progress (run, progress, sync->data);
}

static void
on_question (CeJobRun *run, const CeJobQuestion *question, gpointer data)
{
  Sync *sync = data;

  if (sync->events->question != NULL)
    sync->events->question (run, question, sync->data);
  else
    ce_job_run_answer (run, question->id, NULL);
}

static void
on_finished (CeJobRun *run, const CeJobResult *result, gpointer data)
{
  Sync *sync = data;

  if (sync->events->finished != NULL)
    sync->events->finished (run, result, sync->data);
  sync->result = ce_job_result_copy (result);
  g_main_loop_quit (sync->loop);
}

static gboolean
on_signal (gpointer data)
{
  Sync *sync = data;

  ce_job_run_cancel (sync->run);
  return G_SOURCE_CONTINUE;
}

static GSource *
watch_signal (Sync *sync, int number)
{
  GSource *source = g_unix_signal_source_new (number);

  g_source_set_callback (source, on_signal, sync, NULL);
  g_source_attach (source, g_main_loop_get_context (sync->loop));
  return source;
}

static void
run_loop (Sync *sync)
{
  static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
  GSource *sources[G_N_ELEMENTS (signals)];

  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    sources[i] = watch_signal (sync, signals[i]);
  g_main_loop_run (sync->loop);
  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    {
      g_source_destroy (sources[i]);
      g_source_unref (sources[i]);
    }
}

CeJobResult *
ce_job_run_sync (const CeJobRequest *request, const CeJobEvents *events, gpointer data, GError **error)
{
  static const CeJobEvents forward = { on_progress, on_question, on_finished };
  static const CeJobEvents none = { NULL, NULL, NULL };
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (context, FALSE);
  Sync sync = { .events = events != NULL ? events : &none, .data = data, .loop = loop };

  g_main_context_push_thread_default (context);
  sync.run = ce_job_run_start (request, &forward, &sync, error);
  if (sync.run != NULL)
    run_loop (&sync);
  ce_job_run_free (sync.run);
  g_main_context_pop_thread_default (context);
  return sync.result;
}
