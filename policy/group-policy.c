/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/group-policy.h"

#include <string.h>

#include "agent/base/text.h"

#define PREFIX "Software\\Policies\\Microsoft\\Cryptography\\"
#define MAX_SETTINGS 1000
#define MAX_SHOWN_BYTES 64

static void
setting_free (gpointer data)
{
  CePolicySetting *setting = data;

  g_free (setting->name);
  g_free (setting->value);
  g_free (setting->source);
  g_free (setting);
}

void
ce_gpo_standing_free (CeGpoStanding *standing)
{
  g_free (standing->name);
  g_free (standing->dn);
  g_free (standing->scope);
  g_free (standing->verdict);
  g_free (standing->detail);
  g_free (standing);
}

CeGroupPolicy *
ce_group_policy_new (void)
{
  CeGroupPolicy *policy = g_new0 (CeGroupPolicy, 1);

  policy->problem = g_strdup ("");
  policy->site = g_strdup ("");
  policy->computer = g_strdup ("");
  policy->gpos = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_gpo_standing_free);
  policy->settings = g_ptr_array_new_with_free_func (setting_free);
  return policy;
}

void
ce_group_policy_free (CeGroupPolicy *policy)
{
  if (policy == NULL)
    return;
  g_free (policy->problem);
  g_free (policy->site);
  g_free (policy->computer);
  g_ptr_array_unref (policy->gpos);
  g_ptr_array_unref (policy->settings);
  g_clear_pointer (&policy->autoenrollment, ce_autoenrollment_policy_free);
  g_free (policy);
}

static char *
show_value (const CeRegistryValue *value)
{
  gsize length;
  const guint8 *bytes = g_bytes_get_data (value->data, &length);
  guint32 number;

  if (ce_registry_dword (value, &number))
    return number < 10 ? g_strdup_printf ("0x%x", number) : g_strdup_printf ("0x%x (%u)", number, number);
  if (value->type == CE_REGISTRY_SZ || value->type == CE_REGISTRY_EXPAND_SZ)
    return ce_registry_text (value);
  return ce_hex (bytes, MIN (length, MAX_SHOWN_BYTES));
}

static void
add_setting (const CeRegistryValue *value, gpointer data)
{
  GPtrArray *settings = data;
  CePolicySetting *setting;

  if (g_ascii_strncasecmp (value->key, PREFIX, strlen (PREFIX)) != 0 || settings->len >= MAX_SETTINGS)
    return;
  setting = g_new0 (CePolicySetting, 1);
  setting->name = g_strdup_printf ("%s\\%s", value->key + strlen (PREFIX), value->name);
  setting->value = show_value (value);
  setting->source = g_strdup (value->source);
  g_ptr_array_add (settings, setting);
}

void
ce_group_policy_take (CeGroupPolicy *policy, const CeRegistry *registry)
{
  g_clear_pointer (&policy->autoenrollment, ce_autoenrollment_policy_free);
  policy->autoenrollment = ce_autoenrollment_policy_new (registry);
  g_ptr_array_set_size (policy->settings, 0);
  ce_registry_foreach (registry, add_setting, policy->settings);
}

const char *
ce_loopback_name (CeLoopback mode)
{
  return mode == CE_LOOPBACK_MERGE ? "merge" : mode == CE_LOOPBACK_REPLACE ? "replace" : "normal";
}
