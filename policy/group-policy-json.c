/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/group-policy-json.h"

#include "agent/base/error.h"
#include "policy/fields.h"

#define MAX_LIST 1000

#define P(kind, name) CE_FIELD (CeGroupPolicy, CE_FIELD_##kind, name)
#define G(kind, name) CE_FIELD (CeGpoStanding, CE_FIELD_##kind, name)
#define S(kind, name) CE_FIELD (CePolicySetting, CE_FIELD_##kind, name)
#define V(kind, name) CE_FIELD (CePolicyServer, CE_FIELD_##kind, name)

static const CeField policy_fields[]
    = { P (BOOL, known), P (TEXT, problem), P (TEXT, site), P (TEXT, computer), { NULL, 0, 0 } };

static const CeField gpo_fields[] = {
  G (TEXT, name),    G (TEXT, dn),      G (TEXT, scope),  G (BOOL, enforced), G (BOOL, loopback),
  G (BOOL, applies), G (TEXT, verdict), G (TEXT, detail), { NULL, 0, 0 },
};

static const CeField setting_fields[] = { S (TEXT, name), S (TEXT, value), S (TEXT, source), { NULL, 0, 0 } };

static const CeField server_fields[] = {
  V (TEXT, url),           V (TEXT, policy_id), V (TEXT, friendly_name), V (U32, flags),
  V (U32, authentication), V (U32, cost),       V (TEXT, source),        { NULL, 0, 0 },
};

static void
add_list (JsonBuilder *json, const char *name, const CeField *fields, const GPtrArray *list)
{
  json_builder_set_member_name (json, name);
  json_builder_begin_array (json);
  for (guint i = 0; list != NULL && i < list->len; i++)
    {
      json_builder_begin_object (json);
      ce_fields_write (json, fields, g_ptr_array_index (list, i));
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
}

JsonNode *
ce_group_policy_to_json (const CeGroupPolicy *policy)
{
  g_autoptr (JsonBuilder) json = NULL;
  const CeAutoenrollmentPolicy *autoenrollment = policy != NULL ? policy->autoenrollment : NULL;

  if (policy == NULL)
    return json_node_new (JSON_NODE_NULL);
  json = json_builder_new ();
  json_builder_begin_object (json);
  ce_fields_write (json, policy_fields, policy);
  json_builder_set_member_name (json, "loopback");
  json_builder_add_string_value (json, ce_loopback_name (policy->loopback_mode));
  add_list (json, "objects", gpo_fields, policy->gpos);
  add_list (json, "settings", setting_fields, policy->settings);
  add_list (json, "servers", server_fields, autoenrollment != NULL ? autoenrollment->servers : NULL);
  json_builder_end_object (json);
  return json_builder_get_root (json);
}

static gpointer
new_gpo (GPtrArray *list)
{
  CeGpoStanding *gpo = g_new0 (CeGpoStanding, 1);
  char **texts[] = { &gpo->name, &gpo->dn, &gpo->scope, &gpo->verdict, &gpo->detail };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    *texts[i] = g_strdup ("");
  g_ptr_array_add (list, gpo);
  return gpo;
}

static gpointer
new_setting (GPtrArray *list)
{
  CePolicySetting *setting = g_new0 (CePolicySetting, 1);

  setting->name = g_strdup ("");
  setting->value = g_strdup ("");
  setting->source = g_strdup ("");
  g_ptr_array_add (list, setting);
  return setting;
}

static gpointer
new_server (GPtrArray *list)
{
  CePolicyServer *server = g_new0 (CePolicyServer, 1);
  char **texts[] = { &server->id, &server->url, &server->policy_id, &server->friendly_name, &server->source };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    *texts[i] = g_strdup ("");
  g_ptr_array_add (list, server);
  return server;
}

/* @add: appends an empty one and returns it. */
static gboolean
read_list (JsonObject *object, const char *name, const CeField *fields, gpointer (*add) (GPtrArray *list),
           GPtrArray *list, GError **error)
{
  JsonNode *node = json_object_get_member (object, name);
  JsonArray *array = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  for (guint i = 0; array != NULL && i < MIN (json_array_get_length (array), MAX_LIST); i++)
    {
      JsonNode *one = json_array_get_element (array, i);

      if (!JSON_NODE_HOLDS_OBJECT (one))
        {
          g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "\"%s\" has something that is no object", name);
          return FALSE;
        }
      if (!ce_fields_read (json_node_get_object (one), fields, add (list), error))
        return FALSE;
    }
  return TRUE;
}

static CeLoopback
read_loopback (JsonObject *object)
{
  JsonNode *node = json_object_get_member (object, "loopback");
  const char *name
      = node != NULL && json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node) : "";

  for (CeLoopback mode = CE_LOOPBACK_MERGE; mode <= CE_LOOPBACK_REPLACE; mode++)
    if (g_str_equal (name, ce_loopback_name (mode)))
      return mode;
  return CE_LOOPBACK_NONE;
}

CeGroupPolicy *
ce_group_policy_from_json (JsonNode *node, GError **error)
{
  g_autoptr (CeGroupPolicy) policy = ce_group_policy_new ();
  g_autoptr (CeRegistry) nothing = ce_registry_new ();
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;

  if (object == NULL)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "\"group_policy\" is not an object");
      return NULL;
    }
  ce_group_policy_take (policy, nothing);
  policy->loopback_mode = read_loopback (object);
  if (!ce_fields_read (object, policy_fields, policy, error)
      || !read_list (object, "objects", gpo_fields, new_gpo, policy->gpos, error)
      || !read_list (object, "settings", setting_fields, new_setting, policy->settings, error)
      || !read_list (object, "servers", server_fields, new_server, policy->autoenrollment->servers, error))
    return NULL;
  return g_steal_pointer (&policy);
}
