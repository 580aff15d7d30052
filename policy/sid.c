/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/sid.h"

#include <string.h>

#include "policy/little-endian.h"

#define HEADER_BYTES 8
#define MAX_SUB_AUTHORITIES 15

struct _CeSidSet
{
  GHashTable *sids;
};

static void
append_u32 (CeSid *sid, guint32 value)
{
  for (int shift = 0; shift < 32; shift += 8)
    sid->bytes[sid->length++] = (guint8) (value >> shift);
}

gboolean
ce_sid_parse (const guint8 *bytes, gsize length, CeSid *ret_sid)
{
  gsize size;

  if (length < HEADER_BYTES || bytes[0] != 1 || bytes[1] > MAX_SUB_AUTHORITIES)
    return FALSE;
  size = HEADER_BYTES + 4 * (gsize) bytes[1];
  if (size > length)
    return FALSE;
  memset (ret_sid, 0, sizeof *ret_sid);
  memcpy (ret_sid->bytes, bytes, size);
  ret_sid->length = (guint8) size;
  return TRUE;
}

static gboolean
parse_authority (const char *text, guint8 *ret_bytes)
{
  guint64 authority;

  if (!g_ascii_string_to_unsigned (text, 10, 0, 0xffffffffffff, &authority, NULL)
      && !(g_str_has_prefix (text, "0x")
           && g_ascii_string_to_unsigned (text + 2, 16, 0, 0xffffffffffff, &authority, NULL)))
    return FALSE;
  for (int i = 0; i < 6; i++)
    ret_bytes[i] = (guint8) (authority >> (8 * (5 - i)));
  return TRUE;
}

gboolean
ce_sid_from_text (const char *text, CeSid *ret_sid)
{
  g_auto (GStrv) parts = g_strsplit (text, "-", MAX_SUB_AUTHORITIES + 4);
  guint n = g_strv_length (parts);
  CeSid sid = { .length = HEADER_BYTES, .bytes = { 1 } };

  if (n < 3 || n > MAX_SUB_AUTHORITIES + 3 || g_ascii_strcasecmp (parts[0], "S") != 0
      || !g_str_equal (parts[1], "1") || !parse_authority (parts[2], sid.bytes + 2))
    return FALSE;
  for (guint i = 3; i < n; i++)
    {
      guint64 value;

      if (!g_ascii_string_to_unsigned (parts[i], 10, 0, G_MAXUINT32, &value, NULL))
        return FALSE;
      append_u32 (&sid, (guint32) value);
    }
  sid.bytes[1] = (guint8) (n - 3);
  *ret_sid = sid;
  return TRUE;
}

char *
ce_sid_to_text (const CeSid *sid)
{
  GString *text = g_string_new ("S-1-");
  guint64 authority = 0;

  for (int i = 2; i < 8; i++)
    authority = authority << 8 | sid->bytes[i];
  g_string_append_printf (
      text, authority > G_MAXUINT32 ? "0x%012" G_GINT64_MODIFIER "x" : "%" G_GUINT64_FORMAT, authority);
  for (guint i = HEADER_BYTES; i < sid->length; i += 4)
    g_string_append_printf (text, "-%u", ce_le32 (sid->bytes + i));
  return g_string_free (text, FALSE);
}

gboolean
ce_sid_equal (const CeSid *a, const CeSid *b)
{
  return a->length == b->length && memcmp (a->bytes, b->bytes, a->length) == 0;
}

guint32
ce_sid_rid (const CeSid *sid)
{
  return sid->length > HEADER_BYTES ? ce_le32 (sid->bytes + sid->length - 4) : 0;
}

static guint
sid_hash (gconstpointer key)
{
  const CeSid *sid = key;
  guint32 hash = 2166136261u;

  for (guint i = 0; i < sid->length; i++)
    hash = (hash ^ sid->bytes[i]) * 16777619u;
  return hash;
}

static gboolean
sid_equal (gconstpointer a, gconstpointer b)
{
  return ce_sid_equal (a, b);
}

CeSidSet *
ce_sid_set_new (void)
{
  CeSidSet *set = g_new0 (CeSidSet, 1);

  set->sids = g_hash_table_new_full (sid_hash, sid_equal, g_free, NULL);
  return set;
}

void
ce_sid_set_add (CeSidSet *set, const CeSid *sid)
{
  g_hash_table_add (set->sids, g_memdup2 (sid, sizeof *sid));
}

gboolean
ce_sid_set_add_text (CeSidSet *set, const char *text)
{
  CeSid sid;

  if (!ce_sid_from_text (text, &sid))
    return FALSE;
  ce_sid_set_add (set, &sid);
  return TRUE;
}

void
ce_sid_set_add_well_known (CeSidSet *set)
{
  ce_sid_set_add_text (set, CE_SID_EVERYONE);
  ce_sid_set_add_text (set, CE_SID_INTERACTIVE);
  ce_sid_set_add_text (set, CE_SID_AUTHENTICATED_USERS);
  ce_sid_set_add_text (set, CE_SID_THIS_ORGANIZATION);
}

gboolean
ce_sid_set_contains (const CeSidSet *set, const CeSid *sid)
{
  return g_hash_table_contains (set->sids, sid);
}

guint
ce_sid_set_size (const CeSidSet *set)
{
  return g_hash_table_size (set->sids);
}

void
ce_sid_set_free (CeSidSet *set)
{
  g_hash_table_unref (set->sids);
  g_free (set);
}
