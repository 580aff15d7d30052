/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "agent/base/error.h"

/**
 * What a worker reports, docs/worker-stream.md. Text that is meant for people is made fit for a terminal and
 * cut at 4,000 bytes.
 */

typedef struct
{
  char *step; /* "generate-key" */
  guint n;    /* this is step n of @of; both 0 where the worker does not say */
  guint of;
  char *text;        /* for people: "Generating the key on the card" */
  char *module;      /* file name of the PKCS#11 module in use; %NULL while there is none */
  guint deadline_ms; /* the next line comes within this time, or the worker hangs */
  gboolean hold;     /* the card must stay in */
  JsonObject *card;  /* "serial" and "label" of the one that is open; %NULL while there is none */
} CeJobProgress;

typedef struct
{
  char *id;
  char *text;
  char **choices; /* may be empty */
} CeJobQuestion;

typedef enum
{
  CE_OUTCOME_DONE,
  CE_OUTCOME_NOTHING_TO_DO,
  CE_OUTCOME_WAITING,
  CE_OUTCOME_REFUSED,
  CE_OUTCOME_FAILED,
  CE_OUTCOME_OFFERED, /* something is due and can wait; only where the job said that it may */
} CeJobOutcome;

typedef struct
{
  CeErrorCode code;
  char *message;  /* for people, by ce_job_plain(): lower case, no full stop */
  char *detail;   /* the same as the worker said it, for logs */
  char *hint;     /* a sentence, or %NULL */
  int tries_left; /* -1: not known or not about a PIN */
} CeJobError;

typedef struct
{
  CeJobOutcome outcome;
  int exit_code;      /* what `cardenroll` ends with */
  CeJobError *error;  /* %NULL where nothing went wrong; never %NULL with %CE_OUTCOME_FAILED */
  JsonObject *object; /* the whole result, also what is typed above; read it with ui/job/json.h */
} CeJobResult;

typedef struct
{
  CeJobProgress *progress; /* exactly one of the three is set */
  CeJobQuestion *question;
  CeJobResult *result;
} CeReport;

/**
 * ce_report_parse:
 * @line: one line without its newline; not necessarily NUL-terminated
 *
 * Returns: (transfer full) (nullable): %NULL for a line that is no report, which is to be ignored.
 */
CeReport *ce_report_parse (const char *line, gsize length);

/* A result that no worker wrote: it crashed, hung or was cancelled. Takes @message. */
CeJobResult *ce_job_result_new_error (CeErrorCode code, char *message);

/* The same again, sharing the JSON object. */
CeJobResult *ce_job_result_copy (const CeJobResult *result);

/* "done" "nothing-to-do" "waiting" "refused" "failed" "offered" */
const char *ce_job_outcome_name (CeJobOutcome outcome);

void ce_report_free (CeReport *report);
void ce_job_progress_free (CeJobProgress *progress);
void ce_job_question_free (CeJobQuestion *question);
void ce_job_result_free (CeJobResult *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeReport, ce_report_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeJobProgress, ce_job_progress_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeJobQuestion, ce_job_question_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeJobResult, ce_job_result_free)
