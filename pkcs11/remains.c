/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pkcs11/remains.h"

#include <string.h>
#include <winscard.h>

#include "agent/base/error.h"
#include "pkcs11/profile.h"
#include "pkcs11/reader.h"
#include "pkcs11/token-private.h"

#define KEY 0xcc
#define DESCRIPTION 0xc4
#define CERTIFICATE 0xce
#define MAX_FILE 8192
#define CHUNK 240
#define WRITE_CHUNK 112 /* its length is one byte */
#define SW_OK 0x9000
#define SW_END_OF_FILE 0x6282
#define SW_NO_FILE 0x6a82

typedef struct
{
  SCARDCONTEXT context;
  SCARDHANDLE card;
  DWORD protocol;
  gboolean open;
} Line;

static void
line_close (Line *line)
{
  if (line->open)
    {
      SCardEndTransaction (line->card, SCARD_LEAVE_CARD);
      SCardDisconnect (line->card, SCARD_LEAVE_CARD);
    }
  SCardReleaseContext (line->context);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Line, line_close)

static gboolean
line_open (Line *line, const CeToken *token)
{
  const char *reader = token->info.reader;

  if (SCardEstablishContext (SCARD_SCOPE_SYSTEM, NULL, NULL, &line->context) != SCARD_S_SUCCESS)
    return FALSE;
  if (SCardConnect (line->context, reader, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &line->card,
                    &line->protocol)
      != SCARD_S_SUCCESS)
    return FALSE;
  line->open = SCardBeginTransaction (line->card) == SCARD_S_SUCCESS;
  if (!line->open)
    SCardDisconnect (line->card, SCARD_LEAVE_CARD);
  return line->open;
}

/* Sends @command; the status word, or 0 where the card did not answer. @data: (nullable): takes the answer's. */
static guint
transmit (Line *line, const guint8 *command, gsize size, GByteArray *data)
{
  const SCARD_IO_REQUEST *pci = line->protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
  guint8 answer[1024];
  DWORD length = sizeof answer;

  if (SCardTransmit (line->card, pci, command, (DWORD) size, NULL, answer, &length) != SCARD_S_SUCCESS || length < 2
      || length > sizeof answer)
    return 0;
  if (data != NULL)
    g_byte_array_append (data, answer, (guint) length - 2);
  return (guint) answer[length - 2] << 8 | answer[length - 1];
}

/* The card's file list, two bytes a file, keys among them. %NULL: no answer. */
static GByteArray *
list_files (Line *line)
{
  static const guint8 command[] = { 0x80, 0x58, 0x00, 0x00, 0x00, 0x00, 0x00 };
  g_autoptr (GByteArray) files = g_byte_array_new ();

  return transmit (line, command, sizeof command, files) == SW_OK ? g_steal_pointer (&files) : NULL;
}

static gboolean
has_file (const GByteArray *files, guint8 kind, guint8 number)
{
  for (guint i = 0; i + 1 < files->len; i += 2)
    if (files->data[i] == kind && files->data[i + 1] == number)
      return TRUE;
  return FALSE;
}

static GByteArray *
read_file (Line *line, guint8 kind, guint8 number)
{
  g_autoptr (GByteArray) content = g_byte_array_new ();

  while (content->len < MAX_FILE)
    {
      const guint8 command[] = { 0x00, 0xb1, kind,  number, 0x04, 0x54,
                                 0x02, (guint8) (content->len >> 8), (guint8) content->len, CHUNK };
      guint before = content->len;
      guint status = transmit (line, command, sizeof command, content);

      if (status != SW_OK && status != SW_END_OF_FILE)
        return NULL;
      if (content->len < before + CHUNK)
        break;
    }
  return g_steal_pointer (&content);
}

static gboolean
delete_file (Line *line, guint8 kind, guint8 number)
{
  const guint8 command[] = { 0x00, 0xe4, 0x02, 0x00, 0x02, kind, number };
  guint status = transmit (line, command, sizeof command, NULL);

  return status == SW_OK || status == SW_NO_FILE;
}

static gboolean
write_part (Line *line, guint8 number, gsize offset, const guint8 *bytes, gsize size)
{
  const guint8 head[] = { 0x00, 0xd7, CERTIFICATE, number, (guint8) (6 + size), 0x54, 0x02, (guint8) (offset >> 8),
                          (guint8) offset, 0x53, (guint8) size };
  guint8 command[sizeof head + WRITE_CHUNK];

  memcpy (command, head, sizeof head);
  memcpy (command + sizeof head, bytes, size);
  return transmit (line, command, sizeof head + size, NULL) == SW_OK;
}

/* One DER element, from the first byte to the last or further: a longer one may have been there before. */
static gboolean
is_whole (const GByteArray *content)
{
  const guint8 *p = content->data;

  if (content->len < 2)
    return FALSE;
  if (p[1] < 0x80)
    return content->len >= 2u + p[1];
  if (p[1] == 0x81 && content->len >= 3)
    return content->len >= 3u + p[2];
  return p[1] == 0x82 && content->len >= 4 && content->len >= 4u + ((guint) p[2] << 8 | p[3]);
}

static gboolean
is_described (Line *line, const GByteArray *files, guint8 number)
{
  g_autoptr (GByteArray) description = NULL;

  if (!has_file (files, DESCRIPTION, number))
    return FALSE;
  description = read_file (line, DESCRIPTION, number);
  return description == NULL || is_whole (description);
}

static gboolean
has_remains (const CeToken *token)
{
  g_autoptr (GBytes) atr = ce_reader_atr (token->info.reader);

  return g_strcmp0 (ce_profile_opensc_driver (atr), "sc-hsm") == 0;
}

