/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/daemon/words.h"

#include "agent/daemon/phrases.h"
#include "agent/daemon/words-part.h"
#include "ui/job/json.h"

static const char *const summaries[CE_N_ERRORS] = {
  [CE_ERROR_TIMED_OUT] = "Your card could not be updated in time",
  [CE_ERROR_MISCONFIGURED] = "cardenroll is not set up correctly",
  [CE_ERROR_PCSC_UNAVAILABLE] = "The smart card service is not running",
  [CE_ERROR_PCSC_DENIED] = "The smart card service refuses access",
  [CE_ERROR_READER_GONE] = "Your card reader was unplugged",
  [CE_ERROR_TOKEN_GONE] = "Your card was taken out too early",
  [CE_ERROR_NO_MODULE] = "This computer does not know your card",
  [CE_ERROR_MODULE_FAILED] = "The driver of your card failed",
  [CE_ERROR_TOKEN_NOT_INITIALIZED] = "Your card is not set up yet",
  [CE_ERROR_TOKEN_FULL] = "Your card is full",
  [CE_ERROR_PIN_INCORRECT] = "Wrong PIN",
  [CE_ERROR_PIN_LOCKED] = "The PIN of your card is locked",
  [CE_ERROR_PIN_LAST_TRY] = "Only one try is left for your PIN",
  [CE_ERROR_PIN_NOT_SET] = "Your card has no PIN yet",
  [CE_ERROR_PIN_PAD_NEEDED] = "Your PIN is wanted on the reader",
  [CE_ERROR_PIN_UNAVAILABLE] = "Nobody could be asked for the PIN",
  [CE_ERROR_NO_TICKET] = "You are not logged on to the domain",
  [CE_ERROR_DIRECTORY_UNREACHABLE] = "The domain cannot be reached",
  [CE_ERROR_CA_UNREACHABLE] = "The certification authority cannot be reached",
  [CE_ERROR_KDC_UNREACHABLE] = "The domain controller cannot be reached",
  [CE_ERROR_NOT_TRUSTED] = "A server could not be trusted",
  [CE_ERROR_POLICY_DENIED] = "Your card was refused",
  [CE_ERROR_CA_DENIED] = "Your card was refused",
  [CE_ERROR_LOGON_REFUSED] = "Your card cannot log on",
  [CE_ERROR_JOURNAL] = "The record of your card cannot be kept",
};

char *
ce_words_for_error (const CeJobError *error)
{
  g_autofree char *message = ce_phrase_sentence (error->message);

  /* That a right is missing is told in whole sentences, which say whom to ask. */
  if (error->hint == NULL
      || (error->code == CE_ERROR_POLICY_DENIED && g_str_has_suffix (error->message, ".")))
    return g_steal_pointer (&message);
  return g_strconcat (message, " ", error->hint, NULL);
}

static JsonObject *
first_in_vain (JsonObject *result)
{
  JsonArray *performed = ce_json_array (result, "performed");

  for (guint i = 0; i < ce_json_length (performed); i++)
    if (ce_json_bool (ce_json_nth (performed, i), "in_vain"))
      return ce_json_nth (performed, i);
  return NULL;
}

/* Its note is what the next plan would say of it. */
static CeNotice *
in_vain (const CeCard *card, JsonObject *performed)
{
  const char *name = ce_phrase_template (card->last->object, ce_json_string (performed, "template"));
  const char *note = ce_json_string (performed, "note");
  g_autofree char *which = ce_card_words (card);
  g_autofree char *why = ce_phrase_sentence (note != NULL ? note : "");

  return ce_notice_new (CE_ICON_PROBLEM, CE_URGENCY_NORMAL,
                        g_strdup ("Your new certificate is not the right one"),
                        g_strdup_printf ("'%s' is on %s. %s", name != NULL ? name : "", which, why));
}

