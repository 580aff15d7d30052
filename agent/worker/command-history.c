/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/worker/commands.h"
#include "agent/worker/report.h"

JsonObject *
ce_command_history (CeSession *session, GError **error)
{
  g_autofree char *serial = NULL;
  g_autoptr (GPtrArray) lines = NULL;
  JsonObject *result;

  if (!ce_session_find_serial (session, &serial, error) || !ce_session_open_journal (session, error))
    return NULL;
  lines = ce_journal_history (session->journal, serial, session->job->limit, error);
  if (lines == NULL)
    return NULL;
  result = ce_report_new (CE_OUTCOME_DONE);
  json_object_set_array_member (result, "history", ce_report_history (lines));
  return result;
}
