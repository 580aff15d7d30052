/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "policy/policy.h"

/**
 * CeSuperseding: which template of a policy takes the place of which, transitively. Source: [MS-CRTD] 2.21
 * (msPKI-Supersede-Templates lists names); that it goes on through other templates is how Windows behaves.
 * Names of templates that do not exist are skipped. Making it costs
 * the names that all templates list, times a 64th of the number of templates; what is asked afterwards next to
 * nothing.
 */
typedef struct _CeSuperseding CeSuperseding;

/* @templates: of CeTemplate; borrowed, and indices below are into it. */
CeSuperseding *ce_superseding_new (const GPtrArray *templates);
void ce_superseding_free (CeSuperseding *superseding);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeSuperseding, ce_superseding_free)

/**
 * Does template @by take the place of template @index? Where two supersede each other, the one that comes
 * first in the list stays.
 */
gboolean ce_superseding_replaces (const CeSuperseding *superseding, guint by, guint index);

/**
 * The first template for which @among is set and that takes the place of template @index; G_MAXUINT where
 * none does.
 */
guint ce_superseding_successor (const CeSuperseding *superseding, guint index, const gboolean *among);
