/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <string.h>

#include "agent/base/error.h"
#include "policy/plan-json.h"
#include "policy/policy-json.h"

/* Every member of a policy set to something that is not its default. */
static const char whole[]
    = "{\"source\":\"ldap://dc1.lab.test\",\"fetched_unix\":1795305600,\"whole_unix\":1795302000,"
      "\"next_update_unix\":1795334400,\"no_directory\":true,\"autoenrollment\":32768,"
      "\"autoenrollment_source\":\"Staff\",\"expiry_percent\":15,\"expiry_source\":\"Cards\",\"roots\":[\"MAA=\",\"MAE=\"],\"intermediates\":[\"MAI=\"],\"nt_"
      "auth\":[\"MAM=\"],"
      "\"skipped\":[\"template 'X': broken\"],"
      "\"user\":{\"principal\":\"alice@LAB.TEST\",\"upn\":\"alice@lab.test\",\"account\":\"alice\",\"dn\":"
      "\"CN=alice\","
      "\"sid\":\"S-1-5-21-1-2-3-1103\",\"mail\":\"a@lab.test\",\"groups\":[\"S-1-5-32-545\"],"
      "\"certificates\":[\"MAQ=\"],\"upn_guessed\":true},"
      "\"templates\":[{\"name\":\"Card\",\"display_name\":\"Kärtchen\",\"oid\":\"1.2.3\",\"schema_version\":"
      "4,"
      "\"major_version\":100,\"minor_version\":3,\"general_flags\":131616,\"enrollment_flags\":40,"
      "\"private_key_flags\":16777216,\"name_flags\":4294967295,\"key_spec\":1,\"min_key_bits\":2048,"
      "\"key_algorithm\":\"ECDSA_P256\",\"hash_algorithm\":\"SHA384\",\"key_property_usage\":2,"
      "\"symmetric_algorithm\":\"AES\",\"symmetric_key_bits\":256,\"max_issuing_depth\":-1,\"key_usage\":"
      "40960,"
      "\"ekus\":[\"1.1\"],\"application_policies\":[\"1.2\"],\"certificate_policies\":[\"1.3\"],"
      "\"critical_extensions\":[\"1.4\"],\"providers\":[\"P\",\"Q\"],\"ra_signatures\":1,"
      "\"ra_application_policies\":[\"1.5\"],\"ra_policies\":[\"1.6\"],\"supersedes\":[\"Old\"],\"validity_"
      "s\":31536000,"
      "\"renewal_s\":3628800,\"enroll\":true,\"autoenroll\":true,\"rights_detail\":\"granted\",\"rights_ask\":\"'Card Users'\"}],"
      "\"services\":[{\"name\":\"CA\",\"display_name\":\"The "
      "CA\",\"host\":\"ca1\",\"certificates\":[\"MAU=\"],"
      "\"templates\":[\"Card\"],\"may_enroll\":true,\"unusable\":\"expired\",\"endpoints\":[{\"url\":\"https://ca1/"
      "\",\"authentication\":2,"
      "\"priority\":1,\"renewal_only\":true}]}]}";

