/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/sources/xcep-template.h"

#include <string.h>

#include "agent/base/error.h"
#include "agent/base/text.h"
#include "agent/ca/soap.h"
#include "policy/sources/xcep-authority.h"
#include "policy/sources/xcep-extension.h"

#define NS CE_NS_XCEP
#define MAX_KEY_BITS 65536
#define MAX_SIGNATURES 1000
#define MAX_SCHEMA 4
#define MAX_EXTENSIONS 128
#define GROUP_TEMPLATE 9

/* What a template calls an algorithm by; [MS-CRTD] 2.23. */
static const struct
{
  const char *oid;
  const char *name;
} algorithms[] = {
  { "1.2.840.113549.1.1.1", "RSA" },
  { "1.2.840.10045.3.1.7", "ECDSA_P256" },
  { "1.3.132.0.34", "ECDSA_P384" },
  { "1.3.132.0.35", "ECDSA_P521" },
  { "1.3.14.3.2.26", "SHA1" },
  { "2.16.840.1.101.3.4.2.1", "SHA256" },
  { "2.16.840.1.101.3.4.2.2", "SHA384" },
  { "2.16.840.1.101.3.4.2.3", "SHA512" },
};

/* Curves serve two purposes under one OID; then the name that comes along tells. */
static void
set_algorithm (char **field, const CeXcepOid *oid)
{
  if (oid == NULL)
    return;
  if (g_str_has_prefix (oid->name, "ECDH_P") || g_str_has_prefix (oid->name, "ECDSA_P"))
    {
      ce_text_take (field, g_strdup (oid->name));
      return;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (algorithms); i++)
    if (g_str_equal (algorithms[i].oid, oid->value))
      {
        ce_text_take (field, g_strdup (algorithms[i].name));
        return;
      }
  ce_text_take (field, g_strdup (oid->value));
}

static gboolean
read_identity (CeXcepReading *r, CeTemplate *t, const xmlNode *policy, GError **error)
{
  const CeXcepOid *oid = ce_xcep_oid (r, policy, "policyOIDReference");

  if (oid == NULL || oid->group != GROUP_TEMPLATE)
    {
      if (t->schema_version < 2)
        return TRUE;
      g_set_error_literal (error, CE_ERROR, CE_ERROR_PROTOCOL,
                           "policyOIDReference leads to no OID of a template");
      return FALSE;
    }
  ce_text_take (&t->oid, g_strdup (oid->value));
  ce_text_take (&t->display_name, g_strdup (*oid->name != '\0' ? oid->name : t->name));
  return TRUE;
}

static gboolean
read_numbers (CeTemplate *t, const xmlNode *attributes, GError **error)
{
  const xmlNode *revision = ce_soap_child (attributes, NS, "revision");
  const xmlNode *key = ce_soap_child (attributes, NS, "privateKeyAttributes");
  const struct
  {
    const xmlNode *parent;
    const char *name;
    guint32 *field;
    guint32 absent, max;
  } numbers[] = {
    { attributes, "policySchema", &t->schema_version, 1, MAX_SCHEMA },
    { revision, "majorRevision", &t->major_version, 0, G_MAXINT32 },
    { revision, "minorRevision", &t->minor_version, 0, G_MAXINT32 },
    { attributes, "generalFlags", &t->general_flags, 0, G_MAXUINT32 },
    { attributes, "enrollmentFlags", &t->enrollment_flags, 0, G_MAXUINT32 },
    { attributes, "privateKeyFlags", &t->private_key_flags, 0, G_MAXUINT32 },
    { attributes, "subjectNameFlags", &t->name_flags, 0, G_MAXUINT32 },
    { key, "minimalKeyLength", &t->min_key_bits, 0, MAX_KEY_BITS },
    { key, "keySpec", &t->key_spec, 0, 2 },
    { key, "keyUsageProperty", &t->key_property_usage, CE_TEMPLATE_KEY_USAGE_ALL, G_MAXUINT32 },
    { ce_soap_child (attributes, NS, "rARequirements"), "rASignatures", &t->ra_signatures, 0,
      MAX_SIGNATURES },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      if (!ce_xcep_number (numbers[i].parent, numbers[i].name, numbers[i].absent, numbers[i].field, error))
        return FALSE;
      if (*numbers[i].field <= numbers[i].max)
        continue;
      g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "%s is %u, more than %u", numbers[i].name,
                   *numbers[i].field, numbers[i].max);
      return FALSE;
    }
  return TRUE;
}

static gboolean
read_validity (CeTemplate *t, const xmlNode *attributes, GError **error)
{
  const xmlNode *validity = ce_soap_child (attributes, NS, "certificateValidity");

  return ce_xcep_seconds (validity, "validityPeriodSeconds", &t->validity_s, error)
         && ce_xcep_seconds (validity, "renewalPeriodSeconds", &t->renewal_s, error);
}

