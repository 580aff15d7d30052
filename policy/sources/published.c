/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/sources/published.h"

#include "agent/base/error.h"
#include "policy/sources/ldap.h"

#define ATTRIBUTE "userCertificate"
#define WRITABLE "allowedAttributesEffective"

static gboolean
may_write (CeLdap *ldap, const char *user_dn, gboolean *ret_may, GError **error)
{
  static const char *const attributes[] = { WRITABLE, NULL };
  g_autoptr (GPtrArray) found
      = ce_ldap_search (ldap, user_dn, CE_LDAP_THIS, "(objectClass=*)", attributes, 0, error);
  g_auto (GStrv) names = NULL;

  if (found == NULL)
    return FALSE;
  *ret_may = FALSE;
  names = found->len > 0 ? ce_entry_texts (g_ptr_array_index (found, 0), WRITABLE) : NULL;
  for (char **name = names; name != NULL && *name != NULL; name++)
    *ret_may |= g_ascii_strcasecmp (*name, ATTRIBUTE) == 0;
  return TRUE;
}

gboolean
ce_published_remove (const char *host, const char *user_dn, GBytes *certificate, gint64 deadline_us,
                     GError **error)
{
  g_autoptr (CeLdap) ldap = ce_ldap_connect (host, deadline_us, error);
  gboolean may = FALSE;

  if (ldap == NULL || !may_write (ldap, user_dn, &may, error))
    return FALSE;
  if (may)
    return ce_ldap_delete_value (ldap, user_dn, ATTRIBUTE, certificate, error);
  g_set_error (error, CE_ERROR, CE_ERROR_POLICY_DENIED, "you may not write %s of '%s'", ATTRIBUTE, user_dn);
  return FALSE;
}
