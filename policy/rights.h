/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "policy/access.h"
#include "policy/template.h"

/**
 * What a user may do with a template, from its security descriptor, with the reason in words. The sources of
 * policy that have descriptors (the directory, a file) use it; XCEP brings the answer itself.
 */

/* Names of SIDs: "S-1-5-21-…-1103" → "LAB\Card Users". Keys and values are strings. */
typedef GHashTable CeSidNames;

/* The name of @sid: from @names (may be %NULL), else a well-known one, else the SID itself. */
char *ce_sid_display_name (const CeSid *sid, const CeSidNames *names);

/**
 * ce_rights_evaluate:
 * @sd: %NULL where the source could not read it: nothing is granted then
 * @sids: the user's token
 * @n_groups: how many groups the user has, for the sentence
 * @names: (nullable): names of SIDs
 *
 * Sets ->rights, ->rights_detail and ->rights_ask of @template. The sentence speaks of the first right that is missing,
 * Enroll before AutoEnroll; where both are granted, of whom they are granted to.
 */
void ce_rights_evaluate (CeTemplate *template, const CeSecurityDescriptor *sd, const CeSidSet *sids,
                         guint n_groups, const CeSidNames *names);
