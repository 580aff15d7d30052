/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <string.h>

#include "agent/base/error.h"
#include "policy/sources/directory-list.h"
#include "policy/sources/ldap.h"
#include "policy/sources/locate.h"
#include "policy/sources/service-entry.h"

typedef struct
{
  const char *name;
  const char *value;
  gboolean good;
  guint priority;
  CeCaAuthentication authentication;
  gboolean renewal_only;
} Row;

#define URL "https://ca1.lab.test/LAB-CA_CES_Kerberos/service.svc/CES"

static const Row rows[] = {
  { "four-lines", "1\n2\n0\n" URL, TRUE, 1, CE_CA_AUTH_KERBEROS, FALSE },
  { "five-lines", "1\n4\n0\n" URL "\n0", TRUE, 1, CE_CA_AUTH_PASSWORD, FALSE },
  { "a-line-end-behind", "1\n8\n1\n" URL "\n1\n", TRUE, 1, CE_CA_AUTH_CERTIFICATE, TRUE },
  { "windows-line-ends", "7\r\n2\r\n0\r\n" URL "\r\n", TRUE, 7, CE_CA_AUTH_KERBEROS, FALSE },
  { "the-highest-priority-number", "4294967295\n1\n0\n" URL, TRUE, G_MAXUINT32, CE_CA_AUTH_ANONYMOUS, FALSE },
  { "three-lines", "1\n2\n0", FALSE, 0, 0, FALSE },
  { "nothing", "", FALSE, 0, 0, FALSE },
  { "unknown-authentication", "1\n3\n0\n" URL, FALSE, 0, 0, FALSE },
  { "renewal-only-is-a-bit", "1\n2\n2\n" URL, FALSE, 0, 0, FALSE },
  { "a-priority-that-is-no-number", "first\n2\n0\n" URL, FALSE, 0, 0, FALSE },
  { "a-negative-priority", "-1\n2\n0\n" URL, FALSE, 0, 0, FALSE },
  { "plain-http", "1\n2\n0\nhttp://ca1.lab.test/", FALSE, 0, 0, FALSE },
  { "no-host", "1\n2\n0\nhttps://", FALSE, 0, 0, FALSE },
  { "a-file", "1\n2\n0\nfile:///etc/passwd", FALSE, 0, 0, FALSE },
  { "a-space-in-it", "1\n2\n0\nhttps://ca1 .lab.test/", FALSE, 0, 0, FALSE },
};

static void
one_endpoint (gconstpointer data)
{
  const Row *row = data;
  CeCaEndpoint *endpoint = ce_ca_endpoint_parse (row->value);

  g_assert_true ((endpoint != NULL) == row->good);
  if (endpoint == NULL)
    return;
  g_assert_cmpstr (endpoint->url, ==, URL);
  g_assert_cmpuint (endpoint->priority, ==, row->priority);
  g_assert_cmpint (endpoint->authentication, ==, row->authentication);
  g_assert_cmpint (endpoint->renewal_only, ==, row->renewal_only);
  ce_ca_endpoint_free (endpoint);
}

static void
add (CeEntry *entry, const char *name, const char *text)
{
  ce_entry_add (entry, name, text, strlen (text));
}

/* What stands for a certificate here: long enough and a SEQUENCE. */
static void
add_certificate (CeEntry *entry)
{
  guint8 der[128] = { 0x30, 0x7e };

  ce_entry_add (entry, "cACertificate", der, sizeof der);
}

static CeEntry *
new_service (void)
{
  CeEntry *entry = ce_entry_new ("CN=LAB-CA");

  add (entry, "cn", "LAB-CA");
  add (entry, "dNSHostName", "ca1.lab.test");
  add (entry, "certificateTemplates", "Card");
  add (entry, "certificateTemplates", "User");
  add_certificate (entry);
  return entry;
}

