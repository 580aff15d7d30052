/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * Bytes: a borrowed view (VcBytes), a growing buffer (VcBuf), an error text (VcError), and automatic
 * clean-up for OpenSSL's types. The software card uses libc and libcrypto only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>

/* A view of bytes that someone else owns. */
typedef struct
{
  const uint8_t *data;
  size_t len;
} VcBytes;

/* A growing buffer; all zero is a valid empty one. Running out of memory aborts: this is a test tool. */
typedef struct
{
  uint8_t *data;
  size_t len;
  size_t allocated;
} VcBuf;

/* What went wrong, as one sentence without a full stop. */
typedef struct
{
  char message[320];
} VcError;

/* Declares a buffer that is freed when it leaves scope. */
#define VC_AUTOBUF __attribute__ ((cleanup (vc_buf_clear))) VcBuf

/* Declares a pointer that is freed when it leaves scope, for the types listed below. */
#define VC_AUTOPTR(type) __attribute__ ((cleanup (vc_autoptr_##type))) type *
#define VC_DEFINE_AUTOPTR(type, free_function)                                                               \
  static inline void vc_autoptr_##type (type **pointer)                                                      \
  {                                                                                                          \
    free_function (*pointer);                                                                                \
  }

VC_DEFINE_AUTOPTR (BIGNUM, BN_free)
VC_DEFINE_AUTOPTR (ECDSA_SIG, ECDSA_SIG_free)
VC_DEFINE_AUTOPTR (EC_GROUP, EC_GROUP_free)
VC_DEFINE_AUTOPTR (EC_POINT, EC_POINT_free)
VC_DEFINE_AUTOPTR (EVP_MD_CTX, EVP_MD_CTX_free)
VC_DEFINE_AUTOPTR (EVP_PKEY, EVP_PKEY_free)
VC_DEFINE_AUTOPTR (EVP_PKEY_CTX, EVP_PKEY_CTX_free)

void vc_buf_append (VcBuf *buf, const void *data, size_t len);
void vc_buf_append_bytes (VcBuf *buf, VcBytes bytes);
void vc_buf_append_byte (VcBuf *buf, unsigned value);
void vc_buf_append_u16 (VcBuf *buf, unsigned value);
void vc_buf_append_hex (VcBuf *buf, VcBytes bytes);
void vc_buf_printf (VcBuf *buf, const char *format, ...) __attribute__ ((format (printf, 2, 3)));

/* Adds @len bytes of undefined content and returns where they start; valid until the next change. */
uint8_t *vc_buf_extend (VcBuf *buf, size_t len);

/* Shortens to @len bytes; keeps the memory. */
void vc_buf_truncate (VcBuf *buf, size_t len);

/* Drops the first @len bytes. */
void vc_buf_consume (VcBuf *buf, size_t len);

/* Wipes and frees; the buffer is empty and usable afterwards. */
void vc_buf_clear (VcBuf *buf);

/* Two bytes, big endian. */
static inline uint16_t
vc_u16 (const uint8_t *bytes)
{
  return (uint16_t) ((unsigned) bytes[0] << 8 | bytes[1]);
}

VcBytes vc_buf_bytes (const VcBuf *buf);
bool vc_bytes_equal (VcBytes a, VcBytes b);
VcBytes vc_bytes_from_text (const char *text);

/* Reads an even number of hexadecimal digits, nothing else; FALSE leaves @ret as it was. */
bool vc_hex_decode (const char *hex, size_t hex_len, VcBuf *ret);

/* Always returns false, so that `return vc_error_set (...)` reads well. @error may be NULL. */
bool vc_error_set (VcError *error, const char *format, ...) __attribute__ ((format (printf, 2, 3)));
