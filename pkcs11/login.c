/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/base/error.h"
#include "pkcs11/error.h"
#include "pkcs11/token-private.h"

/* "; 2 tries are left" as far as the token tells. */
static const char *
tries_words (const CeTokenInfo *info, char *buffer, gsize size)
{
  if (info->tries_left == 1)
    return "; one try is left";
  if (info->tries_left > 1)
    g_snprintf (buffer, size, "; %d tries are left", info->tries_left);
  else
    g_strlcpy (buffer, info->pin_count_low ? "; few tries are left" : "", size);
  return buffer;
}

static gboolean
fail (const CeToken *token, GError **error, CeErrorCode code, const char *what)
{
  g_set_error (error, CE_ERROR, (gint) code, "token '%s': %s", token->info.label, what);
  return FALSE;
}

/* What can be known before a try is spent. */
static gboolean
may_try (const CeToken *token, const CePin *pin, gboolean spend_last_try, GError **error)
{
  const CeTokenInfo *info = &token->info;
  gsize length = 0;

  if (info->pin_locked)
    return fail (token, error, CE_ERROR_PIN_LOCKED, "the PIN is locked");
  if (info->initialized && !info->pin_set)
    return fail (token, error, CE_ERROR_PIN_NOT_SET, "no PIN is set on the card");
  if (!info->initialized)
    return fail (token, error, CE_ERROR_TOKEN_NOT_INITIALIZED, "the card is not initialised");
  if (pin == NULL && !info->pin_pad)
    return fail (token, error, CE_ERROR_PIN_UNAVAILABLE, "the reader has no PIN pad, and no PIN was given");
  if (info->pin_final_try && !spend_last_try)
    return fail (token, error, CE_ERROR_PIN_LAST_TRY,
                 "only one try is left for the PIN, and it was not spent");
  if (pin == NULL)
    return TRUE;

  ce_pin_peek (pin, &length);
  if (length < info->pin_min || (info->pin_max > 0 && length > info->pin_max))
    {
      g_set_error (error, CE_ERROR, CE_ERROR_PIN_INCORRECT,
                   "token '%s': its PIN has %u to %u characters; no try was spent", info->label,
                   info->pin_min, info->pin_max);
      return FALSE;
    }
  return TRUE;
}

static CK_RV
login (CeToken *token, CK_USER_TYPE user, const CePin *pin)
{
  gsize length = 0;
  const char *text = pin != NULL ? ce_pin_peek (pin, &length) : NULL;

  return token->f->C_Login (token->session, user, (CK_UTF8CHAR_PTR) text, length);
}

static gboolean
fail_login (CeToken *token, CK_RV rv, GError **error)
{
  char tries[64];

  if (ce_pkcs11_code (rv) != CE_ERROR_PIN_INCORRECT && ce_pkcs11_code (rv) != CE_ERROR_PIN_LOCKED)
    return ce_token_fail (token, rv, "log in", error);
  if (!ce_token_refresh (token, error))
    return FALSE;
  if (rv == CKR_PIN_LOCKED || token->info.pin_locked)
    return fail (token, error, CE_ERROR_PIN_LOCKED,
                 rv == CKR_PIN_LOCKED ? "the PIN is locked" : "the PIN is wrong, and is locked now");
  g_set_error (error, CE_ERROR, CE_ERROR_PIN_INCORRECT, "token '%s': %s%s", token->info.label,
               ce_pkcs11_words (rv), tries_words (&token->info, tries, sizeof tries));
  return FALSE;
}

gboolean
ce_token_login (CeToken *token, CePin *pin, gboolean spend_last_try, GError **error)
{
  g_autoptr (CePin) owned = pin;
  CK_RV rv;

  if (token->logged_in)
    return TRUE;
  if (!ce_token_refresh (token, error) || !may_try (token, owned, spend_last_try, error))
    return FALSE;

  rv = login (token, CKU_USER, owned);
  if (rv != CKR_OK && rv != CKR_USER_ALREADY_LOGGED_IN)
    return fail_login (token, rv, error);
  token->logged_in = TRUE;
  token->pin = g_steal_pointer (&owned);
  return TRUE;
}

gboolean
ce_token_is_logged_in (const CeToken *token)
{
  return token->logged_in;
}

CK_RV
ce_token_authenticate_use (CeToken *token)
{
  g_return_val_if_fail (token->pin != NULL || token->info.pin_pad, CKR_USER_NOT_LOGGED_IN);

  return login (token, CKU_CONTEXT_SPECIFIC, token->pin);
}