static void
a_service_in_full (void)
{
  g_autoptr (CeEntry) entry = new_service ();
  g_autoptr (CeEnrollmentService) service = NULL;

  ce_entry_add (entry, "cACertificate", "\0", 1);
  add (entry, "flags", "10");
  add (entry, "msPKI-Enrollment-Servers", "2\n2\n0\nhttps://b/");
  add (entry, "msPKI-Enrollment-Servers", "nonsense");
  add (entry, "msPKI-Enrollment-Servers", "1\n2\n0\nhttps://a/");
  service = ce_enrollment_service_from_entry (entry, NULL);
  g_assert_nonnull (service);
  g_assert_cmpstr (service->name, ==, "LAB-CA");
  g_assert_cmpstr (service->host, ==, "ca1.lab.test");
  g_assert_cmpuint (service->certificates->len, ==, 1);
  g_assert_cmpuint (g_strv_length (service->templates), ==, 2);
  g_assert_cmpuint (service->endpoints->len, ==, 2);
  g_assert_cmpstr (((CeCaEndpoint *) g_ptr_array_index (service->endpoints, 0))->url, ==, "https://a/");
  g_assert_false (service->may_enroll);
}

static void
a_stand_alone_ca_is_none (void)
{
  g_autoptr (CeEntry) entry = new_service ();
  g_autoptr (GError) error = NULL;

  add (entry, "flags", "5");
  g_assert_null (ce_enrollment_service_from_entry (entry, &error));
  g_assert_cmpstr (
      error->message, ==,
      "CA 'LAB-CA': a stand-alone CA knows no templates (flags is 0x5, with NO_TEMPLATE_SUPPORT 0x1)");
}

static void
a_ca_without_a_certificate_is_none (void)
{
  g_autoptr (CeEntry) entry = ce_entry_new ("CN=LAB-CA");
  g_autoptr (GError) error = NULL;

  add (entry, "cn", "LAB-CA");
  ce_entry_add (entry, "cACertificate", "\0", 1);
  g_assert_null (ce_enrollment_service_from_entry (entry, &error));
  g_assert_cmpstr (error->message, ==, "CA 'LAB-CA': it has no certificate (cACertificate)");
}

static void
numbers_are_signed_and_flags_are_not (void)
{
  g_autoptr (CeEntry) entry = ce_entry_new ("x");
  guint32 value;

  add (entry, "a", "-2113929216");
  add (entry, "b", "4294967295");
  g_assert_true (ce_entry_int32 (entry, "A", 0, &value, NULL));
  g_assert_cmphex (value, ==, 0x82000000);
  g_assert_true (ce_entry_int32 (entry, "b", 0, &value, NULL));
  g_assert_cmphex (value, ==, 0xffffffff);
  g_assert_true (ce_entry_int32 (entry, "absent", 7, &value, NULL));
  g_assert_cmpuint (value, ==, 7);
}

static void
more_values_than_anybody_needs_are_dropped (void)
{
  g_autoptr (CeEntry) entry = ce_entry_new ("x");
  g_autofree char *huge = g_malloc0 (CE_ENTRY_MAX_VALUE_BYTES + 1);

  for (guint i = 0; i < CE_ENTRY_MAX_VALUES + 10; i++)
    ce_entry_add (entry, "a", "v", 1);
  ce_entry_add (entry, "b", huge, CE_ENTRY_MAX_VALUE_BYTES + 1);
  g_assert_cmpuint (ce_entry_values (entry, "a")->len, ==, CE_ENTRY_MAX_VALUES);
  g_assert_null (ce_entry_values (entry, "b"));
}

static void
options_are_not_part_of_a_name (void)
{
  g_autoptr (CeEntry) entry = ce_entry_new ("x");

  add (entry, "userCertificate;binary", "a");
  add (entry, "certificateTemplates;range=0-1499", "b");
  g_assert_nonnull (ce_entry_bytes (entry, "usercertificate"));
  g_assert_nonnull (ce_entry_bytes (entry, "certificateTemplates"));
}

static void
what_goes_into_a_filter_is_escaped (void)
{
  g_autofree char *text = ce_ldap_escape ("a*)(cn=\\", 8);
  g_autofree char *bytes = ce_ldap_escape ("\0\xff", 2);

  g_assert_cmpstr (text, ==, "a\\2a\\29\\28cn\\3d\\5c");
  g_assert_cmpstr (bytes, ==, "\\00\\ff");
}

static guint32
draw_last (guint32 max)
{
  return max;
}

