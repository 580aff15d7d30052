/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <p11-kit/pkcs11.h>
#include <winscard.h>

#include "pkcs11/token.h"

/* The files of a SmartCard-HSM, beside its PKCS#11 module: the commands of remains.c; nobody else includes
 * this. */

/* What a file is, the upper half of its name; the lower half is the key's number. */
#define CE_HSM_KEY 0xcc
#define CE_HSM_DESCRIPTION 0xc4
#define CE_HSM_CERTIFICATE 0xce
#define CE_HSM_MAX_FILE 8192
#define CE_HSM_WRITE_CHUNK 112 /* its length is one byte */

/* A shared connection, in a transaction; all zero is a closed one. */
typedef struct
{
  SCARDCONTEXT context;
  SCARDHANDLE card;
  DWORD protocol;
  gboolean open;
} CeHsmLine;

/* %FALSE also where the card is out, or another program keeps it to itself. */
gboolean ce_hsm_open (CeHsmLine *line, const CeToken *token);
void ce_hsm_close (CeHsmLine *line);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CeHsmLine, ce_hsm_close)

/* Does the card answer? One command, which changes nothing on it. */
gboolean ce_hsm_answers (const CeToken *token);

/* The card's file list, two bytes a file, keys among them. %NULL: no answer. (transfer full) */
GByteArray *ce_hsm_list (CeHsmLine *line);
gboolean ce_hsm_has (const GByteArray *files, guint8 kind, guint8 number);

/* %FALSE: no answer. @ret_content: (transfer full) (nullable): at most CE_HSM_MAX_FILE bytes and one answer
 * more; %NULL where the card refuses it. */
gboolean ce_hsm_read (CeHsmLine *line, guint8 kind, guint8 number, GByteArray **ret_content);

/* %FALSE: no answer. @ret_holds: are the last bytes of @content, at most CE_HSM_MAX_FILE, at their place? One command. A card
 * puts no byte behind the end of a file, so that all before them were written. */
gboolean ce_hsm_holds_end (CeHsmLine *line, guint8 kind, guint8 number, GBytes *content, gboolean *ret_holds);

/* %TRUE also where there is none. */
gboolean ce_hsm_delete (CeHsmLine *line, guint8 kind, guint8 number);

/* Writes @size bytes, at most CE_HSM_WRITE_CHUNK, into key @number's certificate. CKR_DEVICE_MEMORY: there is no room;
 * CKR_DEVICE_ERROR: anything else. */
CK_RV ce_hsm_write (CeHsmLine *line, guint8 number, gsize offset, const guint8 *bytes, gsize size);
