/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/sources/directory.h"

#include <string.h>

#include "agent/base/clock.h"
#include "agent/base/error.h"
#include "policy/sources/directory-connect.h"
#include "policy/sources/directory-loading.h"
#include "policy/sources/effective.h"

#define LOAD_TIMEOUT_S 30

static void
guarded_free (gpointer data)
{
  CeGuarded *guarded = data;

  g_clear_pointer (&guarded->sd, ce_security_descriptor_free);
  g_free (guarded);
}

static void
loading_clear (CeLoading *l)
{
  g_clear_pointer (&l->ldap, ce_ldap_free);
  g_clear_pointer (&l->policy, ce_policy_free);
  g_free (l->domain);
  g_free (l->server);
  g_free (l->domain_dn);
  g_free (l->configuration_dn);
  g_free (l->root_domain_dn);
  g_clear_pointer (&l->sids, ce_sid_set_free);
  g_clear_pointer (&l->templates, g_ptr_array_unref);
  g_clear_pointer (&l->services, g_ptr_array_unref);
  g_clear_pointer (&l->names, g_hash_table_unref);
  g_clear_pointer (&l->skipped, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CeLoading, loading_clear)

static void
loading_init (CeLoading *l, const CeTicket *ticket)
{
  l->ticket = ticket;
  l->policy = ce_policy_new ();
  l->sids = ce_sid_set_new ();
  l->templates = g_ptr_array_new_with_free_func (guarded_free);
  l->services = g_ptr_array_new_with_free_func (guarded_free);
  l->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  l->skipped = g_ptr_array_new_with_free_func (g_free);
}

static gboolean
read_root (CeLoading *l, GError **error)
{
  static const char *const attributes[] = { "defaultNamingContext", "configurationNamingContext",
                                            "rootDomainNamingContext", NULL };
  g_autoptr (GPtrArray) found
      = ce_ldap_search (l->ldap, "", CE_LDAP_THIS, "(objectClass=*)", attributes, 0, error);
  const CeEntry *root;

  if (found == NULL)
    return FALSE;
  root = found->len > 0 ? g_ptr_array_index (found, 0) : NULL;
  l->domain_dn = root != NULL ? ce_entry_text (root, "defaultNamingContext") : g_strdup ("");
  l->configuration_dn = root != NULL ? ce_entry_text (root, "configurationNamingContext") : g_strdup ("");
  l->root_domain_dn = root != NULL ? ce_entry_text (root, "rootDomainNamingContext") : g_strdup ("");
  if (*l->domain_dn != '\0' && *l->configuration_dn != '\0')
    return TRUE;
  g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL,
               "%s is not a domain controller: it names no configuration partition", l->policy->source);
  return FALSE;
}

static void
evaluate_rights (CeLoading *l)
{
  guint n_groups = g_strv_length (l->policy->user.groups);
  CeGuid enroll;

  ce_guid_from_text (CE_RIGHT_ENROLL, &enroll);
  for (guint i = 0; i < l->templates->len; i++)
    {
      const CeGuarded *guarded = g_ptr_array_index (l->templates, i);

      ce_rights_evaluate (guarded->object, guarded->sd, l->sids, n_groups, l->names);
    }
  for (guint i = 0; i < l->services->len; i++)
    {
      const CeGuarded *guarded = g_ptr_array_index (l->services, i);
      CeEnrollmentService *service = guarded->object;

      service->may_enroll = guarded->sd != NULL && ce_access_check (guarded->sd, l->sids, &enroll).granted;
    }
}

static int
by_template_name (gconstpointer a, gconstpointer b)
{
  const CeTemplate *x = *(const CeTemplate *const *) a, *y = *(const CeTemplate *const *) b;

  return g_ascii_strcasecmp (x->name, y->name);
}

static int
by_service_name (gconstpointer a, gconstpointer b)
{
  const CeEnrollmentService *x = *(const CeEnrollmentService *const *) a,
                            *y = *(const CeEnrollmentService *const *) b;

  return g_ascii_strcasecmp (x->name, y->name);
}

static void
finish (CeLoading *l, const CeConfig *config)
{
  CePolicy *policy = l->policy;
  g_autofree char *unknown = NULL;

  g_ptr_array_sort (policy->templates, by_template_name);
  g_ptr_array_sort (policy->services, by_service_name);
  policy->searches = ce_ldap_searches (l->ldap);
  policy->fetched_unix = ce_now ();
  unknown = ce_effective_autoenrollment (policy, config);
  if (unknown != NULL)
    ce_loading_skip (l, unknown);
  g_ptr_array_add (l->skipped, NULL);
  g_strfreev (policy->skipped);
  policy->skipped = (GStrv) g_ptr_array_free (g_steal_pointer (&l->skipped), FALSE);
}

static gboolean
connect_to_directory (CeLoading *l, const CeConfig *config, gint64 deadline_us, GError **error)
{
  l->ldap = ce_directory_connect (config, l->ticket, deadline_us, &l->domain, &l->server, error);
  if (l->ldap == NULL)
    return FALSE;
  g_free (l->policy->source);
  l->policy->source = g_strdup_printf ("ldap://%s", l->server);
  return TRUE;
}

CePolicy *
ce_directory_load (const CeConfig *config, GError **error)
{
  gint64 deadline_us = g_get_monotonic_time () + LOAD_TIMEOUT_S * G_USEC_PER_SEC;
  g_autoptr (CeTicket) ticket = ce_ticket_find (error);
  g_auto (CeLoading) loading = { 0 };

  if (ticket == NULL)
    return NULL;
  loading_init (&loading, ticket);
  if (!connect_to_directory (&loading, config, deadline_us, error) || !read_root (&loading, error)
      || !ce_loading_read_user (&loading, error) || !ce_loading_read_groups (&loading, error)
      || !ce_loading_read_services (&loading, error))
    return NULL;
  if (config->group_policy)
    {
      ce_loading_read_group_policy (&loading, config->apply_wmi_filtered, deadline_us);
      ce_loading_read_forest (&loading);
    }
  ce_loading_read_names (&loading);
  evaluate_rights (&loading);
  finish (&loading, config);
  return g_steal_pointer (&loading.policy);
}
