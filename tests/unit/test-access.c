/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <string.h>

#include "agent/base/error.h"
#include "policy/rights.h"

#define ALICE "S-1-5-21-1-2-3-1103"
#define BOB "S-1-5-21-1-2-3-1104"
#define CARD_USERS "S-1-5-21-1-2-3-1105"
#define DOMAIN_ADMINS "S-1-5-21-1-2-3-512"
#define OTHER_RIGHT "00299570-246d-11d0-a768-00aa006e0529"
#define CR 0x100
#define FULL 0xf01ff
#define READ 0x20094

/* An entry of a table: what stands in the ACL. */
typedef struct
{
  guint8 type;
  guint8 flags;
  guint32 mask;
  const char *object_type; /* or %NULL */
  const char *sid;
} Ace;

static void
put (GByteArray *bytes, guint64 value, guint width)
{
  for (guint i = 0; i < width; i++)
    {
      guint8 byte = (guint8) (i < sizeof value ? value >> (8 * i) : 0);

      g_byte_array_append (bytes, &byte, 1);
    }
}

static void
put_ace (GByteArray *acl, const Ace *ace)
{
  gboolean object = (ace->type >= 0x05 && ace->type <= 0x06) || (ace->type >= 0x0b && ace->type <= 0x0c);
  guint size = 8;
  CeSid sid;
  CeGuid guid;

  g_assert_true (ce_sid_from_text (ace->sid, &sid));
  size += sid.length;
  if (object)
    size += ace->object_type != NULL ? 20 : 4;
  put (acl, ace->type, 1);
  put (acl, ace->flags, 1);
  put (acl, size, 2);
  put (acl, ace->mask, 4);
  if (object)
    put (acl, ace->object_type != NULL ? 1 : 0, 4);
  if (object && ace->object_type != NULL)
    {
      g_assert_true (ce_guid_from_text (ace->object_type, &guid));
      g_byte_array_append (acl, guid.bytes, sizeof guid.bytes);
    }
  g_byte_array_append (acl, sid.bytes, sid.length);
}

static GByteArray *
build (const Ace *aces, guint n)
{
  g_autoptr (GByteArray) acl = g_byte_array_new ();
  GByteArray *sd = g_byte_array_new ();

  for (guint i = 0; i < n; i++)
    put_ace (acl, &aces[i]);
  put (sd, 1, 2);
  put (sd, 0x8004, 2);
  for (guint i = 0; i < 3; i++)
    put (sd, 0, 4);
  put (sd, 20, 4);
  put (sd, 4, 2);
  put (sd, 8 + acl->len, 2);
  put (sd, n, 2);
  put (sd, 0, 2);
  g_byte_array_append (sd, acl->data, acl->len);
  return sd;
}

static CeSecurityDescriptor *
parse (const Ace *aces, guint n)
{
  g_autoptr (GByteArray) bytes = build (aces, n);
  g_autoptr (GError) error = NULL;
  CeSecurityDescriptor *sd = ce_security_descriptor_parse (bytes->data, bytes->len, &error);

  g_assert_no_error (error);
  return sd;
}

/* alice, in Card Users. */
static CeSidSet *
token (void)
{
  CeSidSet *sids = ce_sid_set_new ();

  g_assert_true (ce_sid_set_add_text (sids, ALICE));
  g_assert_true (ce_sid_set_add_text (sids, CARD_USERS));
  ce_sid_set_add_well_known (sids);
  return sids;
}

static CeAccess
check (const CeSecurityDescriptor *sd)
{
  g_autoptr (CeSidSet) sids = token ();
  CeGuid enroll;

  g_assert_true (ce_guid_from_text (CE_RIGHT_ENROLL, &enroll));
  return ce_access_check (sd, sids, &enroll);
}

typedef struct
{
  const char *name;
  Ace aces[3];
  guint n;
  gboolean granted;
  CeAccessBy by;
} Row;

