/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "policy/plan.h"

/**
 * Which certificates of the user's on the card end soon without being renewed by themselves. Pure.
 *
 * A certificate in force with its key, trusted, and by its UPN or SID the user's, of whose lifetime no more than
 * the policy's ->expiry_percent is left; unless an action of the plan takes its place, it will be renewed as soon
 * as that is due, or another one of its template is on the card and ends later. A request that waits for its CA
 * renews nothing yet.
 *
 * Source: Set-CertificateAutoEnrollmentPolicy, ExpirationPercentage; docs/adr/0094-certificates-that-end.md.
 */

/* @plan: complete but for these, which are added to it. */
void ce_endings_add (const CeWorld *world, CePlan *plan);
