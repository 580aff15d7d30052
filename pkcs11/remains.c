/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pkcs11/remains.h"

#include <string.h>

#include "agent/base/error.h"
#include "pkcs11/cvc.h"
#include "pkcs11/hsm-files.h"
#include "pkcs11/profile.h"
#include "pkcs11/reader.h"
#include "pkcs11/token-private.h"

/* Instead of a file's number. */
#define NONE (-1)
#define NO_ANSWER (-2)

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

/* One that the card refuses to show counts as whole. @ret_described is set where the card answers. */
static gboolean
look_for_description (CeHsmLine *line, const GByteArray *files, guint8 number, gboolean *ret_described)
{
  g_autoptr (GByteArray) description = NULL;

  *ret_described = FALSE;
  if (!ce_hsm_has (files, CE_HSM_DESCRIPTION, number))
    return TRUE;
  if (!ce_hsm_read (line, CE_HSM_DESCRIPTION, number, &description))
    return FALSE;
  *ret_described = description == NULL || is_whole (description);
  return TRUE;
}

/* A card that is out may be one that has: who asks it learns that it is gone. A token in software has none. */
static gboolean
has_remains (const CeToken *token)
{
  g_autoptr (GBytes) atr = ce_reader_atr (token->info.reader);

  return atr != NULL ? ce_profile_is_smartcard_hsm (atr) : token->events != CE_READER_NO_EVENTS;
}

static gboolean
fail (const CeToken *token, GError **error)
{
  return ce_token_fail (token, CKR_DEVICE_ERROR, "remove what was left half done", error);
}

char *
ce_remains_keys (const CeToken *token)
{
  g_auto (CeHsmLine) line = { 0 };
  g_autoptr (GByteArray) files
      = has_remains (token) && ce_hsm_open (&line, token) ? ce_hsm_list (&line) : NULL;
  GString *keys = g_string_new (NULL);

  for (guint i = 0; files != NULL && i + 1 < files->len; i += 2)
    if (files->data[i] == CE_HSM_KEY)
      g_string_append_printf (keys, "%sCC%02X", keys->len > 0 ? " " : "", files->data[i + 1]);
  return g_string_free (keys, FALSE);
}

/* Without any of its words it cannot be told which keys are new. */
static gboolean
lists_keys (const char *const *before)
{
  for (gsize i = 0; before[i] != NULL; i++)
    if (strlen (before[i]) == 4 && g_str_has_prefix (before[i], "CC"))
      return TRUE;
  return FALSE;
}

/* The next key of @files, from *@i on, that is not in @before; *@i is then behind it. */
static gboolean
next_new_key (const GByteArray *files, const char *const *before, guint *i, guint8 *ret_number)
{
  while (*i + 1 < files->len)
    {
      const guint8 kind = files->data[*i], number = files->data[*i + 1];
      g_autofree char *name = g_strdup_printf ("CC%02X", number);

      *i += 2;
      *ret_number = number;
      if (kind == CE_HSM_KEY && !g_strv_contains (before, name))
        return TRUE;
    }
  return FALSE;
}

gboolean
ce_remains_check_key (const CeToken *token, const char *const *before, GError **error)
{
  g_auto (CeHsmLine) line = { 0 };
  g_autoptr (GByteArray) files = NULL;
  gboolean described = TRUE;
  guint8 number;
  guint i = 0;

  if (!has_remains (token) || !lists_keys (before))
    return TRUE;
  files = ce_hsm_open (&line, token) ? ce_hsm_list (&line) : NULL;
  if (files == NULL)
    return ce_token_fail (token, CKR_DEVICE_REMOVED, "generate a key", error);
  while (described && next_new_key (files, before, &i, &number))
    if (!look_for_description (&line, files, number, &described))
      return ce_token_fail (token, CKR_DEVICE_REMOVED, "generate a key", error);
  return described || ce_token_fail (token, CKR_DEVICE_MEMORY, "generate a key", error);
}

gboolean
ce_remains_drop_keys (const CeToken *token, const char *const *before, GError **error)
{
  g_auto (CeHsmLine) line = { 0 };
  g_autoptr (GByteArray) files = NULL;
  guint8 number;
  guint i = 0;

  if (!has_remains (token) || !lists_keys (before))
    return TRUE;
  files = ce_hsm_open (&line, token) ? ce_hsm_list (&line) : NULL;
  if (files == NULL)
    return fail (token, error);
  while (next_new_key (files, before, &i, &number))
    {
      gboolean described;

      if (!look_for_description (&line, files, number, &described))
        return fail (token, error);
      /* The key last: while it is there, the rest is found again. */
      if (!described
          && (!ce_hsm_delete (&line, CE_HSM_CERTIFICATE, number)
              || !ce_hsm_delete (&line, CE_HSM_DESCRIPTION, number)
              || !ce_hsm_delete (&line, CE_HSM_KEY, number)))
        return fail (token, error);
    }
  return TRUE;
}

