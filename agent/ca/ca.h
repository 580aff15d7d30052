/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "agent/base/secret.h"
#include "agent/ca/credential.h"

/**
 * CeCa: one endpoint of a certification authority, whatever protocol it speaks. What it answers is a result
 * and no error. One file per protocol; wstep.c is [MS-WSTEP]. Worker only: every call blocks on the network,
 * at most the timeout it was made with.
 */
typedef struct _CeCa CeCa;

typedef enum
{
  CE_CA_ISSUED,
  CE_CA_PENDING,
  CE_CA_DENIED,
} CeCaOutcome;

typedef struct
{
  CeCaOutcome outcome;
  GBytes *certificate; /* issued: DER, its public key is the request's */
  GPtrArray *chain;    /* issued: of GBytes, every other certificate that came along */
  char *request_id;    /* "" where the CA gave none */
  char *poll_url;      /* pending: where to ask again; "" */
  char *reason;        /* pending, denied: the CA's own words, cleaned */
  guint32 hresult;     /* denied: 0 where there is none */
} CeCaReply;

void ce_ca_reply_free (CeCaReply *reply);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeCaReply, ce_ca_reply_free)

/* "CERTSRV_E_TEMPLATE_DENIED: you may not enrol for this template"; %NULL for one that is not known. */
const char *ce_ca_hresult_text (guint32 hresult);

/* Who asks, where a message itself proves it. All borrowed. */
typedef struct
{
  const char *user;
  const CePin *password;
} CeLogin;

typedef struct
{
  const char *url;  /* https:// only */
  const char *name; /* the CA's, for messages */
  guint timeout_s;
  const GPtrArray *roots;  /* of GBytes, DER: trusted for TLS beside the system's and @tls_ca_file */
  const char *tls_ca_file; /* PEM, or %NULL */
  gboolean no_login; /* the HTTP request carries no ticket: the message proves who asks, or nothing does */
  const CeCredential *credential; /* (nullable): shown where TLS asks for it, and no ticket then */
  const CeLogin *login;           /* (nullable): in each message, and no ticket then */
  gsize max_body;                 /* of an answer, bytes; 0: CE_HTTP_MAX_BODY */
} CeCaOptions;

/**
 * Gets the password of @user for @host from a person, once a job. Returns: borrowed from @data. Errors:
 * CANCELLED, TIMED_OUT, PIN_UNAVAILABLE.
 */
typedef const CePin *(*CeAskPassword) (const char *user, const char *host, gpointer data, GError **error);

/**
 * ce_ca_new_wstep:
 * @options: ->credential and ->login are borrowed until ce_ca_free()
 *
 * A WSTEP client that authenticates by the credential, by the login, or else by Kerberos (HTTP Negotiate, SPN
 * HTTP/<host>). Errors: MISCONFIGURED.
 */
CeCa *ce_ca_new_wstep (const CeCaOptions *options, GError **error);

void ce_ca_free (CeCa *ca);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeCa, ce_ca_free)

/**
 * ce_ca_submit:
 * @request: DER PKCS#10, CMS or CMC; borrowed until the call returns
 * @public_key_id: see ce_public_key_id(): a certificate for another key is refused as PROTOCOL
 * @ret_reply: (transfer full): a denial is an answer, not an error
 *
 * @ret_maybe_sent: (nullable): set in any case: after an error, whether the CA may have the request all the
 * same. %FALSE: another endpoint may be asked, or the same later. %TRUE: sending it again could leave two
 * certificates
 *
 * The certificate in an issued reply is the one for @public_key_id; the caller checks its chain with
 * ce_certificate_verify() and its template, and may pass ->chain as intermediates. Sent once; blocks at most
 * the timeout, and a little longer where it must be found out why a ticket was refused.
 *
 * Errors: CA_UNREACHABLE, KDC_UNREACHABLE, NO_TICKET, NOT_TRUSTED, PROTOCOL; CA_DENIED where the service did
 * not let the person in and so never took the request (a denial by the CA is a reply); MISCONFIGURED where
 * the trusted certificates cannot be loaded; those of ->credential's device. Source: [MS-WSTEP] 3.1.4.1,
 * RequestSecurityToken2.
 */
gboolean ce_ca_submit (CeCa *ca, GBytes *request, const char *public_key_id, CeCaReply **ret_reply,
                       gboolean *ret_maybe_sent, GError **error);

/* Asks for a pending request again. As ce_ca_submit(). Source: [MS-WSTEP] 3.1.4.1.2.7, QueryTokenStatus. */
gboolean ce_ca_query (CeCa *ca, const char *request_id, const char *public_key_id, CeCaReply **ret_reply,
                      GError **error);
