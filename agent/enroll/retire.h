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
