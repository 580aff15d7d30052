/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/plan-json.h"

#include "agent/base/text.h"
#include "policy/autoenrollment.h"

/* json-glib has no way to add a string member that may be null. */
static void
add_text (JsonBuilder *json, const char *name, const char *text)
{
  json_builder_set_member_name (json, name);
  if (text != NULL)
    json_builder_add_string_value (json, text);
  else
    json_builder_add_null_value (json);
}

static void
add_time (JsonBuilder *json, const char *name, gint64 unix_s)
{
  g_autofree char *text = ce_time_iso (unix_s);

  add_text (json, name, text);
}

static void
add_card (JsonBuilder *json, const CePlanCard *card)
{
  json_builder_set_member_name (json, "card");
  if (card == NULL)
    {
      json_builder_add_null_value (json);
      return;
    }
  json_builder_begin_object (json);
  add_text (json, "reader", card->reader);
  add_text (json, "serial", card->serial);
  add_text (json, "label", card->label);
  add_text (json, "model", card->model);
  json_builder_end_object (json);
}

static void
add_user (JsonBuilder *json, const CeUser *user)
{
  json_builder_set_member_name (json, "user");
  json_builder_begin_object (json);
  add_text (json, "principal", user->principal);
  add_text (json, "sid", user->sid);
  json_builder_end_object (json);
}

static void
add_policy (JsonBuilder *json, const CePolicy *policy)
{
  g_autofree char *allows = ce_autoenrollment_describe (policy->autoenrollment);

  json_builder_set_member_name (json, "policy");
  json_builder_begin_object (json);
  add_text (json, "source", policy->source);
  add_time (json, "fetched", policy->fetched_unix);
  json_builder_set_member_name (json, "cached");
  json_builder_add_boolean_value (json, policy->cached);
  add_text (json, "cached_because", *policy->cached_because != '\0' ? policy->cached_because : NULL);
  json_builder_set_member_name (json, "autoenrollment");
  json_builder_add_int_value (json, policy->autoenrollment);
  add_text (json, "autoenrollment_allows", allows);
  add_text (json, "autoenrollment_source", policy->autoenrollment_source);
  json_builder_set_member_name (json, "skipped");
  json_builder_begin_array (json);
  for (char **sentence = policy->skipped; *sentence != NULL; sentence++)
    json_builder_add_string_value (json, *sentence);
  json_builder_end_array (json);
  json_builder_end_object (json);
}

static void
add_action (JsonBuilder *json, const CeAction *action)
{
  json_builder_begin_object (json);
  add_text (json, "action", ce_action_name (action->kind));
  add_text (json, "template", ce_action_template_name (action));
  add_text (json, "because", ce_reason_name (action->because));
  add_text (json, "detail", action->detail);
  add_text (json, "certificate", action->certificate);
  json_builder_end_object (json);
}

static void
add_verdict (JsonBuilder *json, const CeVerdict *verdict)
{
  json_builder_begin_object (json);
  add_text (json, "name", verdict->template->name);
  add_text (json, "display_name", verdict->template->display_name);
  add_text (json, "oid", verdict->template->oid);
  add_text (json, "verdict", ce_action_name (verdict->verdict));
  add_text (json, "because", ce_reason_name (verdict->because));
  add_text (json, "detail", verdict->detail);
  json_builder_end_object (json);
}

static void
add_ending (JsonBuilder *json, const CeEnding *ending)
{
  const CeTemplate *template = ending->template;

  json_builder_begin_object (json);
  add_text (json, "certificate", ending->certificate);
  add_text (json, "subject", ending->subject);
  add_text (json, "template", template != NULL ? template->name : NULL);
  add_text (json, "display_name", template != NULL ? template->display_name : NULL);
  add_time (json, "not_after", ending->not_after_unix);
  add_text (json, "because", ce_reason_name (ending->because));
  add_text (json, "detail", ending->detail);
  add_text (json, "words", ending->words);
  json_builder_end_object (json);
}

JsonNode *
ce_plan_to_json (const CePlan *plan, const CePolicy *policy, const CePlanCard *card)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();

  json_builder_begin_object (json);
  add_card (json, card);
  add_user (json, &policy->user);
  add_policy (json, policy);
  json_builder_set_member_name (json, "actions");
  json_builder_begin_array (json);
  for (guint i = 0; i < plan->actions->len; i++)
    add_action (json, g_ptr_array_index (plan->actions, i));
  json_builder_end_array (json);
  json_builder_set_member_name (json, "templates");
  json_builder_begin_array (json);
  for (guint i = 0; i < plan->verdicts->len; i++)
    add_verdict (json, g_ptr_array_index (plan->verdicts, i));
  json_builder_end_array (json);
  json_builder_set_member_name (json, "endings");
  json_builder_begin_array (json);
  for (guint i = 0; i < plan->endings->len; i++)
    add_ending (json, g_ptr_array_index (plan->endings, i));
  json_builder_end_array (json);
  add_time (json, "next_look", plan->next_look_unix);
  json_builder_end_object (json);
  return json_builder_get_root (json);
}
