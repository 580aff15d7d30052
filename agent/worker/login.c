/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/base/error.h"
#include "agent/prompt/prompt.h"
#include "agent/worker/session.h"
#include "agent/worker/watch.h"

#define PIN_S 120
#define LOGIN_MS 30000

/* What the token itself says before anyone is asked for a PIN that cannot help. */
static gboolean
check_pin_state (const CeTokenInfo *info, GError **error)
{
  if (!info->initialized)
    g_set_error (error, CE_ERROR, CE_ERROR_TOKEN_NOT_INITIALIZED, "the card in %s is not initialised",
                 info->reader);
  else if (info->pin_locked)
    g_set_error (error, CE_ERROR, CE_ERROR_PIN_LOCKED, "the PIN of card '%s' is locked", info->label);
  else if (!info->pin_set)
    g_set_error (error, CE_ERROR, CE_ERROR_PIN_NOT_SET, "card '%s' has no PIN yet", info->label);
  else
    return TRUE;
  return FALSE;
}

static CePin *
prompt_for_pin (CeSession *session, const char *purpose, GError **error)
{
  const CeTokenInfo *info = ce_token_info (session->token);
  const CePinPrompt prompt = {
    .program = session->config->pinentry,
    .title = "cardenroll",
    .card = info->label,
    .serial = info->serial,
    .reader = info->reader,
    .purpose = purpose,
    .tries_left = info->tries_left,
    .last_try = info->pin_final_try,
    .pin_min = info->pin_min,
    .pin_max = info->pin_max,
    .timeout_s = PIN_S,
  };

  if (session->job->interactive)
    return ce_prompt_pin (&prompt, error);
  g_set_error (error, CE_ERROR, CE_ERROR_PIN_UNAVAILABLE, "card '%s' asks for a PIN, and nobody may be asked",
               info->label);
  return NULL;
}

/* The PIN is for this card, and nobody is to enter it for one that is gone. What else is in the reader now, the token knows. */
static CePin *
prompt_while_card_is_in (CeSession *session, const char *purpose, GError **error)
{
  const CeTokenInfo *info = ce_token_info (session->token);
  CeCardWatch *watch = ce_card_watch_start (session->reader);
  CePin *pin
      = ce_token_check_stayed (session->token, error) ? prompt_for_pin (session, purpose, error) : NULL;

  if (!ce_card_watch_stop (watch))
    return pin;
  ce_pin_free (pin);
  if (error != NULL)
    g_clear_error (error);
  if (ce_token_refresh (session->token, error) || !g_error_matches (*error, CE_ERROR, CE_ERROR_TOKEN_GONE))
    {
      g_clear_error (error);
      g_set_error (error, CE_ERROR, CE_ERROR_TOKEN_GONE,
                   "card '%s' (%s) was taken out while its PIN was asked for", info->label, info->serial);
    }
  return NULL;
}

/* Nothing but this question says so before the person enters the PIN on the reader. */
static gboolean
ask_to_spend_last_try (CeSession *session)
{
  const CeTokenInfo *info = ce_token_info (session->token);
  g_autofree char *text = g_strdup_printf (
      "Only one try is left for the PIN of card '%s' (%s): another wrong PIN locks the card. Will you "
      "enter it on the key pad of the reader?",
      info->label, info->serial);

  return session->job->interactive && ce_stream_ask (session->stream, "spend-last-try", text);
}

/* @ret_told: the person knows that it is the last try, if it is: pinentry said so, or a yes to the question. A descriptor says
 * nothing to anyone. */
static gboolean
get_pin (CeSession *session, const char *purpose, gboolean *ret_told, GError **error)
{
  const CeTokenInfo *info = ce_token_info (session->token);

  *ret_told = FALSE;
  if (!check_pin_state (info, error))
    return FALSE;
  if (info->pin_pad)
    {
      *ret_told = info->pin_final_try && ask_to_spend_last_try (session);
      return TRUE;
    }
  ce_stream_progress (session->stream, "ask-pin", "Waiting for the PIN", PIN_S * 1000 + LOGIN_MS, FALSE);
  *ret_told = info->pin_final_try && session->job->pin_fd < 0;
  session->pin = session->job->pin_fd >= 0 ? ce_pin_read_fd (session->job->pin_fd, error)
                                           : prompt_while_card_is_in (session, purpose, error);
  return session->pin != NULL;
}

gboolean
ce_session_login (CeSession *session, const char *purpose, GError **error)
{
  gboolean told;

  if (ce_token_is_logged_in (session->token))
    return TRUE;
  return get_pin (session, purpose, &told, error)
         && ce_token_login (session->token, g_steal_pointer (&session->pin), told, error);
}
