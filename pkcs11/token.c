/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pkcs11/token.h"

#include <p11-kit/p11-kit.h>
#include <p11-kit/uri.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/error.h"
#include "agent/base/text.h"
#include "pkcs11/error.h"
#include "pkcs11/profile.h"
#include "pkcs11/reader.h"
#include "pkcs11/token-private.h"

static char *
padded (const CK_UTF8CHAR *field, gsize size)
{
  return ce_text_clean ((const char *) field, p11_kit_space_strlen (field, size), size);
}

/* PKCS#11 has flags only. */
static gint
tries_left (const CeTokenInfo *info)
{
  if (info->pin_locked)
    return 0;
  if (info->pin_final_try)
    return 1;
  return info->pin_count_low ? ce_profile_tries_when_low (info) : -1;
}

static void
take_pin_state (CeTokenInfo *info, CK_FLAGS flags)
{
  info->initialized = (flags & CKF_TOKEN_INITIALIZED) != 0;
  info->login_required = (flags & CKF_LOGIN_REQUIRED) != 0;
  info->pin_set = (flags & CKF_USER_PIN_INITIALIZED) != 0;
  info->pin_pad = (flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0;
  info->pin_count_low = (flags & CKF_USER_PIN_COUNT_LOW) != 0;
  info->pin_final_try = (flags & CKF_USER_PIN_FINAL_TRY) != 0;
  info->pin_locked = (flags & CKF_USER_PIN_LOCKED) != 0;
  info->tries_left = tries_left (info);
}

/* Absurd lengths, and a maximum of 0, mean that the module does not know. */
static guint
pin_length (CK_ULONG length)
{
  return length <= CE_PIN_MAX ? (guint) length : 0;
}

static guint64
free_bytes (const CK_TOKEN_INFO *raw)
{
  gboolean unknown = raw->ulFreePublicMemory == CK_UNAVAILABLE_INFORMATION
                     || (raw->ulFreePublicMemory == 0 && raw->ulTotalPublicMemory == 0);

  return unknown ? G_MAXUINT64 : raw->ulFreePublicMemory;
}

static void
take_info (CeTokenInfo *info, const CK_TOKEN_INFO *raw)
{
  info->label = padded (raw->label, sizeof raw->label);
  info->manufacturer = padded (raw->manufacturerID, sizeof raw->manufacturerID);
  info->model = padded (raw->model, sizeof raw->model);
  info->serial = padded (raw->serialNumber, sizeof raw->serialNumber);
  info->pin_min = pin_length (raw->ulMinPinLen);
  info->pin_max = pin_length (raw->ulMaxPinLen);
  info->free_bytes = free_bytes (raw);
  take_pin_state (info, raw->flags);
}

gboolean
ce_token_lost_card (const CeToken *token)
{
  return token->events != CE_READER_NO_EVENTS && ce_reader_lost_card (token->info.reader);
}

gboolean
ce_token_check_stayed (const CeToken *token, GError **error)
{
  if (ce_reader_events (token->info.reader) == token->events)
    return TRUE;
  g_set_error (error, CE_ERROR, CE_ERROR_TOKEN_GONE, "token '%s': the card was taken out", token->info.label);
  return FALSE;
}

gboolean
ce_token_refresh (CeToken *token, GError **error)
{
  CK_TOKEN_INFO raw = { 0 };
  CK_RV rv = token->f->C_GetTokenInfo (token->slot, &raw);
  g_autofree char *serial = NULL;

  if (rv != CKR_OK)
    return ce_token_fail (token, rv, "read the state of its PIN", error);
  serial = padded (raw.serialNumber, sizeof raw.serialNumber);
  if (!g_str_equal (serial, token->info.serial))
    {
      g_set_error (error, CE_ERROR, CE_ERROR_TOKEN_GONE,
                   "token '%s': another card, '%s', is in the reader now", token->info.label, serial);
      return FALSE;
    }
  take_pin_state (&token->info, raw.flags);
  token->info.free_bytes = free_bytes (&raw);
  return ce_token_check_stayed (token, error);
}

static gboolean
open_session (CeToken *token, GError **error)
{
  CK_FLAGS flags = CKF_SERIAL_SESSION | CKF_RW_SESSION;
  CK_RV rv = token->f->C_OpenSession (token->slot, flags, NULL, NULL, &token->session);

  if (rv == CKR_TOKEN_WRITE_PROTECTED)
    rv = token->f->C_OpenSession (token->slot, CKF_SERIAL_SESSION, NULL, NULL, &token->session);
  return rv == CKR_OK || ce_token_fail (token, rv, "open a session", error);
}

/* One attempt to open the token in a reader, through one module or several. */
typedef struct
{
  const char *reader;
  CeModuleNotify about_to_load;
  gpointer user_data;
} Attempt;

/* (nullable) without an error: the module has nothing to do with this reader. */
static CeToken *
open_through (const Attempt *attempt, const CeModuleEntry *entry, GError **error)
{
  g_autoptr (GBytes) atr = ce_reader_atr (attempt->reader);
  const guint events = ce_reader_events (attempt->reader);
  g_autoptr (CeModule) module = NULL;
  g_autoptr (CeToken) token = NULL;
  CK_TOKEN_INFO raw;
  CK_SLOT_ID slot;

  if (attempt->about_to_load != NULL)
    attempt->about_to_load (entry->path, attempt->user_data);
  module = ce_module_open (entry, ce_profile_opensc_driver (atr), error);
  if (module == NULL || !ce_module_find_slot (module, attempt->reader, &slot, &raw, error))
    return NULL;

  token = g_new0 (CeToken, 1);
  token->seen_ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
  token->module = g_steal_pointer (&module);
  token->f = token->module->functions;
  token->slot = slot;
  token->events = events;
  token->info.reader = g_strdup (attempt->reader);
  token->info.module_path = g_strdup (token->module->path);
  take_info (&token->info, &raw);
  return open_session (token, error) ? g_steal_pointer (&token) : NULL;
}

/* Why no module serves the reader; the tried modules and their failures go into the message. */
static void
explain (const char *reader, const char *tried, GError **error)
{
  if (!ce_reader_check_card (reader, error))
    return;
  if (*tried != '\0' && ce_reader_lost_card (reader))
    g_set_error (error, CE_ERROR, CE_ERROR_TOKEN_GONE, "the card in reader '%s' was taken out", reader);
  else if (*tried == '\0')
    g_set_error (error, CE_ERROR, CE_ERROR_NO_MODULE,
                 "the card in reader '%s' needs a PKCS#11 module, and none is registered with p11-kit",
                 reader);
  else
    g_set_error (error, CE_ERROR, CE_ERROR_NO_MODULE,
                 "no PKCS#11 module knows the card in reader '%s' (tried %s)", reader, tried);
}

static CeToken *
open_named (const Attempt *attempt, const char *module, GError **error)
{
  g_autoptr (CeModuleEntry) entry = ce_registry_find (NULL, module, error);
  g_autoptr (GError) local_error = NULL;
  CeToken *token;

  if (entry == NULL)
    return NULL;
  token = open_through (attempt, entry, &local_error);
  if (token == NULL && local_error != NULL)
    g_propagate_error (error, g_steal_pointer (&local_error));
  else if (token == NULL)
    explain (attempt->reader, entry->name, error);
  return token;
}

static CeToken *
open_registered (const Attempt *attempt, GError **error)
{
  g_autoptr (GPtrArray) entries = ce_registry_list (NULL);
  g_autoptr (GString) tried = g_string_new (NULL);

  for (guint i = 0; i < entries->len; i++)
    {
      const CeModuleEntry *entry = g_ptr_array_index (entries, i);
      g_autoptr (GError) local_error = NULL;
      CeToken *token = open_through (attempt, entry, &local_error);

      if (token != NULL)
        return token;
      if (g_error_matches (local_error, CE_ERROR, CE_ERROR_TOKEN_GONE))
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return NULL;
        }
      g_string_append_printf (tried, "%s%s%s%s", tried->len > 0 ? ", " : "", entry->name,
                              local_error != NULL ? ": " : "",
                              local_error != NULL ? local_error->message : "");
    }
  explain (attempt->reader, tried->str, error);
  return NULL;
}

