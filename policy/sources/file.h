/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/base/config.h"
#include "policy/policy.h"

/**
 * Policy from a file, for sites without Active Directory: templates and CAs in a key file, users matched by
 * their Kerberos principal, their name or their groups in NSS. The format: cardenroll-policy(5).
 */

/* The file of [policy] file, else /etc/cardenroll/policy.conf. Errors: MISCONFIGURED, naming file, group and
 * key. */
CePolicy *ce_file_load (const CeConfig *config, GError **error);

/**
 * ce_file_parse:
 * @text: at most 1 MiB
 * @name: of the file, for messages and ->source
 * @policy: with its ->user set
 * @groups: names of the user's groups
 *
 * Fills @policy. Certificates are read from the files that @text names. Errors: as ce_file_load().
 */
gboolean ce_file_parse (const char *text, const char *name, CePolicy *policy, const char *const *groups,
                        GError **error);
