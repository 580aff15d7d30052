/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Which Group Policy objects hold, and in which order. */

#include <glib.h>
#include <string.h>

#include "policy/gpo.h"

#define REGISTRY_EXTENSION "[{35378EAC-683F-11D2-A89A-00C04FBBCFA2}{53D6AB1B-2488-11D1-A28C-00C04FB94F17}]"

typedef struct
{
  const char *name;
  const char *
      scopes; /* nearest first: "o:A2,B" an OU that links A enforced and B; "O:" blocks; d, s: domain, site */
  const char *order; /* of application; "!": enforced */
} Row;

static const Row rows[] = {
  { "nothing-linked", "o: d: s:", "" },
  { "site-domain-ou", "o:O d:D s:S", "S D O" },
  { "the-nearest-ou-last", "o:N o:F d:D", "D F N" },
  { "the-last-link-of-a-scope-wins", "o:A,B,C", "A B C" },
  { "enforced-after-all", "o:O d:D2 s:S", "S O !D" },
  { "the-highest-enforced-wins", "o:O2 d:D2 s:S2", "!O !D !S" },
  { "enforced-of-two-ous", "o:N2 o:F2 d:D", "D !N !F" },
  { "enforced-of-one-scope-in-order", "o:A2,B2", "!A !B" },
  { "mixed-in-one-scope", "o:A2,B,C2,D", "B D !A !C" },
  { "disabled-links-do-not-count", "o:A1,B d:D1", "B" },
  { "disabled-beats-enforced", "o:A3 d:D", "D" },
  { "blocking-keeps-out-what-is-above", "O:N o:F d:D s:S", "N" },
  { "blocking-keeps-its-own", "O:A,B d:D", "A B" },
  { "blocking-does-not-stop-enforced", "O:N o:F2 d:D2 s:S", "N !F !D" },
  { "blocking-above-lets-the-near-through", "o:N O:F d:D", "F N" },
  { "blocking-without-links", "O: d:D", "" },
  { "blocking-by-the-domain-keeps-the-site-out", "o:N D:D s:S", "D N" },
  { "blocking-twice", "O:N O:F d:D", "N" },
  { "one-object-linked-twice", "o:A d:A", "A A" },
  { "one-object-linked-plain-and-enforced", "o:A d:A2", "A !A" },
};

/* "A2,B" → "[LDAP://cn=A;2][LDAP://cn=B;0]" */
static char *
write_links (const char *text)
{
  g_auto (GStrv) names = g_strsplit (text, ",", -1);
  GString *links = g_string_new (NULL);

  for (char **name = names; *name != NULL; name++)
    if (**name != '\0')
      g_string_append_printf (links, "[LDAP://cn=%c;%s]", **name, (*name)[1] != '\0' ? *name + 1 : "0");
  return g_string_free (links, FALSE);
}

static GPtrArray *
read_scopes (const char *text)
{
  GPtrArray *scopes = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_scope_free);
  g_auto (GStrv) words = g_strsplit (text, " ", -1);

  for (char **word = words; *word != NULL; word++)
    {
      g_autofree char *links = write_links (*word + 2);
      char kind = g_ascii_tolower (**word);

      g_ptr_array_add (scopes, ce_scope_new (kind == 's'   ? CE_SCOPE_SITE
                                             : kind == 'd' ? CE_SCOPE_DOMAIN
                                                           : CE_SCOPE_OU,
                                             *word, links, g_ascii_isupper (**word) ? 1 : 0));
    }
  return scopes;
}

static char *
show (const GPtrArray *order)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < order->len; i++)
    {
      const CeGpoInOrder *one = g_ptr_array_index (order, i);

      g_string_append_printf (text, "%s%s%s", i > 0 ? " " : "", one->enforced ? "!" : "", one->gpo_dn + 3);
    }
  return g_string_free (text, FALSE);
}

static void
one_row (gconstpointer data)
{
  const Row *row = data;
  g_autoptr (GPtrArray) scopes = read_scopes (row->scopes);
  g_autoptr (GPtrArray) order = ce_gpo_order (scopes);
  g_autofree char *shown = show (order);

  g_assert_cmpstr (shown, ==, row->order);
}

