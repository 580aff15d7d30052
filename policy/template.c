/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/template.h"

#include <string.h>

#define OID_SMART_CARD_LOGON "1.3.6.1.4.1.311.20.2.2"

CeTemplate *
ce_template_new (void)
{
  CeTemplate *t = g_new0 (CeTemplate, 1);
  char **texts[] = { &t->name, &t->display_name, &t->oid, &t->rights_ask, &t->rights_detail, &t->symmetric_algorithm };
  GStrv *lists[]
      = { &t->ekus,      &t->application_policies,    &t->certificate_policies, &t->critical_extensions,
          &t->providers, &t->ra_application_policies, &t->ra_policies,          &t->supersedes };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    *texts[i] = g_strdup ("");
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    *lists[i] = g_new0 (char *, 1);
  t->key_algorithm = g_strdup ("RSA");
  t->hash_algorithm = g_strdup ("SHA256");
  t->schema_version = 1;
  t->key_property_usage = CE_TEMPLATE_KEY_USAGE_ALL;
  return t;
}

void
ce_template_free (CeTemplate *t)
{
  if (t == NULL)
    return;
  g_free (t->name);
  g_free (t->display_name);
  g_free (t->oid);
  g_free (t->key_algorithm);
  g_free (t->hash_algorithm);
  g_free (t->symmetric_algorithm);
  g_strfreev (t->ekus);
  g_strfreev (t->application_policies);
  g_strfreev (t->certificate_policies);
  g_strfreev (t->critical_extensions);
  g_strfreev (t->providers);
  g_strfreev (t->ra_application_policies);
  g_strfreev (t->ra_policies);
  g_strfreev (t->supersedes);
  g_free (t->rights_ask);
  g_free (t->rights_detail);
  g_free (t);
}

gboolean
ce_template_has_eku (const CeTemplate *template, const char *oid)
{
  return g_strv_contains ((const char *const *) template->ekus, oid)
         || g_strv_contains ((const char *const *) template->application_policies, oid);
}

gboolean
ce_template_is_for_cards (const CeTemplate *template)
{
  for (char **provider = template->providers; *provider != NULL; provider++)
    {
      g_autofree char *folded = g_ascii_strdown (*provider, -1);

      if (strstr (folded, "smart card") != NULL || strstr (folded, "smartcard") != NULL)
        return TRUE;
    }
  return ce_template_has_eku (template, OID_SMART_CARD_LOGON);
}

gboolean
ce_template_is_called (const CeTemplate *template, const char *name)
{
  return g_ascii_strcasecmp (template->name, name) == 0;
}
