/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/plan.h"

static const char *const action_names[CE_N_ACTIONS] = {
  [CE_ACTION_NONE] = "none",         [CE_ACTION_ENROLL] = "enroll",
  [CE_ACTION_RENEW] = "renew",       [CE_ACTION_SUPERSEDE] = "supersede",
  [CE_ACTION_REENROLL] = "reenroll", [CE_ACTION_FETCH_PENDING] = "fetch-pending",
  [CE_ACTION_REMOVE] = "remove",
};

static const char *const reason_names[CE_N_REASONS] = {
  [CE_REASON_NO_VALID_CERTIFICATE] = "no-valid-certificate",
  [CE_REASON_RENEWAL_DUE] = "renewal-due",
  [CE_REASON_TEMPLATE_MAJOR_VERSION] = "template-major-version",
  [CE_REASON_SUPERSEDED_BY] = "superseded-by",
  [CE_REASON_EXPIRED] = "expired",
  [CE_REASON_REVOKED] = "revoked",
  [CE_REASON_USER_NAME_CHANGED] = "user-name-changed",
  [CE_REASON_SID_CHANGED] = "sid-changed",
  [CE_REASON_CA_RENEWED] = "ca-renewed",
  [CE_REASON_CA_WITHDRAWN] = "ca-withdrawn",
  [CE_REASON_PENDING_ISSUED] = "pending-issued",
  [CE_REASON_REQUESTED] = "requested",
  [CE_REASON_UP_TO_DATE] = "up-to-date",
  [CE_REASON_PENDING] = "pending",
  [CE_REASON_NO_ENROLL_RIGHT] = "no-enroll-right",
  [CE_REASON_NO_AUTOENROLL_RIGHT] = "no-autoenroll-right",
  [CE_REASON_NOT_FLAGGED_FOR_AUTOENROLLMENT] = "not-flagged-for-autoenrollment",
  [CE_REASON_NOT_PUBLISHED] = "not-published",
  [CE_REASON_NO_USABLE_CA] = "no-usable-ca",
  [CE_REASON_NEEDS_SIGNATURES] = "needs-signatures",
  [CE_REASON_SUBJECT_IN_REQUEST] = "subject-in-request",
  [CE_REASON_AUTOENROLLMENT_DISABLED] = "autoenrollment-disabled",
  [CE_REASON_SCHEMA_VERSION] = "schema-version",
  [CE_REASON_WRONG_TYPE] = "wrong-type",
  [CE_REASON_KEY_ARCHIVAL] = "key-archival",
  [CE_REASON_ATTESTATION] = "attestation",
  [CE_REASON_CLIENT_VERSION] = "client-version",
  [CE_REASON_ATTRIBUTE_MISSING] = "attribute-missing",
  [CE_REASON_KEY_NOT_POSSIBLE] = "key-not-possible",
  [CE_REASON_NO_TEMPLATE] = "no-template",
  [CE_REASON_SKIP_AUTO_RENEWAL] = "skip-auto-renewal",
  [CE_REASON_DENIED] = "denied",
  [CE_REASON_ISSUED_IN_VAIN] = "issued-in-vain",
};

const char *
ce_action_name (CeActionKind kind)
{
  return (guint) kind < CE_N_ACTIONS ? action_names[kind] : "none";
}

const char *
ce_reason_name (CeReason reason)
{
  return (guint) reason < CE_N_REASONS ? reason_names[reason] : "up-to-date";
}
