/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/worker/failure.h"
#include "agent/worker/session.h"

/* Carries a session's plan out, and reports what became of it. */

typedef struct
{
  GPtrArray *performed; /* of CePerformed */
  GArray *seconds;      /* of double, one for each */
  GPtrArray *failed;    /* of CeFailure: the actions that came to nothing, while the others went on */
  gboolean tidied;      /* what an earlier job had left undone is to be done, or was */
  char *trial_note;
} CeWork;

void ce_work_init (CeWork *work);
void ce_work_clear (CeWork *work);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CeWork, ce_work_clear)

/* Asks the CAs, then for the PIN, then does everything; what was done stays in @work also where it fails half way. What is only
 * about one action (failure.h) is kept in @work, and the others go on; an error is about all that would come after it. */
gboolean ce_work_do (CeSession *session, CeWork *work, GError **error);

/**
 * ce_work_report:
 * @plan: (transfer full): the report of the plan as it was before
 * @stopped: (nullable): the error that ended the work
 *
 * Returns: (transfer full)
 */
JsonObject *ce_work_report (const CeSession *session, const CeWork *work, JsonNode *plan,
                            const GError *stopped);
