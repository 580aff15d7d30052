/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Templates as the directory holds them: Windows' own defaults, and everything that can be wrong with one. */

#include <glib.h>
#include <string.h>

#include "agent/base/error.h"
#include "policy/sources/template-entry.h"

#define DAY_S (24 * 60 * 60)
#define MS "1.3.6.1.4.1.311."
#define CLIENT_AUTH "1.3.6.1.5.5.7.3.2"

static gboolean
is_octets (const char *name)
{
  return g_str_has_suffix (name, "Period") || g_str_equal (name, "pKIKeyUsage");
}

static void
add_hex (CeEntry *entry, const char *name, const char *hex)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  for (const char *p = hex; *p != '\0'; p += 2)
    {
      guint8 byte = (guint8) (g_ascii_xdigit_value (p[0]) << 4 | g_ascii_xdigit_value (p[1]));

      g_byte_array_append (bytes, &byte, 1);
    }
  ce_entry_add (entry, name, bytes->data, bytes->len);
}

static void
add_text (CeEntry *entry, const char *name, const char *text)
{
  ce_entry_add (entry, name, text, strlen (text));
}

static CeEntry *
read_entry (GKeyFile *file, const char *group)
{
  CeEntry *entry = ce_entry_new (group);
  g_auto (GStrv) names = g_key_file_get_keys (file, group, NULL, NULL);

  for (char **name = names; *name != NULL; name++)
    {
      g_auto (GStrv) values = g_key_file_get_string_list (file, group, *name, NULL, NULL);

      for (char **value = values; *value != NULL; value++)
        if (is_octets (*name))
          add_hex (entry, *name, *value);
        else
          add_text (entry, *name, *value);
    }
  return entry;
}

static GKeyFile *
read_defaults (void)
{
  GKeyFile *file = g_key_file_new ();
  g_autoptr (GError) error = NULL;

  g_key_file_load_from_file (file, CE_TEST_DATA "/templates/defaults.ini", G_KEY_FILE_NONE, &error);
  g_assert_no_error (error);
  return file;
}

static CeTemplate *
read_default (const char *name)
{
  g_autoptr (GKeyFile) file = read_defaults ();
  g_autoptr (CeEntry) entry = read_entry (file, name);
  g_autoptr (GError) error = NULL;
  CeTemplate *template = ce_template_from_entry (entry, &error);

  g_assert_no_error (error);
  return template;
}

typedef struct
{
  const char *name;
  guint schema, major, minor;
  guint32 general, enroll, key, name_flags;
  guint min_key_bits, key_spec, validity_days, renewal_days;
} Row;

