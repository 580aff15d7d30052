/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/**
 * The one error domain: each code is a thing that a person can act on. What a CA answers is a result and not
 * an error, see agent/ca/ca.h.
 *
 * Each code has a name in kebab case (the same in JSON, on D-Bus, in the journal and in the man page), the exit
 * code that `cardenroll` ends with, and a sentence that says what to do.
 */
#define CE_ERROR (ce_error_quark ())

typedef enum
{
  CE_ERROR_FAILED,
  CE_ERROR_USAGE,
  CE_ERROR_NOT_FOUND,
  CE_ERROR_CANCELLED,
  CE_ERROR_TIMED_OUT,
  CE_ERROR_BUSY, /* another worker has this card */
  CE_ERROR_MISCONFIGURED,
  CE_ERROR_NOT_SUPPORTED,

  CE_ERROR_PCSC_UNAVAILABLE,
  CE_ERROR_PCSC_DENIED, /* polkit refused access to pcscd */
  CE_ERROR_READER_GONE,
  CE_ERROR_NO_CARD,
  CE_ERROR_TOKEN_GONE, /* the card was pulled meanwhile */
  CE_ERROR_NO_MODULE,  /* no PKCS#11 module takes this card */
  CE_ERROR_MODULE_FAILED,
  CE_ERROR_TOKEN_NOT_INITIALIZED,
  CE_ERROR_TOKEN_FULL,

  CE_ERROR_PIN_INCORRECT,
  CE_ERROR_PIN_LOCKED,
  CE_ERROR_PIN_LAST_TRY, /* the last try is never spent without a person's yes */
  CE_ERROR_PIN_NOT_SET,
  CE_ERROR_PIN_PAD_NEEDED,
  CE_ERROR_PIN_UNAVAILABLE, /* nobody could be asked: no pinentry, no descriptor */

  CE_ERROR_NO_TICKET,
  CE_ERROR_DIRECTORY_UNREACHABLE,
  CE_ERROR_CA_UNREACHABLE,
  CE_ERROR_KDC_UNREACHABLE,
  CE_ERROR_NOT_TRUSTED,
  CE_ERROR_PROTOCOL,

  CE_ERROR_POLICY_DENIED,
  CE_ERROR_CA_DENIED,
  CE_ERROR_LOGON_REFUSED,

  CE_ERROR_JOURNAL,

  CE_N_ERRORS
} CeErrorCode;

/* The exit codes of `cardenroll`; stable. */
typedef enum
{
  CE_EXIT_DONE = 0,
  CE_EXIT_FAILED = 1,
  CE_EXIT_NOTHING_TO_DO = 2,
  CE_EXIT_NOT_FOUND = 3,
  CE_EXIT_WAITING = 4,
  CE_EXIT_REFUSED = 5,
  CE_EXIT_CARD = 6,
  CE_EXIT_UNREACHABLE = 7,
  CE_EXIT_USAGE = 64,
} CeExitCode;

GQuark ce_error_quark (void);

/* "token-gone"; never %NULL, also for a code out of range ("failed"). */
const char *ce_error_name (CeErrorCode code);

/* The code that has this name; %CE_ERROR_FAILED where none has. */
CeErrorCode ce_error_from_name (const char *name);

CeExitCode ce_error_exit_code (CeErrorCode code);

/* What a person can do about it, a whole sentence; %NULL where there is nothing general to say. */
const char *ce_error_hint (CeErrorCode code);

/* The code of @error, %CE_ERROR_FAILED for an error of a foreign domain. */
CeErrorCode ce_error_code (const GError *error);
