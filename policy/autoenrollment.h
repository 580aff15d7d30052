/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "policy/policy.h"
#include "policy/registry.h"

/* Windows' own OfflineExpirationPercent. */
#define CE_EXPIRY_PERCENT 10

/**
 * What Group Policy says of autoenrollment, out of the registry settings of all GPOs together. Pure.
 *
 * Keys: Software\Policies\Microsoft\Cryptography\AutoEnrollment and …\PolicyServers.
 */

/* Flags of a policy server; certenroll's PolicyServerUrlFlags. */
typedef enum
{
  CE_POLICY_SERVER_GROUP_POLICY = 0x1,
  CE_POLICY_SERVER_REGISTRY = 0x2,
  CE_POLICY_SERVER_CLIENT_INFO = 0x4, /* requests may carry ClientId and its like */
  CE_POLICY_SERVER_AUTOENROLLMENT = 0x10,
  CE_POLICY_SERVER_ALLOW_UNTRUSTED_CA = 0x20,
} CePolicyServerFlags;

/* A place where templates and CAs come from: the directory ("LDAP:") or an XCEP service. */
typedef struct
{
  char *id;        /* name of its subkey */
  char *url;       /* "LDAP:" or https://… */
  char *policy_id; /* servers with the same one serve the same policy */
  char *friendly_name;
  guint32 flags;
  guint32 authentication; /* CeCaAuthentication */
  guint32 cost;           /* lower is better; unsigned */
  char *source;           /* which GPO */
} CePolicyServer;

typedef struct
{
  gboolean configured;    /* a GPO speaks of AEPolicy */
  guint32 policy;         /* CeAutoenrollment bits */
  char *source;           /* which GPO; "" where none speaks */
  guint32 expiry_percent; /* OfflineExpirationPercent: when to remind, 0 to 100; 10 */
  char *expiry_source;    /* which GPO; "" where none speaks of it */
  GPtrArray *servers;     /* of CePolicyServer, by ce_policy_server_compare(): groups together, best first */
  GStrv skipped;          /* one sentence for each value that cannot be what it should be */
} CeAutoenrollmentPolicy;

CeAutoenrollmentPolicy *ce_autoenrollment_policy_new (const CeRegistry *registry);
void ce_autoenrollment_policy_free (CeAutoenrollmentPolicy *policy);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeAutoenrollmentPolicy, ce_autoenrollment_policy_free)

/* By policy, then cost; of the same cost Kerberos first, then anonymous, then the rest. 0: neither is
 * better. */
int ce_policy_server_compare (const CePolicyServer *a, const CePolicyServer *b);

/* Both boxes and what they mean, for people: "enrol, manage, retrieve pending requests" (transfer full) */
char *ce_autoenrollment_describe (guint32 policy);