static gboolean
begins_with (GBytes *whole, const GByteArray *part)
{
  gsize size = 0;
  gconstpointer bytes = g_bytes_get_data (whole, &size);

  return part->len == 0 || (part->len <= size && memcmp (part->data, bytes, part->len) == 0);
}

static gboolean
contains (const GByteArray *content, GBytes *bytes)
{
  gsize size = 0;
  gconstpointer wanted = g_bytes_get_data (bytes, &size);

  return content->len > 0 && size > 0 && memmem (content->data, content->len, wanted, size) != NULL;
}

/* The number of the file that holds the beginning of @der, and how much; its key's description holds the
 * CKA_ID. */
static int
find_beginning (CeHsmLine *line, GBytes *key_id, GBytes *der, gsize *ret_length)
{
  g_autoptr (GByteArray) files = ce_hsm_list (line);

  for (guint i = 0; files != NULL && i + 1 < files->len; i += 2)
    {
      const guint8 number = files->data[i + 1];
      g_autoptr (GByteArray) content = NULL;
      g_autoptr (GByteArray) description = NULL;

      if (files->data[i] != CE_HSM_CERTIFICATE || !ce_hsm_has (files, CE_HSM_DESCRIPTION, number))
        continue;
      if (!ce_hsm_read (line, CE_HSM_CERTIFICATE, number, &content)
          || !ce_hsm_read (line, CE_HSM_DESCRIPTION, number, &description))
        return NO_ANSWER;
      if (content == NULL || description == NULL || !begins_with (der, content)
          || !contains (description, key_id))
        continue;
      *ret_length = content->len;
      return number;
    }
  return files != NULL ? NONE : NO_ANSWER;
}

static CK_RV
write_rest (CeHsmLine *line, guint8 number, GBytes *der, gsize from)
{
  gsize size = 0;
  const guint8 *bytes = g_bytes_get_data (der, &size);
  g_autoptr (GByteArray) written = NULL;
  CK_RV rv = CKR_OK;

  for (gsize n; rv == CKR_OK && from < size; from += n)
    {
      n = MIN (size - from, CE_HSM_WRITE_CHUNK);
      rv = ce_hsm_write (line, number, from, bytes + from, n);
    }
  if (rv != CKR_OK)
    return rv;
  return ce_hsm_read (line, CE_HSM_CERTIFICATE, number, &written) && written != NULL && written->len == size
                 && begins_with (der, written)
             ? CKR_OK
             : CKR_DEVICE_ERROR;
}

gboolean
ce_remains_complete_certificate (const CeToken *token, GBytes *key_id, GBytes *der, gboolean *ret_done,
                                 GError **error)
{
  g_auto (CeHsmLine) line = { 0 };
  gsize length = 0;
  int number;
  CK_RV rv;

  *ret_done = FALSE;
  if (!has_remains (token) || g_bytes_get_size (der) > CE_HSM_MAX_FILE)
    return TRUE;
  number = ce_hsm_open (&line, token) ? find_beginning (&line, key_id, der, &length) : NO_ANSWER;
  if (number == NONE)
    return TRUE;
  rv = number >= 0 ? write_rest (&line, (guint8) number, der, length) : CKR_DEVICE_ERROR;
  *ret_done = rv == CKR_OK;
  return *ret_done || ce_token_fail (token, rv, "write the rest of the certificate", error);
}

gboolean
ce_remains_drop_part (const CeToken *token, GBytes *key_id, GBytes *der, GError **error)
{
  g_auto (CeHsmLine) line = { 0 };
  gsize length = 0;
  int number;

  if (!has_remains (token))
    return TRUE;
  number = ce_hsm_open (&line, token) ? find_beginning (&line, key_id, der, &length) : NO_ANSWER;
  if (number == NONE)
    return TRUE;
  return (number >= 0 && ce_hsm_delete (&line, CE_HSM_CERTIFICATE, (guint8) number)) || fail (token, error);
}