static const Row rows[] = {
  { "an-empty-list-denies", { { 0 } }, 0, FALSE, CE_ACCESS_BY_END_OF_LIST },
  { "enroll-for-a-group", { { 5, 0, CR, CE_RIGHT_ENROLL, CARD_USERS } }, 1, TRUE, CE_ACCESS_BY_ALLOW },
  { "enroll-for-authenticated-users",
    { { 5, 0, CR, CE_RIGHT_ENROLL, "S-1-5-11" } },
    1,
    TRUE,
    CE_ACCESS_BY_ALLOW },
  { "enroll-for-everyone", { { 5, 0, CR, CE_RIGHT_ENROLL, "S-1-1-0" } }, 1, TRUE, CE_ACCESS_BY_ALLOW },
  { "enroll-for-somebody-else", { { 5, 0, CR, CE_RIGHT_ENROLL, BOB } }, 1, FALSE, CE_ACCESS_BY_END_OF_LIST },
  { "another-right", { { 5, 0, CR, OTHER_RIGHT, ALICE } }, 1, FALSE, CE_ACCESS_BY_END_OF_LIST },
  { "every-control-right-by-an-object-ace", { { 5, 0, CR, NULL, ALICE } }, 1, TRUE, CE_ACCESS_BY_ALLOW },
  { "every-control-right-by-a-plain-ace", { { 0, 0, CR, NULL, ALICE } }, 1, TRUE, CE_ACCESS_BY_ALLOW },
  { "full-control", { { 0, 0, FULL, NULL, ALICE } }, 1, TRUE, CE_ACCESS_BY_ALLOW },
  { "read-is-not-enroll", { { 0, 0, READ, NULL, ALICE } }, 1, FALSE, CE_ACCESS_BY_END_OF_LIST },
  { "the-guid-without-the-control-bit",
    { { 5, 0, 0x30, CE_RIGHT_ENROLL, ALICE } },
    1,
    FALSE,
    CE_ACCESS_BY_END_OF_LIST },
  { "generic-all-has-it", { { 0, 0, 0x10000000, NULL, ALICE } }, 1, TRUE, CE_ACCESS_BY_ALLOW },
  { "generic-read-has-not", { { 0, 0, 0x80000000, NULL, ALICE } }, 1, FALSE, CE_ACCESS_BY_END_OF_LIST },
  { "generic-write-has-not", { { 0, 0, 0x40000000, NULL, ALICE } }, 1, FALSE, CE_ACCESS_BY_END_OF_LIST },
  { "generic-execute-has-not", { { 0, 0, 0x20000000, NULL, ALICE } }, 1, FALSE, CE_ACCESS_BY_END_OF_LIST },
  { "inherit-only-grants-nothing",
    { { 5, 8, CR, CE_RIGHT_ENROLL, ALICE } },
    1,
    FALSE,
    CE_ACCESS_BY_END_OF_LIST },
  { "inherited-grants", { { 5, 0x10, CR, CE_RIGHT_ENROLL, ALICE } }, 1, TRUE, CE_ACCESS_BY_ALLOW },
  { "inherit-only-denies-nothing",
    { { 1, 8, CR, NULL, ALICE }, { 5, 0, CR, CE_RIGHT_ENROLL, ALICE } },
    2,
    TRUE,
    CE_ACCESS_BY_ALLOW },
  { "deny-before-allow",
    { { 6, 0, CR, CE_RIGHT_ENROLL, CARD_USERS }, { 5, 0, CR, CE_RIGHT_ENROLL, ALICE } },
    2,
    FALSE,
    CE_ACCESS_BY_DENY },
  { "deny-after-allow-comes-too-late",
    { { 5, 0, CR, CE_RIGHT_ENROLL, ALICE }, { 6, 0, CR, CE_RIGHT_ENROLL, CARD_USERS } },
    2,
    TRUE,
    CE_ACCESS_BY_ALLOW },
  { "a-plain-deny-counts",
    { { 1, 0, CR, NULL, CARD_USERS }, { 5, 0, CR, CE_RIGHT_ENROLL, ALICE } },
    2,
    FALSE,
    CE_ACCESS_BY_DENY },
  { "a-deny-of-writing-does-not",
    { { 1, 0, 0x20, NULL, CARD_USERS }, { 5, 0, CR, CE_RIGHT_ENROLL, ALICE } },
    2,
    TRUE,
    CE_ACCESS_BY_ALLOW },
  { "a-deny-of-another-right-does-not",
    { { 6, 0, CR, OTHER_RIGHT, CARD_USERS }, { 5, 0, CR, CE_RIGHT_ENROLL, ALICE } },
    2,
    TRUE,
    CE_ACCESS_BY_ALLOW },
  { "a-deny-for-somebody-else-does-not",
    { { 1, 0, CR, NULL, BOB }, { 5, 0, CR, CE_RIGHT_ENROLL, ALICE } },
    2,
    TRUE,
    CE_ACCESS_BY_ALLOW },
  { "a-conditional-allow-grants-nothing", { { 9, 0, CR, NULL, ALICE } }, 1, FALSE, CE_ACCESS_BY_END_OF_LIST },
  { "a-conditional-object-allow-grants-nothing",
    { { 11, 0, CR, CE_RIGHT_ENROLL, ALICE } },
    1,
    FALSE,
    CE_ACCESS_BY_END_OF_LIST },
  { "a-conditional-deny-denies",
    { { 10, 0, CR, NULL, ALICE }, { 5, 0, CR, CE_RIGHT_ENROLL, ALICE } },
    2,
    FALSE,
    CE_ACCESS_BY_DENY },
  { "a-conditional-object-deny-denies",
    { { 12, 0, CR, CE_RIGHT_ENROLL, ALICE }, { 5, 0, CR, CE_RIGHT_ENROLL, ALICE } },
    2,
    FALSE,
    CE_ACCESS_BY_DENY },
  { "an-audit-entry-decides-nothing",
    { { 2, 0, CR, NULL, ALICE }, { 7, 0, CR, NULL, ALICE }, { 5, 0, CR, CE_RIGHT_ENROLL, ALICE } },
    3,
    TRUE,
    CE_ACCESS_BY_ALLOW },
  { "a-label-decides-nothing",
    { { 0x11, 0, CR, NULL, ALICE }, { 5, 0, CR, CE_RIGHT_ENROLL, ALICE } },
    2,
    TRUE,
    CE_ACCESS_BY_ALLOW },
};

