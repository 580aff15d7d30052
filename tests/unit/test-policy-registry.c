/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Registry.pol, what the registry holds after several of them, and what that says of autoenrollment. */

#include <glib.h>
#include <string.h>

#include "agent/base/error.h"
#include "policy/autoenrollment.h"

#define CRYPTO "Software\\Policies\\Microsoft\\Cryptography"
#define AE CRYPTO "\\AutoEnrollment"
#define SERVERS CRYPTO "\\PolicyServers"

static void
put_unit (GByteArray *bytes, guint unit)
{
  guint8 pair[2] = { (guint8) unit, (guint8) (unit >> 8) };

  g_byte_array_append (bytes, pair, 2);
}

static void
put_name (GByteArray *bytes, const char *text)
{
  g_autofree gunichar2 *units = g_utf8_to_utf16 (text, -1, NULL, NULL, NULL);

  for (guint i = 0; units[i] != 0; i++)
    put_unit (bytes, units[i]);
  put_unit (bytes, 0);
}

static void
put_u32 (GByteArray *bytes, guint32 value)
{
  put_unit (bytes, value & 0xffff);
  put_unit (bytes, value >> 16);
}

static void
put_record (GByteArray *file, const char *key, const char *value, guint32 type, const GByteArray *data)
{
  put_unit (file, '[');
  put_name (file, key);
  put_unit (file, ';');
  put_name (file, value);
  put_unit (file, ';');
  put_u32 (file, type);
  put_unit (file, ';');
  put_u32 (file, data->len);
  put_unit (file, ';');
  g_byte_array_append (file, data->data, data->len);
  put_unit (file, ']');
}

static void
put_text (GByteArray *file, const char *key, const char *value, const char *text)
{
  g_autoptr (GByteArray) data = g_byte_array_new ();

  put_name (data, text);
  put_record (file, key, value, CE_REGISTRY_SZ, data);
}

static void
put_dword (GByteArray *file, const char *key, const char *value, guint32 number)
{
  g_autoptr (GByteArray) data = g_byte_array_new ();

  put_u32 (data, number);
  put_record (file, key, value, CE_REGISTRY_DWORD, data);
}

static GByteArray *
new_file (void)
{
  GByteArray *file = g_byte_array_new ();

  g_byte_array_append (file, (const guint8 *) "PReg\1\0\0\0", 8);
  return file;
}

static void
apply (CeRegistry *registry, const GByteArray *file, const char *source)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) records = ce_registry_pol_parse (file->data, file->len, &error);

  g_assert_no_error (error);
  ce_registry_apply_all (registry, records, source);
}

static void
a_file_reads_as_it_was_written (void)
{
  g_autoptr (GByteArray) file = new_file ();
  g_autoptr (GPtrArray) records = NULL;
  const CeRegistryRecord *record;

  put_dword (file, AE, "AEPolicy", 7);
  put_text (file, SERVERS "\\Größe", "URL", "https://ca1/𝔘;]");
  records = ce_registry_pol_parse (file->data, file->len, NULL);
  g_assert_cmpuint (records->len, ==, 2);
  record = g_ptr_array_index (records, 0);
  g_assert_cmpstr (record->key, ==, AE);
  g_assert_cmpstr (record->value, ==, "AEPolicy");
  g_assert_cmpuint (record->type, ==, CE_REGISTRY_DWORD);
  record = g_ptr_array_index (records, 1);
  g_assert_cmpstr (record->key, ==, SERVERS "\\Größe");
}

static void
an_empty_file_says_nothing (void)
{
  g_autoptr (GByteArray) file = new_file ();
  g_autoptr (GPtrArray) records = ce_registry_pol_parse (file->data, file->len, NULL);

  g_assert_cmpuint (records->len, ==, 0);
}

static void
every_cut_is_refused_or_shorter (void)
{
  g_autoptr (GByteArray) file = new_file ();
  guint whole;

  put_dword (file, AE, "AEPolicy", 7);
  whole = file->len;
  put_text (file, AE, "x", "y");
  for (guint length = 0; length < file->len; length++)
    {
      g_autofree guint8 *copy = g_memdup2 (file->data, length);
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) records = ce_registry_pol_parse (copy, length, &error);

      g_assert_true ((records != NULL) == (length == 8 || length == whole));
      if (records == NULL)
        g_assert_error (error, CE_ERROR, CE_ERROR_PROTOCOL);
    }
}

