/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* What a worker is told; docs/worker-stream.md. */
typedef struct
{
  char *command;
  char *reader;        /* PC/SC name, or %NULL */
  char *card;          /* RFC 7512 URI, reader name or token serial, or %NULL */
  char *template_name; /* or %NULL */
  char *certificate;   /* of renew: how its fingerprint begins, or its template; or %NULL */
  char *verb;          /* of pending: "list" "fetch" "fetch-due" "cancel"; or %NULL */
  char *request_id;    /* of pending, or %NULL */
  gboolean interactive;
  gboolean may_wait;   /* offer what can wait, and do not begin it */
  gboolean refresh;    /* read the policy anew, whatever is cached */
  int pin_fd;          /* -1: none */
  guint limit;
} CeWorkerJob;

/* Errors: USAGE, naming the member. */
CeWorkerJob *ce_worker_job_parse (const char *line, GError **error);
void ce_worker_job_free (CeWorkerJob *job);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeWorkerJob, ce_worker_job_free)
