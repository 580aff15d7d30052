/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/policy-json.h"

#include "agent/base/error.h"
#include "policy/fields.h"
#include "policy/group-policy-json.h"

#define T(kind, name) CE_FIELD (CeTemplate, CE_FIELD_##kind, name)
#define S(kind, name) CE_FIELD (CeEnrollmentService, CE_FIELD_##kind, name)
#define P(kind, name) CE_FIELD (CePolicy, CE_FIELD_##kind, name)
#define U(kind, name) CE_FIELD (CeUser, CE_FIELD_##kind, name)
#define H(kind, name) CE_FIELD (CeHeld, CE_FIELD_##kind, name)

static const CeField template_fields[] = {
  T (TEXT, name),
  T (TEXT, display_name),
  T (TEXT, oid),
  T (U32, schema_version),
  T (U32, major_version),
  T (U32, minor_version),
  T (U32, general_flags),
  T (U32, enrollment_flags),
  T (U32, private_key_flags),
  T (U32, name_flags),
  T (U32, key_spec),
  T (U32, min_key_bits),
  T (TEXT, key_algorithm),
  T (TEXT, hash_algorithm),
  T (U32, key_property_usage),
  T (TEXT, symmetric_algorithm),
  T (U32, symmetric_key_bits),
  T (I32, max_issuing_depth),
  T (PAIR, key_usage),
  T (TEXTS, ekus),
  T (TEXTS, application_policies),
  T (TEXTS, certificate_policies),
  T (TEXTS, critical_extensions),
  T (TEXTS, providers),
  T (U32, ra_signatures),
  T (TEXTS, ra_application_policies),
  T (TEXTS, ra_policies),
  T (TEXTS, supersedes),
  T (I64, validity_s),
  T (I64, renewal_s),
  { "enroll", CE_FIELD_BOOL, G_STRUCT_OFFSET (CeTemplate, rights.enroll) },
  { "autoenroll", CE_FIELD_BOOL, G_STRUCT_OFFSET (CeTemplate, rights.autoenroll) },
  T (TEXT, rights_detail),
  T (TEXT, rights_ask),
  { NULL, 0, 0 },
};

static const CeField service_fields[] = {
  S (TEXT, name),       S (TEXT, display_name), S (TEXT, host), S (BYTES, certificates),
  S (TEXTS, templates), S (BOOL, may_enroll), S (TEXT, unusable),   { NULL, 0, 0 },
};

static const CeField endpoint_fields[] = {
  CE_FIELD (CeCaEndpoint, CE_FIELD_TEXT, url),
  CE_FIELD (CeCaEndpoint, CE_FIELD_U32, authentication),
  CE_FIELD (CeCaEndpoint, CE_FIELD_U32, priority),
  CE_FIELD (CeCaEndpoint, CE_FIELD_BOOL, renewal_only),
  { NULL, 0, 0 },
};

static const CeField user_fields[] = {
  U (TEXT, principal), U (TEXT, upn),     U (TEXT, account),       U (TEXT, dn),   U (TEXT, sid),
  U (TEXT, mail),      U (TEXTS, groups), U (BYTES, certificates),
  U (BOOL, upn_guessed),
  { NULL, 0, 0 },
};

static const CeField policy_fields[] = {
  P (TEXT, source),
  P (I64, fetched_unix),
  P (I64, whole_unix),
  P (I64, next_update_unix),
  P (BOOL, no_directory),
  P (U32, autoenrollment),
  P (TEXT, autoenrollment_source),
  P (U32, expiry_percent),
  P (TEXT, expiry_source),
  P (BYTES, roots),
  P (BYTES, intermediates),
  P (BYTES, nt_auth),
  P (TEXTS, skipped),
  { NULL, 0, 0 },
};

static const CeField held_fields[] = {
  H (TEXT, fingerprint),
  H (TEXT, subject),
  H (TEXT, template_oid),
  H (TEXT, template_name),
  H (U32, template_major),
  H (U32, template_minor),
  H (I64, not_before_unix),
  H (I64, not_after_unix),
  H (BOOL, has_private_key),
  H (BOOL, trusted),
  H (BOOL, revoked),
  H (TEXT, revocation),
  H (TEXT, upn),
  H (TEXT, sid),
  H (BOOL, decrypts),
  H (BOOL, ca_renewed),
  H (BOOL, ca_withdrawn),
  { NULL, 0, 0 },
};

static void
write_object (JsonBuilder *json, const CeField *fields, gconstpointer of)
{
  json_builder_begin_object (json);
  ce_fields_write (json, fields, of);
  json_builder_end_object (json);
}