static CeNotice *
done (const CeCard *card)
{
  g_autofree char *what = ce_phrase_done (card->last->object);
  g_autofree char *which = ce_card_words (card);
  g_autofree char *upper = ce_phrase_sentence (which);
  char *body = *what != '\0' ? g_strdup_printf ("New on %s: %s.", which, what)
                             : g_strdup_printf ("You can use it now. %s", upper);

  return ce_notice_new (CE_ICON_CARD, CE_URGENCY_NORMAL, g_strdup ("Your card is ready"), body);
}

/* The first request that waits, and how many do. */
static JsonObject *
find_waiting (JsonObject *result, guint *ret_n)
{
  JsonArray *performed = ce_json_array (result, "performed");
  JsonObject *first = NULL;

  *ret_n = 0;
  for (guint i = 0; i < ce_json_length (performed); i++)
    if (ce_phrase_has_outcome (ce_json_nth (performed, i), "waiting") && (*ret_n)++ == 0)
      first = ce_json_nth (performed, i);
  return first;
}

static char *
approval (const CeCard *card)
{
  guint n = 0;
  JsonObject *request = find_waiting (card->last->object, &n);
  const char *id = ce_json_string (request, "request_id");
  const char *ca = ce_json_string (request, "ca");

  if (n > 1)
    return g_strdup_printf ("%u requests have to be approved. You need not do anything: the certificates are "
                            "fetched once they are issued.",
                            n);
  if (id != NULL && ca != NULL)
    return g_strdup_printf ("%s has to approve request %s. You need not do anything: the certificate is "
                            "fetched once it is issued.",
                            ca, id);
  return g_strdup ("The certification authority has to approve the request. You need not do anything: the "
                   "certificate is fetched once it is issued.");
}

static CeNotice *
waiting (const CeCard *card)
{
  g_autofree char *got = ce_phrase_done (card->last->object);
  g_autofree char *which = ce_card_words (card);
  g_autofree char *rest = approval (card);
  char *body = *got != '\0' ? g_strdup_printf ("New on %s: %s. %s", which, got, rest) : g_steal_pointer (&rest);

  return ce_notice_new (CE_ICON_CARD, CE_URGENCY_NORMAL, g_strdup ("Your card waits for approval"), body);
}

/* The worker of a card that was pulled is told to stop, and says no more than that where it was not at the card. */
gboolean
ce_words_call_back (const CeCard *card)
{
  const CeJobError *error = card->last != NULL ? card->last->error : NULL;

  return error != NULL
         && (error->code == CE_ERROR_TOKEN_GONE
             || (error->code == CE_ERROR_CANCELLED && card->touched && !card->present));
}

static char *
summary_of (const CeJobResult *result)
{
  const CeJobError *error = result->error;
  const char *text = summaries[error->code];

  if (error->code == CE_ERROR_PIN_INCORRECT && error->tries_left >= 0)
    return g_strdup_printf ("Wrong PIN: %d %s left", error->tries_left,
                            error->tries_left == 1 ? "try" : "tries");
  if (text != NULL)
    return g_strdup (text);
  return g_strdup (result->outcome == CE_OUTCOME_REFUSED ? "Your card was refused"
                                                         : "Your card could not be updated");
}

static gboolean
may_try_again (const CeJobResult *result)
{
  return result->outcome == CE_OUTCOME_FAILED && result->error->code != CE_ERROR_PIN_LOCKED
         && result->error->code != CE_ERROR_READER_GONE;
}

/* With a different card in the reader, "the same card" would not do. */
static CeNotice *
call_back (const CeCard *card)
{
  const CeJobError *error = card->last->error;
  g_autofree char *which = ce_card_words (card);
  char *body;

  if (*card->serial != '\0')
    body = g_strdup_printf ("Insert %s again: the work carries on where it stopped.", which);
  else
    body = error->code == CE_ERROR_TOKEN_GONE ? ce_words_for_error (error)
                                              : g_strdup (ce_error_hint (CE_ERROR_TOKEN_GONE));
  return ce_notice_new (CE_ICON_PROBLEM, CE_URGENCY_NORMAL, g_strdup (summaries[CE_ERROR_TOKEN_GONE]), body);
}

