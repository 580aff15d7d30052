/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "ui/job/report.h"
#include "ui/job/request.h"

/**
 * CeJobRun: one worker at work, from its start to its result. The worker is $CARDENROLL_WORKER, else
 * cardenroll-worker in libexec. It runs in a session of its own, without a controlling terminal, so that
 * Ctrl-C reaches only us and so that it can be ended together with all that it started.
 *
 * Agent and window: ce_job_run_start() in a thread whose default main context runs; the events come from
 * there. Command line: ce_job_run_sync(), which runs a main context of its own.
 *
 * A worker always ends in one result. Where it wrote none we write it:
 *   MODULE_FAILED  it crashed, ended without a result, or hung in a step in which the card works
 *   TIMED_OUT      it hung in another step
 *   PROTOCOL       it wrote a line of more than 4 MiB
 *   CANCELLED      ce_job_run_cancel(), and the worker did not say more
 * It hangs when its next line does not come within what the last one announced, plus two seconds (15 seconds
 * before the first). While a question is open it may wait without end. Lines that are no report are ignored.
 */
typedef struct _CeJobRun CeJobRun;

/* Any may be %NULL. What they are given is borrowed. Each may call any function below. */
typedef struct
{
  void (*progress) (CeJobRun *run, const CeJobProgress *progress, gpointer data);
  /* To be answered with ce_job_run_answer(), now or later. %NULL: each question is answered by "nobody". */
  void (*question) (CeJobRun *run, const CeJobQuestion *question, gpointer data);
  /* Once, and last; the worker has been reaped by then. */
  void (*finished) (CeJobRun *run, const CeJobResult *result, gpointer data);
} CeJobEvents;

/**
 * ce_job_run_start:
 * @events: must stay until the run is freed
 *
 * Does not block. Errors: FAILED where the worker cannot be started.
 */
CeJobRun *ce_job_run_start (const CeJobRequest *request, const CeJobEvents *events, gpointer data,
                            GError **error);

/* @answer: one of the choices, or %NULL where nobody could be asked. */
void ce_job_run_answer (CeJobRun *run, const char *id, const char *answer);

/**
 * ce_job_run_cancel:
 *
 * Does not block. SIGTERM as soon as no step runs that needs the card to stay in, and SIGKILL three seconds
 * later. The finished event still comes.
 */
void ce_job_run_cancel (CeJobRun *run);

/* What the worker said last; %NULL before its first line. */
const CeJobProgress *ce_job_run_progress (const CeJobRun *run);

/* Kills a worker that still runs; no event comes after this. */
void ce_job_run_free (CeJobRun *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeJobRun, ce_job_run_free)

/**
 * ce_job_run_sync:
 * @events: as above; finished may be %NULL as the result is returned
 *
 * Blocks until the worker has ended. SIGINT, SIGTERM and SIGHUP cancel it meanwhile. Main thread only.
 *
 * Returns: (transfer full): %NULL with FAILED only where the worker cannot be started.
 */
CeJobResult *ce_job_run_sync (const CeJobRequest *request, const CeJobEvents *events, gpointer data,
                              GError **error);