static guint32
draw_first (guint32 max G_GNUC_UNUSED)
{
  return 0;
}

static GPtrArray *
three_controllers (void)
{
  GPtrArray *records = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_srv_free);

  g_ptr_array_add (records, ce_srv_new ("far", 10, 100, 389));
  g_ptr_array_add (records, ce_srv_new ("b", 0, 0, 389));
  g_ptr_array_add (records, ce_srv_new ("a", 0, 100, 389));
  return records;
}

static const char *
host (const GPtrArray *records, guint i)
{
  return ((const CeSrv *) g_ptr_array_index (records, i))->host;
}

static void
controllers_come_by_priority_and_then_by_weight (void)
{
  g_autoptr (GPtrArray) low = three_controllers ();
  g_autoptr (GPtrArray) high = three_controllers ();

  ce_srv_order (low, draw_first);
  g_assert_cmpstr (host (low, 0), ==, "a");
  g_assert_cmpstr (host (low, 2), ==, "far");
  ce_srv_order (high, draw_last);
  g_assert_cmpstr (host (high, 0), ==, "b");
  g_assert_cmpstr (host (high, 2), ==, "far");
}

static void
an_answer_of_dns_is_read (void)
{
  static const guint8 answer[]
      = { 0, 1, 0x81, 0x80, 0,  0, 0, 1, 0,   0, 0,    0, 1,   'x', 0,   0, 33,  0,   1, 0,
          0, 0, 60,   0,    14, 0, 5, 0, 100, 1, 0x85, 3, 'd', 'c', '1', 2, 'l', 't', 0 };
  g_autoptr (GPtrArray) records = ce_srv_parse (answer, sizeof answer);

  g_assert_cmpuint (records->len, ==, 1);
  g_assert_cmpstr (host (records, 0), ==, "dc1.lt");
  for (gsize length = 0; length < sizeof answer; length++)
    {
      g_autofree guint8 *copy = g_memdup2 (answer, length);
      g_autoptr (GPtrArray) none = ce_srv_parse (copy, length);

      g_assert_cmpuint (none->len, ==, 0);
    }
}

static void
only_host_names_are_host_names (void)
{
  g_assert_true (ce_is_host_name ("dc1.lab.test"));
  g_assert_false (ce_is_host_name (""));
  g_assert_false (ce_is_host_name ("-x"));
  g_assert_false (ce_is_host_name ("dc1/x"));
  g_assert_false (ce_is_host_name ("dc1:389"));
  g_assert_false (ce_is_host_name ("dc1 dc2"));
}

static void
what_comes_in_parts_is_asked_for_to_its_end (void)
{
  static const struct
  {
    const char *name;
    guint next; /* 0: that was all */
  } ranges[] = {
    { "certificateTemplates;range=0-1499", 1500 }, { "member;Range=1500-2999", 3000 },
    { "a;binary;range=0-0", 1 },                   { "certificateTemplates;range=1500-*", 0 },
    { "certificateTemplates", 0 },                 { "a;range=0", 0 },
    { "a;range=0--1", 0 },                         { "a;range=0-99999999999999999999", 0 },
    { "a;range=0-16383", 0 },                      { "range=0-5", 6 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (ranges); i++)
    {
      guint next = 0;

      g_assert_cmpint (ce_entry_range (ranges[i].name, &next), ==, ranges[i].next != 0);
      g_assert_cmpuint (next, ==, ranges[i].next);
    }
}

static void
only_a_list_in_the_own_directory_is_read_there (void)
{
  static const char own[] = "ldap:///CN=LAB%20CA,CN=ca1,CN=CDP,DC=lab,DC=test"
                            "?certificateRevocationList?base?objectClass=cRLDistributionPoint";
  static const char *const others[] = {
    "ldap://evil.test/CN=a?certificateRevocationList?base?objectClass=cRLDistributionPoint",
    "ldap:///CN=a?certificateRevocationList?sub?objectClass=cRLDistributionPoint",
    "ldap:///CN=a?userPassword?base",
    "ldap:///CN=a?certificateRevocationList,userPassword?base",
    "ldap:///CN=a",
    "ldap:///?certificateRevocationList?base",
    "ldaps:///CN=a?certificateRevocationList?base",
    "ldapi:///CN=a?certificateRevocationList?base",
    "ldap:///CN=a?certificateRevocationList?base?(objectClass=*)?!1.2.3",
    "ldap://",
    "http://ca1/a.crl",
    "",
  };
  g_autoptr (GError) none = NULL;
  g_autofree char *dn = ce_directory_list_dn (own, &none);

  g_assert_no_error (none);
  g_assert_cmpstr (dn, ==, "CN=LAB CA,CN=ca1,CN=CDP,DC=lab,DC=test");
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (ce_directory_list_dn (others[i], &error));
      g_assert_error (error, CE_ERROR, CE_ERROR_NOT_SUPPORTED);
      g_assert_nonnull (strstr (error->message, others[i]));
    }
}

