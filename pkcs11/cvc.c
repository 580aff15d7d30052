/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pkcs11/cvc.h"

#define TAG_REQUEST 0x67
#define TAG_CERTIFICATE 0x7f21
#define TAG_BODY 0x7f4e
#define TAG_PUBLIC_KEY 0x7f49
#define TAG_MODULUS_OR_PRIME 0x81
#define TAG_POINT 0x86
#define SHORTEST_VALUE 32 /* of any key that is worth one */

typedef struct
{
  const guint8 *bytes;
  gsize size;
} Span;

static gboolean
take_byte (Span *rest, guint *ret_byte)
{
  if (rest->size == 0)
    return FALSE;
  *ret_byte = *rest->bytes++;
  rest->size--;
  return TRUE;
}

static gboolean
take_tag (Span *rest, guint *ret_tag)
{
  guint second;

  if (!take_byte (rest, ret_tag))
    return FALSE;
  if ((*ret_tag & 0x1f) != 0x1f)
    return TRUE;
  if (!take_byte (rest, &second) || (second & 0x80) != 0)
    return FALSE;
  *ret_tag = *ret_tag << 8 | second;
  return TRUE;
}

static gboolean
take_length (Span *rest, gsize *ret_length)
{
  guint first, byte;

  if (!take_byte (rest, &first))
    return FALSE;
  *ret_length = first;
  if (first < 0x80)
    return TRUE;
  *ret_length = 0;
  if (first != 0x81 && first != 0x82)
    return FALSE;
  for (guint i = 0x80; i < first; i++)
    {
      if (!take_byte (rest, &byte))
        return FALSE;
      *ret_length = *ret_length << 8 | byte;
    }
  return TRUE;
}

/* The content of the first @tag in @content. */
static gboolean
find (Span content, guint tag, Span *ret_value)
{
  while (content.size > 0)
    {
      guint found;
      gsize length;

      if (!take_tag (&content, &found) || !take_length (&content, &length) || length > content.size)
        return FALSE;
      *ret_value = (Span){ content.bytes, length };
      if (found == tag)
        return TRUE;
      content.bytes += length;
      content.size -= length;
    }
  return FALSE;
}

GBytes *
ce_cvc_public_value (const guint8 *bytes, gsize size)
{
  static const guint path[] = { TAG_REQUEST, TAG_CERTIFICATE, TAG_BODY, TAG_PUBLIC_KEY };
  Span key = { bytes, size };
  Span value;

  for (gsize i = 0; i < G_N_ELEMENTS (path); i++)
    if (!find (key, path[i], &key))
      return NULL;
  if (!find (key, TAG_POINT, &value) && !find (key, TAG_MODULUS_OR_PRIME, &value))
    return NULL;
  return value.size >= SHORTEST_VALUE ? g_bytes_new (value.bytes, value.size) : NULL;
}
