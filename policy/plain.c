/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/plain.h"

#define ASK " Ask your administrator."

/* "%s" is what people call the template. */
static const char *const words[CE_N_REASONS] = {
  [CE_REASON_UP_TO_DATE] = "You have a valid certificate of '%s'.",
  [CE_REASON_PENDING] = "The request for '%s' waits for approval. Ask who approves it.",
  [CE_REASON_NO_ENROLL_RIGHT] = "You may not enrol for '%s' yet.",
  [CE_REASON_NO_AUTOENROLL_RIGHT] = "'%s' is not handed out to you by itself yet.",
  [CE_REASON_NOT_FLAGGED_FOR_AUTOENROLLMENT] = "'%s' is not handed out by itself." ASK,
  [CE_REASON_NOT_PUBLISHED] = "No certification authority issues '%s' at present." ASK,
  [CE_REASON_NO_USABLE_CA] = "No certification authority that issues '%s' can be used from here." ASK,
  [CE_REASON_NEEDS_SIGNATURES] = "'%s' needs the signature of an enrollment agent. Ask your helpdesk.",
  [CE_REASON_SUBJECT_IN_REQUEST] = "'%s' needs a name that a person has to write. Ask your helpdesk.",
  [CE_REASON_AUTOENROLLMENT_DISABLED] = "Automatic enrolment is switched off for you." ASK,
  [CE_REASON_SCHEMA_VERSION] = "'%s' is too old to be handed out by itself." ASK,
  [CE_REASON_WRONG_TYPE] = "'%s' is not meant for a person's card." ASK,
  [CE_REASON_KEY_ARCHIVAL] = "'%s' wants a copy of the private key, which never leaves a card." ASK,
  [CE_REASON_ATTESTATION] = "'%s' wants its key in the computer, not on a card." ASK,
  [CE_REASON_CLIENT_VERSION] = "'%s' is meant for newer programs than this one." ASK,
  [CE_REASON_ATTRIBUTE_MISSING]
  = "Your account lacks a name or mail address that '%s' puts into the certificate." ASK,
  [CE_REASON_KEY_NOT_POSSIBLE]
  = "This card cannot make the key that '%s' wants. Ask your helpdesk for another card.",
  [CE_REASON_DENIED] = "The last request for '%s' was refused or given up." ASK,
  [CE_REASON_ISSUED_IN_VAIN] = "What was issued for '%s' last does not count." ASK,
  [CE_REASON_SUPERSEDED_BY] = "Another kind of certificate takes the place of '%s'.",
  [CE_REASON_NO_TEMPLATE] = "Certificates of this kind are not issued any more." ASK,
  [CE_REASON_SKIP_AUTO_RENEWAL] = "'%s' is not renewed before it has ended." ASK,
};

/* Rights come with a group. */
static char *
ask_for_right (const CeTemplate *template)
{
  if (template == NULL || *template->rights_ask == '\0')
    return g_strdup (ASK);
  return g_strdup_printf (" Ask your administrator for membership of %s.", template->rights_ask);
}

char *
ce_plain_words (CeReason because, const CeTemplate *template)
{
  const char *name = template != NULL ? template->display_name : "this certificate";
  const char *sentence = (guint) because < CE_N_REASONS ? words[because] : NULL;
  g_auto (GStrv) parts
      = g_strsplit (sentence != NULL ? sentence : "There is nothing to do for '%s'.", "%s", 2);

  g_autofree char *text = g_strjoinv (name, parts);
  g_autofree char *ask = NULL;

  if (because != CE_REASON_NO_ENROLL_RIGHT && because != CE_REASON_NO_AUTOENROLL_RIGHT)
    return g_steal_pointer (&text);
  ask = ask_for_right (template);
  return g_strconcat (text, ask, NULL);
}

char *
ce_plain_refusal (const CeVerdict *verdict)
{
  if (verdict->because == CE_REASON_KEY_NOT_POSSIBLE)
    return g_strdup_printf ("template '%s': %s", verdict->template->display_name, verdict->detail);
  return ce_plain_words (verdict->because, verdict->template);
}
