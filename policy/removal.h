/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "policy/plan.h"
#include "policy/supersede.h"

/**
 * Which certificates leave the card without a new one being asked for in their place. Pure.
 *
 * A certificate goes that is the user's, trusted and of a template of the policy, if
 *
 *   - another one has taken its place: a better one of the same template, or one in force of an eligible
 * template that supersedes it; or such a one is about to be got by an action of the plan, and then only after
 * that was done
 *   - or it has expired or is revoked, and its template has REMOVE_INVALID_CERTIFICATE_FROM_PERSONAL_STORE
 *
 * and AEPolicy has MANAGE. Never: one whose key may be needed to read something, one in force that nothing
 * replaces, one that another action replaces by itself, one in vain for which its template rests (setback.h). Sources: [MS-CRTD] 2.26 0x400;
 * docs/adr/0060-what-leaves-the-card.md.
 */

/* What is asked of all templates of a plan. */
typedef struct
{
  const CeWorld *world;
  const GPtrArray *templates; /* of const CeTemplate, by name */
  CeSuperseding *superseding; /* of these */
  const gboolean *eligible;   /* for each */
  const GArray *in_force;     /* of guint: of which a certificate in force is on the card, in order */
  const GArray *acted;        /* of guint: for which the plan has an action, in order */
} CeRemovalView;

/* Adds the `remove` actions to @plan, which has all others already. */
void ce_removals_add (const CeRemovalView *view, CePlan *plan);