static gboolean
fail (const CeToken *token, GError **error)
{
  return ce_token_fail (token, CKR_DEVICE_ERROR, "remove what was left half done", error);
}

char *
ce_remains_keys (const CeToken *token)
{
  g_auto (Line) line = { 0 };
  g_autoptr (GByteArray) files = has_remains (token) && line_open (&line, token) ? list_files (&line) : NULL;
  GString *keys = g_string_new (NULL);

  for (guint i = 0; files != NULL && i + 1 < files->len; i += 2)
    if (files->data[i] == KEY)
      g_string_append_printf (keys, "%sCC%02X", keys->len > 0 ? " " : "", files->data[i + 1]);
  return g_string_free (keys, FALSE);
}

gboolean
ce_remains_drop_keys (const CeToken *token, const char *const *before, GError **error)
{
  g_auto (Line) line = { 0 };
  g_autoptr (GByteArray) files = NULL;

  if (!has_remains (token))
    return TRUE;
  files = line_open (&line, token) ? list_files (&line) : NULL;
  if (files == NULL)
    return fail (token, error);
  for (guint i = 0; i + 1 < files->len; i += 2)
    {
      const guint8 number = files->data[i + 1];
      g_autofree char *name = g_strdup_printf ("CC%02X", number);

      if (files->data[i] != KEY || g_strv_contains (before, name) || is_described (&line, files, number))
        continue;
      /* The key last: while it is there, the rest is found again. */
      if (!delete_file (&line, CERTIFICATE, number) || !delete_file (&line, DESCRIPTION, number)
          || !delete_file (&line, KEY, number))
        return fail (token, error);
    }
  return TRUE;
}

/* The key's description holds its CKA_ID. */
static gboolean
describes (Line *line, guint8 number, GBytes *key_id)
{
  g_autoptr (GByteArray) description = read_file (line, DESCRIPTION, number);
  gsize size = 0;
  gconstpointer id = g_bytes_get_data (key_id, &size);

  return description != NULL && size > 0 && memmem (description->data, description->len, id, size) != NULL;
}

/* The number of the file that holds the beginning of @der, and how much; -1: there is none. */
static int
find_beginning (Line *line, GBytes *key_id, const guint8 *der, gsize size, gsize *ret_length)
{
  g_autoptr (GByteArray) files = list_files (line);

  for (guint i = 0; files != NULL && i + 1 < files->len; i += 2)
    {
      g_autoptr (GByteArray) content = NULL;

      if (files->data[i] != CERTIFICATE)
        continue;
      content = read_file (line, CERTIFICATE, files->data[i + 1]);
      if (content == NULL || content->len > size || memcmp (content->data, der, content->len) != 0
          || !describes (line, files->data[i + 1], key_id))
        continue;
      *ret_length = content->len;
      return files->data[i + 1];
    }
  return -1;
}

gboolean
ce_remains_complete_certificate (const CeToken *token, GBytes *key_id, GBytes *der, gboolean *ret_done,
                                 GError **error)
{
  g_auto (Line) line = { 0 };
  gsize size = 0, length = 0;
  const guint8 *bytes = g_bytes_get_data (der, &size);
  g_autoptr (GByteArray) written = NULL;
  int number;

  *ret_done = FALSE;
  if (!has_remains (token) || size > MAX_FILE)
    return TRUE;
  if (!line_open (&line, token))
    return fail (token, error);
  number = find_beginning (&line, key_id, bytes, size, &length);
  if (number < 0)
    return TRUE;
  for (gsize n; length < size; length += n)
    {
      n = MIN (size - length, WRITE_CHUNK);
      if (!write_part (&line, (guint8) number, length, bytes + length, n))
        return fail (token, error);
    }
  written = read_file (&line, CERTIFICATE, (guint8) number);
  *ret_done = written != NULL && written->len == size && memcmp (written->data, bytes, size) == 0;
  return *ret_done || fail (token, error);
}

/* The number of the certificate that lost its key; -1: there is none. */
static int
find_certificate (Line *line, const char *fingerprint)
{
  g_autoptr (GByteArray) files = list_files (line);

  for (guint i = 0; files != NULL && i + 1 < files->len; i += 2)
    {
      const guint8 number = files->data[i + 1];
      g_autoptr (GByteArray) content = NULL;
      g_autofree char *digest = NULL;

      if (files->data[i] != CERTIFICATE || has_file (files, KEY, number))
        continue;
      content = read_file (line, CERTIFICATE, number);
      digest = content != NULL ? g_compute_checksum_for_data (G_CHECKSUM_SHA256, content->data, content->len) : NULL;
      if (g_strcmp0 (digest, fingerprint) == 0)
        return number;
    }
  return -1;
}

gboolean
ce_remains_has_certificate (const CeToken *token, const char *fingerprint)
{
  g_auto (Line) line = { 0 };

  return has_remains (token) && line_open (&line, token) && find_certificate (&line, fingerprint) >= 0;
}

gboolean
ce_remains_drop_certificate (const CeToken *token, const char *fingerprint, GError **error)
{
  g_auto (Line) line = { 0 };
  int number;

  if (!has_remains (token))
    return TRUE;
  if (!line_open (&line, token))
    return fail (token, error);
  number = find_certificate (&line, fingerprint);
  /* The certificate last: by it the rest is found again. */
  return number < 0
         || (delete_file (&line, DESCRIPTION, (guint8) number) && delete_file (&line, CERTIFICATE, (guint8) number))
         || fail (token, error);
}
