/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/sources/group-policy-search.h"

#include <string.h>
#include <unistd.h>

#include "policy/sources/site.h"

#define MAX_COMPUTER_NAME 15
#define SD_DACL 4
#define BLOCK_NOTHING 0

CeComputer *
ce_computer_new (void)
{
  CeComputer *computer = g_new0 (CeComputer, 1);

  computer->dn = g_strdup ("");
  computer->sids = ce_sid_set_new ();
  return computer;
}

void
ce_computer_free (CeComputer *computer)
{
  g_free (computer->dn);
  ce_sid_set_free (computer->sids);
  g_free (computer);
}

char *
ce_dn_fold (const char *dn)
{
  return g_utf8_strdown (dn, -1);
}

static char *
account_name (void)
{
  char host[256] = "";
  g_autofree char *label = NULL;

  if (gethostname (host, sizeof host - 1) != 0)
    return g_strdup ("");
  label = g_strndup (host, MIN (strcspn (host, "."), MAX_COMPUTER_NAME));
  return g_ascii_strup (label, -1);
}

static void
add_sids (CeSidSet *sids, const CeEntry *entry, const char *attribute)
{
  const GPtrArray *values = ce_entry_values (entry, attribute);

  for (guint i = 0; values != NULL && i < values->len; i++)
    {
      gsize length;
      const guint8 *bytes = g_bytes_get_data (g_ptr_array_index (values, i), &length);
      CeSid sid;

      if (ce_sid_parse (bytes, length, &sid))
        ce_sid_set_add (sids, &sid);
    }
}

static gboolean
read_token (CeLdap *ldap, CeComputer *computer, GError **error)
{
  static const char *const attributes[] = { "objectSid", "tokenGroups", NULL };
  g_autoptr (GPtrArray) found
      = ce_ldap_search (ldap, computer->dn, CE_LDAP_THIS, "(objectClass=*)", attributes, 0, error);

  if (found == NULL)
    return FALSE;
  for (guint i = 0; i < found->len; i++)
    {
      add_sids (computer->sids, g_ptr_array_index (found, i), "objectSid");
      add_sids (computer->sids, g_ptr_array_index (found, i), "tokenGroups");
    }
  ce_sid_set_add_well_known (computer->sids);
  return TRUE;
}

CeComputer *
ce_computer_find (CeLdap *ldap, const char *domain_dn, GError **error)
{
  static const char *const attributes[] = { "cn", NULL };
  g_autoptr (CeComputer) computer = ce_computer_new ();
  g_autofree char *name = account_name ();
  g_autofree char *escaped = ce_ldap_escape (name, strlen (name));
  g_autofree char *filter = g_strdup_printf ("(&(objectClass=computer)(sAMAccountName=%s$))", escaped);
  g_autoptr (GPtrArray) found
      = ce_ldap_search (ldap, domain_dn, CE_LDAP_SUBTREE, filter, attributes, 0, error);

  if (found == NULL)
    return NULL;
  if (found->len == 0)
    return g_steal_pointer (&computer);
  g_free (computer->dn);
  computer->dn = g_strdup (ce_entry_dn (g_ptr_array_index (found, 0)));
  return read_token (ldap, computer, error) ? g_steal_pointer (&computer) : NULL;
}

/* "(|(distinguishedName=…)(…))" */
static char *
filter_by_dn (const GPtrArray *dns)
{
  GString *filter = g_string_new ("(|");

  for (guint i = 0; i < dns->len; i++)
    {
      const char *dn = g_ptr_array_index (dns, i);
      g_autofree char *value = ce_ldap_escape (dn, strlen (dn));

      g_string_append_printf (filter, "(distinguishedName=%s)", value);
    }
  g_string_append_c (filter, ')');
  return g_string_free (filter, FALSE);
}

/* gPLink is not cut as text for people is: a list of forty links is longer. */
static void
fill_scope (CeScope *scope, const CeEntry *entry)
{
  GBytes *links = ce_entry_bytes (entry, "gPLink");

  if (links != NULL)
    {
      gsize length;
      const char *bytes = g_bytes_get_data (links, &length);

      g_free (scope->links);
      scope->links = g_strndup (bytes, length);
    }
  if (!ce_entry_int32 (entry, "gPOptions", BLOCK_NOTHING, &scope->options, NULL))
    scope->options = BLOCK_NOTHING;
}

static void
fill_scopes (GPtrArray *scopes, const CeEntry *entry)
{
  g_autofree char *dn = ce_dn_fold (ce_entry_dn (entry));

  for (guint i = 0; i < scopes->len; i++)
    {
      CeScope *scope = g_ptr_array_index (scopes, i);
      g_autofree char *folded = ce_dn_fold (scope->dn);

      if (g_str_equal (folded, dn))
        fill_scope (scope, entry);
    }
}

static const char *const scope_attributes[] = { "gPLink", "gPOptions", NULL };

