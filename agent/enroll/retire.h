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
 * ce_retire_alone:
 * @action: %CE_ACTION_REMOVE
 * @ret_job: (out) (optional) (transfer full): as it stands in the journal, done
 *
 * The same as a job of its own, so that a removal that is cut off is carried on.
 */
gboolean ce_retire_alone (const CeEnrollContext *context, const CeAction *action, CeJob **ret_job, GError **error);
