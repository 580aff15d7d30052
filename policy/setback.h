/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "policy/standing.h"

/**
 * CeSetback: what became of the last request for a template, where it was not what the template promises: the CA refused it, or
 * issued a certificate that counts for nothing. Asking again at once would cost a PIN and a key, and bring the same. So the plan leaves
 * it alone for a while: a day after a refusal; after a certificate in vain a day, and twice as long for each that is the same again, at
 * most 32 days. A person who names the template asks at once. Pure. docs/adr/0091-what-was-refused-or-in-vain-rests.md
 */

/* Could an action for @template come to the same end as the last one? @ret_until_unix: when it is tried again. */
const CeSetback *ce_setback_find (const CeWorld *world, const CeTemplate *template, gint64 *ret_until_unix);

/* Is @held the certificate in vain for which @template rests? It stays on the card: it says that nothing has changed. */
gboolean ce_setback_is_about (const CeWorld *world, const CeTemplate *template, const CeHeld *held);

/* (transfer full): one sentence */
char *ce_setback_describe (const CeSetback *setback, const CeTemplate *template, gint64 until_unix);