/* %FALSE: no answer. */
static gboolean
look_for_certificate (CeHsmLine *line, GBytes *der, gboolean *ret_found)
{
  g_autoptr (GByteArray) files = ce_hsm_list (line);

  *ret_found = FALSE;
  for (guint i = 0; files != NULL && !*ret_found && i + 1 < files->len; i += 2)
    {
      const guint8 number = files->data[i + 1];

      if (files->data[i] == CE_HSM_CERTIFICATE && ce_hsm_has (files, CE_HSM_KEY, number)
          && !ce_hsm_holds_end (line, CE_HSM_CERTIFICATE, number, der, ret_found))
        return FALSE;
    }
  return files != NULL;
}

gboolean
ce_remains_check_certificate (const CeToken *token, GBytes *der, gboolean *ret_seen, GError **error)
{
  g_auto (CeHsmLine) line = { 0 };
  gboolean found;

  *ret_seen = FALSE;
  if (!has_remains (token) || g_bytes_get_size (der) > CE_HSM_MAX_FILE)
    return TRUE;
  if (!ce_hsm_open (&line, token) || !look_for_certificate (&line, der, &found))
    return ce_token_fail (token, CKR_DEVICE_REMOVED, "write the certificate", error);
  *ret_seen = found;
  /* Another card, or one that was out meanwhile, is not full: nobody is asked what may go. */
  return found
         || (ce_token_check_stayed (token, error)
             && ce_token_fail (token, CKR_DEVICE_MEMORY, "write the certificate", error));
}

/* Is it what is looked for? */
typedef gboolean (*Match) (const GByteArray *content, gconstpointer wanted);

static gboolean
has_fingerprint (const GByteArray *content, gconstpointer fingerprint)
{
  g_autofree char *digest = g_compute_checksum_for_data (G_CHECKSUM_SHA256, content->data, content->len);

  return g_str_equal (digest, fingerprint);
}

static gboolean
is_request_of_key (const GByteArray *content, gconstpointer request)
{
  g_autoptr (GBytes) value = ce_cvc_public_value (content->data, content->len);
  gsize size = 0, wanted_size = 0;
  gconstpointer bytes = g_bytes_get_data ((GBytes *) request, &size);
  gconstpointer wanted = value != NULL ? g_bytes_get_data (value, &wanted_size) : NULL;

  return wanted != NULL && size > 0 && memmem (bytes, size, wanted, wanted_size) != NULL;
}

/* The number of the certificate, or of what is in its place, that lost its key. */
static int
find_widow (CeHsmLine *line, Match match, gconstpointer wanted)
{
  g_autoptr (GByteArray) files = ce_hsm_list (line);

  for (guint i = 0; files != NULL && i + 1 < files->len; i += 2)
    {
      const guint8 number = files->data[i + 1];
      g_autoptr (GByteArray) content = NULL;

      if (files->data[i] != CE_HSM_CERTIFICATE || ce_hsm_has (files, CE_HSM_KEY, number))
        continue;
      if (!ce_hsm_read (line, CE_HSM_CERTIFICATE, number, &content))
        return NO_ANSWER;
      if (content != NULL && match (content, wanted))
        return number;
    }
  return files != NULL ? NONE : NO_ANSWER;
}

static gboolean
drop_widow (const CeToken *token, Match match, gconstpointer wanted, GError **error)
{
  g_auto (CeHsmLine) line = { 0 };
  int number;

  if (!has_remains (token))
    return TRUE;
  number = ce_hsm_open (&line, token) ? find_widow (&line, match, wanted) : NO_ANSWER;
  if (number == NONE)
    return TRUE;
  /* The certificate last: by it the rest is found again. */
  return (number >= 0 && ce_hsm_delete (&line, CE_HSM_DESCRIPTION, (guint8) number)
          && ce_hsm_delete (&line, CE_HSM_CERTIFICATE, (guint8) number))
         || fail (token, error);
}

gboolean
ce_remains_has_certificate (const CeToken *token, const char *fingerprint)
{
  g_auto (CeHsmLine) line = { 0 };

  return has_remains (token)
         && (!ce_hsm_open (&line, token) || find_widow (&line, has_fingerprint, fingerprint) != NONE);
}

gboolean
ce_remains_drop_certificate (const CeToken *token, const char *fingerprint, GError **error)
{
  return drop_widow (token, has_fingerprint, fingerprint, error);
}

gboolean
ce_remains_drop_request (const CeToken *token, GBytes *request, GError **error)
{
  return drop_widow (token, is_request_of_key, request, error);
}
