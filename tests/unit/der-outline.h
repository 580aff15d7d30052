/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/**
 * der_outline:
 *
 * The shape of DER, one line an element, indented by depth: its type, and what a protocol fixes of its
 * content: OIDs, small numbers, booleans. Names, certificates, texts, keys, hashes and signatures are named
 * and not shown, so that two messages of the same kind have the same outline, whoever they are from. An OCTET
 * STRING that belongs to an OID (an extension, the content of a CMS) is opened where it holds DER. Aborts
 * where @der is none.
 *
 * Returns: (transfer full): lines
 */
GPtrArray *der_outline (GBytes *der);