static void
one_row (gconstpointer data)
{
  const Row *row = data;
  g_autoptr (CeSecurityDescriptor) sd = parse (row->aces, row->n);
  CeAccess access = check (sd);

  g_assert_cmpint (access.granted, ==, row->granted);
  g_assert_cmpint (access.by, ==, row->by);
  g_assert_true ((access.ace != NULL) == (row->by == CE_ACCESS_BY_ALLOW || row->by == CE_ACCESS_BY_DENY));
}

static void
without_a_list_everything_is_granted (void)
{
  guint8 absent[20] = { 1, 0, 0x00, 0x80 }, null[20] = { 1, 0, 0x04, 0x80 };
  g_autoptr (CeSecurityDescriptor) a = ce_security_descriptor_parse (absent, sizeof absent, NULL);
  g_autoptr (CeSecurityDescriptor) b = ce_security_descriptor_parse (null, sizeof null, NULL);

  g_assert_nonnull (a);
  g_assert_nonnull (b);
  g_assert_cmpint (check (a).by, ==, CE_ACCESS_BY_NO_DACL);
  g_assert_true (check (a).granted);
  g_assert_true (check (b).granted);
}

static void
every_cut_is_refused_or_harmless (void)
{
  const Ace aces[] = { { 5, 0, CR, CE_RIGHT_ENROLL, ALICE }, { 0, 0, FULL, NULL, BOB } };
  g_autoptr (GByteArray) bytes = build (aces, G_N_ELEMENTS (aces));

  for (guint length = 0; length < bytes->len; length++)
    {
      g_autofree guint8 *copy = g_memdup2 (bytes->data, length);
      g_autoptr (GError) error = NULL;

      g_assert_null (ce_security_descriptor_parse (copy, length, &error));
      g_assert_error (error, CE_ERROR, CE_ERROR_PROTOCOL);
    }
}