CeToken *
ce_token_open_watched (const char *reader, const char *module, CeModuleNotify about_to_load,
                       gpointer user_data, GError **error)
{
  Attempt attempt = { reader, about_to_load, user_data };

  g_return_val_if_fail (reader != NULL, NULL);

  if (module != NULL)
    return open_named (&attempt, module, error);
  return ce_reader_check_card (reader, error) ? open_registered (&attempt, error) : NULL;
}

CeToken *
ce_token_open (const char *reader, const char *module, GError **error)
{
  return ce_token_open_watched (reader, module, NULL, NULL, error);
}

static void
clear_info (CeTokenInfo *info)
{
  g_free (info->reader);
  g_free (info->module_path);
  g_free (info->label);
  g_free (info->manufacturer);
  g_free (info->model);
  g_free (info->serial);
}

void
ce_token_free (CeToken *token)
{
  if (token == NULL)
    return;
  if (token->logged_in)
    token->f->C_Logout (token->session);
  if (token->session != CK_INVALID_HANDLE)
    token->f->C_CloseSession (token->session);
  ce_module_close (token->module);
  clear_info (&token->info);
  g_clear_pointer (&token->pin, ce_pin_free);
  g_clear_pointer (&token->seen_ids, g_hash_table_unref);
  g_clear_error (&token->sign_error);
  g_free (token);
}

