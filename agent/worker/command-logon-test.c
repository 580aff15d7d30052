/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/base/error.h"
#include "agent/base/text.h"
#include "agent/enroll/checks.h"
#include "agent/enroll/setbacks.h"
#include "agent/worker/commands.h"
#include "agent/worker/report.h"
#include "agent/worker/trial.h"

static JsonObject *
report (const GPtrArray *checks)
{
  JsonObject *result;

  if (ce_checks_failed (checks))
    {
      g_autoptr (GError) refused
          = g_error_new_literal (CE_ERROR, CE_ERROR_LOGON_REFUSED, "this card would not log on");

      result = ce_report_error (refused, NULL);
    }
  else
    result = ce_report_new (CE_OUTCOME_DONE);
  json_object_set_array_member (result, "checks", ce_report_checks (checks));
  return result;
}

/* The real thing, after all that could be told without it. A wrong PIN or a card that was pulled is an error
 * and no answer. */
static gboolean
add_trial (CeSession *session, const CeCardEntry *entry, GPtrArray *checks, GError **error)
{
  g_autoptr (GError) failed = NULL;
  g_autofree char *key_id = NULL;
  gsize length = 0;
  gconstpointer id = g_bytes_get_data (entry->on_card->id, &length);

  if (ce_checks_failed (checks))
    {
      ce_check_add (checks, "logon", CE_CHECK_SKIPPED, NULL, "not tried, because of what failed above");
      return TRUE;
    }
  key_id = ce_hex (id, length);
  if (!ce_session_login (session, "to try a logon", error))
    return FALSE;
  if (ce_worker_trial_logon (session, key_id, &failed))
    ce_check_add (checks, "logon", CE_CHECK_OK, NULL, "the domain controller gave %s a ticket",
                  session->policy->user.principal);
  else if (ce_worker_trial_was_impossible (failed))
    ce_check_add (checks, "logon", CE_CHECK_SKIPPED, ce_error_hint (ce_error_code (failed)), "%s",
                  failed->message);
  else if (ce_error_exit_code (ce_error_code (failed)) == CE_EXIT_CARD)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  else
    ce_check_add (checks, "logon", CE_CHECK_FAILED, "Show this message to the domain's administrators.", "%s",
                  failed->message);
  return TRUE;
}

/* A person wants to know how it is now, so the list is fetched anew. */
static void
add_revocation (const CeSession *session, const CeCardEntry *entry, GPtrArray *checks)
{
  const CeRevocationBudget budget = ce_session_revocation_budget (session, TRUE);
  g_auto (CeRevocation) revocation = { CE_REVOCATION_UNCHECKED, NULL };

  if (entry->trusted)
    revocation = ce_revocation_check (entry->parsed, session->policy, &budget);
  ce_logon_check_revocation (checks, &revocation);
}

/* A journal that cannot be written keeps nobody from knowing whether the card logs on: doctor tells of it. */
static void
record (CeSession *session, const GPtrArray *checks)
{
  const CeCheck *failed = ce_checks_first_failed (checks);
  g_autofree char *note = failed != NULL ? g_strdup_printf ("%s: %s", failed->name, failed->detail) : NULL;
  const CeHistoryLine line = {
    .when_unix = session->now_unix,
    .card_serial = (char *) ce_token_info (session->token)->serial,
    .user = session->policy->user.principal,
    .state = (char *) (failed != NULL ? "logon-refused" : CE_EVENT_LOGON_TEST),
    .note = note,
  };

  if (session->journal != NULL || ce_session_open_journal (session, NULL))
    ce_journal_add_event (session->journal, &line, NULL);
}

JsonObject *
ce_command_logon_test (CeSession *session, GError **error)
{
  g_autoptr (GPtrArray) checks = ce_checks_new ();
  const CeCardEntry *entry;

  if (!ce_session_take_turn (session, TRUE, error) || !ce_session_open_card (session, error)
      || !ce_session_load_policy_anew (session, error))
    return NULL;
  entry = ce_logon_pick (session->entries, session->now_unix);
  if (entry == NULL)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_NOT_FOUND,
                   "card '%s' has no certificate to log on with; 'cardenroll run' gets one, or says why not",
                   ce_token_info (session->token)->label);
      return NULL;
    }
  ce_logon_checks (checks, entry, session->policy, session->now_unix);
  add_revocation (session, entry, checks);
  if (!add_trial (session, entry, checks, error))
    return NULL;
  record (session, checks);
  return report (checks);
}
