/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/worker/report.h"

#include <string.h>

#include "agent/base/error.h"
#include "agent/base/text.h"
#include "policy/plan-json.h"

static const struct
{
  const char *name;
  CeExitCode exit_code;
} outcomes[] = {
  [CE_OUTCOME_DONE] = { "done", CE_EXIT_DONE },
  [CE_OUTCOME_NOTHING_TO_DO] = { "nothing-to-do", CE_EXIT_NOTHING_TO_DO },
  [CE_OUTCOME_WAITING] = { "waiting", CE_EXIT_WAITING },
  [CE_OUTCOME_REFUSED] = { "refused", CE_EXIT_REFUSED },
  [CE_OUTCOME_FAILED] = { "failed", CE_EXIT_FAILED },
  [CE_OUTCOME_OFFERED] = { "offered", CE_EXIT_NOTHING_TO_DO },
};

JsonObject *
ce_report_new (CeOutcome outcome)
{
  JsonObject *result = json_object_new ();

  json_object_set_string_member (result, "type", "result");
  json_object_set_string_member (result, "outcome", outcomes[outcome].name);
  json_object_set_int_member (result, "exit_code", outcomes[outcome].exit_code);
  json_object_set_null_member (result, "error");
  return result;
}

JsonObject *
ce_report_card (const CeTokenInfo *info)
{
  JsonObject *card = json_object_new ();

  json_object_set_string_member (card, "serial", info->serial);
  json_object_set_string_member (card, "label", info->label);
  json_object_set_string_member (card, "model", info->model);
  return card;
}

JsonObject *
ce_report_trouble (const GError *error)
{
  const CeErrorCode code = ce_error_code (error);
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "code", ce_error_name (code));
  json_object_set_string_member (object, "message", error->message);
  if (ce_error_hint (code) != NULL)
    json_object_set_string_member (object, "hint", ce_error_hint (code));
  else
    json_object_set_null_member (object, "hint");
  return object;
}

JsonObject *
ce_report_error (const GError *error, const CeTokenInfo *info)
{
  const CeErrorCode code = ce_error_code (error);
  const CeExitCode exit_code = ce_error_exit_code (code);
  JsonObject *result = ce_report_new (exit_code == CE_EXIT_REFUSED ? CE_OUTCOME_REFUSED : CE_OUTCOME_FAILED);
  JsonObject *object = ce_report_trouble (error);

  if (info != NULL && info->tries_left >= 0)
    json_object_set_int_member (object, "tries_left", info->tries_left);
  json_object_set_object_member (result, "error", object);
  if (info != NULL)
    json_object_set_object_member (result, "card", ce_report_card (info));
  json_object_set_int_member (result, "exit_code", exit_code);
  return result;
}

static JsonObject *
report_pin (const CeTokenInfo *info)
{
  JsonObject *pin = json_object_new ();

  json_object_set_boolean_member (pin, "set", info->pin_set);
  json_object_set_boolean_member (pin, "locked", info->pin_locked);
  json_object_set_boolean_member (pin, "low", info->pin_count_low);
  json_object_set_boolean_member (pin, "final_try", info->pin_final_try);
  json_object_set_boolean_member (pin, "pin_pad", info->pin_pad);
  if (info->tries_left >= 0)
    json_object_set_int_member (pin, "tries_left", info->tries_left);
  else
    json_object_set_null_member (pin, "tries_left");
  return pin;
}

JsonObject *
ce_report_token (const CeTokenInfo *info, const char *uri)
{
  JsonObject *card = json_object_new ();

  json_object_set_string_member (card, "serial", info->serial);
  json_object_set_string_member (card, "label", info->label);
  json_object_set_string_member (card, "model", info->model);
  json_object_set_string_member (card, "manufacturer", info->manufacturer);
  json_object_set_string_member (card, "module", info->module_path);
  json_object_set_string_member (card, "uri", uri);
  json_object_set_boolean_member (card, "initialized", info->initialized);
  json_object_set_object_member (card, "pin", report_pin (info));
  if (info->free_bytes != G_MAXUINT64)
    json_object_set_int_member (card, "free_bytes", (gint64) info->free_bytes);
  else
    json_object_set_null_member (card, "free_bytes");
  return card;
}

static void
set_time (JsonObject *object, const char *name, gint64 unix_s)
{
  g_autofree char *text = ce_time_iso (unix_s);

  json_object_set_string_member (object, name, text);
}

static JsonObject *
report_certificate (const CeCardEntry *entry)
{
  const CeCertificate *c = entry->parsed;
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "fingerprint", c->fingerprint);
  json_object_set_string_member (object, "subject", c->subject);
  json_object_set_string_member (object, "issuer", c->issuer);
  json_object_set_string_member (object, "serial", c->serial);
  json_object_set_string_member (object, "label", entry->on_card->label);
  json_object_set_string_member (object, "template", *c->template_oid != '\0' ? c->template_oid : c->template_name);
  json_object_set_string_member (object, "upn", c->upn);
  json_object_set_string_member (object, "sid", c->sid);
  set_time (object, "not_before", c->not_before_unix);
  set_time (object, "not_after", c->not_after_unix);
  json_object_set_boolean_member (object, "has_key", entry->on_card->key != NULL);
  json_object_set_boolean_member (object, "trusted", entry->trusted);
  return object;
}

JsonArray *
ce_report_certificates (const GPtrArray *entries)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < entries->len; i++)
    {
      const CeCardEntry *entry = entries->pdata[i];

      if (entry->parsed != NULL)
        json_array_add_object_element (array, report_certificate (entry));
    }
  return array;
}

