/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "agent/enroll/checks.h"
#include "agent/enroll/enroll.h"
#include "agent/worker/readers.h"
#include "agent/worker/session.h"

/* The parts of a result as JSON; docs/worker-stream.md. All return (transfer full). */

typedef enum
{
  CE_OUTCOME_DONE,
  CE_OUTCOME_NOTHING_TO_DO,
  CE_OUTCOME_WAITING,
  CE_OUTCOME_REFUSED,
  CE_OUTCOME_FAILED,
  CE_OUTCOME_OFFERED, /* something is due, can wait, and was not begun */
} CeOutcome;

JsonObject *ce_report_new (CeOutcome outcome);

/* Which card it was about, in as many words as a notice needs. */
JsonObject *ce_report_card (const CeTokenInfo *info);

/* What went wrong: code, message and hint. */
JsonObject *ce_report_trouble (const GError *error);

/* A failed result; @error is of CE_ERROR. @info: (nullable): tells the tries that are left. */
JsonObject *ce_report_error (const GError *error, const CeTokenInfo *info);

JsonObject *ce_report_token (const CeTokenInfo *info, const char *uri);
JsonArray *ce_report_certificates (const GPtrArray *entries);
/* @jobs: those of the card that are not over; nullable. A key says the template whose certificate it waits for. */
JsonArray *ce_report_keys (const CeInventory *inventory, const GPtrArray *jobs);
JsonArray *ce_report_checks (const GPtrArray *checks);
JsonArray *ce_report_jobs (const GPtrArray *jobs);
JsonArray *ce_report_history (const GPtrArray *lines);
JsonObject *ce_report_performed (const CePerformed *performed, const char *note, double seconds);

/* The object of `plan --json`. */
JsonNode *ce_report_plan (const CeSession *session);