/* [MS-CRTD] appendix, for Windows Vista, Server 2008 and later. */
static const Row rows[] = {
  { "Administrator", 1, 4, 1, 0x1023a, 0x29, 0x10, 0xa6000000, 2048, 1, 365, 42 },
  { "CA", 1, 5, 1, 0x100d1, 0x0, 0x10, 0x1, 1024, 2, 1825, 42 },
  { "CAExchange", 2, 106, 0, 0x10040, 0x1, 0x0, 0x1, 2048, 1, 7, 1 },
  { "CEPEncryption", 1, 4, 1, 0x10241, 0x0, 0x0, 0x1, 1024, 1, 730, 42 },
  { "ClientAuth", 1, 3, 1, 0x10220, 0x20, 0x0, 0x82000000, 2048, 2, 365, 42 },
  { "CodeSigning", 1, 3, 1, 0x10220, 0x20, 0x0, 0x82000000, 2048, 2, 365, 42 },
  { "CrossCA", 2, 105, 0, 0x10810, 0x8, 0x10, 0x1, 1024, 2, 1825, 42 },
  { "CTLSigning", 1, 3, 1, 0x10220, 0x20, 0x0, 0x82000000, 2048, 2, 365, 42 },
  { "DirectoryEmailReplication", 2, 115, 0, 0x10060, 0x29, 0x0, 0x9000000, 2048, 1, 365, 42 },
  { "DomainController", 1, 4, 1, 0x1026c, 0x29, 0x0, 0x19000000, 2048, 1, 365, 42 },
  { "DomainControllerAuthentication", 2, 110, 0, 0x10060, 0x20, 0x0, 0x8000000, 2048, 1, 365, 42 },
  { "EFS", 1, 3, 1, 0x10238, 0x29, 0x10, 0x82000000, 2048, 1, 365, 42 },
  { "EFSRecovery", 1, 6, 1, 0x10230, 0x21, 0x10, 0x82000000, 2048, 1, 1825, 42 },
  { "EnrollmentAgent", 1, 4, 1, 0x10220, 0x20, 0x0, 0x82000000, 2048, 2, 730, 42 },
  { "EnrollmentAgentOffline", 1, 4, 1, 0x10201, 0x0, 0x0, 0x1, 1024, 2, 730, 42 },
  { "ExchangeUser", 1, 7, 1, 0x10211, 0x1, 0x10, 0x1, 2048, 1, 365, 42 },
  { "ExchangeUserSignature", 1, 6, 1, 0x10201, 0x0, 0x0, 0x1, 2048, 2, 365, 42 },
  { "IPSECIntermediateOffline", 1, 7, 1, 0x10241, 0x0, 0x0, 0x1, 1024, 1, 730, 42 },
  { "IPSECIntermediateOnline", 1, 8, 1, 0x10260, 0x20, 0x0, 0x18000000, 2048, 1, 730, 42 },
  { "KerberosAuthentication", 2, 110, 0, 0x10060, 0x20, 0x0, 0x8400000, 2048, 1, 365, 42 },
  { "KeyRecoveryAgent", 2, 105, 0, 0x10020, 0x27, 0x10, 0x82000000, 2048, 1, 730, 42 },
  { "Machine", 1, 5, 1, 0x10260, 0x20, 0x0, 0x18000000, 2048, 1, 365, 42 },
  { "MachineEnrollmentAgent", 1, 5, 1, 0x10260, 0x20, 0x0, 0x18000000, 2048, 2, 730, 42 },
  { "OCSPResponseSigning", 3, 101, 0, 0x10240, 0x1000, 0x0, 0x18000000, 2048, 2, 14, 2 },
  { "OfflineRouter", 1, 4, 1, 0x10241, 0x0, 0x0, 0x1, 2048, 1, 730, 42 },
  { "RASAndIASServer", 2, 101, 0, 0x10260, 0x20, 0x0, 0x48000000, 2048, 1, 365, 42 },
  { "SmartcardLogon", 1, 6, 1, 0x10200, 0x0, 0x0, 0x82000000, 512, 1, 365, 42 },
  { "SmartcardUser", 1, 11, 1, 0x1020a, 0x9, 0x0, 0xa6000000, 512, 1, 365, 42 },
  { "SubCA", 1, 5, 1, 0x102d1, 0x0, 0x10, 0x1, 1024, 2, 1825, 42 },
  { "User", 1, 3, 1, 0x1023a, 0x29, 0x10, 0xa6000000, 2048, 1, 365, 42 },
  { "UserSignature", 1, 4, 1, 0x10222, 0x20, 0x0, 0xa6000000, 2048, 2, 365, 42 },
  { "WebServer", 1, 4, 1, 0x10241, 0x0, 0x0, 0x1, 2048, 1, 730, 42 },
  { "Workstation", 2, 101, 0, 0x10260, 0x20, 0x0, 0x8000000, 2048, 1, 365, 42 },
};