static char *
round_trip (const char *text)
{
  g_autoptr (JsonNode) node = json_from_string (text, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (CePolicy) policy = ce_policy_from_json (node, &error);
  g_autoptr (JsonNode) again = NULL;

  g_assert_no_error (error);
  again = ce_policy_to_json (policy);
  return json_to_string (again, FALSE);
}

static void
a_whole_policy_comes_back_as_it_went (void)
{
  g_autofree char *again = round_trip (whole);

  g_assert_cmpstr (again, ==, whole);
}

static void
an_empty_policy_has_defaults (void)
{
  g_autofree char *once = round_trip ("{}");
  g_autofree char *twice = round_trip (once);

  g_assert_cmpstr (once, ==, twice);
}

typedef struct
{
  const char *text;
  const char *said;
} Wrong;

static const Wrong wrongs[] = {
  { "[]", "the policy is not an object" },
  { "{\"source\":7}", "\"source\" is not what it should be" },
  { "{\"fetched_unix\":\"now\"}", "\"fetched_unix\" is not what it should be" },
  { "{\"autoenrollment\":-1}", "\"autoenrollment\" is not what it should be" },
  { "{\"autoenrollment\":4294967296}", "\"autoenrollment\" is not what it should be" },
  { "{\"roots\":\"MAA=\"}", "\"roots\" is not what it should be" },
  { "{\"skipped\":[7]}", "\"skipped\" is not what it should be" },
  { "{\"user\":[]}", "\"user\" is not an object" },
  { "{\"user\":{\"sid\":null}}", "\"sid\" is not what it should be" },
  { "{\"templates\":{}}", "\"templates\" is not a list" },
  { "{\"templates\":[7]}", "templates is not an object" },
  { "{\"templates\":[{\"enroll\":1}]}", "\"enroll\" is not what it should be" },
  { "{\"templates\":[{\"key_usage\":65536}]}", "\"key_usage\" is not what it should be" },
  { "{\"services\":[{\"endpoints\":[{\"url\":1}]}]}", "\"url\" is not what it should be" },
};

static void
what_is_wrong_is_named (gconstpointer data)
{
  const Wrong *wrong = data;
  g_autoptr (JsonNode) node = json_from_string (wrong->text, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (ce_policy_from_json (node, &error));
  g_assert_error (error, CE_ERROR, CE_ERROR_PROTOCOL);
  g_assert_cmpstr (error->message, ==, wrong->said);
}

static void
a_plan_has_the_members_of_the_design (void)
{
  static const char expected[]
      = "{\"card\":{\"reader\":\"R\",\"serial\":\"S\",\"label\":null,\"model\":\"M\"},"
        "\"user\":{\"principal\":\"alice@LAB.TEST\",\"sid\":\"S-1-5-21-1-2-3-1103\"},"
        "\"policy\":{\"source\":\"ldap://"
        "dc1.lab.test\",\"fetched\":\"2026-11-22T00:00:00Z\",\"cached\":false,\"cached_because\":null,"
        "\"autoenrollment\":32768,"
        "\"autoenrollment_allows\":\"disabled\",\"autoenrollment_source\":\"Staff\",\"skipped\":[\"template "
        "'X': broken\"]},\"actions\":[],"
        "\"templates\":[{\"name\":\"Card\",\"display_name\":\"Kärtchen\",\"oid\":\"1.2.3\",\"verdict\":"
        "\"none\",\"because\":\"wrong-type\","
        "\"detail\":\"it is "
        "not for cards: pKIDefaultCSPs names 'P', 'Q', no smart card provider, and the smart card logon EKU "
        "is "
        "missing\"}],\"endings\":[],\"next_look\":\"2026-11-22T08:00:00Z\"}";
  g_autoptr (JsonNode) node = json_from_string (whole, NULL);
  g_autoptr (CePolicy) policy = ce_policy_from_json (node, NULL);
  CePlanCard card = { "R", "S", NULL, "M" };
  CeWorld world = { .policy = policy, .now_unix = 1795305600, .look_every_s = 28800 };
  g_autoptr (CePlan) plan = ce_plan_make (&world);
  g_autoptr (JsonNode) shown = ce_plan_to_json (plan, policy, &card);
  g_autofree char *text = json_to_string (shown, FALSE);

  g_assert_cmpstr (text, ==, expected);
}

static void
a_certificate_comes_back_as_it_went (void)
{
  static const char text[]
      = "{\"fingerprint\":\"ab\",\"subject\":\"CN=alice\",\"template_oid\":\"1.2\",\"template_name\":"
        "\"Card\","
        "\"template_major\":1,\"template_minor\":2,\"not_before_unix\":3,\"not_after_unix\":4,\"has_private_"
        "key\":false,"
        "\"trusted\":false,\"revoked\":true,\"revocation\":\"r\",\"upn\":\"u\",\"sid\":\"s\",\"decrypts\":"
        "true,"
        "\"ca_renewed\":true,\"ca_withdrawn\":true}";
  g_autoptr (JsonNode) node = json_from_string (text, NULL);
  g_autoptr (CeHeld) held = ce_held_from_json (node, NULL);
  g_autoptr (JsonNode) again = ce_held_to_json (held);
  g_autofree char *shown = json_to_string (again, FALSE);

  g_assert_cmpstr (shown, ==, text);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (wrongs); i++)
    {
      g_autofree char *path = g_strdup_printf ("/policy-json/what-is-wrong-is-named/%02u", i);

      g_test_add_data_func (path, &wrongs[i], what_is_wrong_is_named);
    }
  g_test_add_func ("/policy-json/a-whole-policy-comes-back-as-it-went", a_whole_policy_comes_back_as_it_went);
  g_test_add_func ("/policy-json/an-empty-policy-has-defaults", an_empty_policy_has_defaults);
  g_test_add_func ("/policy-json/a-certificate-comes-back-as-it-went", a_certificate_comes_back_as_it_went);
  g_test_add_func ("/plan-json/a-plan-has-the-members-of-the-design", a_plan_has_the_members_of_the_design);
  return g_test_run ();
}
