/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "policy/policy.h"
#include "policy/sources/entry.h"

extern const char *const ce_enrollment_service_attributes[];

/**
 * ce_enrollment_service_from_entry:
 * @entry: a pKIEnrollmentService
 *
 * Without ->may_enroll: that needs the user.
 *
 * Returns: (transfer full) (nullable): %NULL with PROTOCOL, naming the CA, where it has no name, no
 * certificate, or issues nothing by templates (flags has NO_TEMPLATE_SUPPORT 0x1: a stand-alone CA).
 *
 * Source: [MS-WCCE] 2.2.2.11.2.
 */
CeEnrollmentService *ce_enrollment_service_from_entry (const CeEntry *entry, GError **error);

/**
 * ce_ca_endpoint_parse:
 * @value: one value of msPKI-Enrollment-Servers: priority, authentication, renewal only, URL and, not always,
 *   key-based renewal, each on a line of its own
 *
 * Returns: (transfer full) (nullable): %NULL where it is none, or its URL is not https.
 *
 * Source: [MS-ADA2] 2.612; values written by certutil and by the AD CS role.
 */
CeCaEndpoint *ce_ca_endpoint_parse (const char *value);

/* Adds every value of cACertificate that may be a DER certificate. Others (a placeholder of one zero byte)
 * are not. */
void ce_certificates_from_entry (const CeEntry *entry, const char *attribute, GPtrArray *certificates);
