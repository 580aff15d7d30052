/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/enroll/held.h"
#include "agent/enroll/enrollment.h"

/**
 * ce_retire:
 *
 * Takes the job's old certificate off the card, and before it its key, unless another certificate is for it, another
 * job waits for one, or it may have been used to encrypt. What is gone already is no error. Needs login.
 */
gboolean ce_retire (const CeEnrollContext *context, const CeJob *job, GError **error);

/**
 * ce_retire_deletes_key:
 *
 * A key that may be needed to read something is never deleted by a machine: one whose certificate allows encryption by
 * its key usage and by its purposes. A certificate for authentication only encrypts nothing that is kept.
 */
gboolean ce_retire_deletes_key (const CeCertificate *certificate);
