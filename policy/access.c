/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/access.h"

guint32
ce_access_map_generic (guint32 mask)
{
  guint32 mapped = mask & 0x0fffffff;

  if (mask & CE_ACCESS_GENERIC_READ)
    mapped |= 0x00020094;
  if (mask & CE_ACCESS_GENERIC_WRITE)
    mapped |= 0x00020028;
  if (mask & CE_ACCESS_GENERIC_EXECUTE)
    mapped |= 0x00020004;
  if (mask & CE_ACCESS_GENERIC_ALL)
    mapped |= 0x000f01ff;
  return mapped;
}

static gboolean
grants (const CeAce *ace)
{
  return ace->type == CE_ACE_ALLOWED || ace->type == CE_ACE_ALLOWED_OBJECT;
}

static gboolean
denies (const CeAce *ace)
{
  return ace->type == CE_ACE_DENIED || ace->type == CE_ACE_DENIED_OBJECT
         || ace->type == CE_ACE_DENIED_CALLBACK || ace->type == CE_ACE_DENIED_CALLBACK_OBJECT;
}

static gboolean
speaks_of (const CeAce *ace, const CeGuid *right)
{
  if (ace->flags & CE_ACE_INHERIT_ONLY)
    return FALSE;
  if (!(ce_access_map_generic (ace->mask) & CE_ACCESS_CONTROL))
    return FALSE;
  return !ace->has_object_type || ce_guid_equal (&ace->object_type, right);
}

CeAccess
ce_access_check (const CeSecurityDescriptor *sd, const CeSidSet *sids, const CeGuid *right)
{
  if (!sd->dacl_present || sd->dacl_null)
    return (CeAccess){ .granted = TRUE, .by = CE_ACCESS_BY_NO_DACL };

  for (guint i = 0; i < sd->aces->len; i++)
    {
      const CeAce *ace = &g_array_index (sd->aces, CeAce, i);

      if (!(grants (ace) || denies (ace)) || !speaks_of (ace, right)
          || !ce_sid_set_contains (sids, &ace->sid))
        continue;
      return (CeAccess){ .granted = grants (ace),
                         .by = grants (ace) ? CE_ACCESS_BY_ALLOW : CE_ACCESS_BY_DENY,
                         .ace = ace,
                         .ace_index = i };
    }
  return (CeAccess){ .granted = FALSE, .by = CE_ACCESS_BY_END_OF_LIST };
}

static gboolean
contains_sid (const GArray *sids, const CeSid *sid)
{
  for (guint i = 0; i < sids->len; i++)
    if (ce_sid_equal (&g_array_index (sids, CeSid, i), sid))
      return TRUE;
  return FALSE;
}

GArray *
ce_access_trustees (const CeSecurityDescriptor *sd, const CeGuid *right)
{
  GArray *trustees = g_array_new (FALSE, FALSE, sizeof (CeSid));

  for (guint i = 0; i < sd->aces->len && trustees->len < CE_ACCESS_MAX_TRUSTEES; i++)
    {
      const CeAce *ace = &g_array_index (sd->aces, CeAce, i);

      if (grants (ace) && speaks_of (ace, right) && !contains_sid (trustees, &ace->sid))
        g_array_append_val (trustees, ace->sid);
    }
  return trustees;
}