static void
one_default (gconstpointer data)
{
  const Row *row = data;
  g_autoptr (CeTemplate) t = read_default (row->name);

  g_assert_cmpstr (t->name, ==, row->name);
  g_assert_true (g_str_has_prefix (t->oid, MS "21.8."));
  g_assert_cmpuint (t->schema_version, ==, row->schema);
  g_assert_cmpuint (t->major_version, ==, row->major);
  g_assert_cmpuint (t->minor_version, ==, row->minor);
  g_assert_cmphex (t->general_flags, ==, row->general);
  g_assert_cmphex (t->enrollment_flags, ==, row->enroll);
  g_assert_cmphex (t->private_key_flags, ==, row->key);
  g_assert_cmphex (t->name_flags, ==, row->name_flags);
  g_assert_cmpuint (t->min_key_bits, ==, row->min_key_bits);
  g_assert_cmpuint (t->key_spec, ==, row->key_spec);
  g_assert_cmpint (t->validity_s, ==, (gint64) row->validity_days * DAY_S);
  g_assert_cmpint (t->renewal_s, ==, (gint64) row->renewal_days * DAY_S);
}

static void
every_default_is_in_the_table (void)
{
  g_autoptr (GKeyFile) file = read_defaults ();
  gsize n;
  g_auto (GStrv) groups = g_key_file_get_groups (file, &n);

  g_assert_cmpuint (n, ==, G_N_ELEMENTS (rows));
}

static void
smart_card_user_in_full (void)
{
  g_autoptr (CeTemplate) t = read_default ("SmartcardUser");

  g_assert_cmpstr (t->display_name, ==, "Smartcard User");
  g_assert_cmpuint (t->key_usage[0], ==, 0xa0);
  g_assert_cmpuint (t->key_usage[1], ==, 0);
  g_assert_cmpuint (g_strv_length (t->ekus), ==, 3);
  g_assert_true (ce_template_has_eku (t, CLIENT_AUTH));
  g_assert_true (ce_template_has_eku (t, MS "20.2.2"));
  g_assert_cmpstr (t->critical_extensions[0], ==, "2.5.29.15");
  g_assert_cmpuint (g_strv_length (t->providers), ==, 0);
  g_assert_cmpstr (t->key_algorithm, ==, "RSA");
  g_assert_true (ce_template_is_for_cards (t));
}

static void
providers_are_in_the_order_of_their_numbers (void)
{
  g_autoptr (CeTemplate) t = read_default ("EnrollmentAgent");

  g_assert_cmpstr (t->providers[0], ==, "Microsoft Enhanced Cryptographic Provider v1.0");
  g_assert_cmpstr (t->providers[1], ==, "Microsoft Base Cryptographic Provider v1.0");
  g_assert_cmpstr (t->providers[2], ==, "Microsoft Base DSS Cryptographic Provider");
  g_assert_false (ce_template_is_for_cards (t));
}

static void
superseded_templates_are_names (void)
{
  g_autoptr (CeTemplate) t = read_default ("DomainControllerAuthentication");

  g_assert_cmpuint (g_strv_length (t->supersedes), ==, 1);
  g_assert_cmpstr (t->supersedes[0], ==, "DomainController");
}

static void
properties_of_version_3 (void)
{
  g_autoptr (CeTemplate) t = read_default ("OCSPResponseSigning");

  g_assert_cmpstr (t->key_algorithm, ==, "RSA");
  g_assert_cmpstr (t->hash_algorithm, ==, "SHA1");
  g_assert_cmpuint (t->key_property_usage, ==, 2);
  g_assert_cmpuint (g_strv_length (t->ra_application_policies), ==, 0);
}

static void
a_plain_list_of_policies_in_version_2 (void)
{
  g_autoptr (CeTemplate) t = read_default ("CrossCA");

  g_assert_cmpuint (t->ra_signatures, ==, 1);
  g_assert_cmpstr (t->ra_application_policies[0], ==, MS "10.3.10");
  g_assert_cmpint (t->max_issuing_depth, ==, -1);
}

