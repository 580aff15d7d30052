/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "policy/plan.h"

/* What became of an action that did not come to an end, while the others went on: docs/adr/0090-one-ca-does-not-stop-the-others.md */
typedef struct
{
  const CeAction *action; /* borrowed from the plan */
  GError *error;
} CeFailure;

/* Takes @error. */
CeFailure *ce_failure_new (const CeAction *action, GError *error);
void ce_failure_free (CeFailure *failure);

/* Is @error about one CA, template or certificate? Else it is about card, PIN, reader, session or journal, and what comes next would
 * fail as well. */
gboolean ce_failure_is_of_one_action (const GError *error);

/* Of several CeFailure the one that a person reads first: what goes away by itself comes before a refusal, so that it is tried again
 * soon. %NULL: there is none. */
const CeFailure *ce_failure_to_report (const GPtrArray *failures);

/* (transfer full) (nullable): why @action, which needs a CA, will fail, too: each CA that issues its template has just not answered for
 * one of @failures. */
GError *ce_failure_of_same_ca (const GPtrArray *failures, const CePolicy *policy, const CeAction *action);