static gboolean
has_certificate (const CeInventory *inventory, const CeCardKey *key)
{
  for (guint i = 0; i < inventory->certificates->len; i++)
    if (((const CeCardCertificate *) inventory->certificates->pdata[i])->key == key)
      return TRUE;
  return FALSE;
}

/* What was denied gets no certificate any more. */
static const char *
awaited_template (const CeCardKey *key, const char *id, const GPtrArray *jobs)
{
  for (guint i = 0; jobs != NULL && i < jobs->len; i++)
    {
      const CeJob *job = jobs->pdata[i];
      const gboolean same = *key->public_key_id != '\0' ? strcmp (job->public_key_id, key->public_key_id) == 0
                                                        : *id != '\0' && strcmp (job->key_id, id) == 0;

      if (same && job->state != CE_JOB_DENIED)
        return job->template_name;
    }
  return "";
}

JsonArray *
ce_report_keys (const CeInventory *inventory, const GPtrArray *jobs)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < inventory->keys->len; i++)
    {
      const CeCardKey *key = inventory->keys->pdata[i];
      JsonObject *object = json_object_new ();
      gsize length = 0;
      gconstpointer bytes = g_bytes_get_data (key->id, &length);
      g_autofree char *id = ce_hex (bytes, length);

      json_object_set_string_member (object, "id", id);
      json_object_set_string_member (object, "algorithm", key->algorithm);
      json_object_set_string_member (object, "label", key->label);
      json_object_set_boolean_member (object, "has_certificate", has_certificate (inventory, key));
      json_object_set_string_member (object, "awaits", awaited_template (key, id, jobs));
      json_array_add_object_element (array, object);
    }
  return array;
}

JsonArray *
ce_report_checks (const GPtrArray *checks)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < checks->len; i++)
    {
      const CeCheck *check = checks->pdata[i];
      JsonObject *object = json_object_new ();

      json_object_set_string_member (object, "name", check->name);
      json_object_set_string_member (object, "state", ce_check_state_name (check->state));
      json_object_set_string_member (object, "detail", check->detail);
      if (check->fix != NULL)
        json_object_set_string_member (object, "fix", check->fix);
      else
        json_object_set_null_member (object, "fix");
      json_array_add_object_element (array, object);
    }
  return array;
}

JsonArray *
ce_report_jobs (const GPtrArray *jobs)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < jobs->len; i++)
    {
      const CeJob *job = jobs->pdata[i];
      JsonObject *object = json_object_new ();

      json_object_set_string_member (object, "card", job->card_serial);
      json_object_set_string_member (object, "label", job->card_label);
      json_object_set_string_member (object, "action", job->action);
      json_object_set_string_member (object, "template", job->template_name);
      json_object_set_string_member (object, "state", ce_job_state_name (job->state));
      json_object_set_string_member (object, "user", job->user);
      json_object_set_string_member (object, "ca", job->ca_name);
      json_object_set_string_member (object, "request_id", job->request_id);
      set_time (object, "since", job->begun_unix);
      if (job->ask_again_unix != 0)
        set_time (object, "ask_again", job->ask_again_unix);
      else
        json_object_set_null_member (object, "ask_again");
      json_object_set_string_member (object, "note", job->note);
      json_array_add_object_element (array, object);
    }
  return array;
}

JsonArray *
ce_report_history (const GPtrArray *lines)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < lines->len; i++)
    {
      const CeHistoryLine *line = lines->pdata[i];
      JsonObject *object = json_object_new ();

      json_object_set_int_member (object, "job", line->job);
      set_time (object, "when", line->when_unix);
      json_object_set_string_member (object, "card", line->card_serial);
      json_object_set_string_member (object, "user", line->user);
      json_object_set_string_member (object, "action", line->action);
      json_object_set_string_member (object, "template", line->template_name);
      json_object_set_string_member (object, "state", line->state);
      json_object_set_string_member (object, "ca", line->ca_name);
      json_object_set_string_member (object, "request_id", line->request_id);
      json_object_set_string_member (object, "note", line->note);
      json_array_add_object_element (array, object);
    }
  return array;
}

JsonObject *
ce_report_performed (const CePerformed *performed, const char *note, double seconds)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "action", ce_action_name (performed->kind));
  if (*performed->job->template_name != '\0')
    json_object_set_string_member (object, "template", performed->job->template_name);
  else
    json_object_set_null_member (object, "template");
  json_object_set_string_member (object, "outcome", ce_performed_outcome_name (performed->outcome));
  json_object_set_string_member (object, "certificate", performed->fingerprint);
  json_object_set_string_member (object, "request_id", performed->job->request_id);
  json_object_set_string_member (object, "ca", performed->job->ca_name);
  if (performed->outcome == CE_PERFORMED_WAITING)
    set_time (object, "ask_again", performed->job->ask_again_unix);
  json_object_set_boolean_member (object, "in_vain", performed->in_vain);
  json_object_set_string_member (object, "note", note != NULL ? note : performed->job->note);
  json_object_set_double_member (object, "seconds", seconds);
  return object;
}

JsonNode *
ce_report_plan (const CeSession *session)
{
  const CeTokenInfo *info = ce_token_info (session->token);
  const CePlanCard card = {
    .reader = info->reader,
    .serial = info->serial,
    .label = info->label,
    .model = info->model,
  };

  return ce_plan_to_json (session->plan, session->policy, &card);
}
