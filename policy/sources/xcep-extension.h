/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "policy/template.h"

/**
 * ce_xcep_take_extension:
 * @value: DER of what the extension holds
 *
 * XCEP hands out key usage, extended key usage, application and certificate policies as the extensions that a
 * request is to have; here they become fields of @template again. Other extensions are passed over.
 *
 * Errors: PROTOCOL, naming the extension. Source: [MS-XCEP] 3.1.4.1.3.12; RFC 5280 4.2.1.
 */
gboolean ce_xcep_take_extension (CeTemplate *template, const char *oid, GBytes *value, GError **error);
