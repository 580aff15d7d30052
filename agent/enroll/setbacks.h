/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/enroll/enroll.h"

/**
 * What the plan is told of requests that ended badly, and what is written down so that it can be told:
 * docs/adr/0091-what-was-refused-or-in-vain-rests.md
 */

/* The event in the history: a certificate that did not count from the beginning; its note is ce_standing_flaw(). */
#define CE_EVENT_ISSUED_IN_VAIN "issued-in-vain"

/* The event of a logon-test that the KDC let in. */
#define CE_EVENT_LOGON_TEST "logon-test"

/* The note of a job that was given up by ce_enroll_cancel(). */
#define CE_NOTE_CANCELLED "cancelled by its user"

/* What the note of a job begins with whose certificate the KDC refused. */
#define CE_NOTE_LOGON_REFUSED "the trial logon was refused: "

/* @lines: of CeHistoryLine of one card, newest first. Returns: (transfer full) (element-type CeSetback): at most one a template */
GPtrArray *ce_setbacks_from_history (const GPtrArray *lines, const char *user);

/* @lines: as above. Returns: (transfer full) (element-type utf8): names of templates whose last certificate the KDC refused, and no
 * logon-test since then let in. */
GPtrArray *ce_unproved_from_history (const GPtrArray *lines, const char *user);

/* Both for the card and the user of @context. Errors: JOURNAL. */
gboolean ce_enroll_read_history (const CeEnrollContext *context, GPtrArray **ret_setbacks, GPtrArray **ret_unproved,
                                 GError **error);

/* Looks at a certificate that was just got as the next plan will. Where it does not count, that is written to the journal, and to
 * @performed with its note. Errors: JOURNAL. */
gboolean ce_enroll_note_flaw (const CeEnrollContext *context, CePerformed *performed, GError **error);
