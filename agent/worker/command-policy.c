/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/base/text.h"
#include "agent/worker/commands.h"
#include "agent/worker/report.h"
#include "policy/autoenrollment.h"
#include "policy/group-policy-json.h"

static JsonObject *
describe_user (const CeUser *user)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "principal", user->principal);
  json_object_set_string_member (object, "sid", user->sid);
  json_object_set_string_member (object, "dn", user->dn);
  json_object_set_int_member (object, "groups", g_strv_length (user->groups));
  return object;
}

static JsonArray *
describe_services (const CePolicy *policy)
{
  JsonArray *services = json_array_new ();

  for (guint i = 0; i < policy->services->len; i++)
    {
      const CeEnrollmentService *service = g_ptr_array_index (policy->services, i);
      JsonObject *one = json_object_new ();

      json_object_set_string_member (one, "name", service->name);
      json_object_set_string_member (one, "host", service->host);
      json_object_set_boolean_member (one, "may_enroll", service->may_enroll);
      json_array_add_object_element (services, one);
    }
  return services;
}

static JsonObject *
describe_policy (const CePolicy *policy)
{
  JsonObject *object = json_object_new ();
  JsonArray *skipped = json_array_new ();
  g_autofree char *fetched = ce_time_iso (policy->fetched_unix);
  g_autofree char *allowed = ce_autoenrollment_describe (policy->autoenrollment);

  json_object_set_object_member (object, "user", describe_user (&policy->user));
  json_object_set_string_member (object, "source", policy->source);
  json_object_set_string_member (object, "fetched", fetched);
  json_object_set_boolean_member (object, "cached", policy->cached);
  json_object_set_string_member (object, "cached_because", policy->cached_because);
  json_object_set_int_member (object, "searches", policy->searches);
  json_object_set_int_member (object, "autoenrollment", policy->autoenrollment);
  json_object_set_string_member (object, "autoenrollment_allows", allowed);
  json_object_set_string_member (object, "autoenrollment_source", policy->autoenrollment_source);
  json_object_set_int_member (object, "remind_percent", policy->expiry_percent);
  json_object_set_string_member (object, "remind_source", policy->expiry_source);
  json_object_set_member (object, "group_policy", ce_group_policy_to_json (policy->group_policy));
  json_object_set_int_member (object, "templates", policy->templates->len);
  json_object_set_array_member (object, "services", describe_services (policy));
  for (char **sentence = policy->skipped; *sentence != NULL; sentence++)
    json_array_add_string_element (skipped, *sentence);
  json_object_set_array_member (object, "skipped", skipped);
  return object;
}

/* Needs no card: the policy is the user's. */
JsonObject *
ce_command_policy (CeSession *session, GError **error)
{
  JsonObject *result;

  if (!ce_session_load_policy (session, error))
    return NULL;
  result = ce_report_new (CE_OUTCOME_DONE);
  json_object_set_object_member (result, "policy", describe_policy (session->policy));
  return result;
}
