/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/vcard/buf.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/crypto.h>

uint8_t *
vc_buf_extend (VcBuf *buf, size_t len)
{
  size_t needed = buf->len + len;
  uint8_t *start;

  if (needed < len)
    abort ();
  if (buf->data == NULL || needed > buf->allocated)
    {
      size_t size = needed + needed / 2 + 64;
      uint8_t *grown = realloc (buf->data, size);

      if (grown == NULL)
        abort ();
      buf->data = grown;
      buf->allocated = size;
    }
  start = buf->data + buf->len;
  buf->len = needed;
  return start;
}

void
vc_buf_append (VcBuf *buf, const void *data, size_t len)
{
  if (len > 0)
    memcpy (vc_buf_extend (buf, len), data, len);
}

void
vc_buf_append_bytes (VcBuf *buf, VcBytes bytes)
{
  vc_buf_append (buf, bytes.data, bytes.len);
}

void
vc_buf_append_byte (VcBuf *buf, unsigned value)
{
  *vc_buf_extend (buf, 1) = (uint8_t) value;
}

void
vc_buf_append_u16 (VcBuf *buf, unsigned value)
{
  vc_buf_append_byte (buf, value >> 8);
  vc_buf_append_byte (buf, value & 0xFF);
}

void
vc_buf_append_hex (VcBuf *buf, VcBytes bytes)
{
  static const char digits[] = "0123456789ABCDEF";

  for (size_t i = 0; i < bytes.len; i++)
    {
      vc_buf_append_byte (buf, (unsigned char) digits[bytes.data[i] >> 4]);
      vc_buf_append_byte (buf, (unsigned char) digits[bytes.data[i] & 0x0F]);
    }
}

void
vc_buf_printf (VcBuf *buf, const char *format, ...)
{
  va_list args;
  char *text = NULL;
  int len;

  va_start (args, format);
  len = vasprintf (&text, format, args);
  va_end (args);
  if (len < 0)
    abort ();
  vc_buf_append (buf, text, (size_t) len);
  free (text);
}

void
vc_buf_truncate (VcBuf *buf, size_t len)
{
  if (len < buf->len)
    buf->len = len;
}

void
vc_buf_consume (VcBuf *buf, size_t len)
{
  if (len > buf->len)
    len = buf->len;
  buf->len -= len;
  if (buf->len > 0)
    memmove (buf->data, buf->data + len, buf->len);
}

void
vc_buf_clear (VcBuf *buf)
{
  if (buf->data != NULL)
    OPENSSL_cleanse (buf->data, buf->allocated);
  free (buf->data);
  *buf = (VcBuf){ 0 };
}

VcBytes
vc_buf_bytes (const VcBuf *buf)
{
  return (VcBytes){ buf->data, buf->len };
}

bool
vc_bytes_equal (VcBytes a, VcBytes b)
{
  return a.len == b.len && (a.len == 0 || memcmp (a.data, b.data, a.len) == 0);
}

VcBytes
vc_bytes_from_text (const char *text)
{
  return (VcBytes){ (const uint8_t *) text, strlen (text) };
}

static unsigned
hex_digit_value (char digit)
{
  if (digit >= '0' && digit <= '9')
    return (unsigned) (digit - '0');
  return (unsigned) (tolower ((unsigned char) digit) - 'a') + 10;
}

bool
vc_hex_decode (const char *hex, size_t hex_len, VcBuf *ret)
{
  if (hex_len % 2 != 0)
    return false;
  for (size_t i = 0; i < hex_len; i++)
    if (!isxdigit ((unsigned char) hex[i]))
      return false;
  for (size_t i = 0; i < hex_len; i += 2)
    vc_buf_append_byte (ret, hex_digit_value (hex[i]) << 4 | hex_digit_value (hex[i + 1]));
  return true;
}

bool
vc_error_set (VcError *error, const char *format, ...)
{
  va_list args;

  if (error == NULL)
    return false;
  va_start (args, format);
  (void) vsnprintf (error->message, sizeof error->message, format, args);
  va_end (args);
  return false;
}
