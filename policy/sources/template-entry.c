/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/sources/template-entry.h"

#include <string.h>

#include "agent/base/error.h"
#include "agent/base/text.h"

#define PERIOD_BYTES 8
#define PERIODS_PER_SECOND 10000000
#define MAX_TRIPLETS 64

const char *const ce_template_attributes[] = {
  "cn",
  "displayName",
  "flags",
  "revision",
  "msPKI-Template-Minor-Revision",
  "msPKI-Template-Schema-Version",
  "msPKI-Cert-Template-OID",
  "msPKI-Enrollment-Flag",
  "msPKI-Private-Key-Flag",
  "msPKI-Certificate-Name-Flag",
  "msPKI-Minimal-Key-Size",
  "msPKI-RA-Signature",
  "msPKI-RA-Policies",
  "msPKI-RA-Application-Policies",
  "msPKI-Certificate-Application-Policy",
  "msPKI-Certificate-Policy",
  "msPKI-Supersede-Templates",
  "pKIMaxIssuingDepth",
  "pKIDefaultKeySpec",
  "pKIKeyUsage",
  "pKIExtendedKeyUsage",
  "pKICriticalExtensions",
  "pKIDefaultCSPs",
  "pKIExpirationPeriod",
  "pKIOverlapPeriod",
  NULL,
};

static void
set_texts (GStrv *field, const CeEntry *entry, const char *name)
{
  g_strfreev (*field);
  *field = ce_entry_texts (entry, name);
}

static gboolean
set_numbers (CeTemplate *t, const CeEntry *entry, GError **error)
{
  guint32 depth = 0;
  const struct
  {
    const char *name;
    guint32 *field;
    guint32 absent;
  } numbers[] = {
    { "flags", &t->general_flags, 0 },
    { "revision", &t->major_version, 0 },
    { "msPKI-Template-Minor-Revision", &t->minor_version, 0 },
    { "msPKI-Template-Schema-Version", &t->schema_version, 1 },
    { "msPKI-Enrollment-Flag", &t->enrollment_flags, 0 },
    { "msPKI-Private-Key-Flag", &t->private_key_flags, 0 },
    { "msPKI-Certificate-Name-Flag", &t->name_flags, 0 },
    { "msPKI-Minimal-Key-Size", &t->min_key_bits, 0 },
    { "msPKI-RA-Signature", &t->ra_signatures, 0 },
    { "pKIDefaultKeySpec", &t->key_spec, 0 },
    { "pKIMaxIssuingDepth", &depth, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (!ce_entry_int32 (entry, numbers[i].name, numbers[i].absent, numbers[i].field, error))
      return FALSE;
  t->max_issuing_depth = (gint32) depth;
  return TRUE;
}

/* Values that no template has: they would send whoever believes them off on an absurd errand. */
static gboolean
check_numbers (const CeTemplate *t, GError **error)
{
  const struct
  {
    const char *name;
    guint32 value;
    guint32 max;
  } limits[] = {
    { "msPKI-Template-Schema-Version", t->schema_version, 4 },
    { "msPKI-Minimal-Key-Size", t->min_key_bits, 65536 },
    { "msPKI-RA-Signature", t->ra_signatures, 1000 },
    { "revision", t->major_version, G_MAXINT32 },
    { "msPKI-Template-Minor-Revision", t->minor_version, G_MAXINT32 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (limits); i++)
    if (limits[i].value > limits[i].max)
      {
        g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "%s is %u, more than %u", limits[i].name,
                     limits[i].value, limits[i].max);
        return FALSE;
      }
  return TRUE;
}

/* [MS-CRTD] 2.11, 2.15: a negative count of 100 ns, little-endian. */
static gboolean
set_period (gint64 *field, const CeEntry *entry, const char *name, GError **error)
{
  GBytes *value = ce_entry_bytes (entry, name);
  gsize length = 0;
  const guint8 *bytes = value != NULL ? g_bytes_get_data (value, &length) : NULL;
  guint64 count = 0;

  *field = 0;
  if (value == NULL)
    return TRUE;
  if (length != PERIOD_BYTES)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "%s has %" G_GSIZE_FORMAT " bytes, not %d", name,
                   length, PERIOD_BYTES);
      return FALSE;
    }
  for (guint i = 0; i < PERIOD_BYTES; i++)
    count |= (guint64) bytes[i] << (8 * i);
  if ((gint64) count > 0)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "%s is not a negative number", name);
      return FALSE;
    }
  *field = (gint64) ((0 - count) / PERIODS_PER_SECOND);
  return TRUE;
}

static void
set_key_usage (CeTemplate *t, const CeEntry *entry)
{
  GBytes *value = ce_entry_bytes (entry, "pKIKeyUsage");
  gsize length = 0;
  const guint8 *bytes = value != NULL ? g_bytes_get_data (value, &length) : NULL;

  for (guint i = 0; i < sizeof t->key_usage && i < length; i++)
    t->key_usage[i] = bytes[i];
}

typedef struct
{
  guint64 rank;
  guint index;
  const char *name;
} Provider;

static int
by_rank (gconstpointer a, gconstpointer b)
{
  const Provider *x = a, *y = b;

  if (x->rank != y->rank)
    return x->rank < y->rank ? -1 : 1;
  return x->index < y->index ? -1 : x->index > y->index;
}

/* "2,Microsoft Base Smart Card Crypto Provider": the order of LDAP's values means nothing, the number does.
 */
