/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/base/error.h"
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

static gboolean
describe_card (CeSession *session, const CeReader *reader, JsonObject *object, GError **error)
{
  g_autoptr (CeToken) token = ce_token_open (reader->name, session->config->module, error);
  g_autoptr (CeInventory) inventory = NULL;
  g_autoptr (GPtrArray) entries = NULL;
  g_autofree char *uri = NULL;

  if (token == NULL)
    return FALSE;
  uri = ce_token_uri (token);
  json_object_set_object_member (object, "card", ce_report_token (ce_token_info (token), uri));
  inventory = ce_token_read (token, error);
  if (inventory == NULL)
    return FALSE;
  entries = ce_card_entries (inventory, NULL, session->now_unix);
  json_object_set_array_member (object, "certificates", ce_report_certificates (entries));
  json_object_set_array_member (object, "keys", ce_report_keys (inventory));
  return TRUE;
}

static JsonObject *
describe_reader (CeSession *session, const CeReader *reader)
{
  JsonObject *object = json_object_new ();
  g_autoptr (GError) error = NULL;

  json_object_set_string_member (object, "reader", reader->name);
  json_object_set_string_member (object, "state", reader->mute ? "mute" : reader->present ? "card" : "empty");
  json_object_set_null_member (object, "error");
  if (reader->present)
    {
      g_autofree char *text = g_strdup_printf ("Looking at the card in %s", reader->name);

      ce_stream_progress (session->stream, "open-card", text, CARD_MS, FALSE);
      if (!describe_card (session, reader, object, &error))
        json_object_set_object_member (object, "error", report_failure (error));
    }
  return object;
}

static gboolean
is_meant (const CeSession *session, const CeReader *reader)
{
  const char *name = session->job->reader;

  return name == NULL || g_str_equal (reader->name, name);
}

JsonObject *
ce_command_status (CeSession *session, GError **error)
{
  g_autoptr (GPtrArray) readers = ce_session_take_turn (session, FALSE, error) ? ce_readers_list (error) : NULL;
  JsonArray *array;
  JsonObject *result;

  if (readers == NULL)
    return NULL;
  array = json_array_new ();
  for (guint i = 0; i < readers->len; i++)
    if (is_meant (session, readers->pdata[i]))
      json_array_add_object_element (array, describe_reader (session, readers->pdata[i]));
  result = ce_report_new (CE_OUTCOME_DONE);
  json_object_set_array_member (result, "readers", array);
  return result;
}
