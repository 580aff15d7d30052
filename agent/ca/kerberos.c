/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/ca/kerberos.h"

#include <krb5.h>

#include "agent/base/error.h"

typedef struct
{
  krb5_context context;
  krb5_ccache cache;
  krb5_creds wanted;
} Ticket;

static void
ticket_clear (Ticket *ticket)
{
  if (ticket->context == NULL)
    return;
  krb5_free_cred_contents (ticket->context, &ticket->wanted);
  if (ticket->cache != NULL)
    krb5_cc_close (ticket->context, ticket->cache);
  krb5_free_context (ticket->context);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Ticket, ticket_clear)

/* As libcurl does it through GSSAPI: the default cache's client, the service HTTP at the host. */
static krb5_error_code
get_ticket (Ticket *ticket, const char *host)
{
  krb5_creds *got = NULL;
  krb5_error_code code;

  if ((code = krb5_cc_default (ticket->context, &ticket->cache)) != 0
      || (code = krb5_cc_get_principal (ticket->context, ticket->cache, &ticket->wanted.client)) != 0
      || (code
          = krb5_sname_to_principal (ticket->context, host, "HTTP", KRB5_NT_SRV_HST, &ticket->wanted.server))
             != 0
      || (code = krb5_get_credentials (ticket->context, 0, ticket->cache, &ticket->wanted, &got)) != 0)
    return code;
  krb5_free_creds (ticket->context, got);
  return 0;
}

static CeErrorCode
error_code (krb5_error_code code)
{
  switch (code)
    {
    case KRB5_FCC_NOFILE:
    case KRB5_CC_NOTFOUND:
    case KRB5_CC_FORMAT:
    case KRB5_CC_BADNAME:
    case KRB5_CC_UNKNOWN_TYPE:
    case KRB5_FCC_PERM:
    case KRB5_FCC_INTERNAL:
    case KRB5KRB_AP_ERR_TKT_EXPIRED:
    case KRB5KDC_ERR_NEVER_VALID:
      return CE_ERROR_NO_TICKET;
    case KRB5_KDC_UNREACH:
    case KRB5_REALM_CANT_RESOLVE:
    case KRB5_REALM_UNKNOWN:
      return CE_ERROR_KDC_UNREACHABLE;
    default:
      return CE_ERROR_CA_DENIED;
    }
}

void
ce_kerberos_explain_refusal (const char *host, GError **error)
{
  g_auto (Ticket)
    ticket = { 0 };
  krb5_error_code code = krb5_init_context (&ticket.context);
  const char *message;

  if (code == 0)
    code = get_ticket (&ticket, host);
  if (code == 0)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_CA_DENIED, "%s does not accept your Kerberos ticket (HTTP 401)",
                   host);
      return;
    }
  message = krb5_get_error_message (ticket.context, code);
  g_set_error (error, CE_ERROR, (gint) error_code (code), "no Kerberos ticket for HTTP/%s: %s", host,
               message);
  krb5_free_error_message (ticket.context, message);
}
