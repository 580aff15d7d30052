/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/base/config.h"
#include "agent/base/shuffle.h"
#include "policy/policy.h"
#include "policy/sources/xcep.h"

/* All borrowed. */
typedef struct
{
  const CeConfig *config;
  CeAskPassword ask_password;       /* %NULL: nobody can be asked */
  CeFindCredential find_credential; /* %NULL: there is no client certificate */
  gpointer ask_data;                /* of both */
  const CePolicy *known;            /* the policy of the same user as it was read last; %NULL */
  CeDraw draw;                      /* of servers that are equally good; %NULL: by chance */
} CePolicyLoad;

/**
 * ce_policy_load:
 *
 * The policy from where [policy] source in cardenroll.conf says:
 *
 *   directory  Active Directory (policy/sources/directory.h). Where its Group Policy names policy servers,
 * templates and CAs are those that these hand out, one server of each group: the cheapest that answers,
 * Kerberos before the others. The directory's own count only where a row "LDAP:" names it. xcep       the
 * policy services of [policy] url, the first that answers file       a key file (policy/sources/file.h)
 *
 * Blocks on the network, at most %CE_POLICY_LOAD_TIMEOUT_S more than ce_directory_load(), and for a password
 * on a person.
 *
 * Errors: those of the source. A policy service that does not answer is named in ->skipped and is no error as
 * long as another one of its group does.
 */
#define CE_POLICY_LOAD_TIMEOUT_S 30
CePolicy *ce_policy_load (const CePolicyLoad *load, GError **error);

/**
 * ce_policy_take_servers:
 * @policy: of the directory
 * @servers: of CePolicyServer, in the order of ce_policy_server_compare()
 *
 * The part of the above that follows Group Policy. Groups and their order are as policy/autoenrollment.h has them;
 * servers that are equally good come in random order. A group with a row "LDAP:" counts only where its PolicyID is
 * @policy's ->forest_id. Source: PolicyServers of certenroll; [MS-CAESO] 4.4.5.3.2.
 *
 * Errors: that of the first server where no group could be served.
 */
gboolean ce_policy_take_servers (CePolicy *policy, const GPtrArray *servers, const CePolicyLoad *load,
                                 GError **error);