static void
one_loopback (CeLoopback mode, const char *expected)
{
  g_autoptr (GPtrArray) user_scopes = read_scopes ("o:U d:D");
  g_autoptr (GPtrArray) computer_scopes = read_scopes ("o:C d:D");
  g_autoptr (GPtrArray) user = ce_gpo_order (user_scopes);
  g_autoptr (GPtrArray) computer = ce_gpo_order (computer_scopes);
  g_autoptr (GPtrArray) order = ce_gpo_loop_back (user, computer, mode);
  g_autofree char *shown = show (order);

  g_assert_cmpstr (shown, ==, expected);
}

static void
loopback_adds_or_replaces (void)
{
  one_loopback (CE_LOOPBACK_NONE, "D U");
  one_loopback (CE_LOOPBACK_MERGE, "D U D C");
  one_loopback (CE_LOOPBACK_REPLACE, "D C");
}

static void
scopes_are_ous_and_the_domain (void)
{
  g_autoptr (GPtrArray) scopes
      = ce_scopes_of ("CN=Smith\\, Alice,OU=De\\,sks,CN=Box,ou=Staff,DC=lab,DC=test");

  g_assert_cmpuint (scopes->len, ==, 3);
  g_assert_cmpstr (((CeScope *) g_ptr_array_index (scopes, 0))->dn, ==,
                   "OU=De\\,sks,CN=Box,ou=Staff,DC=lab,DC=test");
  g_assert_cmpstr (((CeScope *) g_ptr_array_index (scopes, 1))->dn, ==, "ou=Staff,DC=lab,DC=test");
  g_assert_cmpstr (((CeScope *) g_ptr_array_index (scopes, 2))->dn, ==, "DC=lab,DC=test");
  g_assert_cmpint (((CeScope *) g_ptr_array_index (scopes, 2))->kind, ==, CE_SCOPE_DOMAIN);
}

static void
a_dn_without_end_has_no_scopes (void)
{
  static const char *const dns[] = { "", "CN=alice", "CN=alice\\", "CN=alice,", "CN=alice,CN=Users", ",,,," };

  for (guint i = 0; i < G_N_ELEMENTS (dns); i++)
    {
      g_autoptr (GPtrArray) scopes = ce_scopes_of (dns[i]);

      g_assert_cmpuint (scopes->len, ==, 0);
    }
}

static void
broken_links_are_left_out (void)
{
  g_autoptr (GPtrArray) links = ce_gpo_links_parse (
      " [ldap://CN={1},DC=x;0][http://y;0][LDAP://;0][LDAP://a][LDAP://b;x][LDAP://c;-1][LDAP://d;4294967296]"
      "garbage[LDAP://CN={2};x;2][LDAP://e;0");

  g_assert_cmpuint (links->len, ==, 2);
  g_assert_cmpstr (((CeGpoLink *) g_ptr_array_index (links, 0))->dn, ==, "CN={1},DC=x");
  g_assert_cmpstr (((CeGpoLink *) g_ptr_array_index (links, 1))->dn, ==, "CN={2};x");
  g_assert_true (((CeGpoLink *) g_ptr_array_index (links, 1))->enforced);
}

/* A descriptor with one entry: @type for Authenticated Users on Apply-Group-Policy. */
static CeSecurityDescriptor *
apply_for_users (guint8 type)
{
  guint8 bytes[20 + 8 + 40]
      = { 1,           0,         0x04,     0x80,     [16] = 20,   [20] = 4, [22] = 48, [24] = 1,
          [28] = type, [30] = 40, [33] = 1, [36] = 1, [40] = 0x8f, 0xfd,     0xac,      0xed,
          0xb3,        0xff,      0xd1,     0x11,     0xb4,        0x1d,     0x00,      0xa0,
          0xc9,        0x68,      0xf9,     0x39,     1,           1,        0,         0,
          0,           0,         0,        5,        11 };
  CeSecurityDescriptor *sd = ce_security_descriptor_parse (bytes, sizeof bytes, NULL);

  g_assert_nonnull (sd);
  return sd;
}

static CeGpo *
good_gpo (void)
{
  CeGpo *gpo = ce_gpo_new ();

  gpo->functionality_version = 2;
  gpo->version = 0x10000;
  g_free (gpo->user_extensions);
  gpo->user_extensions = g_strdup (REGISTRY_EXTENSION);
  gpo->sd = apply_for_users (5);
  return gpo;
}