static void
every_changed_byte_is_survived (void)
{
  g_autoptr (GByteArray) file = new_file ();

  put_text (file, AE, "**DeleteKeys", CRYPTO "\\PolicyServers");
  put_dword (file, AE, "AEPolicy", 7);
  for (guint i = 0; i < file->len; i++)
    for (guint value = 0; value < 256; value += 3)
      {
        guint8 kept = file->data[i];
        g_autoptr (GPtrArray) records = NULL;
        g_autoptr (CeRegistry) registry = ce_registry_new ();

        file->data[i] = (guint8) value;
        records = ce_registry_pol_parse (file->data, file->len, NULL);
        if (records != NULL)
          ce_registry_apply_all (registry, records, "x");
        file->data[i] = kept;
      }
}

typedef struct
{
  const char *name;
  const char *instructions; /* "value=text|…": put into key K; "K2:value=text": into K\K2 */
  const char *left;         /* "name=text,…" by name; subkeys as "sub\name" */
} Row;

#define K "Software\\Policies\\Test"

/* What [MS-GPREG] 3.2.5.1 and Microsoft's editor make of special names. */
static const Row rows[] = {
  { "later-wins", "a=1|a=2", "a=2" },
  { "names-have-no-case", "a=1|A=2", "A=2" },
  { "del", "a=1|b=2|**del.a= ", "b=2" },
  { "del-has-no-case", "a=1|**DEL.A= ", "" },
  { "del-before-the-value-is-too-early", "**del.a= |a=1", "a=1" },
  { "delvals-empties-the-key", "a=1|b=2|**delvals.= |c=3", "c=3" },
  { "delvals-leaves-subkeys", "a=1|sub:b=2|**DelVals.= ", "sub\\b=2" },
  { "delvals-at-the-end-empties-all", "a=1|**delvals.= ", "" },
  { "delete-values-lists-names", "a=1|b=2|c=3|**DeleteValues=a;c", "b=2" },
  { "delete-keys-lists-subkeys", "a=1|s1:x=1|s2:y=2|s1\\deep:z=3|**DeleteKeys=s1", "a=1,s2\\y=2" },
  { "delete-keys-lists-two", "s1:x=1|s2:y=2|s3:z=3|**DeleteKeys=s1;S3", "s2\\y=2" },
  { "delete-keys-takes-whole-paths", "a=1|s1:x=1|s2:y=2|**DeleteKeys=" K "\\s1", "a=1,s2\\y=2" },
  { "delete-keys-needs-the-whole-name", "s1:x=1|s11:y=2|**DeleteKeys=s1", "s11\\y=2" },
  { "delete-keys-of-its-own-path", "a=1|s1:x=1|**DeleteKeys=" K, "" },
  { "soft-fills-a-gap", "**soft.a=1", "a=1" },
  { "soft-changes-nothing", "a=1|**soft.a=2", "a=1" },
  { "soft-has-no-case", "a=1|**SOFT.A=2", "a=1" },
  { "secure-key-changes-nothing", "a=1|**SecureKey=1", "a=1" },
  { "a-comment-is-none", "**Comment:=x|a=1", "a=1" },
  { "an-unnamed-value", "=1", "=1" },
};

static void
put_instruction (GByteArray *file, char *text)
{
  char *equals = strchr (text, '='), *colon = strchr (text, ':');
  g_autofree char *key = NULL;
  const char *name = text;

  if (colon != NULL && colon < equals && !g_str_has_prefix (text, "**"))
    {
      *colon = '\0';
      key = g_strconcat (K "\\", text, NULL);
      name = colon + 1;
    }
  *equals = '\0';
  put_text (file, key != NULL ? key : K, name, equals + 1);
}

