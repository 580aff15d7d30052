/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/worker/session.h"

#include <string.h>

#include "agent/base/error.h"
#include "agent/enroll/enrollment.h"
#include "agent/prompt/prompt.h"
#include "agent/worker/card.h"
#include "agent/worker/readers.h"
#include "agent/worker/watch.h"
#include "pkcs11/keypair.h"

#define OPEN_MS 20000
#define READ_MS 30000
#define PLAN_MS 20000 /* CE_REVOCATION_BUDGET_MS of it for asking whether certificates are revoked */
#define PIN_S 120
#define TURN_S 5
#define TURN_PATIENT_S 180

CeSession *
ce_session_new (CeStream *stream, const CeWorkerJob *job, GError **error)
{
  g_autoptr (CeSession) session = g_new0 (CeSession, 1);

  session->stream = stream;
  session->job = job;
  session->now_unix = ce_now ();
  session->config = ce_config_load (error);
  return session->config != NULL ? g_steal_pointer (&session) : NULL;
}

void
ce_session_free (CeSession *session)
{
  if (session == NULL)
    return;
  ce_plan_free (session->plan);
  g_clear_pointer (&session->pending, g_ptr_array_unref);
  g_clear_pointer (&session->held, g_ptr_array_unref);
  g_clear_pointer (&session->published, g_ptr_array_unref);
  ce_journal_free (session->journal);
  g_clear_pointer (&session->entries, g_ptr_array_unref);
  ce_policy_free (session->policy);
  ce_inventory_free (session->inventory);
  ce_session_answers_clear (&session->answers);
  ce_token_free (session->token);
  ce_card_lock_free (session->lock);
  ce_pin_free (session->pin);
  ce_config_free (session->config);
  g_free (session->reader);
  g_free (session);
}

gboolean
ce_session_take_turn (CeSession *session, gboolean patient, GError **error)
{
  session->lock = ce_card_lock (0, NULL);
  if (session->lock == NULL)
    {
      const guint wait_s = patient ? TURN_PATIENT_S : TURN_S;

      ce_stream_progress (session->stream, "open-card", "Waiting for another card's turn to end", wait_s * 1000 + OPEN_MS,
                          FALSE);
      session->lock = ce_card_lock (wait_s, error);
    }
  return session->lock != NULL;
}

typedef struct
{
  CeStream *stream;
  const char *reader;
} Opening;

/* Before each module that is tried: one that crashes or hangs has been named. */
static void
announce (const char *module_path, gpointer data)
{
  const Opening *opening = data;
  g_autofree char *text = g_strdup_printf ("Looking at the card in %s", opening->reader);

  ce_stream_name_module (opening->stream, module_path);
  ce_stream_name_card (opening->stream, NULL);
  ce_stream_progress (opening->stream, "open-card", text, OPEN_MS, FALSE);
}

static gboolean
open_reader (CeSession *session, const char *reader, GError **error)
{
  Opening opening = { session->stream, reader };

  announce (NULL, &opening);
  session->token = ce_token_open_watched (reader, session->config->module, announce, &opening, error);
  if (session->token == NULL)
    return FALSE;
  ce_stream_name_module (session->stream, ce_token_info (session->token)->module_path);
  ce_stream_name_card (session->stream, ce_token_info (session->token));
  g_free (session->reader);
  session->reader = g_strdup (reader);
  return TRUE;
}

/* Opens one token after the other until @card is found: a serial number stands on the token only. */
static gboolean
open_card_by_name (CeSession *session, const GPtrArray *readers, GError **error)
{
  const char *card = session->job->card;

  for (guint i = 0; i < readers->len; i++)
    {
      const CeReader *reader = readers->pdata[i];
      g_autoptr (GError) ignored = NULL;

      if (strcmp (reader->name, card) == 0)
        return open_reader (session, reader->name, error);
      if (!reader->present || !open_reader (session, reader->name, &ignored))
        continue;
      if (ce_card_matches (ce_token_info (session->token), card))
        return TRUE;
      g_clear_pointer (&session->token, ce_token_free);
    }
  g_set_error (error, CE_ERROR, CE_ERROR_NOT_FOUND, "no card '%s' in any of the %u readers", card, readers->len);
  return FALSE;
}

