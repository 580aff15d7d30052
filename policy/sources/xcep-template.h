/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "policy/sources/xcep-reading.h"

/**
 * ce_xcep_read_template:
 * @policy: an element CertificateEnrollmentPolicy
 *
 * Also notes which CAs issue it. Errors: PROTOCOL, naming the template and the element.
 *
 * Source: [MS-XCEP] 3.1.4.1.3.1 (Attributes), 3.1.4.1.3.7, 3.1.4.1.3.20 (PrivateKeyAttributes).
 */
CeTemplate *ce_xcep_read_template (CeXcepReading *reading, const xmlNode *policy, GError **error);
