/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A whole world → the plan.
 * {"policy":{…},"held":[{…}],"published":[{…}],"pending":[{"template","ca","request_id",
 * "since","ask_again","issued","replaces"}],"abilities":{"max_rsa_bits","ec_p256","ec_p384"},"now":unix,"look_every":seconds,"asked":"T"}
 * → the object of `cardenroll plan --json`. The members of policy and certificates are the fields of
 * CePolicy, CeTemplate, CeEnrollmentService, CeUser and CeHeld; what is missing has its default. */

#include "agent/base/error.h"
#include "policy/plan-json.h"
#include "policy/policy-json.h"
#include "tests/oracle/lines.h"

#define EIGHT_HOURS_S (8 * 60 * 60)

static JsonArray *
find_list (JsonObject *question, const char *name)
{
  JsonNode *node = json_object_get_member (question, name);

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

static GPtrArray *
read_certificates (JsonObject *question, const char *name, GError **error)
{
  g_autoptr (GPtrArray) held = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_held_free);
  JsonArray *list = find_list (question, name);

  for (guint i = 0; list != NULL && i < json_array_get_length (list); i++)
    {
      CeHeld *one = ce_held_from_json (json_array_get_element (list, i), error);

      if (one == NULL)
        return NULL;
      g_ptr_array_add (held, one);
    }
  return g_steal_pointer (&held);
}

static GPtrArray *
read_pending (JsonObject *question)
{
  GPtrArray *pending = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_pending_free);
  JsonArray *list = find_list (question, "pending");

  for (guint i = 0; list != NULL && i < json_array_get_length (list); i++)
    {
      JsonObject *object = json_array_get_object_element (list, i);
      CePending *one = ce_pending_new (json_object_get_string_member_with_default (object, "template", ""),
                                       json_object_get_string_member_with_default (object, "ca", ""),
                                       json_object_get_string_member_with_default (object, "request_id", ""),
                                       json_object_get_int_member_with_default (object, "since", 0),
                                       json_object_get_int_member_with_default (object, "ask_again", 0));

      one->issued = json_object_get_boolean_member_with_default (object, "issued", FALSE);
      g_free (one->replaces);
      one->replaces = g_strdup (json_object_get_string_member_with_default (object, "replaces", ""));
      g_ptr_array_add (pending, one);
    }
  return pending;
}

static CeCardAbilities
read_abilities (JsonObject *question)
{
  JsonNode *node = json_object_get_member (question, "abilities");
  JsonObject *object = node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;

  if (object == NULL)
    return (CeCardAbilities){ 4096, TRUE, TRUE };
  return (CeCardAbilities){
    .max_rsa_bits = (guint) json_object_get_int_member_with_default (object, "max_rsa_bits", 4096),
    .ec_p256 = json_object_get_boolean_member_with_default (object, "ec_p256", TRUE),
    .ec_p384 = json_object_get_boolean_member_with_default (object, "ec_p384", TRUE),
  };
}

static void
copy_member (JsonObject *object G_GNUC_UNUSED, const char *name, JsonNode *node, gpointer answer)
{
  json_object_set_member (answer, name, json_node_copy (node));
}

static gboolean
make_plan (JsonObject *question, JsonObject *answer, GError **error)
{
  g_autoptr (CePolicy) policy = ce_policy_from_json (json_object_get_member (question, "policy"), error);
  g_autoptr (GPtrArray) held = policy != NULL ? read_certificates (question, "held", error) : NULL;
  g_autoptr (GPtrArray) published = held != NULL ? read_certificates (question, "published", error) : NULL;
  g_autoptr (GPtrArray) pending = read_pending (question);
  g_autoptr (CePlan) plan = NULL;
  g_autoptr (JsonNode) node = NULL;
  CeCardAbilities abilities = read_abilities (question);
  CeWorld world = {
    .policy = policy, .held = held, .published = published, .pending = pending, .abilities = &abilities
  };

  if (published == NULL)
    return FALSE;
  world.now_unix = json_object_get_int_member_with_default (question, "now", 0);
  world.look_every_s = json_object_get_int_member_with_default (question, "look_every", EIGHT_HOURS_S);
  world.only_template = json_object_get_string_member_with_default (question, "asked", NULL);
  world.renew = json_object_get_string_member_with_default (question, "renew", NULL);
  plan = ce_plan_make (&world);
  node = ce_plan_to_json (plan, policy, NULL);
  json_object_foreach_member (json_node_get_object (node), copy_member, answer);
  return TRUE;
}

int
main (void)
{
  return ce_oracle_run (make_plan);
}
