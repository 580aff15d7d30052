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
 *
 * needs-signatures and subject-in-request do not hold for one of which a certificate in force is on the card
 * and whose renewal needs neither: the old certificate vouches (PREVIOUS_APPROVAL_VALIDATE_REENROLLMENT,
 * [MS-WCCE] 3.2.2.6.2.1.4.8), the old names are taken over (OLD_CERT_SUPPLIES_SUBJECT_AND_ALT_NAME,
 * 3.1.2.4.2.2.2.10).
 */

/* Who issues what: made once for a plan, so that templates × CAs is not searched again and again. */
typedef struct _CeOffers CeOffers;

/* @ways: see CeWorld */
CeOffers *ce_offers_new (const CePolicy *policy, guint ways);
void ce_offers_free (CeOffers *offers);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeOffers, ce_offers_free)

/**
 * ce_eligible:
 * @asked: a person named the template: see CeWorld.only_template
 * @ret_because, @ret_detail: set only where it is not eligible; @ret_detail is (transfer full)
 */
gboolean ce_eligible (const CeWorld *world, const CeOffers *offers, const CeTemplate *template,
                      gboolean asked, CeReason *ret_because, char **ret_detail);
