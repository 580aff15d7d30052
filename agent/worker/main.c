/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <locale.h>
#include <signal.h>
#include <string.h>

#include "agent/base/error.h"
#include "agent/base/harden.h"
#include "agent/worker/commands.h"
#include "agent/worker/report.h"

static const struct
{
  const char *name;
  CeCommand run;
} commands[] = {
  { "status", ce_command_status },   { "plan", ce_command_plan },
  { "run", ce_command_run },         { "enroll", ce_command_enroll },
  { "doctor", ce_command_doctor },   { "logon-test", ce_command_logon_test },
  { "history", ce_command_history }, { "pending", ce_command_pending },
  { "policy", ce_command_policy },   { "renew", ce_command_renew },
};

static CeCommand
find_command (const char *name, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    if (strcmp (commands[i].name, name) == 0)
      return commands[i].run;
  g_set_error (error, CE_ERROR, CE_ERROR_USAGE, "job: there is no command '%s'", name);
  return NULL;
}

static JsonObject *
carry_out (CeStream *stream, const CeWorkerJob *job, GError **error)
{
  CeCommand command = find_command (job->command, error);
  g_autoptr (CeSession) session = NULL;
  JsonObject *result;
  GError *failed = NULL;

  if (command == NULL)
    return NULL;
  session = ce_session_new (stream, job, error);
  if (session == NULL)
    return NULL;
  result = command (session, &failed);
  if (result == NULL)
    {
      /* The token may have learnt how many tries are left. */
      result = ce_report_error (failed, session->token != NULL ? ce_token_info (session->token) : NULL);
      if (session->plan != NULL && session->token != NULL)
        json_object_set_member (result, "plan", ce_report_plan (session));
      g_error_free (failed);
    }
  if (session->policy != NULL)
    json_object_set_int_member (result, "policy_searches", session->searches);
  return result;
}

int
main (void)
{
  g_autoptr (CeStream) stream = NULL;
  g_autoptr (CeWorkerJob) job = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *line = NULL;
  JsonObject *result = NULL;
  gint64 exit_code;

  ce_harden_process ();
  setlocale (LC_ALL, "");
  (void) signal (SIGPIPE, SIG_IGN);
  stream = ce_stream_new ();
  line = ce_stream_read_line (stream, &error);
  job = line != NULL ? ce_worker_job_parse (line, &error) : NULL;
  if (job != NULL)
    result = carry_out (stream, job, &error);
  if (result == NULL)
    result = ce_report_error (error, NULL);
  exit_code = json_object_get_int_member (result, "exit_code");
  ce_stream_result (stream, result);
  return (int) exit_code;
}
