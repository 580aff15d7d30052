/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pkcs11/token.h"

/* What is known of kinds of cards beyond what PKCS#11 tells. */

/**
 * ce_profile_opensc_driver:
 * @atr: (nullable): the card's answer to reset
 *
 * OpenSC asks the card for one application after the other, in the order of its drivers, until one fits. Where the
 * answer to reset tells, its driver can be named to it (OPENSC_DRIVER, opensc.conf(5)), which saves those questions.
 * %NULL: not known.
 */
const char *ce_profile_opensc_driver (GBytes *atr);

/* Is it one of those whose files hsm-files.h knows? */
gboolean ce_profile_is_smartcard_hsm (GBytes *atr);

/* Does this token make keys for its administrator only, though its module may say that it makes some? PIV cards and YubiKeys
 * want their management key (SP 800-73), which OpenSC has no way to give. */
gboolean ce_profile_wants_management_key (const CeTokenInfo *info);

/* How many tries CKF_USER_PIN_COUNT_LOW leaves on this kind of token; -1: not known. */
gint ce_profile_tries_when_low (const CeTokenInfo *info);
