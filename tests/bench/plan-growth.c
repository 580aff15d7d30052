/* SPDX-License-Identifier: GPL-3.0-or-later */

/* CPU that rights and plan take in a large directory; prints the best of several rounds in ms.
 * usage: plan-growth TEMPLATES GROUPS
 *
 * The world is not a kind one: every template is for cards and published by three CAs, its descriptor names
 * the user's group last, each tenth supersedes its neighbour, and the card is full. */

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "policy/plan.h"
#include "policy/rights.h"

#define NOW 1795305600
#define ROUNDS 20
#define ACES 12
#define CAS 3
#define HELD 20
#define FIRST_RID 2000u

static void
put (GByteArray *out, guint64 value, guint bytes)
{
  for (guint i = 0; i < bytes; i++)
    {
      const guint8 byte = (guint8) (value >> (8 * i));

      g_byte_array_append (out, &byte, 1);
    }
}

static void
sid_of (guint rid, CeSid *ret_sid)
{
  g_autofree char *text = g_strdup_printf ("S-1-5-21-1016844364-3441176313-2370847283-%u", rid);

  g_assert_true (ce_sid_from_text (text, ret_sid));
}

static void
put_ace (GByteArray *acl, const char *right, guint rid)
{
  CeGuid guid;
  CeSid sid;

  sid_of (rid, &sid);
  g_assert_true (ce_guid_from_text (right, &guid));
  put (acl, CE_ACE_ALLOWED_OBJECT, 2);
  put (acl, 12u + sizeof guid.bytes + sid.length, 2);
  put (acl, CE_ACCESS_CONTROL, 4);
  put (acl, 1, 4); /* ACE_OBJECT_TYPE_PRESENT */
  g_byte_array_append (acl, guid.bytes, sizeof guid.bytes);
  g_byte_array_append (acl, sid.bytes, sid.length);
}

/* As it comes from the directory; only the last two entries are about a group of the user. */
static GBytes *
descriptor (guint salt)
{
  g_autoptr (GByteArray) aces = g_byte_array_new ();
  GByteArray *out = g_byte_array_new ();

  for (guint i = 0; i < ACES - 2; i++)
    put_ace (aces, i % 2 == 0 ? CE_RIGHT_ENROLL : CE_RIGHT_AUTOENROLL, 1000000u + salt * ACES + i);
  put_ace (aces, CE_RIGHT_ENROLL, FIRST_RID);
  put_ace (aces, CE_RIGHT_AUTOENROLL, FIRST_RID);
  put (out, 0x80040001, 4); /* revision 1; self-relative, with a DACL */
  put (out, 0, 8);          /* neither owner nor group */
  put (out, 0, 4);
  put (out, 20, 4);
  put (out, 4, 2);
  put (out, 8 + aces->len, 2);
  put (out, ACES, 4);
  g_byte_array_append (out, aces->data, aces->len);
  return g_byte_array_free_to_bytes (out);
}

static void
set (char **field, char *text)
{
  g_free (*field);
  *field = text;
}

static void
set_list (GStrv *field, const char *only)
{
  g_strfreev (*field);
  *field = g_strsplit (only, ",", -1);
}

static CeTemplate *
make_template (guint n)
{
  CeTemplate *t = ce_template_new ();

  set (&t->name, g_strdup_printf ("Template%05u", n));
  set (&t->display_name, g_strdup_printf ("Template %05u", n));
  set (&t->oid, g_strdup_printf ("1.3.6.1.4.1.311.21.8.1.%u", n));
  t->schema_version = 2;
  t->major_version = 100;
  t->enrollment_flags = CE_TEMPLATE_ENROLL_AUTO_ENROLLMENT;
  t->name_flags = CE_TEMPLATE_NAME_SAN_UPN | CE_TEMPLATE_NAME_SUBJECT_PATH;
  t->min_key_bits = 2048;
  t->key_usage[0] = 0xa0;
  t->validity_s = 365 * 86400;
  t->renewal_s = 42 * 86400;
  set_list (&t->providers, "Microsoft Base Smart Card Crypto Provider");
  set_list (&t->ekus, "1.3.6.1.4.1.311.20.2.2,1.3.6.1.5.5.7.3.2");
  if (n % 10 == 9)
    {
      g_autofree char *before = g_strdup_printf ("Template%05u", n - 1);

      set_list (&t->supersedes, before);
    }
  return t;
}

