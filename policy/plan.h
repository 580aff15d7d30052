/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "policy/policy.h"

/**
 * The heart: policy + what is on the card + what is pending + time → plan. Pure: no I/O, no clock, no
 * globals. The same world always gives the same plan, in the same order.
 *
 * How a template is judged, the first that speaks decides:
 *
 *   1. a request of it is issued: fetch-pending; or pending: fetch-pending when it is time to ask again,
 *      otherwise none/pending
 *   2. it is not eligible: none, with the reason (policy/eligible.h has the order)
 *   3. an eligible template supersedes it, directly or through others: none/superseded-by
 *   4. what is on the card (policy/standing.h): none/up-to-date, or an action with its reason
 *   5. autoenrollment (AEPolicy) does not allow that action: none/autoenrollment-disabled
 *   6. the last request for it was refused, or what came of it did not count (policy/setback.h): none/denied,
 *      none/issued-in-vain for a while
 *
 * What ends soon and is not renewed by itself is listed beside the actions: policy/ending.h.
 *
 * What is done: `renew` where a certificate in force falls due and `reenroll` where the template's major
 * version has changed, both vouched for by that certificate; `supersede` where one of a superseded template
 * is in force; `enroll` in all other cases, also for what has expired or is revoked.
 */

/* A certificate on the card, as far as the plan cares. Made by agent/enroll from pkcs11/ and agent/x509/. */
typedef struct
{
  char *fingerprint;   /* SHA-256 of the DER, lower-case hex: its name in plans and results */
  char *subject;       /* for people */
  char *template_oid;  /* from szOID_CERTIFICATE_TEMPLATE; "" where it has none */
  char *template_name; /* from szOID_ENROLL_CERTTYPE; "" where it has none */
  guint template_major;
  guint template_minor;
  gint64 not_before_unix;
  gint64 not_after_unix;
  gboolean has_private_key; /* the matching key is on the card */
  gboolean trusted;         /* chains to a root of the policy */
  gboolean revoked;
  char *revocation; /* since when and why; or, where it is not revoked, why that is not known; "" */
  char *upn;        /* UPN of the SAN; "" where there is none */
  char *sid;        /* of the SID extension; "" where there is none */
  gboolean decrypts;     /* its key may be needed to read something: no `remove` ever takes it */
  gboolean ca_renewed;   /* its CA has another key now, and certificates are to be renewed for that */
  gboolean ca_withdrawn; /* for logon, and its CA is none of NTAuthCertificates any more */
} CeHeld;

CeHeld *ce_held_new (void);
void ce_held_free (CeHeld *held);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeHeld, ce_held_free)

/* A request that a CA has not decided yet, or whose certificate has not been written, from the journal. */
typedef struct
{
  char *template_name;
  char *ca_name;
  char *request_id;
  gint64 since_unix;
  gint64 ask_again_unix;
  gboolean issued; /* it is decided, and the certificate is here: it only has to be written */
  char *replaces;  /* fingerprint of the certificate that leaves the card for it; "": none does */
} CePending;

CePending *ce_pending_new (const char *template_name, const char *ca_name, const char *request_id,
                           gint64 since_unix, gint64 ask_again_unix);
void ce_pending_free (CePending *pending);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CePending, ce_pending_free)

typedef enum
{
  CE_SETBACK_DENIED,    /* the CA refused it */
  CE_SETBACK_CANCELLED, /* its user gave it up */
  CE_SETBACK_IN_VAIN,   /* it was issued, and did not count from the beginning */
} CeSetbackKind;

/* How the last request of a template ended, where not well, from the journal: policy/setback.h */
typedef struct
{
  char *template_name;
  CeSetbackKind kind;
  char *ca_name;
  char *request_id; /* "" where it had none */
  char *note;       /* the CA's reason; or what ce_standing_flaw() said of the certificate */
  gint64 when_unix;
  guint count; /* how often in a row, with the same note */
} CeSetback;

CeSetback *ce_setback_new (const char *template_name, CeSetbackKind kind, gint64 when_unix);
void ce_setback_free (CeSetback *setback);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeSetback, ce_setback_free)

typedef enum
{
  CE_ACTION_NONE,
  CE_ACTION_ENROLL,
  CE_ACTION_RENEW,
  CE_ACTION_SUPERSEDE,
  CE_ACTION_REENROLL,
  CE_ACTION_FETCH_PENDING,
  CE_ACTION_REMOVE,
  CE_N_ACTIONS
} CeActionKind;