static gboolean
open_only_card (CeSession *session, const GPtrArray *readers, GError **error)
{
  const CeReader *only = NULL;

  for (guint i = 0; i < readers->len; i++)
    {
      const CeReader *reader = readers->pdata[i];

      if (!reader->present)
        continue;
      if (only != NULL)
        {
          g_set_error (error, CE_ERROR, CE_ERROR_USAGE, "there is a card in '%s' and one in '%s': say which with --card",
                       only->name, reader->name);
          return FALSE;
        }
      only = reader;
    }
  if (only != NULL)
    return open_reader (session, only->name, error);
  g_set_error_literal (error, CE_ERROR, CE_ERROR_NO_CARD,
                       readers->len == 0 ? "there is no card reader" : "there is no card in any reader");
  return FALSE;
}

static gboolean
find_and_open (CeSession *session, GError **error)
{
  g_autoptr (GPtrArray) readers = NULL;

  /* Also for a reader that was named: it tells a service that is down or closed to us from a card that is not there. */
  readers = ce_readers_list (error);
  if (readers == NULL)
    return FALSE;
  if (session->job->reader == NULL)
    return session->job->card != NULL ? open_card_by_name (session, readers, error)
                                      : open_only_card (session, readers, error);
  for (guint i = 0; i < readers->len; i++)
    {
      const CeReader *reader = readers->pdata[i];

      if (strcmp (reader->name, session->job->reader) != 0)
        continue;
      if (reader->present)
        return open_reader (session, reader->name, error);
      g_set_error (error, CE_ERROR, CE_ERROR_NO_CARD, "there is no card in %s", reader->name);
      return FALSE;
    }
  g_set_error (error, CE_ERROR, CE_ERROR_READER_GONE, "the reader %s is not connected", session->job->reader);
  return FALSE;
}

gboolean
ce_session_open_card (CeSession *session, GError **error)
{
  if (!find_and_open (session, error))
    return FALSE;
  ce_stream_progress (session->stream, "read-card", "Reading the certificates on the card", READ_MS, FALSE);
  session->inventory = ce_token_read (session->token, error);
  if (session->inventory == NULL)
    return FALSE;
  session->entries = ce_card_entries (session->inventory, NULL, session->now_unix);
  return TRUE;
}

gboolean
ce_session_open_journal (CeSession *session, GError **error)
{
  session->journal = ce_journal_open (NULL, error);
  return session->journal != NULL;
}

static void
read_abilities (CeSession *session)
{
  CeTokenAbilities token = { 0 };

  ce_token_abilities (session->token, &token);
  session->abilities = (CeCardAbilities) {
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
  if (session->pending == NULL)
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

/* What the token itself says before anyone is asked for a PIN that cannot help. */
static gboolean
check_pin_state (const CeTokenInfo *info, GError **error)
{
  if (!info->initialized)
    g_set_error (error, CE_ERROR, CE_ERROR_TOKEN_NOT_INITIALIZED, "the card in %s is not initialised", info->reader);
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
  g_set_error (error, CE_ERROR, CE_ERROR_PIN_UNAVAILABLE, "card '%s' asks for a PIN, and nobody may be asked", info->label);
  return NULL;
}

/* The PIN is for this card, and nobody is to enter it for one that is gone. What else is in the reader now, the token knows. */
static CePin *
prompt_while_card_is_in (CeSession *session, const char *purpose, GError **error)
{
  const CeTokenInfo *info = ce_token_info (session->token);
  CeCardWatch *watch = ce_card_watch_start (session->reader);
  CePin *pin = ce_token_check_stayed (session->token, error) ? prompt_for_pin (session, purpose, error) : NULL;

  if (!ce_card_watch_stop (watch))
    return pin;
  ce_pin_free (pin);
  if (error != NULL)
    g_clear_error (error);
  if (ce_token_refresh (session->token, error) || !g_error_matches (*error, CE_ERROR, CE_ERROR_TOKEN_GONE))
    {
      g_clear_error (error);
      g_set_error (error, CE_ERROR, CE_ERROR_TOKEN_GONE, "card '%s' (%s) was taken out while its PIN was asked for",
                   info->label, info->serial);
    }
  return NULL;
}

/* Nothing but this question says so before the person enters the PIN on the reader. */
static gboolean
ask_to_spend_last_try (CeSession *session)
{
  const CeTokenInfo *info = ce_token_info (session->token);
  g_autofree char *text = g_strdup_printf ("Only one try is left for the PIN of card '%s' (%s): another wrong PIN locks the card. Will you "
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
  ce_stream_progress (session->stream, "ask-pin", "Waiting for the PIN", PIN_S * 1000 + READ_MS, FALSE);
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
  return (CeEnrollContext) {
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
