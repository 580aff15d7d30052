/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/worker/card.h"

#include <p11-kit/pkcs11.h>
#include <p11-kit/uri.h>
#include <string.h>

#include "agent/base/text.h"

static void
pad (unsigned char *field, gsize size, const char *text)
{
  gsize length = strlen (text);

  memset (field, ' ', size);
  memcpy (field, text, MIN (size, length));
}

static gboolean
matches_uri (const CeTokenInfo *info, const char *text)
{
  CK_TOKEN_INFO token = { 0 };
  P11KitUri *uri = p11_kit_uri_new ();
  gboolean match;

  pad (token.label, sizeof token.label, info->label);
  pad (token.manufacturerID, sizeof token.manufacturerID, info->manufacturer);
  pad (token.model, sizeof token.model, info->model);
  pad (token.serialNumber, sizeof token.serialNumber, info->serial);
  match = p11_kit_uri_parse (text, P11_KIT_URI_FOR_TOKEN, uri) == P11_KIT_URI_OK
          && p11_kit_uri_match_token_info (uri, &token);
  p11_kit_uri_free (uri);
  return match;
}

gboolean
ce_card_matches (const CeTokenInfo *info, const char *card)
{
  if (g_str_has_prefix (card, "pkcs11:"))
    return matches_uri (info, card);
  return strcmp (card, info->reader) == 0 || strcmp (card, info->serial) == 0;
}

char *
ce_card_serial_in (const char *uri_text)
{
  P11KitUri *uri = p11_kit_uri_new ();
  char *serial = NULL;

  if (p11_kit_uri_parse (uri_text, P11_KIT_URI_FOR_TOKEN, uri) == P11_KIT_URI_OK)
    {
      const CK_TOKEN_INFO *token = p11_kit_uri_get_token_info (uri);
      gsize length = sizeof token->serialNumber;

      while (length > 0 && (token->serialNumber[length - 1] == ' ' || token->serialNumber[length - 1] == '\0'))
        length--;
      if (length > 0 && token->serialNumber[0] != '\0')
        serial = ce_text_clean ((const char *) token->serialNumber, length, length);
    }
  p11_kit_uri_free (uri);
  return serial;
}
