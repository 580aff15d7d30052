/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "policy/policy.h"

/* Which certificates a policy trusts that comes from no directory. */

/**
 * ce_trust_file:
 * @path: PEM; %NULL: nothing is done
 *
 * Self-signed certificates in it become roots of @policy, others intermediates. Errors: MISCONFIGURED, naming
 * the file.
 */
gboolean ce_trust_file (CePolicy *policy, const char *path, GError **error);

/**
 * ce_trust_authority:
 * @der: a CA's certificate that came from a trusted place
 *
 * A self-signed one becomes a root. Another becomes an intermediate, and where the system's store has the
 * root that it leads to, that one becomes a root.
 */
void ce_trust_authority (CePolicy *policy, GBytes *der);
