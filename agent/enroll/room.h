/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/enroll/enrollment.h"

/**
 * Room on the card, for a key and for its certificate. Few tokens tell beforehand how much there is
 * (CK_TOKEN_INFO); the others say so when they are full. docs/adr/0081.
 */

/**
 * ce_room_check:
 * @algorithm: of the key that is to be made
 *
 * Does what the token tells allow for a key and for a certificate as large as its largest? Also where it
 * tells nothing. Errors: TOKEN_FULL, with the bytes.
 */
gboolean ce_room_check (const CeEnrollContext *context, const char *algorithm, GError **error);

/**
 * ce_room_make:
 * @failed: (transfer full): why there is no room, TOKEN_FULL
 *
 * Offers to the person, one after the other, what nobody needs any more: certificates that have expired,
 * unless their key may be needed to read something, and keys without a certificate that no job waits for. The
 * first one that may go is deleted, and the caller may try again; what was offered once is not offered again
 * to the same enrolment. Needs login.
 *
 * Returns: %FALSE with @failed, and what could be deleted, where nothing was. Errors also: TOKEN_GONE,
 * JOURNAL.
 */
gboolean ce_room_make (CeEnrollment *enrollment, GError *failed, GError **error);