static void
every_changed_byte_is_survived (void)
{
  const Ace aces[] = { { 5, 0, CR, CE_RIGHT_ENROLL, ALICE }, { 6, 0, CR, NULL, BOB } };
  g_autoptr (GByteArray) bytes = build (aces, G_N_ELEMENTS (aces));

  for (guint i = 0; i < bytes->len; i++)
    for (guint value = 0; value < 256; value++)
      {
        guint8 kept = bytes->data[i];
        g_autoptr (CeSecurityDescriptor) sd = NULL;

        bytes->data[i] = (guint8) value;
        sd = ce_security_descriptor_parse (bytes->data, bytes->len, NULL);
        if (sd != NULL)
          check (sd);
        bytes->data[i] = kept;
      }
}

static void
ten_thousand_groups_cost_one_look_up_an_entry (void)
{
  const Ace aces[] = { { 5, 0, CR, CE_RIGHT_ENROLL, "S-1-5-21-9-9-9-9999" } };
  g_autoptr (CeSecurityDescriptor) sd = parse (aces, 1);
  g_autoptr (CeSidSet) sids = ce_sid_set_new ();
  CeGuid enroll;

  g_assert_true (ce_guid_from_text (CE_RIGHT_ENROLL, &enroll));
  for (guint i = 0; i < 10000; i++)
    {
      g_autofree char *text = g_strdup_printf ("S-1-5-21-9-9-9-%u", i);

      g_assert_true (ce_sid_set_add_text (sids, text));
    }
  g_assert_cmpuint (ce_sid_set_size (sids), ==, 10000);
  g_assert_true (ce_access_check (sd, sids, &enroll).granted);
}

static void
sids_and_guids_read_as_they_are_written (void)
{
  static const char *const good[]
      = { "S-1-1-0", "S-1-5-32-544", "S-1-5-21-4294967295-0-1-512", "S-1-5", "S-1-0x0000ffffffffff-1" };
  static const char *const bad[] = { "",        "S",      "S-1",
                                     "S-2-5-1", "S-1-5-", "S-1-5-4294967296",
                                     "S-1-5-x", "1-5-32", "S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16" };
  static const char guid[] = "0e10c968-78fb-11d2-90d4-00c04f79dc55";
  g_autofree char *again = NULL;
  CeGuid parsed;
  CeSid sid;

  for (guint i = 0; i < 4; i++)
    {
      g_autofree char *text = NULL;

      g_assert_true (ce_sid_from_text (good[i], &sid));
      text = ce_sid_to_text (&sid);
      g_assert_cmpstr (text, ==, good[i]);
    }
  g_assert_true (ce_sid_from_text (good[4], &sid));
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (ce_sid_from_text (bad[i], &sid));
  g_assert_true (ce_guid_from_text ("{0E10C968-78FB-11D2-90D4-00C04F79DC55}", &parsed));
  g_assert_cmpuint (parsed.bytes[0], ==, 0x68);
  again = ce_guid_to_text (&parsed);
  g_assert_cmpstr (again, ==, guid);
  g_assert_false (ce_guid_from_text ("0e10c968-78fb-11d2-90d4-00c04f79dc5", &parsed));
  g_assert_false (ce_guid_from_text ("0e10c968x78fb-11d2-90d4-00c04f79dc55", &parsed));
}

static CeTemplate *
evaluate (const Ace *aces, guint n)
{
  g_autoptr (CeSecurityDescriptor) sd = parse (aces, n);
  g_autoptr (CeSidSet) sids = token ();
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  CeTemplate *template = ce_template_new ();

  g_hash_table_insert (names, (gpointer) CARD_USERS, (gpointer) "LAB\\Card Users");
  g_hash_table_insert (names, (gpointer) BOB, (gpointer) "LAB\\bob");
  ce_rights_evaluate (template, sd, sids, 7, names);
  return template;
}

