/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

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

typedef struct
{
  const char *url;  /* https:// only */
  const char *name; /* the CA's, for messages */
  guint timeout_s;
  const GPtrArray *roots;  /* of GBytes, DER: trusted for TLS beside the system's and @tls_ca_file */
  const char *tls_ca_file; /* PEM, or %NULL */
} CeCaOptions;

/* A WSTEP client that authenticates by Kerberos (HTTP Negotiate, SPN HTTP/<host>). Errors: MISCONFIGURED. */
CeCa *ce_ca_new_wstep (const CeCaOptions *options, GError **error);

void ce_ca_free (CeCa *ca);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeCa, ce_ca_free)

/**
 * ce_ca_submit:
 * @request: DER PKCS#10, CMS or CMC; borrowed until the call returns
 * @public_key_id: see ce_public_key_id(): a certificate for another key is refused as PROTOCOL
 * @ret_reply: (transfer full): a denial is an answer, not an error
 *
 * Errors: CA_UNREACHABLE, NO_TICKET, NOT_TRUSTED, PROTOCOL. After CA_UNREACHABLE @ret_maybe_sent tells
 * whether the request may have reached the CA. Source: [MS-WSTEP] 3.1.4.1, RequestSecurityToken2.
 */
gboolean ce_ca_submit (CeCa *ca, GBytes *request, const char *public_key_id, CeCaReply **ret_reply,
                       gboolean *ret_maybe_sent, GError **error);

/* Asks for a pending request again. As ce_ca_submit(). Source: [MS-WSTEP] 3.1.4.1.2.7, QueryTokenStatus. */
gboolean ce_ca_query (CeCa *ca, const char *request_id, const char *public_key_id, CeCaReply **ret_reply,
                      GError **error);
