/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "agent/ca/ca-private.h"
#include "agent/ca/http.h"
#include "agent/ca/soap.h"
#include "agent/ca/wstep-message.h"

typedef struct
{
  CeCa ca;
  CeHttp *http;
  const CeLogin *login;
} Wstep;

static CeCaReply *
exchange (Wstep *self, char *question, const char *message_id, const char *public_key_id,
          gboolean *ret_maybe_sent, GError **error)
{
  guint status = 0;
  g_autoptr (GBytes) answer
      = ce_http_post (self->http, CE_SOAP_CONTENT_TYPE, question, &status, ret_maybe_sent, error);

  ce_wipe (question, strlen (question));
  if (answer == NULL)
    return NULL;
  return ce_wstep_read (answer, message_id, public_key_id, ce_http_host (self->http), ret_maybe_sent, error);
}

static CeCaReply *
submit (CeCa *ca, GBytes *request, const char *public_key_id, gboolean *ret_maybe_sent, GError **error)
{
  Wstep *self = (Wstep *) ca;
  g_autofree char *message_id = NULL;
  g_autofree char *question = ce_wstep_issue (request, ce_http_url (self->http), self->login, &message_id);

  return exchange (self, question, message_id, public_key_id, ret_maybe_sent, error);
}

static CeCaReply *
query (CeCa *ca, const char *request_id, const char *public_key_id, GError **error)
{
  Wstep *self = (Wstep *) ca;
  g_autofree char *message_id = NULL;
  g_autofree char *question = ce_wstep_query (request_id, ce_http_url (self->http), self->login, &message_id);

  return exchange (self, question, message_id, public_key_id, NULL, error);
}

static void
wstep_free (CeCa *ca)
{
  Wstep *self = (Wstep *) ca;

  ce_http_free (self->http);
  g_free (self);
}

CeCa *
ce_ca_new_wstep (const CeCaOptions *options, GError **error)
{
  static const CeCaProtocol protocol = { wstep_free, submit, query };
  CeHttp *http = ce_http_new (options, error);
  Wstep *self;

  if (http == NULL)
    return NULL;
  self = g_new0 (Wstep, 1);
  self->ca.protocol = &protocol;
  self->ca.name = g_strdup (options->name);
  self->http = http;
  self->login = options->login;
  return &self->ca;
}
