/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/sources/directory-loading.h"
#include "policy/sources/group-policy.h"

/* What was left out although somebody may have wanted it to count. */
static gboolean
is_worth_telling (const CeGpoStanding *gpo)
{
  static const char *const verdicts[] = { "wmi-filter", "other-domain", "broken", NULL };

  return g_strv_contains (verdicts, gpo->verdict);
}

void
ce_loading_read_group_policy (CeLoading *l, gboolean apply_wmi_filtered, gint64 deadline_us)
{
  const CeGroupPolicyQuestion question = {
    .ldap = l->ldap,
    .server = l->server,
    .domain = l->domain,
    .domain_dn = l->domain_dn,
    .configuration_dn = l->configuration_dn,
    .user_dn = l->policy->user.dn,
    .user_sids = l->sids,
    .apply_wmi_filtered = apply_wmi_filtered,
    .deadline_us = deadline_us,
  };
  CeGroupPolicy *policy = ce_group_policy_load (&question);

  l->policy->group_policy = policy;
  for (guint i = 0; i < policy->gpos->len; i++)
    {
      const CeGpoStanding *gpo = g_ptr_array_index (policy->gpos, i);
      g_autofree char *sentence = g_strdup_printf ("Group Policy '%s': %s", gpo->name, gpo->detail);

      if (is_worth_telling (gpo))
        ce_loading_skip (l, sentence);
    }
  for (char **one = policy->known ? policy->autoenrollment->skipped : NULL; one != NULL && *one != NULL;
       one++)
    ce_loading_skip (l, *one);
}

static gboolean
names_directory (const CeGroupPolicy *policy)
{
  const GPtrArray *servers = policy->known ? policy->autoenrollment->servers : NULL;

  for (guint i = 0; servers != NULL && i < servers->len; i++)
    if (g_ascii_strcasecmp (((const CePolicyServer *) g_ptr_array_index (servers, i))->url, "LDAP:") == 0)
      return TRUE;
  return FALSE;
}

void
ce_loading_read_forest (CeLoading *l)
{
  static const char *const attributes[] = { "objectGUID", NULL };
  g_autoptr (GPtrArray) found = NULL;
  g_autofree char *text = NULL;
  GBytes *value;
  CeGuid guid;

  if (!names_directory (l->policy->group_policy) || *l->root_domain_dn == '\0')
    return;
  found = ce_ldap_search (l->ldap, l->root_domain_dn, CE_LDAP_THIS, "(objectClass=*)", attributes, 0, NULL);
  value = found != NULL && found->len > 0 ? ce_entry_bytes (g_ptr_array_index (found, 0), "objectGUID") : NULL;
  if (value == NULL || g_bytes_get_size (value) != sizeof guid.bytes)
    return;
  memcpy (guid.bytes, g_bytes_get_data (value, NULL), sizeof guid.bytes);
  text = ce_guid_to_text (&guid);
  g_free (l->policy->forest_id);
  l->policy->forest_id = g_strdup_printf ("{%s}", text);
}
