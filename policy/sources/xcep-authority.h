/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "policy/sources/xcep-reading.h"

/**
 * ce_xcep_read_authorities:
 * @services: where they go; ->authorities of @reading finds them by their reference
 *
 * Source: [MS-XCEP] 3.1.4.1.3.2 (CA), 3.1.4.1.3.4 (CAURI).
 */
void ce_xcep_read_authorities (CeXcepReading *reading, const xmlNode *authorities, GPtrArray *services);

/* Notes that the CAs which the child cAs of @policy names issue the template @name. */
void ce_xcep_publish (CeXcepReading *reading, const xmlNode *policy, const char *name);

/* Gives every CA the list of what it issues, when all templates are read. */
void ce_xcep_finish_authorities (CeXcepReading *reading);
