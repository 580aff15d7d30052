/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/policy.h"

#include <string.h>

#include "policy/group-policy.h"

gboolean
ce_user_is_called (const CeUser *user, const char *upn)
{
  return g_ascii_strcasecmp (upn, user->upn) == 0 || g_ascii_strcasecmp (upn, user->principal) == 0;
}

CePolicy *
ce_policy_new (void)
{
  CePolicy *policy = g_new0 (CePolicy, 1);
  CeUser *user = &policy->user;
  char **texts[] = { &policy->source,
                     &policy->cached_because,
                     &policy->autoenrollment_source,
                     &policy->expiry_source,
                     &policy->forest_id,
                     &user->principal,
                     &user->upn,
                     &user->account,
                     &user->dn,
                     &user->sid,
                     &user->mail };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    *texts[i] = g_strdup ("");
  user->groups = g_new0 (char *, 1);
  user->certificates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  policy->skipped = g_new0 (char *, 1);
  policy->templates = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_template_free);
  policy->services = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_enrollment_service_free);
  policy->roots = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  policy->intermediates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  policy->nt_auth = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  return policy;
}

static void
clear_user (CeUser *user)
{
  g_free (user->principal);
  g_free (user->upn);
  g_free (user->account);
  g_free (user->dn);
  g_free (user->sid);
  g_free (user->mail);
  g_strfreev (user->groups);
  g_ptr_array_unref (user->certificates);
}

void
ce_policy_free (CePolicy *policy)
{
  if (policy == NULL)
    return;
  g_free (policy->source);
  g_free (policy->cached_because);
  g_free (policy->autoenrollment_source);
  g_free (policy->expiry_source);
  g_free (policy->forest_id);
  ce_group_policy_free (policy->group_policy);
  clear_user (&policy->user);
  g_ptr_array_unref (policy->templates);
  g_ptr_array_unref (policy->services);
  g_ptr_array_unref (policy->roots);
  g_ptr_array_unref (policy->intermediates);
  g_ptr_array_unref (policy->nt_auth);
  g_strfreev (policy->skipped);
  g_free (policy);
}

CeEnrollmentService *
ce_enrollment_service_new (void)
{
  CeEnrollmentService *service = g_new0 (CeEnrollmentService, 1);

  service->name = g_strdup ("");
  service->display_name = g_strdup ("");
  service->host = g_strdup ("");
  service->unusable = g_strdup ("");
  service->templates = g_new0 (char *, 1);
  service->certificates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  service->endpoints = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_ca_endpoint_free);
  return service;
}

void
ce_enrollment_service_free (CeEnrollmentService *service)
{
  if (service == NULL)
    return;
  g_free (service->name);
  g_free (service->display_name);
  g_free (service->host);
  g_free (service->unusable);
  g_strfreev (service->templates);
  g_ptr_array_unref (service->certificates);
  g_ptr_array_unref (service->endpoints);
  g_free (service);
}

CeCaEndpoint *
ce_ca_endpoint_new (const char *url, CeCaAuthentication authentication, guint priority, gboolean renewal_only)
{
  CeCaEndpoint *endpoint = g_new0 (CeCaEndpoint, 1);

  endpoint->url = g_strdup (url);
  endpoint->authentication = authentication;
  endpoint->priority = priority;
  endpoint->renewal_only = renewal_only;
  return endpoint;
}

void
ce_ca_endpoint_free (CeCaEndpoint *endpoint)
{
  if (endpoint == NULL)
    return;
  g_free (endpoint->url);
  g_free (endpoint);
}

gboolean
ce_ca_authentication_is_known (guint64 authentication)
{
  return authentication == CE_CA_AUTH_ANONYMOUS || authentication == CE_CA_AUTH_KERBEROS
         || authentication == CE_CA_AUTH_PASSWORD || authentication == CE_CA_AUTH_CERTIFICATE;
}

int
ce_ca_endpoint_compare (gconstpointer a, gconstpointer b)
{
  const CeCaEndpoint *x = *(const CeCaEndpoint *const *) a, *y = *(const CeCaEndpoint *const *) b;

  if (x->priority != y->priority)
    return x->priority < y->priority ? -1 : 1;
  return strcmp (x->url, y->url);
}

const CeTemplate *
ce_policy_find_template (const CePolicy *policy, const char *name)
{
  const CeTemplate *by_display_name = NULL;

  for (guint i = 0; i < policy->templates->len; i++)
    {
      const CeTemplate *template = g_ptr_array_index (policy->templates, i);

      if (ce_template_is_called (template, name))
        return template;
      if (by_display_name == NULL && g_ascii_strcasecmp (template->display_name, name) == 0)
        by_display_name = template;
    }
  return by_display_name;
}

gboolean
ce_policy_allows (const CePolicy *policy, guint32 any_of)
{
  return !(policy->autoenrollment & CE_AUTOENROLLMENT_DISABLED) && (policy->autoenrollment & any_of) != 0;
}

char *
ce_policy_describe_refusal (const CePolicy *policy, const char *missing)
{
  if (policy->autoenrollment & CE_AUTOENROLLMENT_DISABLED)
    return g_strdup_printf ("autoenrollment is disabled (AEPolicy is 0x%x, from %s)", policy->autoenrollment,
                            policy->autoenrollment_source);
  return g_strdup_printf ("autoenrollment does not include it (AEPolicy is 0x%x, from %s, without %s)",
                          policy->autoenrollment, policy->autoenrollment_source, missing);
}

gboolean
ce_enrollment_service_issues (const CeEnrollmentService *service, const CeTemplate *template)
{
  for (char **name = service->templates; *name != NULL; name++)
    if (ce_template_is_called (template, *name))
      return TRUE;
  return FALSE;
}

GPtrArray *
ce_policy_services_for (const CePolicy *policy, const CeTemplate *template)
{
  GPtrArray *services = g_ptr_array_new ();

  for (guint i = 0; i < policy->services->len; i++)
    {
      CeEnrollmentService *service = g_ptr_array_index (policy->services, i);

      if (service->may_enroll && *service->unusable == '\0' && ce_enrollment_service_issues (service, template))
        g_ptr_array_add (services, service);
    }
  return services;
}
