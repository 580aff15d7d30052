/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <string.h>

#include "agent/base/error.h"
#include "agent/base/text.h"
#include "policy/group-policy-json.h"
#include "policy/group-policy.h"
#include "policy/sources/effective.h"
#include "policy/sources/group-policy-search.h"
#include "policy/sources/site.h"

#define AUTOENROLLMENT "Software\\Policies\\Microsoft\\Cryptography\\AutoEnrollment"
#define SOURCE "Group Policy 'Cards', linked at OU=Staff,DC=lab,DC=test"

/* As a controller answers "(&(DnsDomain=lab.test)(NtVer=\06\00\00\00))". */
static const char netlogon[]
    = "FwAAAL0RAACUuayqGjfpSL68V8AdTmk5A2xhYgR0ZXN0AMAYA2RjMcAYA0xBQgADREMxAAAXRGVmYXVsdC1GaXJzdC1TaXRl"
      "LU5hbWUAwDUFAAAA/////w==";

static void
test_site_of_the_client (void)
{
  gsize length;
  g_autofree guint8 *bytes = g_base64_decode (netlogon, &length);
  g_autofree char *site = ce_site_parse (bytes, length);

  g_assert_cmpstr (site, ==, "Default-First-Site-Name");
}

static void
test_site_that_is_cut_or_odd_is_none (void)
{
  gsize length;
  g_autofree guint8 *bytes = g_base64_decode (netlogon, &length);

  for (gsize i = 0; i < 79; i++)
    g_assert_null (ce_site_parse (bytes, i));
  bytes[0] = 19;
  g_assert_null (ce_site_parse (bytes, length));
  bytes[0] = 23;
  bytes[0x36] = ',';
  g_assert_null (ce_site_parse (bytes, length));
}

