/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/sources/directory-list.h"

#include <ldap.h>

#include "agent/base/error.h"
#include "policy/sources/directory-connect.h"

#define ATTRIBUTE "certificateRevocationList"

static gboolean
names_list (const LDAPURLDesc *parts)
{
  const char *attribute = parts->lud_attrs != NULL ? parts->lud_attrs[0] : NULL;
  g_autofree char *name = attribute != NULL ? g_strndup (attribute, strcspn (attribute, ";")) : NULL;

  return g_ascii_strcasecmp (parts->lud_scheme, "ldap") == 0 && parts->lud_dn != NULL
         && *parts->lud_dn != '\0' && (parts->lud_host == NULL || *parts->lud_host == '\0')
         && parts->lud_crit_exts == 0
         && (parts->lud_scope == LDAP_SCOPE_BASE || parts->lud_scope == LDAP_SCOPE_DEFAULT) && name != NULL
         && parts->lud_attrs[1] == NULL && g_ascii_strcasecmp (name, ATTRIBUTE) == 0;
}

char *
ce_directory_list_dn (const char *url, GError **error)
{
  LDAPURLDesc *parts = NULL;
  char *dn = NULL;

  if (ldap_url_parse (url, &parts) == LDAP_URL_SUCCESS && names_list (parts))
    dn = g_strdup (parts->lud_dn);
  if (parts != NULL)
    ldap_free_urldesc (parts);
  if (dn == NULL)
    g_set_error (error, CE_ERROR, CE_ERROR_NOT_SUPPORTED,
                 "%s: not the address of a list in your own directory", url);
  return dn;
}

GBytes *
ce_directory_list_take (const CeEntry *entry, const char *dn, gsize max_bytes, GError **error)
{
  GBytes *list = entry != NULL ? ce_entry_bytes (entry, ATTRIBUTE) : NULL;
  const gboolean too_long = entry != NULL && ce_entry_is_too_long (entry, ATTRIBUTE);

  if (too_long || (list != NULL && g_bytes_get_size (list) > max_bytes))
    g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL,
                 "the list at '%s' is longer than %" G_GSIZE_FORMAT " MiB", dn, max_bytes / (1024 * 1024));
  /* A CA that has not published yet leaves one byte there. */
  else if (list == NULL || g_bytes_get_size (list) <= 1)
    g_set_error (error, CE_ERROR, CE_ERROR_NOT_FOUND, "the directory holds no list at '%s'", dn);
  else
    return g_bytes_ref (list);
  return NULL;
}

static GBytes *
read_list (CeLdap *ldap, const char *dn, gsize max_bytes, GError **error)
{
  static const char *const attributes[] = { ATTRIBUTE, NULL };
  g_autoptr (GPtrArray) found
      = ce_ldap_search (ldap, dn, CE_LDAP_THIS, "(objectClass=*)", attributes, 0, error);

  if (found == NULL)
    return NULL;
  return ce_directory_list_take (found->len > 0 ? g_ptr_array_index (found, 0) : NULL, dn, max_bytes, error);
}

GBytes *
ce_directory_list (const CeConfig *config, const char *url, guint timeout_ms, gsize max_bytes, GError **error)
{
  const gint64 deadline_us = g_get_monotonic_time () + timeout_ms * G_TIME_SPAN_MILLISECOND;
  g_autofree char *dn = ce_directory_list_dn (url, error), *domain = NULL, *server = NULL;
  g_autoptr (CeTicket) ticket = dn != NULL ? ce_ticket_find (error) : NULL;
  g_autoptr (CeLdap) ldap
      = ticket != NULL ? ce_directory_connect (config, ticket, deadline_us, &domain, &server, error) : NULL;

  return ldap != NULL ? read_list (ldap, dn, max_bytes, error) : NULL;
}
