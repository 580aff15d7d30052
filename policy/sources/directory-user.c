/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "agent/base/error.h"
#include "agent/base/text.h"
#include "policy/sources/directory-loading.h"
#include "policy/sources/service-entry.h"

/* Of accounts with this name and with this UPN, the name wins, as it does in the KDC. */
static const CeEntry *
choose_user (const GPtrArray *found, const char *name)
{
  for (guint i = 0; i < found->len; i++)
    {
      g_autofree char *account = ce_entry_text (g_ptr_array_index (found, i), "sAMAccountName");

      if (g_ascii_strcasecmp (account, name) == 0)
        return g_ptr_array_index (found, i);
    }
  return found->len > 0 ? g_ptr_array_index (found, 0) : NULL;
}

static void
read_user_entry (CeLoading *l, const CeEntry *entry)
{
  CeUser *user = &l->policy->user;
  g_autofree char *upn = ce_entry_text (entry, "userPrincipalName");
  g_autofree char *mail = ce_entry_text (entry, "mail");
  g_autofree char *account = ce_entry_text (entry, "sAMAccountName");
  GBytes *sid_bytes = ce_entry_bytes (entry, "objectSid");
  gsize length = 0;
  const guint8 *bytes = sid_bytes != NULL ? g_bytes_get_data (sid_bytes, &length) : NULL;
  CeSid sid;

  ce_text_set (&user->principal, l->ticket->principal);
  ce_text_set (&user->dn, ce_entry_dn (entry));
  ce_text_set (&user->mail, mail);
  ce_text_set (&user->account, account);
  user->upn_guessed = *upn == '\0';
  g_free (user->upn);
  user->upn = !user->upn_guessed ? g_strdup (upn) : g_strdup_printf ("%s@%s", account, l->domain);
  ce_certificates_from_entry (entry, "userCertificate", user->certificates);
  if (bytes == NULL || !ce_sid_parse (bytes, length, &sid))
    return;
  g_free (user->sid);
  user->sid = ce_sid_to_text (&sid);
  ce_sid_set_add (l->sids, &sid);
}

gboolean
ce_loading_read_user (CeLoading *l, GError **error)
{
  static const char *const attributes[]
      = { "sAMAccountName", "userPrincipalName", "mail", "objectSid", "userCertificate", NULL };
  g_autofree char *name = ce_ldap_escape (l->ticket->name, strlen (l->ticket->name));
  g_autofree char *upn = ce_ldap_escape (l->ticket->principal, strlen (l->ticket->principal));
  g_autofree char *filter
      = g_strdup_printf ("(&(objectClass=user)(|(sAMAccountName=%s)(userPrincipalName=%s)))", name, upn);
  g_autoptr (GPtrArray) found
      = ce_ldap_search (l->ldap, l->domain_dn, CE_LDAP_SUBTREE, filter, attributes, 0, error);
  const CeEntry *entry;

  if (found == NULL)
    return FALSE;
  entry = choose_user (found, l->ticket->name);
  if (entry != NULL)
    read_user_entry (l, entry);
  if (*l->policy->user.sid != '\0')
    return TRUE;
  g_set_error (error, CE_ERROR, CE_ERROR_MISCONFIGURED, "the directory of '%s' has no account for %s",
               l->domain, l->ticket->principal);
  return FALSE;
}

/* tokenGroups is computed by the server: nested groups and the primary one. It exists in base searches only.
 */
gboolean
ce_loading_read_groups (CeLoading *l, GError **error)
{
  static const char *const attributes[] = { "tokenGroups", NULL };
  g_autoptr (GStrvBuilder) groups = g_strv_builder_new ();
  g_autoptr (GPtrArray) found
      = ce_ldap_search (l->ldap, l->policy->user.dn, CE_LDAP_THIS, "(objectClass=*)", attributes, 0, error);
  const GPtrArray *values;

  if (found == NULL)
    return FALSE;
  values = found->len > 0 ? ce_entry_values (g_ptr_array_index (found, 0), "tokenGroups") : NULL;
  for (guint i = 0; values != NULL && i < values->len; i++)
    {
      gsize length;
      const guint8 *bytes = g_bytes_get_data (g_ptr_array_index (values, i), &length);
      CeSid sid;
      g_autofree char *text = NULL;

      if (!ce_sid_parse (bytes, length, &sid))
        continue;
      text = ce_sid_to_text (&sid);
      g_strv_builder_add (groups, text);
      ce_sid_set_add (l->sids, &sid);
    }
  g_strfreev (l->policy->user.groups);
  l->policy->user.groups = g_strv_builder_end (groups);
  ce_sid_set_add_well_known (l->sids);
  return TRUE;
}