static void
judge (CeGpo *gpo, CeGpoHalf half, gboolean wmi_filters_pass, CeGpoVerdict expected)
{
  g_autoptr (CeSidSet) sids = ce_sid_set_new ();
  g_autofree char *detail = NULL;

  ce_sid_set_add_well_known (sids);
  g_assert_cmpstr (ce_gpo_verdict_name (ce_gpo_judge (gpo, half, sids, wmi_filters_pass, &detail)), ==,
                   ce_gpo_verdict_name (expected));
  g_assert_nonnull (detail);
  ce_gpo_free (gpo);
}

static void
a_good_object_applies (void)
{
  judge (good_gpo (), CE_GPO_USER, FALSE, CE_GPO_APPLIES);
}

static void
another_functionality_version_does_not (void)
{
  CeGpo *gpo = good_gpo ();

  gpo->functionality_version = 1;
  judge (gpo, CE_GPO_USER, FALSE, CE_GPO_WRONG_VERSION);
}

static void
a_disabled_half_does_not (void)
{
  static const CeGpoVerdict user[] = { CE_GPO_APPLIES, CE_GPO_DISABLED, CE_GPO_APPLIES, CE_GPO_DISABLED };

  for (guint32 flags = 0; flags < 4; flags++)
    {
      CeGpo *gpo = good_gpo ();

      gpo->flags = flags;
      judge (gpo, CE_GPO_USER, FALSE, user[flags]);
    }
}

static void
an_object_that_was_never_edited_does_not (void)
{
  CeGpo *empty = good_gpo (), *file = good_gpo ();

  empty->version = file->version = 0;
  file->has_file_version = TRUE;
  file->file_version = 3;
  judge (empty, CE_GPO_USER, FALSE, CE_GPO_EMPTY);
  judge (file, CE_GPO_USER, FALSE, CE_GPO_APPLIES);
}

static void
security_filtering_decides (void)
{
  CeGpo *denied = good_gpo (), *unreadable = good_gpo ();

  ce_security_descriptor_free (denied->sd);
  denied->sd = apply_for_users (6);
  g_clear_pointer (&unreadable->sd, ce_security_descriptor_free);
  judge (denied, CE_GPO_USER, FALSE, CE_GPO_FILTERED);
  judge (unreadable, CE_GPO_USER, FALSE, CE_GPO_FILTERED);
}

static void
a_wmi_filter_holds_back_unless_told_otherwise (void)
{
  for (int pass = 0; pass < 2; pass++)
    {
      CeGpo *gpo = good_gpo ();

      g_free (gpo->wmi_filter);
      gpo->wmi_filter = g_strdup ("[lab.test;{1};0]");
      judge (gpo, CE_GPO_USER, pass, pass ? CE_GPO_APPLIES : CE_GPO_WMI_FILTER);
    }
}

static void
without_registry_settings_there_is_nothing_to_read (void)
{
  judge (good_gpo (), CE_GPO_MACHINE, FALSE, CE_GPO_NO_SETTINGS);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strdup_printf ("/gpo/order/%s", rows[i].name);

      g_test_add_data_func (path, &rows[i], one_row);
    }
  g_test_add_func ("/gpo/loopback-adds-or-replaces", loopback_adds_or_replaces);
  g_test_add_func ("/gpo/scopes/are-ous-and-the-domain", scopes_are_ous_and_the_domain);
  g_test_add_func ("/gpo/scopes/a-dn-without-end-has-none", a_dn_without_end_has_no_scopes);
  g_test_add_func ("/gpo/links/broken-ones-are-left-out", broken_links_are_left_out);
  g_test_add_func ("/gpo/judge/a-good-object-applies", a_good_object_applies);
  g_test_add_func ("/gpo/judge/another-functionality-version-does-not",
                   another_functionality_version_does_not);
  g_test_add_func ("/gpo/judge/a-disabled-half-does-not", a_disabled_half_does_not);
  g_test_add_func ("/gpo/judge/an-object-that-was-never-edited-does-not",
                   an_object_that_was_never_edited_does_not);
  g_test_add_func ("/gpo/judge/security-filtering-decides", security_filtering_decides);
  g_test_add_func ("/gpo/judge/a-wmi-filter-holds-back-unless-told-otherwise",
                   a_wmi_filter_holds_back_unless_told_otherwise);
  g_test_add_func ("/gpo/judge/without-registry-settings-there-is-nothing-to-read",
                   without_registry_settings_there_is_nothing_to_read);
  return g_test_run ();
}
