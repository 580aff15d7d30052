/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/sources/directory-connect.h"

#include "agent/base/error.h"
#include "policy/sources/locate.h"

/* The controllers to try: the one of the settings, or those that DNS names. */
static GStrv
find_hosts (const CeConfig *config, const char *domain, GError **error)
{
  g_autoptr (GStrvBuilder) hosts = g_strv_builder_new ();

  if (config->server == NULL)
    return ce_locate_controllers (domain, error);
  if (!ce_is_host_name (config->server))
    {
      g_set_error (error, CE_ERROR, CE_ERROR_MISCONFIGURED,
                   "'%s' is not the host name of a domain controller", config->server);
      return NULL;
    }
  g_strv_builder_add (hosts, config->server);
  return g_strv_builder_end (hosts);
}

static CeLdap *
connect_to_one (const char *domain, char *const *hosts, gint64 deadline_us, char **ret_server, GError **error)
{
  g_autoptr (GString) tried = g_string_new (NULL);

  for (guint i = 0; hosts[i] != NULL; i++)
    {
      g_autoptr (GError) problem = NULL;
      CeLdap *ldap = ce_ldap_connect (hosts[i], deadline_us, &problem);

      if (ldap != NULL)
        {
          *ret_server = g_strdup (hosts[i]);
          return ldap;
        }
      if (ce_error_code (problem) != CE_ERROR_DIRECTORY_UNREACHABLE)
        {
          g_propagate_error (error, g_steal_pointer (&problem));
          return NULL;
        }
      g_string_append_printf (tried, "%s%s", i > 0 ? "; " : "", problem->message);
    }
  g_set_error (error, CE_ERROR, CE_ERROR_DIRECTORY_UNREACHABLE,
               "no domain controller of '%s' can be used: %s", domain, tried->str);
  return NULL;
}

CeLdap *
ce_directory_connect (const CeConfig *config, const CeTicket *ticket, gint64 deadline_us, char **ret_domain,
                      char **ret_server, GError **error)
{
  g_autofree char *domain
      = config->domain != NULL ? g_strdup (config->domain) : g_ascii_strdown (ticket->realm, -1);
  g_auto (GStrv) hosts = NULL;
  CeLdap *ldap;

  ce_limit_resolver ();
  hosts = find_hosts (config, domain, error);
  ldap = hosts != NULL ? connect_to_one (domain, hosts, deadline_us, ret_server, error) : NULL;
  if (ldap != NULL)
    *ret_domain = g_steal_pointer (&domain);
  return ldap;
}
