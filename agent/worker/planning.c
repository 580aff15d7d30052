/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/enroll/setbacks.h"
#include "agent/worker/session.h"
#include "pkcs11/keypair.h"

#define PLAN_MS 20000 /* CE_REVOCATION_BUDGET_MS of it for asking whether certificates are revoked */

static void
on_progress (const char *step, const char *text, guint deadline_ms, gboolean hold, gpointer data)
{
  ce_stream_progress (data, step, text, deadline_ms, hold);
}

static gboolean
on_ask (const char *id, const char *text, gpointer data)
{
  return ce_stream_ask (data, id, text);
}

CeEnrollContext
ce_session_enroll_context (CeSession *session)
{
  return (CeEnrollContext){
    .config = session->config,
    .policy = session->policy,
    .token = session->token,
    .inventory = session->inventory,
    .entries = session->entries,
    .journal = session->journal,
    .progress = on_progress,
    .ask = session->job->interactive ? on_ask : NULL,
    .progress_data = session->stream,
    .ask_password = ce_session_ask_password,
    .ask_data = session,
  };
}

static void
read_abilities (CeSession *session)
{
  CeTokenAbilities token = { 0 };

  ce_token_abilities (session->token, &token);
  session->abilities = (CeCardAbilities){
    .max_rsa_bits = token.max_rsa_bits,
    .ec_p256 = token.ec_p256,
    .ec_p384 = token.ec_p384,
  };
}

gboolean
ce_session_make_plan (CeSession *session, const char *only_template, const char *renew, GError **error)
{
  CeRevocationBudget budget;
  CeEnrollContext context;
  CeWorld world;

  ce_stream_progress (session->stream, "plan", "Deciding what this card should hold", PLAN_MS, FALSE);
  context = ce_session_enroll_context (session);
  session->pending = ce_enroll_pending (&context, error);
  if (session->pending == NULL
      || !ce_enroll_read_history (&context, &session->setbacks, &session->unproved, error))
    return FALSE;
  budget = ce_session_revocation_budget (session, FALSE);
  ce_card_entries_check_revocation (session->entries, session->policy, &budget);
  session->held = ce_held_from_entries (session->entries, session->policy, session->config->renew_with_ca);
  session->published = ce_held_from_directory (session->policy, &budget);
  read_abilities (session);
  world = (CeWorld){
    .policy = session->policy,
    .held = session->held,
    .published = session->published,
    .pending = session->pending,
    .setbacks = session->setbacks,
    .unproved = session->unproved,
    .abilities = &session->abilities,
    .ways = ce_card_credential_ways (session->entries, session->config, session->now_unix),
    .now_unix = session->now_unix,
    .look_every_s = ce_session_policy_due_unix (session) - session->now_unix,
    .only_template = only_template,
    .renew = renew,
  };
  session->plan = ce_plan_make (&world);
  return TRUE;
}