static CeNotice *
problem (const CeCard *card)
{
  const CeJobResult *result = card->last;
  CeNotice *notice;

  if (ce_words_call_back (card))
    return call_back (card);
  if (result->error->code == CE_ERROR_CANCELLED || result->error->code == CE_ERROR_BUSY
      || result->error->code == CE_ERROR_NO_CARD)
    return NULL;
  notice = ce_words_for_part (card);
  if (notice == NULL)
    notice = ce_notice_new (CE_ICON_PROBLEM, CE_URGENCY_NORMAL, summary_of (result),
                            ce_words_for_error (result->error));
  if (may_try_again (result) && card->present)
    {
      g_strfreev (notice->actions);
      notice->actions = g_strdupv ((char *[]){ (char *) CE_ACTION_KEY_AGAIN, (char *) "Try again", NULL });
    }
  return notice;
}

static CeNotice *
refused (void)
{
  return ce_notice_new (CE_ICON_PROBLEM, CE_URGENCY_NORMAL, g_strdup ("Your card was refused"),
                        g_strdup (ce_error_hint (CE_ERROR_POLICY_DENIED)));
}

CeNotice *
ce_words_for_result (const CeCard *card)
{
  if (card->last == NULL || card->last->outcome == CE_OUTCOME_NOTHING_TO_DO
      || card->last->outcome == CE_OUTCOME_OFFERED)
    return NULL;
  if (card->last->outcome == CE_OUTCOME_WAITING)
    return waiting (card);
  if (card->last->outcome == CE_OUTCOME_DONE)
    {
      JsonObject *vain = first_in_vain (card->last->object);

      return vain != NULL ? in_vain (card, vain) : done (card);
    }
  return card->last->error != NULL ? problem (card) : refused ();
}

CeNotice *
ce_words_for_relief (const CeCard *card)
{
  g_autofree char *which = ce_card_words (card);

  return ce_notice_new (CE_ICON_CARD, CE_URGENCY_NORMAL, g_strdup ("Your card is ready"),
                        g_strdup_printf ("Everything that should be on %s is on it.", which));
}

CeNotice *
ce_words_for_issued (const char *serial, const char *label, const char *template_name)
{
  g_autofree char *which = *label != '\0' ? g_strdup_printf ("card '%s' (%s)", label, serial)
                                          : g_strdup_printf ("card %s", serial);

  return ce_notice_new (
      CE_ICON_CARD, CE_URGENCY_NORMAL, g_strdup ("A certificate waits for your card"),
      g_strdup_printf ("Insert %s to get the certificate that was issued: %s.", which, template_name));
}

CeNotice *
ce_words_for_work (const CeCard *card, const char *doing)
{
  g_autofree char *which = ce_card_words (card);
  CeNotice *notice
      = ce_notice_new (CE_ICON_CARD, CE_URGENCY_NORMAL, g_strdup ("Leave your card in the reader"),
                       doing != NULL ? g_strdup_printf ("%s: %s.", doing, which)
                                     : g_strdup_printf ("A certificate is being made for %s.", which));

  notice->passing = notice->stays = TRUE;
  return notice;
}

static const char *
choice_words (const char *choice)
{
  return g_str_equal (choice, "yes") ? "Yes" : g_str_equal (choice, "no") ? "No" : choice;
}

CeNotice *
ce_words_for_question (const CeCard *card, const CeJobQuestion *question)
{
  g_autofree char *which = ce_card_words (card);
  g_autoptr (GStrvBuilder) actions = g_strv_builder_new ();
  CeNotice *notice
      = ce_notice_new (CE_ICON_CARD, CE_URGENCY_CRITICAL, g_strdup_printf ("A question about %s", which),
                       g_strdup (question->text != NULL ? question->text : ""));

  for (char **choice = question->choices; *choice != NULL; choice++)
    g_strv_builder_add_many (actions, *choice, choice_words (*choice), NULL);
  g_strfreev (notice->actions);
  notice->actions = g_strv_builder_end (actions);
  return notice;
}

char *
ce_words_for_trouble (const CeCard *card)
{
  return card->last != NULL && card->last->error != NULL ? ce_words_for_error (card->last->error)
                                                         : g_strdup ("");
}