static void
assert_list (const void *bytes, gsize length, CeErrorCode code, const char *says)
{
  g_autoptr (CeEntry) entry = ce_entry_new ("CN=a");
  g_autoptr (GError) error = NULL;

  if (bytes != NULL)
    ce_entry_add (entry, "certificateRevocationList;binary", bytes, length);
  g_assert_null (ce_directory_list_take (entry, "CN=a", 2 * 1024 * 1024, &error));
  g_assert_error (error, CE_ERROR, (int) code);
  g_assert_nonnull (strstr (error->message, says));
}

static void
a_list_that_is_too_long_is_told_from_none (void)
{
  g_autofree char *long_one = g_malloc0 (CE_ENTRY_MAX_VALUE_BYTES + 1);
  g_autoptr (CeEntry) entry = ce_entry_new ("CN=a");
  g_autoptr (GBytes) list = NULL;

  assert_list (NULL, 0, CE_ERROR_NOT_FOUND, "holds no list");
  assert_list ("", 1, CE_ERROR_NOT_FOUND, "holds no list");
  assert_list (long_one, 2 * 1024 * 1024 + 1, CE_ERROR_PROTOCOL, "longer than 2 MiB");
  assert_list (long_one, CE_ENTRY_MAX_VALUE_BYTES + 1, CE_ERROR_PROTOCOL, "longer than 2 MiB");
  ce_entry_add (entry, "certificateRevocationList", "DER", 3);
  list = ce_directory_list_take (entry, "CN=a", 3, NULL);
  g_assert_cmpuint (g_bytes_get_size (list), ==, 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strdup_printf ("/endpoint/%s", rows[i].name);

      g_test_add_data_func (path, &rows[i], one_endpoint);
    }
  g_test_add_func ("/service/in-full", a_service_in_full);
  g_test_add_func ("/entry/what-comes-in-parts-is-asked-for-to-its-end", what_comes_in_parts_is_asked_for_to_its_end);
  g_test_add_func ("/list/only-a-list-in-the-own-directory-is-read-there", only_a_list_in_the_own_directory_is_read_there);
  g_test_add_func ("/list/one-that-is-too-long-is-told-from-none", a_list_that_is_too_long_is_told_from_none);
  g_test_add_func ("/service/a-stand-alone-ca-is-none", a_stand_alone_ca_is_none);
  g_test_add_func ("/service/a-ca-without-a-certificate-is-none", a_ca_without_a_certificate_is_none);
  g_test_add_func ("/entry/numbers-are-signed-and-flags-are-not", numbers_are_signed_and_flags_are_not);
  g_test_add_func ("/entry/more-values-than-anybody-needs-are-dropped",
                   more_values_than_anybody_needs_are_dropped);
  g_test_add_func ("/entry/options-are-not-part-of-a-name", options_are_not_part_of_a_name);
  g_test_add_func ("/ldap/what-goes-into-a-filter-is-escaped", what_goes_into_a_filter_is_escaped);
  g_test_add_func ("/locate/controllers-come-by-priority-and-then-by-weight",
                   controllers_come_by_priority_and_then_by_weight);
  g_test_add_func ("/locate/an-answer-of-dns-is-read", an_answer_of_dns_is_read);
  g_test_add_func ("/locate/only-host-names-are-host-names", only_host_names_are_host_names);
  return g_test_run ();
}
