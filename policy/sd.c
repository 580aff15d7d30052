/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/sd.h"

#include <string.h>

#include "agent/base/error.h"
#include "policy/little-endian.h"

#define SD_HEADER_BYTES 20
#define ACL_HEADER_BYTES 8
#define ACE_HEADER_BYTES 4
#define CONTROL_DACL_PRESENT 0x0004
#define CONTROL_SELF_RELATIVE 0x8000
#define OBJECT_TYPE_PRESENT 0x1
#define INHERITED_OBJECT_TYPE_PRESENT 0x2

/* Where the n-th byte of the text form stands on the wire: the first three fields are little-endian. */
static const guint8 guid_order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };

gboolean
ce_guid_from_text (const char *text, CeGuid *ret_guid)
{
  gsize length = strlen (text);
  gboolean braces = length == 38 && text[0] == '{' && text[37] == '}';
  const char *p = braces ? text + 1 : text;
  CeGuid guid;

  if (!braces && length != 36)
    return FALSE;
  for (guint i = 0; i < 16; i++)
    {
      if (i == 4 || i == 6 || i == 8 || i == 10)
        if (*p++ != '-')
          return FALSE;
      if (!g_ascii_isxdigit (p[0]) || !g_ascii_isxdigit (p[1]))
        return FALSE;
      guid.bytes[guid_order[i]] = (guint8) (g_ascii_xdigit_value (p[0]) << 4 | g_ascii_xdigit_value (p[1]));
      p += 2;
    }
  *ret_guid = guid;
  return TRUE;
}

char *
ce_guid_to_text (const CeGuid *guid)
{
  GString *text = g_string_sized_new (36);

  for (guint i = 0; i < 16; i++)
    g_string_append_printf (text, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x",
                            guid->bytes[guid_order[i]]);
  return g_string_free (text, FALSE);
}

gboolean
ce_guid_equal (const CeGuid *a, const CeGuid *b)
{
  return memcmp (a->bytes, b->bytes, sizeof a->bytes) == 0;
}

static gboolean
fail (GError **error, const char *what)
{
  g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "security descriptor: %s", what);
  return FALSE;
}

static gboolean
is_object_type (guint8 type)
{
  return type == CE_ACE_ALLOWED_OBJECT || type == CE_ACE_DENIED_OBJECT
         || type == CE_ACE_ALLOWED_CALLBACK_OBJECT || type == CE_ACE_DENIED_CALLBACK_OBJECT;
}

static gboolean
decides_access (guint8 type)
{
  return type == CE_ACE_ALLOWED || type == CE_ACE_DENIED || type == CE_ACE_ALLOWED_CALLBACK
         || type == CE_ACE_DENIED_CALLBACK || is_object_type (type);
}

/* @body is what follows mask in an object ACE: flags and the GUIDs that they announce. */
static gboolean
parse_object_types (const guint8 *body, gsize length, CeAce *ace, gsize *ret_used)
{
  gsize used = 4;
  guint32 flags;

  if (length < used)
    return FALSE;
  flags = ce_le32 (body);
  if (flags & OBJECT_TYPE_PRESENT)
    {
      if (length - used < sizeof ace->object_type.bytes)
        return FALSE;
      ace->has_object_type = TRUE;
      memcpy (ace->object_type.bytes, body + used, sizeof ace->object_type.bytes);
      used += sizeof ace->object_type.bytes;
    }
  if (flags & INHERITED_OBJECT_TYPE_PRESENT)
    used += 16;
  *ret_used = used;
  return used <= length;
}

/* @bytes is one whole ACE, as long as its own size field says. */
static gboolean
parse_ace (const guint8 *bytes, gsize length, CeAce *ret_ace, GError **error)
{
  CeAce ace = { .type = bytes[0], .flags = bytes[1] };
  gsize at = ACE_HEADER_BYTES + 4, used = 0;

  if (decides_access (ace.type))
    {
      if (length < at)
        return fail (error, "an ACE is cut off before its mask");
      ace.mask = ce_le32 (bytes + ACE_HEADER_BYTES);
      if (is_object_type (ace.type) && !parse_object_types (bytes + at, length - at, &ace, &used))
        return fail (error, "an object ACE is cut off before its SID");
      at += used;
      if (!ce_sid_parse (bytes + at, length - at, &ace.sid))
        return fail (error, "the SID of an ACE is cut off");
    }
  *ret_ace = ace;
  return TRUE;
}

static gboolean
parse_acl (const guint8 *bytes, gsize length, GArray *aces, GError **error)
{
  gsize at = ACL_HEADER_BYTES, size;
  guint count;

  if (length < ACL_HEADER_BYTES)
    return fail (error, "the DACL is cut off");
  size = ce_le16 (bytes + 2);
  count = ce_le16 (bytes + 4);
  if (size < ACL_HEADER_BYTES || size > length)
    return fail (error, "the DACL is longer than what holds it");
  for (guint i = 0; i < count; i++)
    {
      CeAce ace;
      gsize ace_size;

      if (size - at < ACE_HEADER_BYTES)
        return fail (error, "the DACL has fewer ACEs than it says");
      ace_size = ce_le16 (bytes + at + 2);
      if (ace_size < ACE_HEADER_BYTES || ace_size > size - at)
        return fail (error, "an ACE is longer than its DACL");
      if (!parse_ace (bytes + at, ace_size, &ace, error))
        return FALSE;
      g_array_append_val (aces, ace);
      at += ace_size;
    }
  return TRUE;
}

static gboolean
parse_parts (CeSecurityDescriptor *sd, const guint8 *bytes, gsize length, GError **error)
{
  guint16 control;
  guint32 owner, dacl;

  if (length < SD_HEADER_BYTES)
    return fail (error, "cut off");
  if (bytes[0] != 1)
    return fail (error, "unknown revision");
  control = ce_le16 (bytes + 2);
  owner = ce_le32 (bytes + 4);
  dacl = ce_le32 (bytes + 16);
  if (!(control & CONTROL_SELF_RELATIVE))
    return fail (error, "not self-relative");
  if (owner != 0)
    {
      if (owner > length || !ce_sid_parse (bytes + owner, length - owner, &sd->owner))
        return fail (error, "the owner lies outside");
      sd->has_owner = TRUE;
    }
  sd->dacl_present = (control & CONTROL_DACL_PRESENT) != 0;
  sd->dacl_null = sd->dacl_present && dacl == 0;
  if (!sd->dacl_present || dacl == 0)
    return TRUE;
  if (dacl > length)
    return fail (error, "the DACL lies outside");
  return parse_acl (bytes + dacl, length - dacl, sd->aces, error);
}

CeSecurityDescriptor *
ce_security_descriptor_parse (const guint8 *bytes, gsize length, GError **error)
{
  g_autoptr (CeSecurityDescriptor) sd = g_new0 (CeSecurityDescriptor, 1);

  sd->aces = g_array_new (FALSE, TRUE, sizeof (CeAce));
  if (!parse_parts (sd, bytes, length, error))
    return NULL;
  return g_steal_pointer (&sd);
}

void
ce_security_descriptor_free (CeSecurityDescriptor *sd)
{
  g_array_unref (sd->aces);
  g_free (sd);
}
