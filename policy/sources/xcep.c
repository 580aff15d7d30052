/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/sources/xcep.h"

#include <string.h>

#include "agent/base/error.h"
#include "agent/ca/http.h"
#include "agent/ca/soap.h"

static CePin *
get_password (const CeXcepService *service, const char *host, GError **error)
{
  if (service->user == NULL || *service->user == '\0')
    g_set_error (error, CE_ERROR, CE_ERROR_MISCONFIGURED,
                 "it asks for user name and password, and there is no user name: set [policy] user in "
                 "cardenroll.conf");
  else if (service->ask == NULL)
    g_set_error (error, CE_ERROR, CE_ERROR_PIN_UNAVAILABLE,
                 "it asks for the password of %s, and nobody may be asked", service->user);
  else
    return service->ask (service->user, host, service->ask_data, error);
  return NULL;
}

static CeXcepAnswer *
exchange (CeHttp *http, const CeXcepQuestion *question, GError **error)
{
  g_autofree char *message_id = NULL;
  g_autofree char *text = ce_xcep_question (question, &message_id);
  guint status = 0;
  g_autoptr (GBytes) answer = ce_http_post (http, CE_SOAP_CONTENT_TYPE, text, &status, NULL, error);

  ce_wipe (text, strlen (text));
  return answer != NULL ? ce_xcep_read (answer, message_id, ce_http_host (http), error) : NULL;
}

static CeXcepAnswer *
ask (const CeXcepService *service, GError **error)
{
  const CeCaOptions options = {
    .url = service->url,
    .name = service->url,
    .timeout_s = service->timeout_s,
    .roots = service->roots,
    .tls_ca_file = service->tls_ca_file,
    .no_login = service->authentication != CE_CA_AUTH_KERBEROS,
    .max_body = CE_SOAP_MAX_POLICY_BYTES,
  };
  g_autoptr (CeHttp) http = ce_http_new (&options, error);
  g_autoptr (CePin) password = NULL;
  CeXcepQuestion question = { .last_update_unix = service->last_update_unix };

  if (http == NULL)
    return NULL;
  question.to = ce_http_url (http);
  if (service->authentication == CE_CA_AUTH_PASSWORD)
    {
      password = get_password (service, ce_http_host (http), error);
      if (password == NULL)
        return NULL;
      question.user = service->user;
      question.password = password;
    }
  return exchange (http, &question, error);
}

CeXcepAnswer *
ce_xcep_ask (const CeXcepService *service, GError **error)
{
  CeXcepAnswer *answer = NULL;

  /* The key would be on the card, and its PIN is not known before there is a plan. */
  if (service->authentication == CE_CA_AUTH_CERTIFICATE)
    g_set_error_literal (
        error, CE_ERROR, CE_ERROR_NOT_SUPPORTED,
        "it asks for a client certificate, and cardenroll cannot show one: reading the policy must not "
        "need the card's PIN");
  else
    answer = ask (service, error);
  if (answer == NULL)
    g_prefix_error (error, "policy service %s: ", service->url);
  return answer;
}
