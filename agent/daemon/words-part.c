/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/daemon/words-part.h"

#include <string.h>

#include "agent/daemon/look.h"
#include "agent/daemon/phrases.h"
#include "ui/job/json.h"
#include "ui/job/plain.h"

#define MAX_TOLD 3

/* What was not got, with the reason. */
static gboolean
is_trouble (JsonObject *performed)
{
  return ce_phrase_has_outcome (performed, "failed") || ce_phrase_has_outcome (performed, "refused");
}

/* Did the result's error come from @performed? */
static gboolean
is_its_error (JsonObject *performed, const CeJobError *error)
{
  const char *code = ce_json_string (ce_json_object (performed, "error"), "code");

  if (ce_phrase_has_outcome (performed, "refused"))
    return error->code == CE_ERROR_CA_DENIED;
  return ce_phrase_has_outcome (performed, "failed") && g_strcmp0 (code, ce_error_name (error->code)) == 0;
}

static void
append (GString *body, const char *sentence)
{
  g_string_append_printf (body, "%s%s", body->len > 0 ? " " : "", sentence);
}

static void
append_done (GString *body, const CeCard *card)
{
  g_autofree char *which = ce_card_words (card);
  g_autofree char *what = ce_phrase_done (card->last->object);

  if (*what != '\0')
    g_string_append_printf (body, "New on %s: %s.", which, what);
}

static void
append_trouble (GString *body, JsonObject *result, JsonObject *performed)
{
  const char *name = ce_phrase_template (result, ce_json_string (performed, "template"));
  const char *note = ce_json_string (performed, "note");
  const gboolean refused = ce_phrase_has_outcome (performed, "refused");
  g_autofree char *prefix = g_strdup_printf ("template '%s': ", name != NULL ? name : "");
  g_autofree char *plain = NULL;
  g_autofree char *why = NULL;
  g_autofree char *text = NULL;

  if (note != NULL && g_str_has_prefix (note, prefix))
    note += strlen (prefix);
  plain = ce_job_plain (note != NULL && *note != '\0' ? note : "the reason is not known");
  why = ce_phrase_sentence (plain);
  /* What is only removed has no template. */
  text = name != NULL ? g_strdup_printf ("'%s' was %s: %s", name, refused ? "refused" : "not got", why)
                      : g_strdup_printf ("What is of no use any more was not removed: %s", why);
  append (body, text);
}

static void
append_waiting (GString *body, JsonObject *result, JsonObject *performed)
{
  const char *name = ce_phrase_template (result, ce_json_string (performed, "template"));
  g_autofree char *text = g_strdup_printf ("'%s' waits for approval.", name != NULL ? name : "");

  append (body, text);
}

CeNotice *
ce_words_for_part (const CeCard *card)
{
  const CeJobResult *result = card->last;
  JsonArray *performed = ce_json_array (result->object, "performed");
  g_autoptr (GString) body = g_string_new (NULL);
  gboolean good = FALSE, about_one = FALSE;
  guint n_trouble = 0;

  append_done (body, card);
  good = body->len > 0;
  for (guint i = 0; i < ce_json_length (performed); i++)
    {
      JsonObject *one = ce_json_nth (performed, i);

      about_one |= is_its_error (one, result->error);
      good |= ce_phrase_has_outcome (one, "waiting");
      if (ce_phrase_has_outcome (one, "waiting"))
        append_waiting (body, result->object, one);
      else if (is_trouble (one) && n_trouble++ < MAX_TOLD)
        append_trouble (body, result->object, one);
    }
  if (!about_one || !good)
    return NULL;
  if (ce_look_is_backing_off (result))
    append (body, "It is tried again by itself.");
  else if (result->error->hint != NULL)
    append (body, result->error->hint);
  return ce_notice_new (CE_ICON_PROBLEM, CE_URGENCY_NORMAL, g_strdup ("Your card is not complete yet"),
                        g_strdup (body->str));
}