static void
show_value (const CeRegistryValue *value, gpointer data)
{
  GString *shown = data;
  g_autofree char *text = ce_registry_text (value);
  const char *below = value->key + strlen (K);

  g_string_append_printf (shown, "%s%s%s%s=%s", shown->len > 0 ? "," : "", *below == '\\' ? below + 1 : "",
                          *below == '\\' ? "\\" : "", value->name, text);
}

static void
one_row (gconstpointer data)
{
  const Row *row = data;
  g_autoptr (GByteArray) file = new_file ();
  g_autoptr (CeRegistry) registry = ce_registry_new ();
  g_autoptr (GString) shown = g_string_new (NULL);
  g_auto (GStrv) instructions = g_strsplit (row->instructions, "|", -1);

  for (char **one = instructions; *one != NULL; one++)
    put_instruction (file, *one);
  apply (registry, file, "x");
  ce_registry_foreach (registry, show_value, shown);
  g_assert_cmpstr (shown->str, ==, row->left);
}

static void
the_later_object_wins_and_is_named (void)
{
  g_autoptr (GByteArray) domain = new_file ();
  g_autoptr (GByteArray) staff = new_file ();
  g_autoptr (CeRegistry) registry = ce_registry_new ();
  g_autoptr (CeAutoenrollmentPolicy) policy = NULL;

  put_dword (domain, AE, "AEPolicy", 7);
  put_dword (domain, AE, "OfflineExpirationPercent", 20);
  put_dword (staff, AE, "AEPolicy", 0x8000);
  apply (registry, domain, "Default Domain Policy");
  apply (registry, staff, "Staff");
  policy = ce_autoenrollment_policy_new (registry);
  g_assert_true (policy->configured);
  g_assert_cmphex (policy->policy, ==, 0x8000);
  g_assert_cmpstr (policy->source, ==, "Staff");
  g_assert_cmpuint (policy->expiry_percent, ==, 20);
  g_assert_cmpstr (policy->expiry_source, ==, "Default Domain Policy");
}

static void
where_nobody_speaks_nothing_is_configured (void)
{
  g_autoptr (CeRegistry) registry = ce_registry_new ();
  g_autoptr (CeAutoenrollmentPolicy) policy = ce_autoenrollment_policy_new (registry);

  g_assert_false (policy->configured);
  g_assert_cmpuint (policy->expiry_percent, ==, 10);
  g_assert_cmpstr (policy->expiry_source, ==, "");
  g_assert_cmpuint (policy->servers->len, ==, 0);
}

static void
a_policy_of_the_wrong_type_is_named_and_not_used (void)
{
  g_autoptr (GByteArray) file = new_file ();
  g_autoptr (CeRegistry) registry = ce_registry_new ();
  g_autoptr (CeAutoenrollmentPolicy) policy = NULL;

  put_text (file, AE, "AEPolicy", "7");
  apply (registry, file, "Staff");
  policy = ce_autoenrollment_policy_new (registry);
  g_assert_false (policy->configured);
  g_assert_cmpstr (policy->skipped[0], ==, AE "\\AEPolicy in 'Staff' is not a REG_DWORD");
}

static void
a_percentage_above_a_hundred_is_named_and_not_used (void)
{
  g_autoptr (GByteArray) file = new_file ();
  g_autoptr (CeRegistry) registry = ce_registry_new ();
  g_autoptr (CeAutoenrollmentPolicy) policy = NULL;

  put_dword (file, AE, "AEPolicy", 7);
  put_dword (file, AE, "OfflineExpirationPercent", 101);
  apply (registry, file, "Staff");
  policy = ce_autoenrollment_policy_new (registry);
  g_assert_cmpuint (policy->expiry_percent, ==, 10);
  g_assert_cmpstr (policy->expiry_source, ==, "");
  g_assert_cmpstr (policy->skipped[0], ==, AE "\\OfflineExpirationPercent in 'Staff' is 101, and percent end at 100");
  g_assert_null (policy->skipped[1]);
}

static void
put_server (GByteArray *file, const char *id, const char *url, const char *policy_id, guint32 authentication,
            guint32 cost)
{
  g_autofree char *key = g_strconcat (SERVERS "\\", id, NULL);

  put_text (file, key, "URL", url);
  put_text (file, key, "PolicyID", policy_id);
  put_dword (file, key, "Flags", 0x14);
  put_dword (file, key, "AuthFlags", authentication);
  put_dword (file, key, "Cost", cost);
}

