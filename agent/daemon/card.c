/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/daemon/card.h"

#include <string.h>

#include "agent/base/text.h"
#include "ui/job/json.h"

#define MAX_NAME 64

CeCard *
ce_card_new (guint number, const char *reader)
{
  CeCard *card = g_new0 (CeCard, 1);

  card->number = number;
  card->reader = g_strdup (reader);
  card->serial = g_strdup ("");
  card->label = g_strdup ("");
  card->present = TRUE;
  return card;
}

void
ce_card_free (CeCard *card)
{
  if (card == NULL)
    return;
  ce_job_run_free (card->run);
  ce_job_result_free (card->last);
  g_free (card->reader);
  g_free (card->serial);
  g_free (card->label);
  g_free (card);
}

const char *
ce_card_state_name (const CeCard *card)
{
  static const char *const names[] = { "queued", "working", "ready", "waiting", "refused", "failed", "offered",
                                       "postponed" };

  return names[card->state];
}

static CeCardState
state_after (const CeJobResult *result)
{
  switch (result->outcome)
    {
    case CE_OUTCOME_DONE:
    case CE_OUTCOME_NOTHING_TO_DO:
      return CE_CARD_READY;
    case CE_OUTCOME_WAITING:
      return CE_CARD_WAITING;
    case CE_OUTCOME_REFUSED:
      return CE_CARD_REFUSED;
    case CE_OUTCOME_OFFERED:
      return CE_CARD_OFFERED;
    case CE_OUTCOME_FAILED:
    default:
      return CE_CARD_FAILED;
    }
}

/* The worker describes the card in the plan; where it did not get so far, by itself or among the readers. */
static JsonObject *
described_card (const CeCard *card, JsonObject *result)
{
  JsonObject *object = ce_json_object (ce_json_object (result, "plan"), "card");
  JsonArray *readers = ce_json_array (result, "readers");

  if (object == NULL)
    object = ce_json_object (result, "card");
  for (guint i = 0; object == NULL && i < ce_json_length (readers); i++)
    if (g_strcmp0 (ce_json_string (ce_json_nth (readers, i), "reader"), card->reader) == 0)
      object = ce_json_object (ce_json_nth (readers, i), "card");
  return object;
}

static void
set_name (char **name, const char *text)
{
  if (text == NULL)
    return;
  g_free (*name);
  *name = ce_text_clean (text, strlen (text), MAX_NAME);
}

static void
set_names (CeCard *card, JsonObject *described)
{
  set_name (&card->serial, ce_json_string (described, "serial"));
  set_name (&card->label, ce_json_string (described, "label"));
}

void
ce_card_set_progress (CeCard *card, const CeJobProgress *progress)
{
  set_names (card, progress->card);
}

void
ce_card_set_result (CeCard *card, const CeJobResult *result)
{
  JsonObject *described = described_card (card, result->object);

  ce_job_result_free (card->last);
  card->last = ce_job_result_copy (result);
  card->state = state_after (result);
  set_names (card, described);
}

void
ce_card_postpone (CeCard *card, gint64 until_unix)
{
  card->postponed_unix = until_unix;
  card->state = CE_CARD_POSTPONED;
}

const char *
ce_card_error_name (const CeCard *card)
{
  return card->last != NULL && card->last->error != NULL ? ce_error_name (card->last->error->code) : "";
}

char *
ce_card_words (const CeCard *card)
{
  if (*card->label != '\0' && *card->serial != '\0')
    return g_strdup_printf ("card '%s' (%s)", card->label, card->serial);
  if (*card->serial != '\0')
    return g_strdup_printf ("card %s", card->serial);
  return g_strdup_printf ("the card in %s", card->reader);
}
