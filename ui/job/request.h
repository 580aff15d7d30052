/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/**
 * CeJobRequest: what a worker is told. Start from %CE_JOB_REQUEST_INIT and set what differs; everything is
 * borrowed until ce_job_run_start() returns.
 */
typedef struct
{
  const char *command;       /* "status" "plan" "policy" "run" "enroll" "renew" "logon-test" "history" "pending" "doctor" */
  const char *reader;        /* PC/SC name; %NULL: every reader, or the only one with a card */
  const char *card;          /* RFC 7512 URI, reader name or token serial; %NULL: as @reader says */
  const char *template_name; /* "enroll" only */
  const char *certificate;   /* "renew" only: how its fingerprint begins, or its template; %NULL: the only one */
  const char *verb;          /* "pending" only: "list" "fetch" "fetch-due" "cancel" */
  const char *request_id;    /* "pending" only: one request; %NULL: all */
  gboolean interactive;      /* a person may be asked: PIN and questions */
  gboolean may_wait;         /* "run": offer what can wait, and do not begin it */
  gboolean refresh;          /* read the policy anew, whatever is cached */
  int pin_fd;                /* a descriptor of ours that holds the PIN and that the worker inherits, or -1 */
  guint limit;               /* "history": at most so many lines */
  char **environment;        /* of the worker; %NULL: ours */
  gboolean quiet;            /* drop what PKCS#11 modules print; else it goes to our standard error */
} CeJobRequest;

#define CE_JOB_REQUEST_INIT                                                                                  \
  {                                                                                                          \
    .pin_fd = -1, .limit = 50                                                                                \
  }

/* The job as one line of JSON with its newline; @pin_fd is the number that the worker knows it by. */
char *ce_job_request_line (const CeJobRequest *request, int pin_fd);

/* An answer to a question as one line of JSON with its newline; @answer %NULL: nobody could be asked. */
char *ce_job_answer_line (const char *id, const char *answer);
