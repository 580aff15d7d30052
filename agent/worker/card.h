/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pkcs11/token.h"

/**
 * ce_card_matches:
 * @card: what a person gave with --card: an RFC 7512 URI, a reader's name or a token's serial number
 */
gboolean ce_card_matches (const CeTokenInfo *info, const char *card);

/* The serial number that an RFC 7512 URI names; %NULL where it names none. (transfer full) */
char *ce_card_serial_in (const char *uri_text);
