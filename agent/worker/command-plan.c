/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/worker/commands.h"
#include "agent/worker/report.h"

JsonObject *
ce_command_plan (CeSession *session, GError **error)
{
  JsonObject *result;

  if (!ce_session_take_turn (session, FALSE, error) || !ce_session_open_card (session, error) || !ce_session_open_journal (session, error)
      || !ce_session_load_policy (session, error)
      || !ce_session_make_plan (session, session->job->template_name, NULL, error))
    return NULL;
  result = ce_report_new (session->plan->actions->len > 0 ? CE_OUTCOME_DONE : CE_OUTCOME_NOTHING_TO_DO);
  json_object_set_member (result, "plan", ce_report_plan (session));
  return result;
}