/* A version 4 template with one attribute changed. */
static CeTemplate *
with (const char *name, const char *value, GError **error)
{
  g_autoptr (CeEntry) entry = ce_entry_new ("CN=Card");

  if (!g_str_equal (name, "cn"))
    add_text (entry, "cn", "Card");
  if (!g_str_equal (name, "msPKI-Template-Schema-Version"))
    add_text (entry, "msPKI-Template-Schema-Version", "4");
  if (is_octets (name))
    add_hex (entry, name, value);
  else
    add_text (entry, name, value);
  return ce_template_from_entry (entry, error);
}

static void
properties_of_version_4 (void)
{
  g_autoptr (CeTemplate) t
      = with ("msPKI-RA-Application-Policies",
              "msPKI-Asymmetric-Algorithm`PZPWSTR`ECDSA_P256`msPKI-Hash-Algorithm`PZPWSTR`SHA384`"
              "msPKI-Symmetric-Algorithm`PZPWSTR`AES`msPKI-Symmetric-Key-Length`DWORD`256`Unknown`DWORD`1`"
              "msPKI-RA-Application-Policies`PZPWSTR`1.2.3,1.2.4`",
              NULL);

  g_assert_cmpstr (t->key_algorithm, ==, "ECDSA_P256");
  g_assert_cmpstr (t->hash_algorithm, ==, "SHA384");
  g_assert_cmpstr (t->symmetric_algorithm, ==, "AES");
  g_assert_cmpuint (t->symmetric_key_bits, ==, 256);
  g_assert_cmpuint (t->key_property_usage, ==, CE_TEMPLATE_KEY_USAGE_ALL);
  g_assert_cmpuint (g_strv_length (t->ra_application_policies), ==, 2);
  g_assert_cmpstr (t->ra_application_policies[1], ==, "1.2.4");
}

static void
version_4_with_a_legacy_provider_has_a_plain_list (void)
{
  g_autoptr (CeEntry) entry = ce_entry_new ("CN=Card");
  g_autoptr (CeTemplate) t = NULL;

  add_text (entry, "cn", "Card");
  add_text (entry, "msPKI-Template-Schema-Version", "4");
  add_text (entry, "msPKI-Private-Key-Flag", "256");
  add_text (entry, "msPKI-RA-Application-Policies", "1.2.3");
  t = ce_template_from_entry (entry, NULL);
  g_assert_cmpstr (t->ra_application_policies[0], ==, "1.2.3");
  g_assert_cmpstr (t->key_algorithm, ==, "RSA");
}

static void
incomplete_properties_are_left_out (void)
{
  static const char *const texts[] = { "",
                                       "`",
                                       "``",
                                       "```",
                                       "msPKI-Asymmetric-Algorithm",
                                       "msPKI-Asymmetric-Algorithm`PZPWSTR",
                                       "msPKI-Asymmetric-Algorithm`X`RSA`",
                                       "`PZPWSTR`RSA`" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GHashTable) properties = ce_template_parse_properties (texts[i]);

      g_assert_cmpuint (g_hash_table_size (properties), ==, 0);
    }
}

static void
what_is_absent_has_its_default (void)
{
  g_autoptr (CeEntry) entry = ce_entry_new ("CN=Card");
  g_autoptr (CeTemplate) t = NULL;

  add_text (entry, "CN", "Card");
  t = ce_template_from_entry (entry, NULL);
  g_assert_cmpuint (t->schema_version, ==, 1);
  g_assert_cmpstr (t->display_name, ==, "Card");
  g_assert_cmpstr (t->oid, ==, "");
  g_assert_cmpstr (t->hash_algorithm, ==, "SHA256");
  g_assert_cmpint (t->validity_s, ==, 0);
  g_assert_false (t->rights.enroll || t->rights.autoenroll);
}

typedef struct
{
  const char *name;
  const char *value;
  const char *said;
} Wrong;