gboolean
ce_scopes_read (CeLdap *ldap, const char *domain_dn, GPtrArray *scopes, GError **error)
{
  g_autoptr (GPtrArray) dns = g_ptr_array_new ();
  g_autofree char *filter = NULL;
  g_autoptr (GPtrArray) found = NULL;

  for (guint i = 0; i < scopes->len; i++)
    g_ptr_array_add (dns, ((CeScope *) g_ptr_array_index (scopes, i))->dn);
  filter = filter_by_dn (dns);
  found = ce_ldap_search (ldap, domain_dn, CE_LDAP_SUBTREE, filter, scope_attributes, 0, error);
  for (guint i = 0; found != NULL && i < found->len; i++)
    fill_scopes (scopes, g_ptr_array_index (found, i));
  return found != NULL;
}

static gboolean
ping (CeLdap *ldap, const char *domain, char **ret_site, GError **error)
{
  static const char *const attributes[] = { "netlogon", NULL };
  g_autofree char *name = ce_ldap_escape (domain, strlen (domain));
  g_autofree char *filter = g_strdup_printf ("(&(DnsDomain=%s)(NtVer=\\06\\00\\00\\00))", name);
  g_autoptr (GPtrArray) found = ce_ldap_search (ldap, "", CE_LDAP_THIS, filter, attributes, 0, error);
  GBytes *value;

  if (found == NULL)
    return FALSE;
  value = found->len > 0 ? ce_entry_bytes (g_ptr_array_index (found, 0), "netlogon") : NULL;
  *ret_site = value != NULL ? ce_site_parse (g_bytes_get_data (value, NULL), g_bytes_get_size (value)) : NULL;
  return TRUE;
}

gboolean
ce_site_read (CeLdap *ldap, const char *domain, const char *configuration_dn, CeScope **ret_scope,
              GError **error)
{
  g_autofree char *site = NULL;
  g_autofree char *dn = NULL;
  g_autoptr (GPtrArray) found = NULL;

  *ret_scope = NULL;
  if (!ping (ldap, domain, &site, error))
    return FALSE;
  if (site == NULL)
    return TRUE;
  dn = g_strdup_printf ("CN=%s,CN=Sites,%s", site, configuration_dn);
  found = ce_ldap_search (ldap, dn, CE_LDAP_THIS, "(objectClass=*)", scope_attributes, 0, error);
  if (found == NULL)
    return FALSE;
  *ret_scope = ce_scope_new (CE_SCOPE_SITE, dn, "", BLOCK_NOTHING);
  if (found->len > 0)
    fill_scope (*ret_scope, g_ptr_array_index (found, 0));
  return TRUE;
}

static CeSecurityDescriptor *
read_sd (const CeEntry *entry)
{
  GBytes *value = ce_entry_bytes (entry, "nTSecurityDescriptor");

  return value != NULL
             ? ce_security_descriptor_parse (g_bytes_get_data (value, NULL), g_bytes_get_size (value), NULL)
             : NULL;
}

static guint32
read_number (const CeEntry *entry, const char *name)
{
  guint32 number = 0;

  return ce_entry_int32 (entry, name, 0, &number, NULL) ? number : 0;
}

CeGpo *
ce_gpo_from_entry (const CeEntry *entry)
{
  CeGpo *gpo = ce_gpo_new ();
  const struct
  {
    char **field;
    const char *name;
  } texts[] = { { &gpo->name, "cn" },
                { &gpo->display_name, "displayName" },
                { &gpo->path, "gPCFileSysPath" },
                { &gpo->user_extensions, "gPCUserExtensionNames" },
                { &gpo->machine_extensions, "gPCMachineExtensionNames" },
                { &gpo->wmi_filter, "gPCWQLFilter" } };

  g_free (gpo->dn);
  gpo->dn = g_strdup (ce_entry_dn (entry));
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_free (*texts[i].field);
      *texts[i].field = ce_entry_text (entry, texts[i].name);
    }
  gpo->version = read_number (entry, "versionNumber");
  gpo->functionality_version = read_number (entry, "gPCFunctionalityVersion");
  gpo->flags = read_number (entry, "flags");
  gpo->sd = read_sd (entry);
  return gpo;
}

GHashTable *
ce_gpos_read (CeLdap *ldap, const char *domain_dn, const GPtrArray *dns, GError **error)
{
  static const char *const attributes[] = { "nTSecurityDescriptor",
                                            "cn",
                                            "displayName",
                                            "gPCFileSysPath",
                                            "versionNumber",
                                            "gPCMachineExtensionNames",
                                            "gPCUserExtensionNames",
                                            "gPCFunctionalityVersion",
                                            "flags",
                                            "gPCWQLFilter",
                                            NULL };
  g_autoptr (GHashTable) gpos
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) ce_gpo_free);
  g_autofree char *base = g_strdup_printf ("CN=Policies,CN=System,%s", domain_dn);
  g_autofree char *names = filter_by_dn (dns);
  g_autofree char *filter = g_strdup_printf ("(&(objectClass=groupPolicyContainer)%s)", names);
  g_autoptr (GPtrArray) found = NULL;

  if (dns->len == 0)
    return g_steal_pointer (&gpos);
  found = ce_ldap_search (ldap, base, CE_LDAP_SUBTREE, filter, attributes, SD_DACL, error);
  if (found == NULL)
    return NULL;
  for (guint i = 0; i < found->len; i++)
    {
      CeGpo *gpo = ce_gpo_from_entry (g_ptr_array_index (found, i));

      g_hash_table_replace (gpos, ce_dn_fold (gpo->dn), gpo);
    }
  return g_steal_pointer (&gpos);
}