static gboolean
read_rights (const CeXcepReading *r, CeTemplate *t, const xmlNode *attributes, GError **error)
{
  const xmlNode *permission = ce_soap_child (attributes, NS, "permission");

  if (!ce_xcep_boolean (permission, "enroll", FALSE, &t->rights.enroll, error)
      || !ce_xcep_boolean (permission, "autoEnroll", FALSE, &t->rights.autoenroll, error))
    return FALSE;
  if (!t->rights.enroll)
    ce_text_take (&t->rights_detail,
          g_strdup_printf ("the policy service %s says that you may not enrol (permission/enroll is false)",
                           r->host));
  else if (!t->rights.autoenroll)
    ce_text_take (&t->rights_detail,
          g_strdup_printf ("the policy service %s says that you may enrol, but not automatically "
                           "(permission/autoEnroll is false)",
                           r->host));
  else
    ce_text_take (&t->rights_detail,
          g_strdup_printf ("the policy service %s says that you may enrol automatically", r->host));
  return TRUE;
}

static void
read_lists (const CeXcepReading *r, CeTemplate *t, const xmlNode *attributes)
{
  const xmlNode *key = ce_soap_child (attributes, NS, "privateKeyAttributes");
  const xmlNode *requirements = ce_soap_child (attributes, NS, "rARequirements");

  g_strfreev (t->supersedes);
  t->supersedes = ce_xcep_texts (attributes, "supersededPolicies", "commonName");
  g_strfreev (t->providers);
  t->providers = ce_xcep_texts (key, "cryptoProviders", "provider");
  g_strfreev (t->ra_application_policies);
  t->ra_application_policies = ce_xcep_oids (r, requirements, "rAEKUs");
  g_strfreev (t->ra_policies);
  t->ra_policies = ce_xcep_oids (r, requirements, "rAPolicies");
  set_algorithm (&t->key_algorithm, ce_xcep_oid (r, key, "algorithmOIDReference"));
  set_algorithm (&t->hash_algorithm, ce_xcep_oid (r, attributes, "hashAlgorithmOIDReference"));
  if (xmlFirstElementChild ((xmlNode *) ce_soap_child (attributes, NS, "keyArchivalAttributes")) != NULL)
    t->private_key_flags |= CE_TEMPLATE_KEY_REQUIRE_ARCHIVAL;
}

static gboolean
read_extensions (const CeXcepReading *r, CeTemplate *t, const xmlNode *attributes, GError **error)
{
  const xmlNode *node = ce_soap_child (ce_soap_child (attributes, NS, "extensions"), NS, "extension");
  g_autoptr (GStrvBuilder) criticals = g_strv_builder_new ();

  for (guint n = 0; node != NULL && n < MAX_EXTENSIONS; node = ce_soap_next (node), n++)
    {
      const CeXcepOid *oid = ce_xcep_oid (r, node, "oIDReference");
      g_autoptr (GBytes) value = ce_soap_base64 (ce_soap_child (node, NS, "value"));
      gboolean critical = FALSE;

      if (oid == NULL)
        continue;
      if (!ce_xcep_boolean (node, "critical", FALSE, &critical, error)
          || (value != NULL && !ce_xcep_take_extension (t, oid->value, value, error)))
        return FALSE;
      if (critical)
        g_strv_builder_add (criticals, oid->value);
    }
  g_strfreev (t->critical_extensions);
  t->critical_extensions = g_strv_builder_end (criticals);
  return TRUE;
}

CeTemplate *
ce_xcep_read_template (CeXcepReading *reading, const xmlNode *policy, GError **error)
{
  const xmlNode *attributes = ce_soap_child (policy, NS, "attributes");
  g_autoptr (CeTemplate) t = ce_template_new ();

  ce_text_take (&t->name, ce_soap_text (ce_soap_child (attributes, NS, "commonName")));
  if (*t->name == '\0')
    {
      g_set_error_literal (error, CE_ERROR, CE_ERROR_PROTOCOL, "a template has no commonName");
      return NULL;
    }
  ce_text_take (&t->display_name, g_strdup (t->name));
  if (!read_numbers (t, attributes, error) || !read_identity (reading, t, policy, error)
      || !read_validity (t, attributes, error) || !read_rights (reading, t, attributes, error)
      || !read_extensions (reading, t, attributes, error))
    {
      g_prefix_error (error, "template '%s': ", t->name);
      return NULL;
    }
  read_lists (reading, t, attributes);
  ce_xcep_publish (reading, policy, t->name);
  return g_steal_pointer (&t);
}