const CeTokenInfo *
ce_token_info (const CeToken *token)
{
  return &token->info;
}

void
ce_token_remember_key (CeToken *token, const char *public_key_id, GBytes *id)
{
  if (*public_key_id != '\0' && g_bytes_get_size (id) > 0)
    g_hash_table_replace (token->seen_ids, g_strdup (public_key_id), g_bytes_ref (id));
}

static void
pad (CK_UTF8CHAR *field, gsize size, const char *text)
{
  memset (field, ' ', size);
  memcpy (field, text, MIN (strlen (text), size));
}

char *
ce_token_uri (const CeToken *token)
{
  P11KitUri *uri = p11_kit_uri_new ();
  CK_TOKEN_INFO *raw = p11_kit_uri_get_token_info (uri);
  char *formatted = NULL;
  char *text;

  pad (raw->label, sizeof raw->label, token->info.label);
  pad (raw->manufacturerID, sizeof raw->manufacturerID, token->info.manufacturer);
  pad (raw->model, sizeof raw->model, token->info.model);
  pad (raw->serialNumber, sizeof raw->serialNumber, token->info.serial);
  p11_kit_uri_format (uri, P11_KIT_URI_FOR_TOKEN, &formatted);
  p11_kit_uri_free (uri);

  text = g_strdup (formatted != NULL ? formatted : "pkcs11:");
  free (formatted);
  return text;
}

gboolean
ce_token_fail (const CeToken *token, CK_RV rv, const char *doing, GError **error)
{
  CeErrorCode code = ce_pkcs11_code (rv);
  const char *words = ce_pkcs11_words (rv);

  if (ce_pkcs11_is_vague (rv) && ce_token_lost_card (token))
    {
      code = CE_ERROR_TOKEN_GONE;
      words = ce_pkcs11_words (CKR_DEVICE_REMOVED);
    }
  g_set_error (error, CE_ERROR, (gint) code, "token '%s': cannot %s: %s", token->info.label, doing, words);
  return FALSE;
}
