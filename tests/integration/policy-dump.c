/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Loads the policy of the user whose ticket is there and prints the plan for an empty card, as `cardenroll
 * plan
 * --json` would, with what was found beside it. For tests in the lab and for a look at a real directory. */

#include <json-glib/json-glib.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/error.h"
#include "policy/plan-json.h"
#include "policy/sources/directory-connect.h"
#include "policy/sources/load.h"

static int
fail (const GError *error)
{
  g_printerr ("%s: %s\n", ce_error_name (ce_error_code (error)), error->message);
  return (int) ce_error_exit_code (ce_error_code (error));
}

static void
add_services (JsonObject *object, const CePolicy *policy)
{
  JsonArray *services = json_array_new ();

  for (guint i = 0; i < policy->services->len; i++)
    {
      const CeEnrollmentService *service = g_ptr_array_index (policy->services, i);
      JsonObject *one = json_object_new ();

      json_object_set_string_member (one, "name", service->name);
      json_object_set_string_member (one, "host", service->host);
      json_object_set_boolean_member (one, "may_enroll", service->may_enroll);
      json_object_set_int_member (one, "certificates", service->certificates->len);
      json_object_set_int_member (one, "endpoints", service->endpoints->len);
      if (service->endpoints->len > 0)
        json_object_set_string_member (one, "url",
                                       ((CeCaEndpoint *) g_ptr_array_index (service->endpoints, 0))->url);
      json_array_add_object_element (services, one);
    }
  json_object_set_array_member (object, "services", services);
  json_object_set_int_member (object, "searches", policy->searches);
  json_object_set_int_member (object, "roots", policy->roots->len);
  json_object_set_int_member (object, "intermediates", policy->intermediates->len);
  json_object_set_int_member (object, "nt_auth", policy->nt_auth->len);
  json_object_set_int_member (object, "groups", g_strv_length (policy->user.groups));
  json_object_set_string_member (object, "upn", policy->user.upn);
  json_object_set_string_member (object, "mail", policy->user.mail);
}

/* With AGAIN the policy is read a second time by somebody who knows what was read the first time. */
static CePolicy *
load_policy (const CeConfig *config, gboolean again, GError **error)
{
  const CePolicyLoad load = { .config = config };
  g_autoptr (CePolicy) policy = ce_policy_load (&load, error);
  const CePolicyLoad second = { .config = config, .known = policy };

  if (policy == NULL || !again)
    return g_steal_pointer (&policy);
  policy->whole_unix -= 1000;
  return ce_policy_load (&second, error);
}

/* Prints the values of an attribute, of which the server may hand out a part at a time, as "certificateTemplates;range=0-1"
 * makes it do. */
static int
dump_values (const CeConfig *config, const char *base, const char *attribute)
{
  const char *const attributes[] = { attribute, NULL };
  const gint64 deadline_us = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;
  g_autofree char *domain = NULL, *server = NULL, *name = g_strndup (attribute, strcspn (attribute, ";"));
  g_autoptr (GError) error = NULL;
  g_autoptr (CeTicket) ticket = ce_ticket_find (&error);
  g_autoptr (CeLdap) ldap
      = ticket != NULL ? ce_directory_connect (config, ticket, deadline_us, &domain, &server, &error) : NULL;
  g_autoptr (GPtrArray) found
      = ldap != NULL ? ce_ldap_search (ldap, base, CE_LDAP_THIS, "(objectClass=*)", attributes, 0, &error) : NULL;
  g_auto (GStrv) values = found != NULL && found->len > 0 ? ce_entry_texts (g_ptr_array_index (found, 0), name) : NULL;

  if (found == NULL)
    return fail (error);
  for (char **value = values; value != NULL && *value != NULL; value++)
    g_print ("%s\n", *value);
  g_print ("%u\n", ce_ldap_searches (ldap));
  return EXIT_SUCCESS;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CeConfig) config = ce_config_load (&error);
  gboolean values = argc > 3 && g_str_equal (argv[1], "--values");
  gboolean again = argc > 1 && g_str_equal (argv[1], "--again");
  g_autoptr (CePolicy) policy = config != NULL && !values ? load_policy (config, again, &error) : NULL;
  g_autoptr (CePlan) plan = NULL;
  g_autoptr (JsonNode) node = NULL;
  g_autofree char *text = NULL;
  CeWorld world = { .policy = policy,
                    .look_every_s = 8 * 60 * 60,
                    .only_template = argc > 1 && !again ? argv[1] : NULL };

  if (config != NULL && values)
    return dump_values (config, argv[2], argv[3]);
  if (policy == NULL)
    return fail (error);
  world.now_unix = policy->fetched_unix;
  plan = ce_plan_make (&world);
  node = ce_plan_to_json (plan, policy, NULL);
  add_services (json_node_get_object (node), policy);
  json_object_set_boolean_member (json_node_get_object (node), "whole",
                                  policy->whole_unix >= world.now_unix - 500);
  text = json_to_string (node, TRUE);
  g_print ("%s\n", text);
  return EXIT_SUCCESS;
}
