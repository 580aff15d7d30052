/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "policy/sources/directory-loading.h"

#define MAX_NAMED_SIDS 200

/* Whom the descriptors grant a right: their names make the sentences of explain readable. */
static GString *
filter_for_trustees (CeLoading *l)
{
  static const char *const rights[] = { CE_RIGHT_ENROLL, CE_RIGHT_AUTOENROLL };
  g_autoptr (CeSidSet) seen = ce_sid_set_new ();
  GString *filter = g_string_new (NULL);

  for (guint i = 0; i < 2 * l->templates->len && ce_sid_set_size (seen) < MAX_NAMED_SIDS; i++)
    {
      const CeGuarded *guarded = g_ptr_array_index (l->templates, i / 2);
      g_autoptr (GArray) trustees = NULL;
      CeGuid right;

      if (guarded->sd == NULL || !ce_guid_from_text (rights[i % 2], &right))
        continue;
      trustees = ce_access_trustees (guarded->sd, &right);
      for (guint j = 0; j < trustees->len; j++)
        {
          const CeSid *sid = &g_array_index (trustees, CeSid, j);
          g_autofree char *value = ce_ldap_escape (sid->bytes, sid->length);

          if (ce_sid_set_contains (seen, sid))
            continue;
          ce_sid_set_add (seen, sid);
          g_string_append_printf (filter, "(objectSid=%s)", value);
        }
    }
  return filter;
}

/* "LAB" for lab.test: what people see before a group's name. "" where it cannot be read. */
static char *
read_netbios_name (CeLoading *l)
{
  static const char *const attributes[] = { "nETBIOSName", NULL };
  g_autofree char *base = g_strdup_printf ("CN=Partitions,%s", l->configuration_dn);
  g_autofree char *dn = ce_ldap_escape (l->domain_dn, strlen (l->domain_dn));
  g_autofree char *filter = g_strdup_printf ("(&(objectClass=crossRef)(nCName=%s))", dn);
  g_autoptr (GPtrArray) found = ce_ldap_search (l->ldap, base, CE_LDAP_SUBTREE, filter, attributes, 0, NULL);

  return found != NULL && found->len > 0 ? ce_entry_text (g_ptr_array_index (found, 0), "nETBIOSName")
                                         : g_strdup ("");
}

static void
add_name (CeLoading *l, const CeEntry *entry, const char *domain)
{
  g_autofree char *name = ce_entry_text (entry, "sAMAccountName");
  GBytes *value = ce_entry_bytes (entry, "objectSid");
  gsize length = 0;
  const guint8 *bytes = value != NULL ? g_bytes_get_data (value, &length) : NULL;
  CeSid sid;

  if (bytes == NULL || *name == '\0' || !ce_sid_parse (bytes, length, &sid))
    return;
  g_hash_table_insert (l->names, ce_sid_to_text (&sid),
                       *domain != '\0' ? g_strdup_printf ("%s\\%s", domain, name) : g_strdup (name));
}

/* Names are for people: that they cannot be read does not stop anything. */
void
ce_loading_read_names (CeLoading *l)
{
  static const char *const attributes[] = { "sAMAccountName", "objectSid", NULL };
  g_autoptr (GString) sids = filter_for_trustees (l);
  g_autofree char *domain = NULL;
  g_autofree char *filter = g_strdup_printf ("(|%s)", sids->str);
  g_autoptr (GPtrArray) found = NULL;

  if (sids->len == 0)
    return;
  domain = read_netbios_name (l);
  found = ce_ldap_search (l->ldap, l->domain_dn, CE_LDAP_SUBTREE, filter, attributes, 0, NULL);
  for (guint i = 0; found != NULL && i < found->len; i++)
    add_name (l, g_ptr_array_index (found, i), domain);
}
