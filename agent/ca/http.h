/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "agent/ca/ca.h"

/**
 * CeHttp: one HTTPS endpoint and one connection that is kept open between calls. TLS 1.2 or later with the
 * host's certificate always checked; Kerberos by HTTP Negotiate unless ->no_login, ->credential or ->login;
 * no redirects, no cookies, no compression.
 */
typedef struct _CeHttp CeHttp;

#define CE_HTTP_MAX_BODY (4 * 1024 * 1024)
#define CE_HTTP_DEFAULT_TIMEOUT_S 60

/* Errors: MISCONFIGURED where the URL is no plain https:// one or the roots cannot be read. */
CeHttp *ce_http_new (const CeCaOptions *options, GError **error);
void ce_http_free (CeHttp *http);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeHttp, ce_http_free)

const char *ce_http_url (const CeHttp *http);
const char *ce_http_host (const CeHttp *http);

/**
 * ce_http_post:
 * @ret_status: the HTTP status: 200, or one with a body of its own that the caller can read (4xx and 5xx
 * where the body is XML)
 * @ret_maybe_sent: (nullable): whether the service may have taken the question: %FALSE where nothing left
 * this machine and where the service turned it away (401, 403, 404, 503 …); set in any case
 *
 * The question goes out once; again only where the service asks for a ticket. Blocks at most the endpoint's
 * timeout; after a 401 a little longer, to find out why.
 *
 * Errors: CA_UNREACHABLE, NO_TICKET, KDC_UNREACHABLE, NOT_TRUSTED, CA_DENIED where the ticket or the client
 * certificate is not accepted, PROTOCOL for any other answer that is none; those of ->credential's device.
 *
 * Returns: (transfer full): the body, at most ->max_body, %CE_HTTP_MAX_BODY unless told
 */
GBytes *ce_http_post (CeHttp *http, const char *content_type, const char *body, guint *ret_status,
                      gboolean *ret_maybe_sent, GError **error);
