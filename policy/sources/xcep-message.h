/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/ca/ca.h"
#include "policy/policy.h"

/* The messages of [MS-XCEP] without the network: text out, and a hostile answer in. */

typedef struct
{
  const char *to;          /* URL of the endpoint */
  gint64 last_update_unix; /* when the policy was asked for before; 0: never */
  const CeLogin *login;    /* %NULL: HTTP or TLS tells who asks */
} CeXcepQuestion;

/**
 * ce_xcep_question:
 *
 * GetPolicies for all policies, whatever version of client they are for: that the plan judges itself. Where
 * there is a password, the text holds it: wipe it with ce_wipe() when it is sent.
 *
 * Returns: (transfer full): the message. Source: [MS-XCEP] 3.1.4.1.1.1, 3.1.4.1.3.9.
 */
char *ce_xcep_question (const CeXcepQuestion *question, char **ret_message_id);

/* What a policy service says. */
typedef struct
{
  char *policy_id;
  char *friendly_name;     /* "" */
  guint next_update_hours; /* 0 where it does not say */
  gboolean not_changed;    /* since ->last_update_unix: there are no templates then */
  GPtrArray *templates;    /* of CeTemplate, by name; with the rights of who asked */
  GPtrArray *services;     /* of CeEnrollmentService, by name */
  GStrv skipped;           /* one sentence for each object that could not be read */
} CeXcepAnswer;

#define CE_XCEP_MAX_TEMPLATES 10000
#define CE_XCEP_MAX_SERVICES 1000

/**
 * ce_xcep_read:
 * @answer: hostile, at most %CE_SOAP_MAX_POLICY_BYTES
 * @message_id: of the question; an answer that names another one is refused, one that names none is taken
 * @host: of the service, for sentences
 *
 * A template or CA that is malformed is left out and named in ->skipped. What an answer leaves out (nil, or
 * an element that is missing) has the value that [MS-CRTD] gives an absent attribute.
 *
 * A CA has no name in XCEP: it is called by the common name in its certificate.
 *
 * Errors: PROTOCOL; CA_DENIED where the service does not accept who asks. Source: [MS-XCEP] 3.1.4.1.3.
 */
CeXcepAnswer *ce_xcep_read (GBytes *answer, const char *message_id, const char *host, GError **error);
void ce_xcep_answer_free (CeXcepAnswer *answer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeXcepAnswer, ce_xcep_answer_free)