static const Wrong wrongs[] = {
  { "flags", "many", "template 'Card': flags is 'many', not a number of 32 bits" },
  { "flags", "4294967296", "template 'Card': flags is '4294967296', not a number of 32 bits" },
  { "revision", "-1", "template 'Card': revision is 4294967295, more than 2147483647" },
  { "msPKI-Template-Schema-Version", "5",
    "template 'Card': msPKI-Template-Schema-Version is 5, more than 4" },
  { "msPKI-Minimal-Key-Size", "99999999",
    "template 'Card': msPKI-Minimal-Key-Size is 99999999, more than 65536" },
  { "msPKI-RA-Signature", "100000", "template 'Card': msPKI-RA-Signature is 100000, more than 1000" },
  { "pKIExpirationPeriod", "004039872EE1FE", "template 'Card': pKIExpirationPeriod has 7 bytes, not 8" },
  { "pKIOverlapPeriod", "0080A60AFFDEFF7F", "template 'Card': pKIOverlapPeriod is not a negative number" },
  { "cn", "", "template 'CN=Card': it has no cn" },
};

static void
what_is_wrong_is_named (gconstpointer data)
{
  const Wrong *wrong = data;
  g_autoptr (GError) error = NULL;

  g_assert_null (with (wrong->name, wrong->value, &error));
  g_assert_error (error, CE_ERROR, CE_ERROR_PROTOCOL);
  g_assert_cmpstr (error->message, ==, wrong->said);
}

static void
foreign_text_is_cleaned (void)
{
  g_autoptr (CeEntry) entry = ce_entry_new ("CN=Card");
  g_autoptr (CeTemplate) t = NULL;

  add_text (entry, "cn", "Ca\033[2Jrd\xff");
  t = ce_template_from_entry (entry, NULL);
  g_assert_null (strchr (t->name, '\033'));
  g_assert_true (g_utf8_validate (t->name, -1, NULL));
}

static void
a_smart_card_provider_makes_a_card_template (void)
{
  static const char *const names[]
      = { "1,Microsoft Base Smart Card Crypto Provider", "1,Microsoft Smart Card Key Storage Provider",
          "1,ACME SmartCard CSP" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (CeTemplate) t = with ("pKIDefaultCSPs", names[i], NULL);

      g_assert_true (ce_template_is_for_cards (t));
      g_assert_cmpstr (t->providers[0], ==, names[i] + 2);
    }
}

static void
add_rows (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strdup_printf ("/template/default/%s", rows[i].name);

      g_test_add_data_func (path, &rows[i], one_default);
    }
  for (guint i = 0; i < G_N_ELEMENTS (wrongs); i++)
    {
      g_autofree char *path = g_strdup_printf ("/template/what-is-wrong-is-named/%u-%s", i, wrongs[i].name);

      g_test_add_data_func (path, &wrongs[i], what_is_wrong_is_named);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_rows ();
  g_test_add_func ("/template/default/every-one-is-in-the-table", every_default_is_in_the_table);
  g_test_add_func ("/template/smart-card-user-in-full", smart_card_user_in_full);
  g_test_add_func ("/template/providers-are-in-the-order-of-their-numbers",
                   providers_are_in_the_order_of_their_numbers);
  g_test_add_func ("/template/superseded-templates-are-names", superseded_templates_are_names);
  g_test_add_func ("/template/properties/version-3", properties_of_version_3);
  g_test_add_func ("/template/properties/version-4", properties_of_version_4);
  g_test_add_func ("/template/properties/version-2-has-a-plain-list", a_plain_list_of_policies_in_version_2);
  g_test_add_func ("/template/properties/version-4-with-a-legacy-provider-has-a-plain-list",
                   version_4_with_a_legacy_provider_has_a_plain_list);
  g_test_add_func ("/template/properties/incomplete-ones-are-left-out", incomplete_properties_are_left_out);
  g_test_add_func ("/template/what-is-absent-has-its-default", what_is_absent_has_its_default);
  g_test_add_func ("/template/foreign-text-is-cleaned", foreign_text_is_cleaned);
  g_test_add_func ("/template/a-smart-card-provider-makes-a-card-template",
                   a_smart_card_provider_makes_a_card_template);
  return g_test_run ();
}