static CeEnrollmentService *
make_service (guint n, guint templates)
{
  CeEnrollmentService *ca = ce_enrollment_service_new ();
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();

  for (guint i = 0; i < templates; i++)
    {
      g_autofree char *name = g_strdup_printf ("Template%05u", i);

      g_strv_builder_add (names, name);
    }
  set (&ca->name, g_strdup_printf ("CA%u", n));
  g_strfreev (ca->templates);
  ca->templates = g_strv_builder_end (names);
  g_ptr_array_add (ca->endpoints,
                   ce_ca_endpoint_new ("https://ca.lab.test/CES", CE_CA_AUTH_KERBEROS, 1, FALSE));
  ca->may_enroll = TRUE;
  return ca;
}

static CePolicy *
make_policy (guint templates)
{
  CePolicy *policy = ce_policy_new ();

  policy->autoenrollment
      = CE_AUTOENROLLMENT_ENROLL | CE_AUTOENROLLMENT_MANAGE | CE_AUTOENROLLMENT_RETRIEVE_PENDING;
  set (&policy->user.upn, g_strdup ("alice@lab.test"));
  for (guint i = 0; i < templates; i++)
    g_ptr_array_add (policy->templates, make_template (i));
  for (guint i = 0; i < CAS; i++)
    g_ptr_array_add (policy->services, make_service (i, templates));
  return policy;
}

static GPtrArray *
make_held (void)
{
  GPtrArray *held = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_held_free);

  for (guint i = 0; i < HELD; i++)
    {
      CeHeld *h = ce_held_new ();

      set (&h->fingerprint, g_strdup_printf ("%064u", i));
      set (&h->template_oid, g_strdup_printf ("1.3.6.1.4.1.311.21.8.1.%u", i * 7));
      h->template_major = 100;
      h->not_before_unix = NOW - 86400;
      h->not_after_unix = NOW + 300 * 86400;
      h->has_private_key = TRUE;
      h->trusted = TRUE;
      g_ptr_array_add (held, h);
    }
  return held;
}

static GPtrArray *
make_descriptors (guint templates)
{
  GPtrArray *descriptors = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  for (guint i = 0; i < templates; i++)
    g_ptr_array_add (descriptors, descriptor (i));
  return descriptors;
}

static GArray *
make_groups (guint groups)
{
  GArray *sids = g_array_sized_new (FALSE, FALSE, sizeof (CeSid), groups);

  for (guint i = 0; i < groups; i++)
    {
      CeSid sid;

      sid_of (FIRST_RID + i, &sid);
      g_array_append_val (sids, sid);
    }
  return sids;
}

static void
judge_rights (CePolicy *policy, const GPtrArray *descriptors, const GArray *groups)
{
  g_autoptr (CeSidSet) token = ce_sid_set_new ();

  ce_sid_set_add_well_known (token);
  for (guint i = 0; i < groups->len; i++)
    ce_sid_set_add (token, &g_array_index (groups, CeSid, i));
  for (guint i = 0; i < policy->templates->len; i++)
    {
      gsize size = 0;
      const guint8 *bytes = g_bytes_get_data (descriptors->pdata[i], &size);
      g_autoptr (CeSecurityDescriptor) sd = ce_security_descriptor_parse (bytes, size, NULL);

      ce_rights_evaluate (policy->templates->pdata[i], sd, token, groups->len, NULL);
    }
}

static guint
plan (const CePolicy *policy, const GPtrArray *held)
{
  const CeWorld world = { .policy = policy, .held = held, .now_unix = NOW, .look_every_s = 8 * 3600 };
  g_autoptr (CePlan) made = ce_plan_make (&world);

  g_assert_cmpuint (made->verdicts->len, ==, policy->templates->len);
  return made->actions->len;
}

static double
cpu_ms (void)
{
  struct timespec now;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double) now.tv_sec * 1e3 + (double) now.tv_nsec / 1e6;
}

static guint
number (const char *text)
{
  guint64 value = 0;

  if (!g_ascii_string_to_unsigned (text, 10, 1, 100000, &value, NULL))
    g_error ("'%s' is not a number from 1 to 100000", text);
  return (guint) value;
}

int
main (int argc, char **argv)
{
  g_autoptr (CePolicy) policy = NULL;
  g_autoptr (GPtrArray) descriptors = NULL;
  g_autoptr (GPtrArray) held = make_held ();
  g_autoptr (GArray) groups = NULL;
  double best = G_MAXDOUBLE;

  if (argc != 3)
    g_error ("usage: plan-growth TEMPLATES GROUPS");
  policy = make_policy (number (argv[1]));
  descriptors = make_descriptors (number (argv[1]));
  groups = make_groups (number (argv[2]));
  for (guint i = 0; i < ROUNDS; i++)
    {
      const double start = cpu_ms ();

      judge_rights (policy, descriptors, groups);
      g_assert_cmpuint (plan (policy, held), >, 0);
      best = MIN (best, cpu_ms () - start);
    }
  g_print ("%.2f\n", best);
  return EXIT_SUCCESS;
}
