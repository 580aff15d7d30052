/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/base/error.h"
#include "agent/worker/card.h"
#include "agent/worker/commands.h"
#include "agent/worker/report.h"

#define CARD_MS 40000

static JsonObject *
report_failure (const GError *error)
{
  JsonObject *object = json_object_new ();
  const CeErrorCode code = ce_error_code (error);

  json_object_set_string_member (object, "code", ce_error_name (code));
  json_object_set_string_member (object, "message", error->message);
  if (ce_error_hint (code) != NULL)
    json_object_set_string_member (object, "hint", ce_error_hint (code));
  return object;
}

/* What is begun on the card. A journal that cannot be read keeps nobody from seeing the card: doctor and run tell of it. */
static GPtrArray *
find_jobs (CeSession *session, const char *serial)
{
  return session->journal != NULL || ce_session_open_journal (session, NULL)
             ? ce_journal_open_jobs (session->journal, serial, NULL)
             : NULL;
}

/* @ret_other: it is not the card that was asked for; nothing is described then. */
static gboolean
describe_card (CeSession *session, const CeReader *reader, JsonObject *object, gboolean *ret_other,
               GError **error)
{
  g_autoptr (CeToken) token = ce_token_open (reader->name, session->config->module, error);
  g_autoptr (CeInventory) inventory = NULL;
  g_autoptr (GPtrArray) entries = NULL;
  g_autoptr (GPtrArray) jobs = NULL;
  g_autofree char *uri = NULL;

  if (token == NULL)
    return FALSE;
  *ret_other = session->job->card != NULL && !ce_card_matches (ce_token_info (token), session->job->card);
  if (*ret_other)
    return TRUE;
  uri = ce_token_uri (token);
  json_object_set_object_member (object, "card", ce_report_token (ce_token_info (token), uri));
  inventory = ce_token_read (token, error);
  if (inventory == NULL)
    return FALSE;
  entries = ce_card_entries (inventory, NULL, session->now_unix);
  json_object_set_array_member (object, "certificates", ce_report_certificates (entries));
  jobs = find_jobs (session, ce_token_info (token)->serial);
  json_object_set_array_member (object, "keys", ce_report_keys (inventory, jobs));
  if (jobs != NULL)
    json_object_set_array_member (object, "jobs", ce_report_jobs (jobs));
  return TRUE;
}

/* %NULL: it holds another card than the one that was asked for. */
static JsonObject *
describe_reader (CeSession *session, const CeReader *reader)
{
  g_autoptr (JsonObject) object = json_object_new ();
  g_autoptr (GError) error = NULL;
  gboolean other = FALSE;

  json_object_set_string_member (object, "reader", reader->name);
  json_object_set_string_member (object, "state", reader->mute ? "mute" : reader->present ? "card" : "empty");
  json_object_set_null_member (object, "error");
  if (reader->present)
    {
      g_autofree char *text = g_strdup_printf ("Looking at the card in %s", reader->name);

      ce_stream_progress (session->stream, "open-card", text, CARD_MS, FALSE);
      if (!describe_card (session, reader, object, &other, &error))
        json_object_set_object_member (object, "error", report_failure (error));
    }
  return other ? NULL : g_steal_pointer (&object);
}

/* A card can be known by the token alone: what is in a reader has to be looked at, unless the reader was named. */
static gboolean
is_meant (const CeSession *session, const CeReader *reader)
{
  const CeWorkerJob *job = session->job;

  if (job->reader != NULL)
    return g_str_equal (reader->name, job->reader);
  return job->card == NULL || reader->present || g_str_equal (reader->name, job->card);
}

static JsonArray *
describe_readers (CeSession *session, const GPtrArray *readers)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < readers->len; i++)
    {
      JsonObject *object
          = is_meant (session, readers->pdata[i]) ? describe_reader (session, readers->pdata[i]) : NULL;

      if (object != NULL)
        json_array_add_object_element (array, object);
    }
  return array;
}

JsonObject *
ce_command_status (CeSession *session, GError **error)
{
  g_autoptr (GPtrArray) readers
      = ce_session_take_turn (session, FALSE, error) ? ce_readers_list (error) : NULL;
  JsonArray *array;
  JsonObject *result;

  if (readers == NULL)
    return NULL;
  array = describe_readers (session, readers);
  if (json_array_get_length (array) == 0 && session->job->card != NULL)
    {
      json_array_unref (array);
      g_set_error (error, CE_ERROR, CE_ERROR_NOT_FOUND, "no card '%s' in any of the %u readers",
                   session->job->card, readers->len);
      return NULL;
    }
  result = ce_report_new (CE_OUTCOME_DONE);
  json_object_set_array_member (result, "readers", array);
  return result;
}
