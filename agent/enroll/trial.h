/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "agent/base/secret.h"

/* A real logon with the card: AS exchange with PKINIT, its ticket thrown away. All borrowed. */
typedef struct
{
  const char *principal;     /* alice@LAB.TEST */
  const char *module_path;   /* of the PKCS#11 module that serves the card: libkrb5 loads it itself */
  const char *token_label;
  const char *key_id;        /* CKA_ID of key and certificate, hex: names the one certificate to use */
  const GPtrArray *roots;    /* of GBytes, DER: trusted for the KDC's certificate */
  const char *kdc_host;      /* (nullable): dNSName that the KDC's certificate may have in place of its principal */
} CeTrial;

/**
 * ce_trial_logon:
 * @pin: (nullable): %NULL where the reader has its own PIN pad
 *
 * Blocks on card and network, at most what krb5.conf allows. The token must be closed by then: libkrb5 initialises
 * the module for itself, and a module is initialised once a process. The PIN is given once; a wrong one is not
 * tried again.
 *
 * Errors: LOGON_REFUSED with the KDC's words, KDC_UNREACHABLE, NOT_TRUSTED, PIN_LAST_TRY, FAILED.
 */
gboolean ce_trial_logon (const CeTrial *trial, const CePin *pin, GError **error);
