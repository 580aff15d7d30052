/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "policy/sources/directory-loading.h"
#include "policy/sources/service-entry.h"
#include "policy/sources/template-entry.h"

#define SD_OWNER_GROUP_DACL 7
#define SD_DACL 4
#define SD_ATTRIBUTE "nTSecurityDescriptor"
#define MAX_TEMPLATES 10000

static CeSecurityDescriptor *
read_sd (CeLoading *l, const CeEntry *entry, const char *kind, const char *name)
{
  GBytes *value = ce_entry_bytes (entry, SD_ATTRIBUTE);
  g_autoptr (GError) error = NULL;
  CeSecurityDescriptor *sd = NULL;
  gsize length;
  const guint8 *bytes;

  if (value == NULL)
    return NULL;
  bytes = g_bytes_get_data (value, &length);
  sd = ce_security_descriptor_parse (bytes, length, &error);
  if (sd == NULL)
    {
      g_autofree char *sentence = g_strdup_printf ("%s '%s': %s", kind, name, error->message);

      ce_loading_skip (l, sentence);
    }
  return sd;
}

static void
guard (GPtrArray *list, gpointer object, CeSecurityDescriptor *sd)
{
  CeGuarded *guarded = g_new0 (CeGuarded, 1);

  guarded->object = object;
  guarded->sd = sd;
  g_ptr_array_add (list, guarded);
}

static void
add_template (CeLoading *l, const CeEntry *entry)
{
  g_autoptr (GError) error = NULL;
  CeTemplate *template;

  if (l->policy->templates->len >= MAX_TEMPLATES)
    {
      g_autofree char *sentence
          = g_strdup_printf ("'%s': more than %d templates", ce_entry_dn (entry), MAX_TEMPLATES);

      ce_loading_skip (l, sentence);
      return;
    }
  template = ce_template_from_entry (entry, &error);
  if (template == NULL)
    {
      ce_loading_skip (l, error->message);
      return;
    }
  g_ptr_array_add (l->policy->templates, template);
  guard (l->templates, template, read_sd (l, entry, "template", template->name));
}

static void
add_service (CeLoading *l, const CeEntry *entry)
{
  g_autoptr (GError) error = NULL;
  CeEnrollmentService *service = ce_enrollment_service_from_entry (entry, &error);

  if (service == NULL)
    {
      ce_loading_skip (l, error->message);
      return;
    }
  g_ptr_array_add (l->policy->services, service);
  guard (l->services, service, read_sd (l, entry, "CA", service->name));
}

/* certificationAuthority objects: which list they belong to, their place tells. */
static void
add_authority (CeLoading *l, const CeEntry *entry)
{
  g_autofree char *dn = g_ascii_strdown (ce_entry_dn (entry), -1);

  if (g_str_has_prefix (dn, "cn=ntauthcertificates,"))
    ce_certificates_from_entry (entry, "cACertificate", l->policy->nt_auth);
  else if (strstr (dn, ",cn=certification authorities,") != NULL)
    ce_certificates_from_entry (entry, "cACertificate", l->policy->roots);
  else if (strstr (dn, ",cn=aia,") != NULL)
    ce_certificates_from_entry (entry, "cACertificate", l->policy->intermediates);
}

static void
add_entries (CeLoading *l, const GPtrArray *entries)
{
  for (guint i = 0; i < entries->len; i++)
    {
      const CeEntry *entry = g_ptr_array_index (entries, i);

      if (ce_entry_is (entry, "pKICertificateTemplate"))
        add_template (l, entry);
      else if (ce_entry_is (entry, "pKIEnrollmentService"))
        add_service (l, entry);
      else if (ce_entry_is (entry, "certificationAuthority"))
        add_authority (l, entry);
    }
}

static void
add_attributes (GPtrArray *all, const char *const *names)
{
  for (; *names != NULL; names++)
    if (!g_ptr_array_find_with_equal_func (all, *names, g_str_equal, NULL))
      g_ptr_array_add (all, (gpointer) *names);
}

static gboolean
has_descriptors (const GPtrArray *entries)
{
  for (guint i = 0; i < entries->len; i++)
    if (ce_entry_bytes (g_ptr_array_index (entries, i), SD_ATTRIBUTE) != NULL)
      return TRUE;
  return FALSE;
}

/* Templates, CAs and certificates hang below one object, so one search brings them all. */
static GPtrArray *
search_services (CeLoading *l, guint sd_parts, GError **error)
{
  static const char *const others[] = { "objectClass", SD_ATTRIBUTE, NULL };
  g_autoptr (GPtrArray) attributes = g_ptr_array_new ();
  g_autofree char *base = g_strdup_printf ("CN=Public Key Services,CN=Services,%s", l->configuration_dn);

  add_attributes (attributes, others);
  add_attributes (attributes, ce_template_attributes);
  add_attributes (attributes, ce_enrollment_service_attributes);
  g_ptr_array_add (attributes, NULL);
  return ce_ldap_search (l->ldap, base, CE_LDAP_SUBTREE,
                         "(|(objectClass=pKICertificateTemplate)(objectClass=pKIEnrollmentService)"
                         "(objectClass=certificationAuthority))",
                         (const char *const *) attributes->pdata, sd_parts, error);
}

gboolean
ce_loading_read_services (CeLoading *l, GError **error)
{
  g_autoptr (GPtrArray) entries = search_services (l, SD_OWNER_GROUP_DACL, error);

  if (entries != NULL && entries->len > 0 && !has_descriptors (entries))
    {
      g_ptr_array_unref (entries);
      entries = search_services (l, SD_DACL, error);
    }
  if (entries == NULL)
    return FALSE;
  add_entries (l, entries);
  return TRUE;
}