static void
policy_servers_come_by_policy_cost_and_authentication (void)
{
  static const char *const expected[]
      = { "cheap", "kerberos", "anonymous", "password", "directory", "other" };
  g_autoptr (GByteArray) file = new_file ();
  g_autoptr (CeRegistry) registry = ce_registry_new ();
  g_autoptr (CeAutoenrollmentPolicy) policy = NULL;

  put_server (file, "other", "https://x/CEP", "{B}", 2, 0);
  put_server (file, "directory", "LDAP:", "{A}", 2, 0xffffffff);
  put_server (file, "password", "https://p/CEP", "{A}", 4, 5);
  put_server (file, "anonymous", "https://a/CEP", "{A}", 1, 5);
  put_server (file, "kerberos", "https://k/CEP", "{a}", 2, 5);
  put_server (file, "cheap", "https://c/CEP", "{A}", 8, 1);
  put_server (file, "broken", "file:///etc/passwd", "{A}", 8, 1);
  put_text (file, SERVERS, "", "{A}");
  apply (registry, file, "Staff");
  policy = ce_autoenrollment_policy_new (registry);
  g_assert_cmpuint (policy->servers->len, ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    g_assert_cmpstr (((CePolicyServer *) g_ptr_array_index (policy->servers, i))->id, ==, expected[i]);
  g_assert_cmpuint (g_strv_length (policy->skipped), ==, 1);
}

static void
what_a_policy_does_is_said_in_words (void)
{
  static const struct
  {
    guint32 policy;
    const char *said;
  } cases[] = { { 7, "enrol by templates, renew and tidy up, fetch pending requests" },
                { 1, "enrol by templates" },
                { 6, "renew and tidy up, fetch pending requests" },
                { 0, "enabled, but told to do nothing" },
                { 0x8007, "disabled" } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *said = ce_autoenrollment_describe (cases[i].policy);

      g_assert_cmpstr (said, ==, cases[i].said);
    }
}

static void
not_utf_16_is_replaced (void)
{
  static const guint8 lone[] = { 'a', 0, 0x00, 0xd8, 'b', 0, 0x00, 0xdc, 0, 0 };
  g_autofree char *text = ce_utf16_to_text (lone, sizeof lone);

  g_assert_cmpstr (text, ==, "a\357\277\275b\357\277\275");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strdup_printf ("/registry/special/%s", rows[i].name);

      g_test_add_data_func (path, &rows[i], one_row);
    }
  g_test_add_func ("/registry-pol/a-file-reads-as-it-was-written", a_file_reads_as_it_was_written);
  g_test_add_func ("/registry-pol/an-empty-file-says-nothing", an_empty_file_says_nothing);
  g_test_add_func ("/registry-pol/every-cut-is-refused-or-shorter", every_cut_is_refused_or_shorter);
  g_test_add_func ("/registry-pol/every-changed-byte-is-survived", every_changed_byte_is_survived);
  g_test_add_func ("/registry-pol/not-utf-16-is-replaced", not_utf_16_is_replaced);
  g_test_add_func ("/autoenrollment/the-later-object-wins-and-is-named", the_later_object_wins_and_is_named);
  g_test_add_func ("/autoenrollment/where-nobody-speaks-nothing-is-configured",
                   where_nobody_speaks_nothing_is_configured);
  g_test_add_func ("/autoenrollment/a-policy-of-the-wrong-type-is-named-and-not-used",
                   a_policy_of_the_wrong_type_is_named_and_not_used);
  g_test_add_func ("/autoenrollment/a-percentage-above-a-hundred-is-named-and-not-used",
                   a_percentage_above_a_hundred_is_named_and_not_used);
  g_test_add_func ("/autoenrollment/policy-servers-come-by-policy-cost-and-authentication",
                   policy_servers_come_by_policy_cost_and_authentication);
  g_test_add_func ("/autoenrollment/what-a-policy-does-is-said-in-words",
                   what_a_policy_does_is_said_in_words);
  return g_test_run ();
}
