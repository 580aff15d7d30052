/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "policy/sources/entry.h"
#include "policy/template.h"

/* What to ask a directory for, ends with %NULL. */
extern const char *const ce_template_attributes[];

/**
 * ce_template_from_entry:
 * @entry: a pKICertificateTemplate
 *
 * Without the rights: those need the user. Absent attributes have the value that [MS-CRTD] 2 gives them:
 * schema version 1, everything else 0 or empty.
 *
 * Returns: (transfer full) (nullable): %NULL with PROTOCOL, naming template, attribute and value, where an
 *   attribute cannot be what it should be.
 *
 * Source: [MS-CRTD] 2.1–2.28; the two syntaxes of msPKI-RA-Application-Policies: 2.23.
 */
CeTemplate *ce_template_from_entry (const CeEntry *entry, GError **error);

/**
 * The properties of a version 3 or 4 template, "name`type`value`" again and again. Unknown names and
 * incomplete triplets are left out.
 *
 * Returns: (transfer full): name → value, both strings.
 */
GHashTable *ce_template_parse_properties (const char *text);
