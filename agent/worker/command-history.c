/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "agent/worker/card.h"
#include "agent/worker/commands.h"
#include "agent/worker/report.h"

static gboolean
is_reader (const char *name)
{
  g_autoptr (GPtrArray) readers = ce_readers_list (NULL);

  for (guint i = 0; readers != NULL && i < readers->len; i++)
    if (strcmp (((const CeReader *) readers->pdata[i])->name, name) == 0)
      return TRUE;
  return FALSE;
}

/* The journal knows cards by their serial number. Only who names a card in another way has to have it at hand. */
static gboolean
find_serial (CeSession *session, char **ret_serial, GError **error)
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

JsonObject *
ce_command_history (CeSession *session, GError **error)
{
  g_autofree char *serial = NULL;
  g_autoptr (GPtrArray) lines = NULL;
  JsonObject *result;

  if (!find_serial (session, &serial, error) || !ce_session_open_journal (session, error))
    return NULL;
  lines = ce_journal_history (session->journal, serial, session->job->limit, error);
  if (lines == NULL)
    return NULL;
  result = ce_report_new (CE_OUTCOME_DONE);
  json_object_set_array_member (result, "history", ce_report_history (lines));
  return result;
}