typedef enum
{
  /* why something is done */
  CE_REASON_NO_VALID_CERTIFICATE,
  CE_REASON_RENEWAL_DUE,
  CE_REASON_TEMPLATE_MAJOR_VERSION,
  CE_REASON_SUPERSEDED_BY,
  CE_REASON_EXPIRED,
  CE_REASON_REVOKED,
  CE_REASON_USER_NAME_CHANGED, /* it is the user's by its SID, but for another UPN */
  CE_REASON_SID_CHANGED,       /* it is the user's by its UPN, but for another SID */
  CE_REASON_CA_RENEWED,
  CE_REASON_CA_WITHDRAWN,
  CE_REASON_PENDING_ISSUED,
  CE_REASON_REQUESTED, /* a person named the template */
  /* why nothing is done */
  CE_REASON_UP_TO_DATE,
  CE_REASON_PENDING,
  CE_REASON_NO_ENROLL_RIGHT,
  CE_REASON_NO_AUTOENROLL_RIGHT,
  CE_REASON_NOT_FLAGGED_FOR_AUTOENROLLMENT,
  CE_REASON_NOT_PUBLISHED,
  CE_REASON_NO_USABLE_CA,
  CE_REASON_NEEDS_SIGNATURES,
  CE_REASON_SUBJECT_IN_REQUEST,
  CE_REASON_AUTOENROLLMENT_DISABLED,
  CE_REASON_SCHEMA_VERSION,
  CE_REASON_WRONG_TYPE, /* for machines, CAs, or not for cards */
  CE_REASON_KEY_ARCHIVAL,
  CE_REASON_ATTESTATION,
  CE_REASON_CLIENT_VERSION,
  CE_REASON_ATTRIBUTE_MISSING, /* the template wants a mail address and the user has none */
  CE_REASON_KEY_NOT_POSSIBLE,  /* the card cannot make such a key */
  CE_REASON_DENIED,            /* not long ago, or given up */
  CE_REASON_ISSUED_IN_VAIN,    /* not long ago, and it did not count */
  /* why a certificate that ends is not renewed, where none of those above says it */
  CE_REASON_NO_TEMPLATE,
  CE_REASON_SKIP_AUTO_RENEWAL,
  CE_N_REASONS
} CeReason;

/* Kebab case, "fetch-pending", "no-valid-certificate": the same in JSON, D-Bus, the journal and the man page.
 */
const char *ce_action_name (CeActionKind kind);
const char *ce_reason_name (CeReason reason);

typedef struct
{
  CeActionKind kind;
  const CeTemplate *template; /* borrowed from the policy; %NULL for remove, and for fetch-pending where the
                               * policy has lost the request's template */
  CeReason because;
  char *detail;             /* one sentence, with the attribute and value that decided */
  char *certificate; /* fingerprint of the certificate that leaves the card by it: one that is removed, or
                      * that the new one replaces once it is proved; %NULL: none does */
  const CePending *pending; /* borrowed; for fetch-pending */
  const CeTemplate *after;  /* borrowed; for remove: only once an action of the plan has got a certificate of
                             * this one;  %NULL: at once */
} CeAction;

/* The name of its template, also of one that has left the policy; %NULL for remove. */
const char *ce_action_template_name (const CeAction *action);

/* One for every template, also where nothing follows from it. */
typedef struct
{
  const CeTemplate *template;
  CeActionKind verdict;
  CeReason because;
  char *detail;
} CeVerdict;

/* A certificate in force of the user's that ends soon, by the policy's percentage, and that nothing renews by itself. */
typedef struct
{
  char *certificate;          /* fingerprint */
  char *subject;              /* for people */
  const CeTemplate *template; /* borrowed from the policy; %NULL where it has none of its */
  gint64 not_after_unix;
  CeReason because;
  char *detail; /* why it is not renewed, with the attribute and value that decided */
  char *words;  /* the same for the card's holder, and whom to ask: sentences */
} CeEnding;

typedef struct
{
  GPtrArray *actions;  /* of CeAction, in the order in which to carry them out; remove comes last */
  GPtrArray *verdicts; /* of CeVerdict, by template name */
  GPtrArray *endings;  /* of CeEnding, the one that ends first before the others; empty where a person asked for one template */
  gint64 next_look_unix;
} CePlan;

/* What the card can do; all %TRUE and 0 where nothing is known. */
typedef struct
{
  guint max_rsa_bits; /* 0: no RSA key generation */
  gboolean ec_p256;
  gboolean ec_p384;
} CeCardAbilities;

typedef struct
{
  const CePolicy *policy;
  const GPtrArray *held;            /* of CeHeld; %NULL: none */
  const GPtrArray *pending;         /* of CePending; %NULL: none */
  const GPtrArray *setbacks;        /* of CeSetback, at most one a template; %NULL: none */
  const GPtrArray *unproved;        /* of char *: templates whose last certificate the KDC refused, so that nothing
                                       leaves the card for it; %NULL: none */
  const GPtrArray *published;       /* of CeHeld, without keys: the user's certificates in the directory
                                      (user.certificates); %NULL: none */
  const CeCardAbilities *abilities; /* %NULL: nothing is known, everything is taken as possible */
  guint ways;                       /* CeCaAuthentication bits: how this user can prove to a CA who he is; 0: Kerberos */
  gint64 now_unix;
  gint64 look_every_s;

  /* A person asks for this one (cn or display name); or %NULL. The plan is about it alone then (no verdict at
   * all where it does not exist), and neither AEPolicy nor the template's autoenrollment flag and right nor
   * its schema version nor whether it is for cards counts. What the CA will insist on still does: the Enroll
   * right, publication, type, signatures, subject. A valid certificate still means that there is nothing to
   * do. */
  const char *only_template;

  /* With it: the fingerprint of a certificate of that template which a person wants renewed before it is due;
   * or %NULL. */
  const char *renew;
} CeWorld;

/* Returns: (transfer full): borrows from @world's policy and pending, which must outlive it. Never fails. */
CePlan *ce_plan_make (const CeWorld *world);
CePlan *ce_plan_new (gint64 next_look_unix); /* (transfer full): that does nothing */
void ce_plan_free (CePlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CePlan, ce_plan_free)
