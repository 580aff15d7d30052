/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "policy/template.h"

/* AEPolicy: each bit on its own. facts: [MS-CAESO] 4.4.5.1 as others quote it. */
typedef enum
{
  CE_AUTOENROLLMENT_ENROLL = 0x1,
  CE_AUTOENROLLMENT_MANAGE = 0x2,
  CE_AUTOENROLLMENT_RETRIEVE_PENDING = 0x4,
  CE_AUTOENROLLMENT_DISABLED = 0x8000,
} CeAutoenrollment;

typedef enum
{
  CE_CA_AUTH_ANONYMOUS = 1,
  CE_CA_AUTH_KERBEROS = 2,
  CE_CA_AUTH_PASSWORD = 4,
  CE_CA_AUTH_CERTIFICATE = 8,
} CeCaAuthentication;

/* One URL of a CA; lower priority is better. Source: msPKI-Enrollment-Servers, [MS-XCEP] cAURI. */
typedef struct
{
  char *url;
  CeCaAuthentication authentication;
  guint priority;
  gboolean renewal_only;
} CeCaEndpoint;

/* pKIEnrollmentService: an enterprise CA and what it issues. */
typedef struct
{
  char *name; /* cn */
  char *display_name;
  char *host;              /* dNSHostName */
  GPtrArray *certificates; /* of GBytes, DER */
  GStrv templates;         /* names (cn) that it issues */
  GPtrArray *endpoints;    /* of CeCaEndpoint, best first */
  gboolean may_enroll;
  char *unusable;     /* why its certificates are of no use; "": one of them is, or none was looked at */
} CeEnrollmentService;

/* The user whom the policy is for. */
typedef struct
{
  char *principal; /* alice@LAB.TEST */
  char *upn;       /* userPrincipalName, or made from the account name */
  gboolean upn_guessed; /* it is made: the source did not tell it, and a certificate may well have another one */
  char *account;   /* sAMAccountName */
  char *dn;
  char *sid;
  char *mail;              /* "" where there is none */
  GStrv groups;            /* SIDs, transitive, without the well-known ones */
  GPtrArray *certificates; /* of GBytes, DER: userCertificate, for CHECK_USER_DS_CERTIFICATE */
} CeUser;

/* Is @upn a name of @user's? Also the one that everybody has without being given one, account@domain. */
gboolean ce_user_is_called (const CeUser *user, const char *upn);

struct _CeGroupPolicy; /* policy/group-policy.h */

/* Everything that decides, whichever source it came from. Immutable once made. */
typedef struct
{
  char *source; /* "ldap://dc1.lab.test", "file:/etc/…" */
  gint64 fetched_unix;
  gint64 whole_unix;           /* when a policy service last told all of it; 0 for other sources */
  gint64 next_update_unix;     /* when the source wants to be asked again; 0 where it does not say */
  gboolean no_directory;       /* the source knows little of the user and nothing of NTAuthCertificates: what it does not
                                  say is held against nobody */
  guint searches;              /* of the directory, that it took to fetch it; 0 from a cache or a file */
  gboolean cached;             /* it was read earlier, see ->fetched_unix */
  char *cached_because;        /* why it had to be taken from the cache: a sentence; "" where it is fresh */
  guint32 autoenrollment;      /* CeAutoenrollment bits */
  char *autoenrollment_source; /* where that came from, in words */
  guint32 expiry_percent; /* how much of a certificate's lifetime is left when its holder is to be told that it ends
                             and is not renewed by itself; 0: never */
  char *expiry_source;    /* where that came from, in words */
  struct _CeGroupPolicy *group_policy; /* %NULL where it was not asked */
  char *forest_id;             /* "{…}", objectGUID of the forest's root domain, where a policy server of Group Policy
                                  is to be compared with it; else ""; not kept */
  CeUser user;
  GPtrArray *templates;     /* of CeTemplate, sorted by name */
  GPtrArray *services;      /* of CeEnrollmentService */
  GPtrArray *roots;         /* of GBytes, DER: Certification Authorities */
  GPtrArray *intermediates; /* of GBytes, DER: AIA */
  GPtrArray *nt_auth;       /* of GBytes, DER: NTAuthCertificates */
  GStrv skipped;            /* one sentence for each object that could not be read */
} CePolicy;

CePolicy *ce_policy_new (void);
void ce_policy_free (CePolicy *policy);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CePolicy, ce_policy_free)

CeEnrollmentService *ce_enrollment_service_new (void);
void ce_enrollment_service_free (CeEnrollmentService *service);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeEnrollmentService, ce_enrollment_service_free)

CeCaEndpoint *ce_ca_endpoint_new (const char *url, CeCaAuthentication authentication, guint priority,
                                  gboolean renewal_only);
void ce_ca_endpoint_free (CeCaEndpoint *endpoint);

/* Is it one of CeCaAuthentication, and one alone? */
gboolean ce_ca_authentication_is_known (guint64 authentication);

/* By priority, for g_ptr_array_sort(): total, so that the order in which they came does not matter. */
int ce_ca_endpoint_compare (gconstpointer a, gconstpointer b);

/* By cn, else by display name, both without regard to case; %NULL where there is none. Borrowed from @policy.
 */
const CeTemplate *ce_policy_find_template (const CePolicy *policy, const char *name);

/* Does it allow what needs any of these CeAutoenrollment bits? */
gboolean ce_policy_allows (const CePolicy *policy, guint32 any_of);

/* Why it does not; @missing names the bits. (transfer full) */
char *ce_policy_describe_refusal (const CePolicy *policy, const char *missing);

/* Is @template among those that @service issues? */
gboolean ce_enrollment_service_issues (const CeEnrollmentService *service, const CeTemplate *template);

/* The services that issue @template and at which the user may enrol, in order. (transfer container) */
GPtrArray *ce_policy_services_for (const CePolicy *policy, const CeTemplate *template);
