/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/worker/session.h"

#include <string.h>

#include "agent/base/clock.h"
#include "agent/base/error.h"
#include "agent/worker/card.h"
#include "agent/worker/readers.h"

#define OPEN_MS 20000
#define READ_MS 30000
#define TURN_S 5
#define TURN_PATIENT_S 180

static void
answers_clear (CeSessionAnswers *answers)
{
  g_clear_pointer (&answers->credential, ce_card_credential_free);
  g_clear_pointer (&answers->password, ce_pin_free);
  g_clear_pointer (&answers->password_host, g_free);
  g_clear_error (&answers->refused);
}

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
  g_clear_pointer (&session->setbacks, g_ptr_array_unref);
  g_clear_pointer (&session->unproved, g_ptr_array_unref);
  g_clear_pointer (&session->held, g_ptr_array_unref);
  g_clear_pointer (&session->published, g_ptr_array_unref);
  ce_journal_free (session->journal);
  g_clear_pointer (&session->entries, g_ptr_array_unref);
  ce_policy_free (session->policy);
  ce_inventory_free (session->inventory);
  answers_clear (&session->answers);
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
