/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "policy/plan.h"

/**
 * Is a template one that this user may get on this card without a person's help? Pure.
 *
 * The order in which reasons are found, so that the most telling one is given: wrong-type, not-published,
 * no-enroll-right, schema-version, not-flagged-for-autoenrollment, no-autoenroll-right, needs-signatures,
 * subject-in-request, key-archival, attestation, client-version, attribute-missing, key-not-possible,
 * no-usable-ca.
 */

/* Who issues what: made once for a plan, so that templates × CAs is not searched again and again. */
typedef struct _CeOffers CeOffers;

CeOffers *ce_offers_new (const CePolicy *policy);
void ce_offers_free (CeOffers *offers);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeOffers, ce_offers_free)

/**
 * ce_eligible:
 * @asked: a person named the template: see CeWorld.only_template
 * @ret_because, @ret_detail: set only where it is not eligible; @ret_detail is (transfer full)
 */
gboolean ce_eligible (const CeWorld *world, const CeOffers *offers, const CeTemplate *template,
                      gboolean asked, CeReason *ret_because, char **ret_detail);
