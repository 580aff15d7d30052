/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/base/error.h"

#include <string.h>

G_DEFINE_QUARK (ce-error-quark, ce_error)

typedef struct
{
  const char *name;
  CeExitCode exit_code;
  const char *hint;
} ErrorRow;

static const ErrorRow rows[CE_N_ERRORS] = {
  [CE_ERROR_FAILED] = { "failed", CE_EXIT_FAILED, NULL },
  [CE_ERROR_USAGE] = { "usage", CE_EXIT_USAGE, "See 'cardenroll --help'." },
  [CE_ERROR_NOT_FOUND] = { "not-found", CE_EXIT_NOT_FOUND, NULL },
  [CE_ERROR_CANCELLED] = { "cancelled", CE_EXIT_FAILED, "Nothing was lost; run it again when you are ready." },
  [CE_ERROR_TIMED_OUT] = { "timed-out", CE_EXIT_FAILED,
                           "Take the card out and insert it again; if it happens again, run 'cardenroll doctor'." },
  [CE_ERROR_BUSY] = { "busy", CE_EXIT_FAILED, "Wait until the other job on this card is done." },
  [CE_ERROR_MISCONFIGURED] = { "misconfigured", CE_EXIT_FAILED,
                               "Correct the setting that the message names; 'man cardenroll.conf' describes each." },
  [CE_ERROR_NOT_SUPPORTED] = { "not-supported", CE_EXIT_FAILED, NULL },

  [CE_ERROR_PCSC_UNAVAILABLE] = { "pcsc-unavailable", CE_EXIT_CARD,
                                  "Start the smart card service: systemctl start pcscd.socket" },
  [CE_ERROR_PCSC_DENIED]
  = { "pcsc-denied", CE_EXIT_CARD,
      "Log on at this machine's own screen, or let polkit grant you org.debian.pcsc-lite.access_pcsc and "
      "org.debian.pcsc-lite.access_card." },
  [CE_ERROR_READER_GONE] = { "reader-gone", CE_EXIT_CARD, "Plug the card reader in again." },
  [CE_ERROR_NO_CARD] = { "no-card", CE_EXIT_CARD, "Insert a smart card." },
  [CE_ERROR_TOKEN_GONE] = { "token-gone", CE_EXIT_CARD,
                            "Insert the same card again: the work carries on where it stopped." },
  [CE_ERROR_NO_MODULE] = { "no-module", CE_EXIT_CARD,
                           "Install the PKCS#11 module that your card's maker provides, or name it: "
                           "[card] module= in cardenroll.conf." },
  [CE_ERROR_MODULE_FAILED]
  = { "module-failed", CE_EXIT_CARD,
      "Take the card out and insert it again; if it happens again, update the PKCS#11 module that the message names." },
  [CE_ERROR_TOKEN_NOT_INITIALIZED] = { "token-not-initialized", CE_EXIT_CARD,
                                       "Ask your helpdesk to initialise the card and give it a PIN." },
  [CE_ERROR_TOKEN_FULL] = { "token-full", CE_EXIT_CARD,
                            "Run 'cardenroll run' in a terminal: it asks what it may delete. Otherwise ask your helpdesk for another card." },

  [CE_ERROR_PIN_INCORRECT] = { "pin-incorrect", CE_EXIT_CARD, "Try again with the right PIN." },
  [CE_ERROR_PIN_LOCKED] = { "pin-locked", CE_EXIT_CARD, "Ask your helpdesk to unblock the card's PIN." },
  [CE_ERROR_PIN_LAST_TRY] = { "pin-last-try", CE_EXIT_CARD,
                              "One more wrong PIN locks the card. Be sure of the PIN, or ask your helpdesk." },
  [CE_ERROR_PIN_NOT_SET] = { "pin-not-set", CE_EXIT_CARD, "Ask your helpdesk to give the card a PIN." },
  [CE_ERROR_PIN_PAD_NEEDED] = { "pin-pad-needed", CE_EXIT_CARD, "Enter the PIN on the reader's own key pad." },
  [CE_ERROR_PIN_UNAVAILABLE]
  = { "pin-unavailable", CE_EXIT_CARD,
      "Pass the PIN with --pin-fd; or, without --batch, install a pinentry program: pinentry-gnome3, pinentry-qt or "
      "pinentry-curses." },

  [CE_ERROR_NO_TICKET] = { "no-ticket", CE_EXIT_UNREACHABLE, "Log on to the domain, or get a Kerberos ticket: kinit" },
  [CE_ERROR_DIRECTORY_UNREACHABLE]
  = { "directory-unreachable", CE_EXIT_UNREACHABLE,
      "Check the network connection to the domain; the work is done when the directory answers again." },
  [CE_ERROR_CA_UNREACHABLE]
  = { "ca-unreachable", CE_EXIT_UNREACHABLE,
      "Check the network connection to the certification authority. What was begun on the card carries on when it answers "
      "again." },
  [CE_ERROR_KDC_UNREACHABLE] = { "kdc-unreachable", CE_EXIT_UNREACHABLE,
                                 "Check the network connection to the domain controller." },
  [CE_ERROR_NOT_TRUSTED]
  = { "not-trusted", CE_EXIT_UNREACHABLE,
      "Do not go on. Tell your administrator which host the message names and why its certificate was refused." },
  [CE_ERROR_PROTOCOL] = { "protocol", CE_EXIT_FAILED, "Tell your administrator what the message says." },

  [CE_ERROR_POLICY_DENIED] = { "policy-denied", CE_EXIT_REFUSED,
                               "'cardenroll explain' says for each template what decided it." },
  [CE_ERROR_CA_DENIED] = { "ca-denied", CE_EXIT_REFUSED,
                           "Ask the administrators of the certification authority, and show them this message." },
  [CE_ERROR_LOGON_REFUSED] = { "logon-refused", CE_EXIT_REFUSED,
                               "'cardenroll logon-test' says what the domain controller does not accept." },

  [CE_ERROR_JOURNAL] = { "journal", CE_EXIT_FAILED,
                         "Do what the message says; the work then carries on where it stopped." },
};

static const ErrorRow *
row (CeErrorCode code)
{
  return &rows[(guint) code < CE_N_ERRORS ? code : CE_ERROR_FAILED];
}

const char *
ce_error_name (CeErrorCode code)
{
  return row (code)->name;
}

CeErrorCode
ce_error_from_name (const char *name)
{
  for (guint i = 0; name != NULL && i < CE_N_ERRORS; i++)
    if (strcmp (rows[i].name, name) == 0)
      return (CeErrorCode) i;
  return CE_ERROR_FAILED;
}

CeExitCode
ce_error_exit_code (CeErrorCode code)
{
  return row (code)->exit_code;
}

const char *
ce_error_hint (CeErrorCode code)
{
  return row (code)->hint;
}

CeErrorCode
ce_error_code (const GError *error)
{
  if (error == NULL || error->domain != CE_ERROR || (guint) error->code >= CE_N_ERRORS)
    return CE_ERROR_FAILED;
  return (CeErrorCode) error->code;
}
