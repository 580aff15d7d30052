/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/base/error.h"
#include "agent/prompt/prompt.h"
#include "agent/worker/session.h"

#define PASSWORD_S 120
#define SLACK_S 60
#define PURPOSE "to read which certificates you should have"

gboolean
ce_session_was_refused_an_answer (const CeSession *session)
{
  const GError *refused = session->answers.refused;

  return g_error_matches (refused, CE_ERROR, CE_ERROR_CANCELLED)
         || g_error_matches (refused, CE_ERROR, CE_ERROR_TIMED_OUT)
         || g_error_matches (refused, CE_ERROR, CE_ERROR_PIN_UNAVAILABLE);
}

/* Hands @reason on, and keeps it for who would ask again. */
static void
remember (CeSession *session, GError *reason, GError **error)
{
  g_clear_error (&session->answers.refused);
  session->answers.refused = g_error_copy (reason);
  g_propagate_error (error, reason);
}

static CePin *
prompt_for_password (CeSession *session, const char *user, const char *host, GError **error)
{
  const CePinPrompt prompt = {
    .program = session->config->pinentry,
    .title = "cardenroll",
    .purpose = session->plan != NULL ? "to get your certificate" : PURPOSE,
    .timeout_s = PASSWORD_S,
  };

  if (session->job->interactive)
    {
      ce_stream_progress (session->stream, "ask-pin", "Waiting for your password",
                          (PASSWORD_S + SLACK_S) * 1000, FALSE);
      return ce_prompt_password (&prompt, user, host, error);
    }
  g_set_error (error, CE_ERROR, CE_ERROR_PIN_UNAVAILABLE,
               "%s asks for the password of %s, and nobody may be asked", host, user);
  return NULL;
}

const CePin *
ce_session_ask_password (const char *user, const char *host, gpointer data, GError **error)
{
  CeSession *session = data;
  CeSessionAnswers *answers = &session->answers;
  GError *reason = NULL;

  if (answers->password != NULL && g_strcmp0 (answers->password_host, host) == 0)
    return answers->password;
  if (answers->refused != NULL)
    {
      g_propagate_error (error, g_error_copy (answers->refused));
      return NULL;
    }
  g_clear_pointer (&answers->password, ce_pin_free);
  g_free (answers->password_host);
  answers->password_host = g_strdup (host);
  answers->password = prompt_for_password (session, user, host, &reason);
  if (answers->password == NULL)
    remember (session, reason, error);
  return answers->password;
}

static gboolean
open_card (CeSession *session, GError **error)
{
  return session->token != NULL
         || ((session->lock != NULL || ce_session_take_turn (session, FALSE, error))
             && ce_session_open_card (session, error));
}

/* The card is unlocked for whatever follows: the same PIN serves the rest of the job. */
static CeCardCredential *
unlock (CeSession *session, GError **error)
{
  const CeCardEntry *entry;

  if (!open_card (session, error))
    return NULL;
  entry = ce_card_credential_choose (session->entries, session->now_unix);
  if (entry == NULL)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_NOT_FOUND, "card '%s' holds none that is in force",
                   ce_token_info (session->token)->label);
      return NULL;
    }
  if (!ce_session_login (session, PURPOSE, error))
    return NULL;
  return ce_card_credential_new (session->token, entry,
                                 session->policy != NULL ? session->policy->intermediates : NULL, error);
}

const CeCredential *
ce_session_find_credential (const char *host, gpointer data, GError **error)
{
  CeSession *session = data;
  CeSessionAnswers *answers = &session->answers;
  GError *reason = NULL;

  (void) host;
  if (answers->credential == NULL && answers->refused != NULL)
    {
      g_propagate_error (error, g_error_copy (answers->refused));
      return NULL;
    }
  if (answers->credential == NULL)
    answers->credential = unlock (session, &reason);
  if (answers->credential != NULL)
    return ce_card_credential_get (answers->credential);
  if (g_error_matches (reason, CE_ERROR, CE_ERROR_NOT_FOUND))
    g_propagate_error (error, reason);
  else
    remember (session, reason, error);
  return NULL;
}
