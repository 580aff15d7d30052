/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/sources/xcep.h"

#include <string.h>

#include "agent/base/error.h"
#include "agent/ca/http.h"
#include "agent/ca/soap.h"

static const CePin *
get_password (const CeXcepService *service, const char *host, GError **error)
{
  if (service->user == NULL || *service->user == '\0')
    g_set_error (error, CE_ERROR, CE_ERROR_MISCONFIGURED,
                 "it asks for user name and password, and there is no user name: set [policy] user in "
                 "cardenroll.conf");
  else if (service->ask_password == NULL)
    g_set_error (error, CE_ERROR, CE_ERROR_PIN_UNAVAILABLE,
                 "it asks for the password of %s, and nobody may be asked", service->user);
  else
    return service->ask_password (service->user, host, service->ask_data, error);
  return NULL;
}

static const CeCredential *
get_credential (const CeXcepService *service, const char *host, GError **error)
{
  g_autoptr (GError) reason = NULL;
  const CeCredential *credential
      = service->find_credential != NULL ? service->find_credential (host, service->ask_data, &reason) : NULL;

  if (credential != NULL)
    return credential;
  /* A first certificate cannot be got by showing one. */
  if (reason == NULL || g_error_matches (reason, CE_ERROR, CE_ERROR_NOT_FOUND))
    g_set_error (
        error, CE_ERROR, CE_ERROR_MISCONFIGURED,
        "it asks for a client certificate, and %s: use the service's address for Kerberos or for user name "
        "and password ([policy] url and authentication)",
        reason != NULL ? reason->message : "there is none");
  else
    g_propagate_error (error, g_steal_pointer (&reason));
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
ask_with (const CeXcepService *service, const CeCredential *credential, const CeLogin *login, GError **error)
{
  const CeCaOptions options = {
    .url = service->url,
    .name = service->url,
    .timeout_s = service->timeout_s,
    .roots = service->roots,
    .tls_ca_file = service->tls_ca_file,
    .no_login = service->authentication != CE_CA_AUTH_KERBEROS,
    .credential = credential,
    .max_body = CE_SOAP_MAX_POLICY_BYTES,
  };
  g_autoptr (CeHttp) http = ce_http_new (&options, error);

  if (http == NULL)
    return NULL;
  return exchange (http,
                   &(CeXcepQuestion){ .to = ce_http_url (http),
                                      .last_update_unix = service->last_update_unix,
                                      .login = login },
                   error);
}

static char *
host_of (const CeXcepService *service)
{
  g_autoptr (GUri) uri = g_uri_parse (service->url, G_URI_FLAGS_ENCODED | G_URI_FLAGS_PARSE_RELAXED, NULL);

  return g_strdup (uri != NULL && g_uri_get_host (uri) != NULL ? g_uri_get_host (uri) : service->url);
}

static CeXcepAnswer *
ask (const CeXcepService *service, GError **error)
{
  g_autofree char *host = host_of (service);
  const CeCredential *credential = NULL;
  CeLogin login = { .user = service->user };

  if (service->authentication == CE_CA_AUTH_CERTIFICATE)
    {
      credential = get_credential (service, host, error);
      return credential != NULL ? ask_with (service, credential, NULL, error) : NULL;
    }
  if (service->authentication != CE_CA_AUTH_PASSWORD)
    return ask_with (service, NULL, NULL, error);
  login.password = get_password (service, host, error);
  return login.password != NULL ? ask_with (service, NULL, &login, error) : NULL;
}

CeXcepAnswer *
ce_xcep_ask (const CeXcepService *service, GError **error)
{
  CeXcepAnswer *answer = ask (service, error);

  if (answer == NULL)
    g_prefix_error (error, "policy service %s: ", service->url);
  return answer;
}
