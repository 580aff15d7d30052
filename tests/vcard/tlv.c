/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/vcard/tlv.h"

#include <stdlib.h>

static bool
take_byte (VcBytes *rest, unsigned *ret_byte)
{
  if (rest->len == 0)
    return false;
  *ret_byte = rest->data[0];
  rest->data++;
  rest->len--;
  return true;
}

static bool
take_tag (VcBytes *rest, unsigned *ret_tag)
{
  unsigned low;

  if (!take_byte (rest, ret_tag))
    return false;
  if ((*ret_tag & 0x1F) != 0x1F)
    return true;
  if (!take_byte (rest, &low) || (low & 0x80) != 0)
    return false;
  *ret_tag = *ret_tag << 8 | low;
  return true;
}

static bool
take_length (VcBytes *rest, size_t *ret_len)
{
  unsigned first, high = 0, low;

  if (!take_byte (rest, &first))
    return false;
  if (first < 0x80)
    {
      *ret_len = first;
      return true;
    }
  if (first != 0x81 && first != 0x82)
    return false;
  if (first == 0x82 && !take_byte (rest, &high))
    return false;
  if (!take_byte (rest, &low))
    return false;
  *ret_len = high << 8 | low;
  return true;
}

bool
vc_tlv_next (VcBytes *rest, unsigned *ret_tag, VcBytes *ret_value)
{
  VcBytes left = *rest;
  unsigned tag;
  size_t len;

  if (!take_tag (&left, &tag) || !take_length (&left, &len) || len > left.len)
    return false;
  *ret_tag = tag;
  *ret_value = (VcBytes){ left.data, len };
  *rest = (VcBytes){ left.data + len, left.len - len };
  return true;
}

bool
vc_tlv_find (VcBytes list, unsigned tag, VcBytes *ret_value)
{
  VcBytes value;
  unsigned found;

  while (vc_tlv_next (&list, &found, &value))
    if (found == tag)
      {
        *ret_value = value;
        return true;
      }
  return false;
}

void
vc_tlv_append (VcBuf *buf, unsigned tag, VcBytes value)
{
  if (value.len > 0xFFFF)
    abort ();
  if (tag > 0xFF)
    vc_buf_append_byte (buf, tag >> 8);
  vc_buf_append_byte (buf, tag & 0xFF);
  if (value.len > 0xFF)
    {
      vc_buf_append_byte (buf, 0x82);
      vc_buf_append_byte (buf, (unsigned) (value.len >> 8));
    }
  else if (value.len > 0x7F)
    vc_buf_append_byte (buf, 0x81);
  vc_buf_append_byte (buf, (unsigned) (value.len & 0xFF));
  vc_buf_append_bytes (buf, value);
}
