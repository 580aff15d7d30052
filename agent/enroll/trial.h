/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* A real logon with the card: AS exchange with PKINIT, its ticket thrown away. All borrowed. */
typedef struct
{
  const char *principal;     /* alice@LAB.TEST */
  const char *module_path;   /* of the PKCS#11 module that libkrb5 loads: it has one token, and wants no PIN */
  const char *key_id;        /* CKA_ID of key and certificate, hex: names the one certificate to use */
  const GPtrArray *roots;    /* of GBytes, DER: trusted for the KDC's certificate */
  const char *kdc_host;      /* (nullable): dNSName that the KDC's certificate may have in place of its principal */
} CeTrial;

/**
 * ce_trial_logon:
 *
 * Blocks on card and network, at most what krb5.conf allows. The token is open, logged in and lent (pkcs11/lend.h):
 * libkrb5 neither initialises a module nor sees the PIN.
 *
 * Errors: LOGON_REFUSED with the KDC's words, KDC_UNREACHABLE, NOT_TRUSTED, FAILED.
 */
gboolean ce_trial_logon (const CeTrial *trial, GError **error);