static void
write_service (JsonBuilder *json, const CeEnrollmentService *service)
{
  json_builder_begin_object (json);
  ce_fields_write (json, service_fields, service);
  json_builder_set_member_name (json, "endpoints");
  json_builder_begin_array (json);
  for (guint i = 0; i < service->endpoints->len; i++)
    write_object (json, endpoint_fields, g_ptr_array_index (service->endpoints, i));
  json_builder_end_array (json);
  json_builder_end_object (json);
}

JsonNode *
ce_policy_to_json (const CePolicy *policy)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();

  json_builder_begin_object (json);
  ce_fields_write (json, policy_fields, policy);
  json_builder_set_member_name (json, "user");
  write_object (json, user_fields, &policy->user);
  if (policy->group_policy != NULL)
    {
      json_builder_set_member_name (json, "group_policy");
      json_builder_add_value (json, ce_group_policy_to_json (policy->group_policy));
    }
  json_builder_set_member_name (json, "templates");
  json_builder_begin_array (json);
  for (guint i = 0; i < policy->templates->len; i++)
    write_object (json, template_fields, g_ptr_array_index (policy->templates, i));
  json_builder_end_array (json);
  json_builder_set_member_name (json, "services");
  json_builder_begin_array (json);
  for (guint i = 0; i < policy->services->len; i++)
    write_service (json, g_ptr_array_index (policy->services, i));
  json_builder_end_array (json);
  json_builder_end_object (json);
  return json_builder_get_root (json);
}

JsonNode *
ce_held_to_json (const CeHeld *held)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();

  write_object (json, held_fields, held);
  return json_builder_get_root (json);
}

static JsonObject *
as_object (JsonNode *node, const char *name, GError **error)
{
  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node))
    return json_node_get_object (node);
  g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "%s is not an object", name);
  return NULL;
}

/* Calls @read for each element of the list @name; an absent list is empty. */
typedef gboolean (*ReadOne) (JsonObject *object, gpointer into, GError **error);

static gboolean
read_list (JsonObject *object, const char *name, ReadOne read, gpointer into, GError **error)
{
  JsonNode *node = json_object_get_member (object, name);
  JsonArray *list;

  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_ARRAY (node))
    {
      g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "\"%s\" is not a list", name);
      return FALSE;
    }
  list = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (list); i++)
    {
      JsonObject *one = as_object (json_array_get_element (list, i), name, error);

      if (one == NULL || !read (one, into, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_template (JsonObject *object, gpointer into, GError **error)
{
  CePolicy *policy = into;
  CeTemplate *template = ce_template_new ();

  g_ptr_array_add (policy->templates, template);
  return ce_fields_read (object, template_fields, template, error);
}

static gboolean
read_endpoint (JsonObject *object, gpointer into, GError **error)
{
  CeEnrollmentService *service = into;
  CeCaEndpoint *endpoint = ce_ca_endpoint_new ("", CE_CA_AUTH_KERBEROS, 0, FALSE);

  g_ptr_array_add (service->endpoints, endpoint);
  return ce_fields_read (object, endpoint_fields, endpoint, error);
}

static gboolean
read_service (JsonObject *object, gpointer into, GError **error)
{
  CePolicy *policy = into;
  CeEnrollmentService *service = ce_enrollment_service_new ();

  g_ptr_array_add (policy->services, service);
  return ce_fields_read (object, service_fields, service, error)
         && read_list (object, "endpoints", read_endpoint, service, error);
}

static gboolean
read_user (JsonObject *object, CeUser *user, GError **error)
{
  JsonNode *node = json_object_get_member (object, "user");
  JsonObject *one = node != NULL ? as_object (node, "\"user\"", error) : NULL;

  if (node == NULL)
    return TRUE;
  return one != NULL && ce_fields_read (one, user_fields, user, error);
}

static gboolean
read_group_policy (JsonObject *object, CePolicy *policy, GError **error)
{
  JsonNode *node = json_object_get_member (object, "group_policy");

  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  policy->group_policy = ce_group_policy_from_json (node, error);
  return policy->group_policy != NULL;
}

CePolicy *
ce_policy_from_json (JsonNode *node, GError **error)
{
  g_autoptr (CePolicy) policy = ce_policy_new ();
  JsonObject *object = as_object (node, "the policy", error);

  if (object == NULL || !ce_fields_read (object, policy_fields, policy, error)
      || !read_user (object, &policy->user, error) || !read_group_policy (object, policy, error)
      || !read_list (object, "templates", read_template, policy, error)
      || !read_list (object, "services", read_service, policy, error))
    return NULL;
  return g_steal_pointer (&policy);
}

CeHeld *
ce_held_from_json (JsonNode *node, GError **error)
{
  g_autoptr (CeHeld) held = ce_held_new ();
  JsonObject *object = as_object (node, "the certificate", error);

  held->has_private_key = held->trusted = TRUE;
  return object != NULL && ce_fields_read (object, held_fields, held, error) ? g_steal_pointer (&held) : NULL;
}
