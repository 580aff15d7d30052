/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "policy/plan.h"

/**
 * CeStanding: how a user stands with one template, judged by the certificates that are on the card. Pure.
 *
 * A certificate is of a template if its template extension has the template's OID, or, where it has no such
 * extension, if its template name is the template's. Of several the best counts: valid before due, due before
 * an old version, that before what the CA, the user's name or SID have left behind, before revoked, expired,
 * and unusable. The first of these that holds is what a certificate is:
 *
 *   not the user's (neither SID nor UPN are, as far as it says), without its key, untrusted: unusable
 *   revoked · expired
 *   for another SID than the user's or another UPN: one of both is. A UPN that was guessed makes nobody another
 *   one: with the SID it does not count, without it the part before the @ is compared
 *   of a CA that is no longer trusted for logon
 *   of an older major version than the template's `revision`
 *   due: now ≥ not-after − min (renewal period, a fifth of the lifetime), unless SKIP_AUTO_RENEWAL is set
 *   of a CA that has a new key, where that matters, unless SKIP_AUTO_RENEWAL is set
 *   valid; also one that becomes valid within a day, for clocks differ
 */
typedef struct
{
  CeReason because; /* up-to-date, or why something is to be done */
  char *detail;
  const CeHeld *held;     /* the certificate that decided; %NULL where there is none */
  gint64 look_again_unix; /* when a valid one falls due; 0 where there is none */
} CeStanding;

/* Clear with ce_standing_clear(). */
CeStanding ce_standing_of (const CeTemplate *template, const GPtrArray *held, const CeUser *user,
                           gint64 now_unix);
void ce_standing_clear (CeStanding *standing);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CeStanding, ce_standing_clear)

/* What @held, which is of @template, is by itself: as CeStanding.because. */
CeReason ce_standing_judge (const CeTemplate *template, const CeHeld *held, const CeUser *user,
                            gint64 now_unix);

/* Does @held say that it is @user's? */
gboolean ce_standing_is_users (const CeHeld *held, const CeUser *user);

/* Is it renewed before it ends? SKIP_AUTO_RENEWAL says that it is not. */
gboolean ce_standing_renews_by_itself (const CeTemplate *template);

/* (transfer full): what is wrong with @held, which is of @template: the same sentence for as long as certificate, template, user and
 * CA are what they are. %NULL: nothing is. */
char *ce_standing_flaw (const CeTemplate *template, const CeHeld *held, const CeUser *user, gint64 now_unix);

gboolean ce_standing_is_of (const CeHeld *held, const CeTemplate *template);

/* Is @held, which is of @template, in force: valid, due, or of an old version? */
gboolean ce_standing_is_in_force (const CeTemplate *template, const CeHeld *held, const CeUser *user,
                                  gint64 now_unix);

/* Is there a certificate in @held that is of @template and in force: valid, due, or of an old version? The
 * best one, or %NULL. */
const CeHeld *ce_standing_usable (const CeTemplate *template, const GPtrArray *held, const CeUser *user,
                                  gint64 now_unix);

/* The same for certificates that came without their keys, from the directory. */
const CeHeld *ce_standing_usable_elsewhere (const CeTemplate *template, const GPtrArray *published,
                                            const CeUser *user, gint64 now_unix);

/* When @held may be renewed, by @template and its own lifetime. */
gint64 ce_standing_due_unix (const CeTemplate *template, const CeHeld *held);

/* "2026-11-22 09:40 UTC" */
char *ce_standing_date (gint64 unix_s);
