/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/registry-pol.h"

#include <string.h>

#include "agent/base/error.h"
#include "policy/little-endian.h"

#define HEADER_BYTES 8
#define VERSION 1
#define MAX_NAME_BYTES 32768
#define REPLACEMENT 0xfffd

/* What is left to read. */
typedef struct
{
  const guint8 *bytes;
  gsize length;
  gsize at;
} Reader;

CeRegistryRecord *
ce_registry_record_new (const char *key, const char *value, guint32 type, GBytes *data)
{
  CeRegistryRecord *record = g_new0 (CeRegistryRecord, 1);

  record->key = g_strdup (key);
  record->value = g_strdup (value);
  record->type = type;
  record->data = g_bytes_ref (data);
  return record;
}

void
ce_registry_record_free (CeRegistryRecord *record)
{
  g_free (record->key);
  g_free (record->value);
  g_bytes_unref (record->data);
  g_free (record);
}

/* The character at @at, and how many bytes it took. */
static gunichar
decode (const guint8 *bytes, gsize length, gsize at, gsize *ret_used)
{
  guint16 unit = ce_le16 (bytes + at);

  *ret_used = 2;
  if (unit < 0xd800 || unit > 0xdfff)
    return unit;
  if (unit < 0xdc00 && at + 4 <= length)
    {
      guint16 low = ce_le16 (bytes + at + 2);

      if (low >= 0xdc00 && low <= 0xdfff)
        {
          *ret_used = 4;
          return 0x10000 + ((gunichar) (unit - 0xd800) << 10) + (gunichar) (low - 0xdc00);
        }
    }
  return REPLACEMENT;
}

char *
ce_utf16_to_text (const guint8 *bytes, gsize length)
{
  GString *text = g_string_sized_new (length / 2);
  gsize used;

  for (gsize at = 0; at + 2 <= length; at += used)
    {
      gunichar c = decode (bytes, length, at, &used);

      if (c == 0)
        break;
      g_string_append_unichar (text, c);
    }
  return g_string_free (text, FALSE);
}

static gboolean
take_mark (Reader *r, char mark)
{
  if (r->length - r->at < 2 || ce_le16 (r->bytes + r->at) != (guint16) mark)
    return FALSE;
  r->at += 2;
  return TRUE;
}

static gboolean
take_u32 (Reader *r, guint32 *ret_value)
{
  if (r->length - r->at < 4)
    return FALSE;
  *ret_value = ce_le32 (r->bytes + r->at);
  r->at += 4;
  return TRUE;
}

/* A name up to and with its NUL; %NULL where there is none. */
static char *
take_name (Reader *r)
{
  gsize start = r->at;

  while (r->length - r->at >= 2 && r->at - start < MAX_NAME_BYTES)
    {
      guint16 unit = ce_le16 (r->bytes + r->at);

      r->at += 2;
      if (unit == 0)
        return ce_utf16_to_text (r->bytes + start, r->at - start);
    }
  return NULL;
}

static CeRegistryRecord *
take_record (Reader *r)
{
  g_autofree char *key = NULL;
  g_autofree char *value = NULL;
  g_autoptr (GBytes) data = NULL;
  guint32 type, size;

  if (!take_mark (r, '['))
    return NULL;
  key = take_name (r);
  if (key == NULL || !take_mark (r, ';'))
    return NULL;
  value = take_name (r);
  if (value == NULL || !take_mark (r, ';') || !take_u32 (r, &type) || !take_mark (r, ';')
      || !take_u32 (r, &size) || !take_mark (r, ';') || size > r->length - r->at)
    return NULL;
  data = g_bytes_new (r->bytes + r->at, size);
  r->at += size;
  return take_mark (r, ']') ? ce_registry_record_new (key, value, type, data) : NULL;
}

static gboolean
check_header (Reader *r, GError **error)
{
  static const guint8 signature[4] = { 'P', 'R', 'e', 'g' };

  if (r->length > CE_REGISTRY_POL_MAX_BYTES)
    g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "Registry.pol: %" G_GSIZE_FORMAT " bytes, more than %d",
                 r->length, CE_REGISTRY_POL_MAX_BYTES);
  else if (r->length < HEADER_BYTES || memcmp (r->bytes, signature, sizeof signature) != 0)
    g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "Registry.pol: it does not begin with 'PReg'");
  else if (ce_le32 (r->bytes + 4) != VERSION)
    g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "Registry.pol: it is of version %u, not %d",
                 ce_le32 (r->bytes + 4), VERSION);
  else
    {
      r->at = HEADER_BYTES;
      return TRUE;
    }
  return FALSE;
}

GPtrArray *
ce_registry_pol_parse (const guint8 *bytes, gsize length, GError **error)
{
  g_autoptr (GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_registry_record_free);
  Reader r = { bytes, length, 0 };

  if (!check_header (&r, error))
    return NULL;
  while (r.at < r.length)
    {
      CeRegistryRecord *record = records->len < CE_REGISTRY_POL_MAX_RECORDS ? take_record (&r) : NULL;

      if (record == NULL)
        {
          g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL,
                       "Registry.pol: instruction %u is broken at byte %" G_GSIZE_FORMAT, records->len + 1,
                       r.at);
          return NULL;
        }
      g_ptr_array_add (records, record);
    }
  return g_steal_pointer (&records);
}
