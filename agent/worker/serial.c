/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "agent/worker/card.h"
#include "agent/worker/readers.h"
#include "agent/worker/session.h"

static gboolean
is_reader (const char *name)
{
  g_autoptr (GPtrArray) readers = ce_readers_list (NULL);

  for (guint i = 0; readers != NULL && i < readers->len; i++)
    if (strcmp (((const CeReader *) readers->pdata[i])->name, name) == 0)
      return TRUE;
  return FALSE;
}

gboolean
ce_session_find_serial (CeSession *session, char **ret_serial, GError **error)
{
  const char *card = session->job->card;

  if (card != NULL && g_str_has_prefix (card, "pkcs11:"))
    *ret_serial = ce_card_serial_in (card);
  else if (card != NULL && !is_reader (card))
    *ret_serial = g_strdup (card);
  if (card == NULL || *ret_serial != NULL)
    return TRUE;
  if (!ce_session_take_turn (session, FALSE, error) || !ce_session_open_card (session, error))
    return FALSE;
  *ret_serial = g_strdup (ce_token_info (session->token)->serial);
  return TRUE;
}
