/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "agent/base/secret.h"

/* What a person is told when asked for a PIN. All borrowed. */
typedef struct
{
  const char *program;     /* pinentry from the settings; %NULL: "pinentry" in PATH */
  const char *title;       /* "cardenroll" */
  const char *card;        /* label of the card, "alice's card" */
  const char *serial;
  const char *reader;
  const char *purpose;     /* "to get your certificate Lab Smartcard" */
  int tries_left;          /* -1: unknown; shown when it is below 3 */
  gboolean last_try;
  guint pin_min, pin_max;  /* 0: unknown */
  guint timeout_s;
} CePinPrompt;

/**
 * ce_prompt_pin:
 *
 * Runs pinentry (Assuan) and returns the PIN; it travels over one pipe and is in no other process of ours. Blocks
 * until the person answers, at most @timeout_s, or until a signal arrives that has a handler: so a worker is stopped.
 * Passes TTY, DISPLAY and locale on. What cannot be a PIN by @pin_min and @pin_max is asked for again.
 * Errors: CANCELLED, TIMED_OUT, PIN_UNAVAILABLE (no pinentry, or it failed: says which).
 */
CePin *ce_prompt_pin (const CePinPrompt *prompt, GError **error);

/**
 * ce_prompt_password:
 * @prompt: its ->program, ->title, ->timeout_s and ->purpose count
 *
 * As ce_prompt_pin(), for the password of @user at @host; asks once. It is locked and wiped as a PIN is.
 */
CePin *ce_prompt_password (const CePinPrompt *prompt, const char *user, const char *host, GError **error);

/* Asks a yes/no question through pinentry's CONFIRM. @ret_yes is set on success. */
gboolean ce_prompt_confirm (const CePinPrompt *prompt, const char *question, gboolean *ret_yes, GError **error);