static void
rights_say_who_has_what_you_lack (void)
{
  const Ace aces[] = { { 5, 0, CR, CE_RIGHT_ENROLL, ALICE },
                       { 5, 0, CR, CE_RIGHT_AUTOENROLL, BOB },
                       { 0, 0, FULL, NULL, DOMAIN_ADMINS } };
  g_autoptr (CeTemplate) template = evaluate (aces, G_N_ELEMENTS (aces));

  g_assert_true (template->rights.enroll);
  g_assert_false (template->rights.autoenroll);
  g_assert_cmpstr (template->rights_detail, ==,
                   "AutoEnroll is not granted: no ACE for you or your 7 groups grants "
                   "a05b8cc2-17bc-4802-a710-e7c15ab866a2; ask for membership of 'LAB\\bob', which has it");
  g_assert_cmpstr (template->rights_ask, ==, "'LAB\\bob'");
}

static void
rights_say_what_denied_you (void)
{
  const Ace aces[] = { { 1, 0, CR, NULL, CARD_USERS }, { 5, 0, CR, CE_RIGHT_ENROLL, ALICE } };
  g_autoptr (CeTemplate) template = evaluate (aces, G_N_ELEMENTS (aces));

  g_assert_false (template->rights.enroll);
  g_assert_cmpstr (template->rights_detail, ==,
                   "Enroll is denied to 'LAB\\Card Users' by entry 1 of the access control list");
  g_assert_cmpstr (template->rights_ask, ==, "");
}

static void
rights_say_that_only_administrators_have_it (void)
{
  const Ace aces[] = { { 0, 0, FULL, NULL, DOMAIN_ADMINS } };
  g_autoptr (CeTemplate) template = evaluate (aces, G_N_ELEMENTS (aces));

  g_assert_nonnull (strstr (template->rights_detail, "only administrators have it"));
  g_assert_cmpstr (template->rights_ask, ==, "");
}

static void
rights_say_whom_they_were_granted_to (void)
{
  const Ace aces[]
      = { { 5, 0, CR, CE_RIGHT_ENROLL, "S-1-5-11" }, { 5, 0, CR, CE_RIGHT_AUTOENROLL, CARD_USERS } };
  g_autoptr (CeTemplate) template = evaluate (aces, G_N_ELEMENTS (aces));

  g_assert_true (template->rights.enroll && template->rights.autoenroll);
  g_assert_cmpstr (template->rights_detail, ==,
                   "Enroll is granted to 'Authenticated Users' and AutoEnroll to 'LAB\\Card Users'");
}

static void
without_a_descriptor_nothing_is_granted (void)
{
  g_autoptr (CeTemplate) template = ce_template_new ();
  g_autoptr (CeSidSet) sids = token ();

  template->rights = (CeRights){ TRUE, TRUE };
  ce_rights_evaluate (template, NULL, sids, 7, NULL);
  g_assert_false (template->rights.enroll || template->rights.autoenroll);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strdup_printf ("/access/%s", rows[i].name);

      g_test_add_data_func (path, &rows[i], one_row);
    }
  g_test_add_func ("/access/without-a-list-everything-is-granted", without_a_list_everything_is_granted);
  g_test_add_func ("/access/ten-thousand-groups-cost-one-look-up-an-entry",
                   ten_thousand_groups_cost_one_look_up_an_entry);
  g_test_add_func ("/descriptor/every-cut-is-refused", every_cut_is_refused_or_harmless);
  g_test_add_func ("/descriptor/every-changed-byte-is-survived", every_changed_byte_is_survived);
  g_test_add_func ("/descriptor/sids-and-guids-read-as-they-are-written",
                   sids_and_guids_read_as_they_are_written);
  g_test_add_func ("/rights/say-who-has-what-you-lack", rights_say_who_has_what_you_lack);
  g_test_add_func ("/rights/say-what-denied-you", rights_say_what_denied_you);
  g_test_add_func ("/rights/say-that-only-administrators-have-it",
                   rights_say_that_only_administrators_have_it);
  g_test_add_func ("/rights/say-whom-they-were-granted-to", rights_say_whom_they_were_granted_to);
  g_test_add_func ("/rights/without-a-descriptor-nothing-is-granted",
                   without_a_descriptor_nothing_is_granted);
  return g_test_run ();
}