static GStrv
parse_providers (char *const *values)
{
  g_autoptr (GArray) providers = g_array_new (FALSE, FALSE, sizeof (Provider));
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();

  for (guint i = 0; values[i] != NULL; i++)
    {
      char *end;
      Provider provider = { .rank = g_ascii_strtoull (values[i], &end, 10), .index = i, .name = values[i] };

      if (end != values[i] && *end == ',')
        provider.name = end + 1;
      else
        provider.rank = G_MAXUINT64;
      g_array_append_val (providers, provider);
    }
  g_array_sort (providers, by_rank);
  for (guint i = 0; i < providers->len; i++)
    g_strv_builder_add (names, g_array_index (providers, Provider, i).name);
  return g_strv_builder_end (names);
}

GHashTable *
ce_template_parse_properties (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, "`", 3 * MAX_TRIPLETS + 1);
  guint n = g_strv_length (parts);
  GHashTable *properties = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  for (guint i = 0; i + 2 < n; i += 3)
    if (*parts[i] != '\0' && (g_str_equal (parts[i + 1], "PZPWSTR") || g_str_equal (parts[i + 1], "DWORD")))
      g_hash_table_insert (properties, g_strdup (parts[i]), g_strdup (parts[i + 2]));
  return properties;
}

static void
set_property (char **field, GHashTable *properties, const char *name)
{
  const char *value = g_hash_table_lookup (properties, name);

  if (value == NULL || *value == '\0')
    return;
  ce_text_set (field, value);
}

static void
set_property_number (guint32 *field, GHashTable *properties, const char *name)
{
  const char *value = g_hash_table_lookup (properties, name);
  guint64 number;

  if (value != NULL && g_ascii_string_to_unsigned (value, 10, 0, G_MAXUINT32, &number, NULL))
    *field = (guint32) number;
}

static GStrv
split_oids (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);
  g_autoptr (GStrvBuilder) oids = g_strv_builder_new ();

  for (char **part = parts; *part != NULL; part++)
    if (*g_strstrip (*part) != '\0')
      g_strv_builder_add (oids, *part);
  return g_strv_builder_end (oids);
}

/* [MS-CRTD] 2.23: version 3, and version 4 without USE_LEGACY_PROVIDER, keep properties in this attribute. */
static gboolean
has_properties (const CeTemplate *t)
{
  return t->schema_version == 3
         || (t->schema_version >= 4 && !(t->private_key_flags & CE_TEMPLATE_KEY_USE_LEGACY_PROVIDER));
}

static void
set_ra_policies (CeTemplate *t, const CeEntry *entry)
{
  static const char name[] = "msPKI-RA-Application-Policies";
  g_autofree char *text = ce_entry_text (entry, name);
  g_autoptr (GHashTable) properties = NULL;
  const char *oids;

  set_texts (&t->ra_policies, entry, "msPKI-RA-Policies");
  if (!has_properties (t))
    {
      set_texts (&t->ra_application_policies, entry, name);
      return;
    }
  properties = ce_template_parse_properties (text);
  set_property (&t->key_algorithm, properties, "msPKI-Asymmetric-Algorithm");
  set_property (&t->hash_algorithm, properties, "msPKI-Hash-Algorithm");
  set_property (&t->symmetric_algorithm, properties, "msPKI-Symmetric-Algorithm");
  set_property_number (&t->symmetric_key_bits, properties, "msPKI-Symmetric-Key-Length");
  set_property_number (&t->key_property_usage, properties, "msPKI-Key-Usage");
  oids = g_hash_table_lookup (properties, name);
  if (oids == NULL)
    return;
  g_strfreev (t->ra_application_policies);
  t->ra_application_policies = split_oids (oids);
}

static void
set_all_texts (CeTemplate *t, const CeEntry *entry)
{
  g_auto (GStrv) providers = ce_entry_texts (entry, "pKIDefaultCSPs");

  ce_text_take (&t->display_name, ce_entry_text (entry, "displayName"));
  ce_text_take (&t->oid, ce_entry_text (entry, "msPKI-Cert-Template-OID"));
  if (*t->display_name == '\0')
    {
      g_free (t->display_name);
      t->display_name = g_strdup (t->name);
    }
  set_texts (&t->ekus, entry, "pKIExtendedKeyUsage");
  set_texts (&t->application_policies, entry, "msPKI-Certificate-Application-Policy");
  set_texts (&t->certificate_policies, entry, "msPKI-Certificate-Policy");
  set_texts (&t->critical_extensions, entry, "pKICriticalExtensions");
  set_texts (&t->supersedes, entry, "msPKI-Supersede-Templates");
  g_strfreev (t->providers);
  t->providers = parse_providers (providers);
}

CeTemplate *
ce_template_from_entry (const CeEntry *entry, GError **error)
{
  g_autoptr (CeTemplate) t = ce_template_new ();

  ce_text_take (&t->name, ce_entry_text (entry, "cn"));
  if (*t->name == '\0')
    {
      g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "template '%s': it has no cn", ce_entry_dn (entry));
      return NULL;
    }
  if (!set_numbers (t, entry, error) || !check_numbers (t, error)
      || !set_period (&t->validity_s, entry, "pKIExpirationPeriod", error)
      || !set_period (&t->renewal_s, entry, "pKIOverlapPeriod", error))
    {
      g_prefix_error (error, "template '%s': ", t->name);
      return NULL;
    }
  set_key_usage (t, entry);
  set_all_texts (t, entry);
  set_ra_policies (t, entry);
  return g_steal_pointer (&t);
}
