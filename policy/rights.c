/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/rights.h"

#include "agent/base/text.h"

#define MAX_NAMED_TRUSTEES 3

typedef struct
{
  const char *sid;
  const char *name;
} WellKnown;

static const WellKnown well_known[] = {
  { CE_SID_EVERYONE, "Everyone" },
  { CE_SID_INTERACTIVE, "Interactive" },
  { CE_SID_AUTHENTICATED_USERS, "Authenticated Users" },
  { CE_SID_THIS_ORGANIZATION, "This Organization" },
  { "S-1-5-9", "Enterprise Domain Controllers" },
  { "S-1-5-10", "Self" },
  { "S-1-5-18", "SYSTEM" },
  { "S-1-5-32-544", "BUILTIN\\Administrators" },
  { "S-1-5-32-545", "BUILTIN\\Users" },
};

typedef struct
{
  guint32 rid;
  const char *name;
} WellKnownRid;

/* Groups that every domain has, by their RID; [MS-DTYP] 2.4.2.4. */
static const WellKnownRid domain_rids[] = {
  { 498, "Enterprise Read-only Domain Controllers" },
  { 500, "Administrator" },
  { 512, "Domain Admins" },
  { 513, "Domain Users" },
  { 515, "Domain Computers" },
  { 516, "Domain Controllers" },
  { 519, "Enterprise Admins" },
};

char *
ce_sid_display_name (const CeSid *sid, const CeSidNames *names)
{
  g_autofree char *text = ce_sid_to_text (sid);
  const char *name = names != NULL ? g_hash_table_lookup ((GHashTable *) names, text) : NULL;

  if (name != NULL)
    return g_strdup (name);
  for (guint i = 0; i < G_N_ELEMENTS (well_known); i++)
    if (g_str_equal (well_known[i].sid, text))
      return g_strdup (well_known[i].name);
  if (g_str_has_prefix (text, "S-1-5-21-"))
    for (guint i = 0; i < G_N_ELEMENTS (domain_rids); i++)
      if (domain_rids[i].rid == ce_sid_rid (sid))
        return g_strdup (domain_rids[i].name);
  return g_steal_pointer (&text);
}

/* Who administers does not hand out cards: such a group is not what a person should ask to join. */
static gboolean
is_administrative (const CeSid *sid)
{
  g_autofree char *text = ce_sid_to_text (sid);
  guint32 rid = ce_sid_rid (sid);

  return g_str_equal (text, "S-1-5-18") || g_str_equal (text, "S-1-5-32-544")
         || (g_str_has_prefix (text, "S-1-5-21-")
             && (rid == 500 || rid == 512 || rid == 515 || rid == 516 || rid == 518 || rid == 519));
}

static char *
name_trustees (const CeSecurityDescriptor *sd, const CeGuid *right, const CeSidNames *names)
{
  g_autoptr (GArray) trustees = ce_access_trustees (sd, right);
  GString *text = g_string_new (NULL);
  guint named = 0, others = 0;

  for (guint i = 0; i < trustees->len; i++)
    {
      const CeSid *sid = &g_array_index (trustees, CeSid, i);
      g_autofree char *name = ce_sid_display_name (sid, names);

      if (is_administrative (sid))
        continue;
      if (named == MAX_NAMED_TRUSTEES)
        others++;
      else
        g_string_append_printf (text, "%s'%s'", named++ > 0 ? " or " : "", name);
    }
  if (others > 0)
    g_string_append_printf (text, " or %u more", others);
  return g_string_free (text, FALSE);
}

static char *
explain_missing (const CeGuid *right, const char *right_name, guint n_groups, const char *trustees)
{
  g_autofree char *guid = ce_guid_to_text (right);
  const char *noun = n_groups == 1 ? "group" : "groups";

  if (*trustees == '\0')
    return g_strdup_printf (
        "%s is not granted: no ACE for you or your %u %s grants %s, and only administrators "
        "have it",
        right_name, n_groups, noun, guid);
  return g_strdup_printf (
      "%s is not granted: no ACE for you or your %u %s grants %s; ask for membership of %s, "
      "which has it",
      right_name, n_groups, noun, guid, trustees);
}

static char *
explain_denied (const CeAccess *access, const char *right_name, const CeSidNames *names)
{
  g_autofree char *who = ce_sid_display_name (&access->ace->sid, names);

  return g_strdup_printf ("%s is denied to '%s' by entry %u of the access control list", right_name, who,
                          access->ace_index + 1);
}

static void
explain_not_granted (CeTemplate *template, const CeSecurityDescriptor *sd, const CeAccess *access, const CeGuid *right,
                     const char *right_name, guint n_groups, const CeSidNames *names)
{
  if (access->by == CE_ACCESS_BY_DENY)
    {
      template->rights_detail = explain_denied (access, right_name, names);
      return;
    }
  ce_text_take (&template->rights_ask, name_trustees (sd, right, names));
  template->rights_detail = explain_missing (right, right_name, n_groups, template->rights_ask);
}

static char *
explain_granted (const CeAccess *enroll, const CeAccess *autoenroll, const CeSidNames *names)
{
  g_autofree char *a = enroll->ace != NULL ? ce_sid_display_name (&enroll->ace->sid, names) : NULL;
  g_autofree char *b = autoenroll->ace != NULL ? ce_sid_display_name (&autoenroll->ace->sid, names) : NULL;

  if (a == NULL || b == NULL)
    return g_strdup ("Enroll and AutoEnroll are granted to everybody: there is no access control list");
  if (g_str_equal (a, b))
    return g_strdup_printf ("Enroll and AutoEnroll are granted to '%s'", a);
  return g_strdup_printf ("Enroll is granted to '%s' and AutoEnroll to '%s'", a, b);
}

void
ce_rights_evaluate (CeTemplate *template, const CeSecurityDescriptor *sd, const CeSidSet *sids,
                    guint n_groups, const CeSidNames *names)
{
  CeGuid enroll_right, autoenroll_right;
  CeAccess enroll, autoenroll;

  template->rights = (CeRights){ FALSE, FALSE };
  g_clear_pointer (&template->rights_detail, g_free);
  ce_text_set (&template->rights_ask, "");
  if (sd == NULL)
    {
      template->rights_detail = g_strdup ("its security descriptor (nTSecurityDescriptor) cannot be read");
      return;
    }
  ce_guid_from_text (CE_RIGHT_ENROLL, &enroll_right);
  ce_guid_from_text (CE_RIGHT_AUTOENROLL, &autoenroll_right);
  enroll = ce_access_check (sd, sids, &enroll_right);
  autoenroll = ce_access_check (sd, sids, &autoenroll_right);
  template->rights = (CeRights){ enroll.granted, autoenroll.granted };
  if (!enroll.granted)
    explain_not_granted (template, sd, &enroll, &enroll_right, "Enroll", n_groups, names);
  else if (!autoenroll.granted)
    explain_not_granted (template, sd, &autoenroll, &autoenroll_right, "AutoEnroll", n_groups, names);
  else
    template->rights_detail = explain_granted (&enroll, &autoenroll, names);
}
