/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pkcs11/hsm-files.h"

#include <string.h>

#include "pkcs11/pcsc.h"

#define CHUNK 240
#define SW_OK 0x9000
#define SW_END_OF_FILE 0x6282
#define SW_NO_FILE 0x6a82
#define SW_NO_ROOM 0x6a84
#define SW_WRONG_OFFSET 0x6b00

void
ce_hsm_close (CeHsmLine *line)
{
  if (line->open)
    {
      SCardEndTransaction (line->card, SCARD_LEAVE_CARD);
      SCardDisconnect (line->card, SCARD_LEAVE_CARD);
    }
  SCardReleaseContext (line->context);
}

gboolean
ce_hsm_open (CeHsmLine *line, const CeToken *token)
{
  const char *reader = ce_token_info (token)->reader;

  if (ce_pcsc_establish (&line->context) != SCARD_S_SUCCESS)
    return FALSE;
  if (SCardConnect (line->context, reader, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1,
                    &line->card, &line->protocol)
      != SCARD_S_SUCCESS)
    return FALSE;
  line->open = SCardBeginTransaction (line->card) == SCARD_S_SUCCESS;
  if (!line->open)
    SCardDisconnect (line->card, SCARD_LEAVE_CARD);
  return line->open;
}

/* Sends @command; the status word, or 0 where the card did not answer. @data: (nullable): takes what it says.
 */
static guint
transmit (CeHsmLine *line, const guint8 *command, gsize size, GByteArray *data)
{
  const SCARD_IO_REQUEST *pci = line->protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
  guint8 answer[1024];
  DWORD length = sizeof answer;

  if (SCardTransmit (line->card, pci, command, (DWORD) size, NULL, answer, &length) != SCARD_S_SUCCESS
      || length < 2 || length > sizeof answer)
    return 0;
  if (data != NULL)
    g_byte_array_append (data, answer, (guint) length - 2);
  return (guint) answer[length - 2] << 8 | answer[length - 1];
}

GByteArray *
ce_hsm_list (CeHsmLine *line)
{
  static const guint8 command[] = { 0x80, 0x58, 0x00, 0x00, 0x00, 0x00, 0x00 };
  g_autoptr (GByteArray) files = g_byte_array_new ();

  return transmit (line, command, sizeof command, files) == SW_OK ? g_steal_pointer (&files) : NULL;
}

gboolean
ce_hsm_has (const GByteArray *files, guint8 kind, guint8 number)
{
  for (guint i = 0; i + 1 < files->len; i += 2)
    if (files->data[i] == kind && files->data[i + 1] == number)
      return TRUE;
  return FALSE;
}

/* Up to CHUNK bytes from @offset on, behind what @content holds; the status word. */
static guint
read_part (CeHsmLine *line, guint8 kind, guint8 number, gsize offset, GByteArray *content)
{
  const guint8 command[]
      = { 0x00, 0xb1, kind, number, 0x04, 0x54, 0x02, (guint8) (offset >> 8), (guint8) offset, CHUNK };

  return transmit (line, command, sizeof command, content);
}

gboolean
ce_hsm_read (CeHsmLine *line, guint8 kind, guint8 number, GByteArray **ret_content)
{
  g_autoptr (GByteArray) content = g_byte_array_new ();

  *ret_content = NULL;
  while (content->len < CE_HSM_MAX_FILE)
    {
      guint before = content->len;
      guint status = read_part (line, kind, number, before, content);

      /* Of a file that fills its last answer some cards say only that nothing is there. */
      if (status == SW_WRONG_OFFSET && before > 0)
        break;
      if (status != SW_OK && status != SW_END_OF_FILE)
        return status != 0;
      if (content->len < before + CHUNK)
        break;
    }
  *ret_content = g_steal_pointer (&content);
  return TRUE;
}

gboolean
ce_hsm_holds_end (CeHsmLine *line, guint8 kind, guint8 number, GBytes *content, gboolean *ret_holds)
{
  g_autoptr (GByteArray) read = g_byte_array_new ();
  gsize size = 0;
  const guint8 *bytes = g_bytes_get_data (content, &size);
  const gsize offset = size > CHUNK ? size - CHUNK : 0;
  const guint status = read_part (line, kind, number, offset, read);

  *ret_holds = read->len >= size - offset && memcmp (read->data, bytes + offset, size - offset) == 0;
  return status != 0;
}

gboolean
ce_hsm_delete (CeHsmLine *line, guint8 kind, guint8 number)
{
  const guint8 command[] = { 0x00, 0xe4, 0x02, 0x00, 0x02, kind, number };
  guint status = transmit (line, command, sizeof command, NULL);

  return status == SW_OK || status == SW_NO_FILE;
}

CK_RV
ce_hsm_write (CeHsmLine *line, guint8 number, gsize offset, const guint8 *bytes, gsize size)
{
  const guint8 head[] = { 0x00,         0xd7, CE_HSM_CERTIFICATE,     number,          (guint8) (6 + size),
                          0x54,         0x02, (guint8) (offset >> 8), (guint8) offset, 0x53,
                          (guint8) size };
  guint8 command[sizeof head + CE_HSM_WRITE_CHUNK];
  guint status;

  memcpy (command, head, sizeof head);
  memcpy (command + sizeof head, bytes, size);
  status = transmit (line, command, sizeof head + size, NULL);
  if (status == SW_NO_ROOM)
    return CKR_DEVICE_MEMORY;
  return status == SW_OK ? CKR_OK : CKR_DEVICE_ERROR;
}

gboolean
ce_hsm_answers (const CeToken *token)
{
  g_auto (CeHsmLine) line = { 0 };
  g_autoptr (GByteArray) files = ce_hsm_open (&line, token) ? ce_hsm_list (&line) : NULL;

  return files != NULL;
}
