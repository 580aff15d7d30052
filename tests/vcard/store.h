/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * A card on disk: lines of text, one thing a line, described in README.md.
 *
 *   vcard 1
 *   serial VCARD0001
 *   device-key HEX            DER of the private key
 *   initialised OPTIONS       absent on a card as it left the factory
 *   user-pin TRIES MAX HEX
 *   so-pin TRIES MAX HEX
 *   file FID HEX              HEX may be empty
 *   key NUMBER HEX            DER of the private key
 *   end
 */

#include "tests/vcard/card.h"

/* Larger files are refused unread. */
#define VC_STORE_MAX (8 * 1024 * 1024)

/**
 * vc_store_parse:
 * @text: the content of a state file; need not be terminated
 *
 * Takes nothing for granted: unknown, repeated, missing, oversized or malformed lines are errors.
 *
 * Returns: (transfer full) (nullable): the card; NULL with @error naming the line
 */
VcCard *vc_store_parse (const char *text, size_t len, VcError *error);

/* The opposite of vc_store_parse(). False when a key cannot be written out. */
bool vc_store_format (const VcCard *card, VcBuf *out);

/* Reads @path. */
VcCard *vc_store_load (const char *path, VcError *error);

/* Writes beside @path, then renames over it, so that a reader sees the old card or the new one; mode 0600. */
bool vc_store_save (const VcCard *card, const char *path, VcError *error);