static void
test_gpt_ini (void)
{
  static const struct
  {
    const char *text;
    gboolean found;
    guint32 version;
  } rows[] = {
    { "[General]\r\nVersion=65537\r\n", TRUE, 65537 },
    { "[general]\nDisplayName=x\n version = 3 \n", TRUE, 3 },
    { "[Other]\r\nVersion=1\r\n[General]\r\nVersion=2", TRUE, 2 },
    { "[Other]\r\nVersion=1\r\n", FALSE, 0 },
    { "Version=1", FALSE, 0 },
    { "[General]\r\nVersion=-1\r\n", FALSE, 0 },
    { "[General]\r\nVersion=99999999999\r\n", FALSE, 0 },
    { "", FALSE, 0 },
    { "=[General]=\n=Version=", FALSE, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      guint32 version = 0;

      g_test_message ("%s", rows[i].text);
      g_assert_cmpint (ce_gpt_ini_parse (rows[i].text, strlen (rows[i].text), &version), ==, rows[i].found);
      g_assert_cmpuint (version, ==, rows[i].version);
    }
}

static void
add_text (CeEntry *entry, const char *name, const char *value)
{
  ce_entry_add (entry, name, value, strlen (value));
}

static void
test_gpo_of_an_entry (void)
{
  g_autoptr (CeEntry) entry = ce_entry_new ("CN={A},CN=Policies,CN=System,DC=lab,DC=test");
  CeGpo *gpo;

  add_text (entry, "cn", "{A}");
  add_text (entry, "displayName", "Cards\033[1m");
  add_text (entry, "gPCFunctionalityVersion", "2");
  add_text (entry, "versionNumber", "65536");
  add_text (entry, "flags", "many");
  add_text (entry, "nTSecurityDescriptor", "nonsense");
  gpo = ce_gpo_from_entry (entry);
  g_assert_cmpstr (gpo->name, ==, "{A}");
  g_assert_null (strchr (gpo->display_name, '\033'));
  g_assert_cmpuint (gpo->functionality_version, ==, 2);
  g_assert_cmpuint (gpo->version, ==, 65536);
  g_assert_cmpuint (gpo->flags, ==, 0);
  g_assert_null (gpo->sd);
  ce_gpo_free (gpo);
}

static void
put_dword (CeRegistry *registry, const char *key, const char *name, guint32 value)
{
  guint32 little = GUINT32_TO_LE (value);
  g_autoptr (GBytes) data = g_bytes_new (&little, sizeof little);
  CeRegistryRecord *record = ce_registry_record_new (key, name, CE_REGISTRY_DWORD, data);

  ce_registry_apply (registry, record, SOURCE);
  ce_registry_record_free (record);
}

/* @bits: -1: no GPO speaks of it. */
static CePolicy *
new_policy (gboolean known, gint64 bits)
{
  CePolicy *policy = ce_policy_new ();
  g_autoptr (CeRegistry) registry = ce_registry_new ();

  g_free (policy->user.principal);
  policy->user.principal = g_strdup ("alice@LAB.TEST");
  policy->fetched_unix = 1795344000;
  policy->group_policy = ce_group_policy_new ();
  policy->group_policy->known = known;
  g_free (policy->group_policy->problem);
  policy->group_policy->problem = g_strdup ("dc1 is away");
  if (bits >= 0)
    put_dword (registry, AUTOENROLLMENT, "AEPolicy", (guint32) bits);
  put_dword (registry, "Software\\Policies\\Other", "Value", 1);
  if (known)
    ce_group_policy_take (policy->group_policy, registry);
  return policy;
}

static void
assert_effective (gboolean known, gint64 bits, const char *settings, guint32 expected, const char *source)
{
  g_autoptr (CePolicy) policy = new_policy (known, bits);
  g_autoptr (CeConfig) config = ce_config_parse (settings, "test", NULL);
  g_autofree char *sentence = ce_effective_autoenrollment (policy, config);

  g_assert_cmphex (policy->autoenrollment, ==, expected);
  g_assert_nonnull (strstr (policy->autoenrollment_source, source));
  g_assert_cmpint (sentence == NULL, ==, known);
  if (sentence != NULL)
    g_assert_nonnull (strstr (sentence, "dc1 is away"));
}

static void
test_policy_wins_over_the_settings (void)
{
  for (guint32 bits = 0; bits < 8; bits++)
    assert_effective (TRUE, bits, "[policy]\nautoenrollment=disabled\n", bits, SOURCE);
  assert_effective (TRUE, 0x8000, "[policy]\nautoenrollment=enabled\n", 0x8000, SOURCE);
}

static void
test_settings_hold_where_no_policy_speaks (void)
{
  assert_effective (TRUE, -1, "[policy]\nautoenrollment=disabled\n", 0x8000, "cardenroll.conf");
  assert_effective (TRUE, -1, "[policy]\nautoenrollment=enabled\n", 7, "cardenroll.conf");
}

static void
test_unknown_is_what_was_said_last (void)
{
  assert_effective (FALSE, -1, "[policy]\nautoenrollment=disabled\n", 0x8000, "could not be read");
  assert_effective (TRUE, 0x3, "[policy]\n", 0x3, SOURCE);
  assert_effective (FALSE, -1, "[policy]\nautoenrollment=disabled\n", 0x3,
                    SOURCE ", as read since 2026-11-22");
  assert_effective (TRUE, -1, "[policy]\n", 7, "cardenroll.conf");
  assert_effective (FALSE, -1, "[policy]\nautoenrollment=disabled\n", 0x8000, "could not be read");
}

/* @percent: of the GPO; -1: it says nothing of it */
static void
assert_reminds (gboolean known, gint64 bits, int percent, const char *settings, guint32 expected, const char *source)
{
  g_autoptr (CePolicy) policy = new_policy (known, bits);
  g_autoptr (CeConfig) config = ce_config_parse (settings, "test", NULL);
  g_autofree char *sentence = NULL;

  if (percent >= 0)
    {
      CeAutoenrollmentPolicy *said = policy->group_policy->autoenrollment;

      said->expiry_percent = (guint32) percent;
      ce_text_set (&said->expiry_source, "Group Policy 'Reminders'");
    }
  sentence = ce_effective_autoenrollment (policy, config);
  g_assert_cmpuint (policy->expiry_percent, ==, expected);
  g_assert_cmpstr (policy->expiry_source, ==, source);
}

static void
test_reminders_are_as_policy_says_else_as_the_settings (void)
{
  assert_reminds (TRUE, 7, 25, "[policy]\nremind-percent=5\n", 25, "Group Policy 'Reminders'");
  assert_reminds (FALSE, -1, -1, "[policy]\nremind-percent=5\n", 25, "Group Policy 'Reminders'");
  assert_reminds (TRUE, 0, 0, "[policy]\n", 0, "Group Policy 'Reminders'");
  assert_reminds (TRUE, 7, -1, "[policy]\nremind-percent=5\n", 10, SOURCE ", which does not set it");
  assert_reminds (TRUE, 0x8000, 25, "[policy]\nremind-percent=5\n", 0, SOURCE ", which disables autoenrollment");
  assert_reminds (TRUE, -1, -1, "[policy]\nremind-percent=5\n", 5,
                  "cardenroll.conf, for no Group Policy object speaks of it");
  assert_reminds (TRUE, -1, -1, "[policy]\nautoenrollment=disabled\n", 10,
                  "cardenroll.conf, for no Group Policy object speaks of it");
}

static void
test_settings_are_listed_with_their_source (void)
{
  g_autoptr (CePolicy) policy = new_policy (TRUE, 7);
  const CePolicySetting *setting;

  g_assert_cmpuint (policy->group_policy->settings->len, ==, 1);
  setting = g_ptr_array_index (policy->group_policy->settings, 0);
  g_assert_cmpstr (setting->name, ==, "AutoEnrollment\\AEPolicy");
  g_assert_cmpstr (setting->value, ==, "0x7");
  g_assert_cmpstr (setting->source, ==, SOURCE);
}

static void
test_numbers_are_told_in_both_ways (void)
{
  g_autoptr (CePolicy) policy = new_policy (TRUE, 0x8000);
  const CePolicySetting *setting = g_ptr_array_index (policy->group_policy->settings, 0);

  g_assert_cmpstr (setting->value, ==, "0x8000 (32768)");
}

static void
add_standing (CeGroupPolicy *policy)
{
  CeGpoStanding *gpo = g_new0 (CeGpoStanding, 1);

  gpo->name = g_strdup ("Cards");
  gpo->dn = g_strdup ("CN={A}");
  gpo->scope = g_strdup ("OU=Staff");
  gpo->enforced = gpo->applies = TRUE;
  gpo->verdict = g_strdup ("applies");
  gpo->detail = g_strdup ("it applies");
  g_ptr_array_add (policy->gpos, gpo);
}

static char *
to_text (const CeGroupPolicy *policy)
{
  g_autoptr (JsonNode) node = ce_group_policy_to_json (policy);

  return json_to_string (node, FALSE);
}

static void
test_json_comes_back_as_it_went (void)
{
  g_autoptr (CePolicy) policy = new_policy (TRUE, 7);
  g_autofree char *whole = NULL;
  g_autofree char *again = NULL;
  g_autoptr (JsonNode) node = NULL;
  g_autoptr (CeGroupPolicy) back = NULL;
  g_autoptr (GError) error = NULL;

  add_standing (policy->group_policy);
  policy->group_policy->loopback_mode = CE_LOOPBACK_REPLACE;
  whole = to_text (policy->group_policy);
  node = json_from_string (whole, NULL);
  back = ce_group_policy_from_json (node, &error);
  g_assert_no_error (error);
  again = to_text (back);
  g_assert_cmpstr (again, ==, whole);
}

static void
test_json_that_is_wrong_is_refused (void)
{
  static const char *const texts[] = { "1",
                                       "[]",
                                       "{\"known\":1}",
                                       "{\"objects\":[1]}",
                                       "{\"objects\":[{\"name\":2}]}",
                                       "{\"servers\":[{\"cost\":-1}]}",
                                       "{\"settings\":[{\"value\":null}]}" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (JsonNode) node = json_from_string (texts[i], NULL);
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", texts[i]);
      g_assert_null (ce_group_policy_from_json (node, &error));
      g_assert_error (error, CE_ERROR, CE_ERROR_PROTOCOL);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/group-policy/site/is-the-clients", test_site_of_the_client);
  g_test_add_func ("/group-policy/site/cut-or-odd-is-none", test_site_that_is_cut_or_odd_is_none);
  g_test_add_func ("/group-policy/gpt-ini/version", test_gpt_ini);
  g_test_add_func ("/group-policy/gpo/of-a-hostile-entry", test_gpo_of_an_entry);
  g_test_add_func ("/group-policy/effective/policy-wins-over-the-settings",
                   test_policy_wins_over_the_settings);
  g_test_add_func ("/group-policy/effective/settings-hold-where-no-policy-speaks",
                   test_settings_hold_where_no_policy_speaks);
  g_test_add_func ("/group-policy/effective/unknown-is-what-was-said-last",
                   test_unknown_is_what_was_said_last);
  g_test_add_func ("/group-policy/effective/reminders-are-as-policy-says-else-as-the-settings",
                   test_reminders_are_as_policy_says_else_as_the_settings);
  g_test_add_func ("/group-policy/settings/are-listed-with-their-source",
                   test_settings_are_listed_with_their_source);
  g_test_add_func ("/group-policy/settings/numbers-are-told-in-both-ways", test_numbers_are_told_in_both_ways);
  g_test_add_func ("/group-policy/json/comes-back-as-it-went", test_json_comes_back_as_it_went);
  g_test_add_func ("/group-policy/json/wrong-one-is-refused", test_json_that_is_wrong_is_refused);
  return g_test_run ();
}
