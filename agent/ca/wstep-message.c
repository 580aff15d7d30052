/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/ca/wstep-message.h"

#include <string.h>

#include "agent/base/error.h"
#include "agent/ca/soap.h"
#include "agent/x509/certificate.h"
#include "agent/x509/reply.h"

#define NS_TRUST "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
#define NS_ENROLL "http://schemas.microsoft.com/windows/pki/2009/01/enrollment"
#define NS_SECURITY "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
#define TOKEN_X509 "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"
#define ACTION_REQUEST NS_ENROLL "/RST/wstep"
#define MAX_ID 128

/* What the web service says when the CA behind it does not answer. */
static const struct
{
  guint32 hresult;
  gboolean maybe_taken;
} away[] = {
  { 0x800706ba, FALSE }, /* RPC_S_SERVER_UNAVAILABLE */
  { 0x800706bb, FALSE }, /* RPC_S_SERVER_TOO_BUSY */
  { 0x800706be, TRUE },  /* RPC_S_CALL_FAILED */
  { 0x800706bf, FALSE }, /* RPC_S_CALL_FAILED_DNE */
  { 0x80094006, FALSE }, /* CERTSRV_E_SERVER_SUSPENDED */
  { 0x8009400f, FALSE }, /* CERTSRV_E_NO_DB_SESSIONS */
};

static gboolean
is_pkcs10 (GBytes *request)
{
  gsize length;
  const unsigned char *at = g_bytes_get_data (request, &length);
  g_autoptr (X509_REQ) pkcs10 = d2i_X509_REQ (NULL, &at, (long) length);

  ERR_clear_error ();
  return pkcs10 != NULL;
}

static char *
request_message (const char *to, const CeLogin *login, const char *type, const char *rest,
                 char **ret_message_id)
{
  g_autofree char *body = g_strconcat ("<RequestSecurityToken xmlns=\"" NS_TRUST "\"><TokenType>" TOKEN_X509
                                       "</TokenType><RequestType>",
                                       type, "</RequestType>", rest, "</RequestSecurityToken>", NULL);

  return ce_soap_envelope (ACTION_REQUEST, to, body, login, ret_message_id);
}

char *
ce_wstep_issue (GBytes *request, const char *to, const CeLogin *login, char **ret_message_id)
{
  gsize length;
  const guchar *bytes = g_bytes_get_data (request, &length);
  g_autofree char *base64 = g_base64_encode (bytes, length);
  /* The examples in the specification and every server spell it in lower case. */
  g_autofree char *token
      = g_strconcat ("<BinarySecurityToken xmlns=\"" NS_SECURITY "\" ValueType=\"",
                     is_pkcs10 (request) ? NS_ENROLL "#PKCS10" : NS_SECURITY "#PKCS7",
                     "\" EncodingType=\"" NS_SECURITY "#base64binary\">", base64, "</BinarySecurityToken>",
                     "<RequestID xsi:nil=\"true\" xmlns=\"" NS_ENROLL "\"/>", NULL);

  return request_message (to, login, NS_TRUST "/Issue", token, ret_message_id);
}

char *
ce_wstep_query (const char *request_id, const char *to, const CeLogin *login, char **ret_message_id)
{
  g_autofree char *rest
      = g_markup_printf_escaped ("<RequestID xmlns=\"" NS_ENROLL "\">%s</RequestID>", request_id);

  return request_message (to, login, NS_ENROLL "/QueryTokenStatus", rest, ret_message_id);
}

static char *
request_id (const xmlNode *parent)
{
  g_autofree char *id = ce_soap_text (ce_soap_child (parent, NS_ENROLL, "RequestID"));

  return g_strdup (strlen (id) <= MAX_ID ? id : "");
}

static CeCaReply *
reply_new (CeCaOutcome outcome)
{
  CeCaReply *reply = g_new0 (CeCaReply, 1);

  reply->outcome = outcome;
  reply->poll_url = g_strdup ("");
  return reply;
}

/* Whether that code means that the CA is away; then also whether it may have taken the request. */
static gboolean
is_away (guint32 hresult, gboolean *ret_maybe_taken)
{
  for (gsize i = 0; i < G_N_ELEMENTS (away); i++)
    if (away[i].hresult == hresult)
      {
        *ret_maybe_taken = away[i].maybe_taken;
        return TRUE;
      }
  return FALSE;
}

/* xs:int: -2146875374, though some write 0x80094012 or 2148091922. */
static guint32
error_code (const xmlNode *detail)
{
  g_autofree char *text = ce_soap_text (ce_soap_child (detail, NS_ENROLL, "ErrorCode"));

  return (guint32) g_ascii_strtoll (text, NULL, 0);
}

static void
explain_fault (const CeSoapMessage *message, gboolean *ret_maybe_taken, GError **error)
{
  const char *text = *message->fault_text != '\0' ? message->fault_text : message->fault_code;
  gboolean locked_out = strcmp (message->fault_code, "FailedAuthentication") == 0
                        || strcmp (message->fault_code, "InvalidSecurity") == 0;

  if (locked_out)
    *ret_maybe_taken = FALSE;
  g_set_error (error, CE_ERROR, locked_out ? CE_ERROR_CA_DENIED : CE_ERROR_PROTOCOL,
               "the CA's web service failed: %s", text);
}

static CeCaReply *
read_fault (const CeSoapMessage *message, gboolean *ret_maybe_taken, GError **error)
{
  const xmlNode *detail = ce_soap_child (message->detail, NS_ENROLL, "CertificateEnrollmentWSDetail");
  g_autofree char *invalid = ce_soap_text (ce_soap_child (detail, NS_ENROLL, "InvalidRequest"));
  guint32 hresult = error_code (detail);
  CeCaReply *reply;

  if (is_away (hresult, ret_maybe_taken))
    {
      g_set_error (error, CE_ERROR, CE_ERROR_CA_UNREACHABLE,
                   "the web service cannot reach the CA behind it: %s (0x%08x)", message->fault_text,
                   hresult);
      return NULL;
    }
  if (hresult == 0 && strcmp (invalid, "true") != 0 && strcmp (invalid, "1") != 0)
    return explain_fault (message, ret_maybe_taken, error), NULL;
  reply = reply_new (CE_CA_DENIED);
  reply->hresult = hresult;
  reply->reason = g_strdup (message->fault_text);
  reply->request_id = request_id (detail);
  return reply;
}

/* Everything that is a certificate in the answer, the one that the server presents as ours first. */
static GPtrArray *
collect (GBytes *token, GBytes *cms, GError **error)
{
  g_autoptr (GPtrArray) in_cms = cms != NULL ? ce_reply_certificates (cms, error) : NULL;
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  if (cms != NULL && in_cms == NULL)
    return NULL;
  if (token != NULL)
    g_ptr_array_add (all, g_bytes_ref (token));
  for (guint i = 0; in_cms != NULL && i < in_cms->len; i++)
    if (token == NULL || !g_bytes_equal (token, in_cms->pdata[i]))
      g_ptr_array_add (all, g_bytes_ref (in_cms->pdata[i]));
  return g_steal_pointer (&all);
}

static gboolean
is_for_key (GBytes *der, const char *public_key_id)
{
  g_autoptr (CeCertificate) certificate = ce_certificate_parse (der, NULL);

  return certificate != NULL && strcmp (certificate->public_key_id, public_key_id) == 0;
}

/* Takes the certificate for the key out of @all; %NULL where it is not there. */
static GBytes *
take_ours (GPtrArray *all, const char *public_key_id)
{
  for (guint i = 0; i < all->len; i++)
    if (is_for_key (all->pdata[i], public_key_id))
      {
        GBytes *ours = g_bytes_ref (all->pdata[i]);

        g_ptr_array_remove_index (all, i);
        return ours;
      }
  return NULL;
}

/* Where to ask again, if that is at the same host: a CA cannot send a person's ticket elsewhere. */
static char *
poll_url (const xmlNode *requested, const char *host)
{
  const xmlNode *reference = ce_soap_child (ce_soap_child (requested, NS_SECURITY, "SecurityTokenReference"),
                                            NS_SECURITY, "Reference");
  g_autofree char *url = ce_soap_attribute (reference, "URI");
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_ENCODED, NULL);

  if (uri == NULL || strcmp (g_uri_get_scheme (uri), "https") != 0 || g_uri_get_host (uri) == NULL
      || g_ascii_strcasecmp (g_uri_get_host (uri), host) != 0 || g_uri_get_userinfo (uri) != NULL)
    return g_strdup ("");
  return g_steal_pointer (&url);
}

static CeCaReply *
without_certificate (const xmlNode *requested, CeCmcStatus status, char *id, const char *host, GError **error)
{
  CeCaReply *reply;

  if (status == CE_CMC_FAILED || status == CE_CMC_NO_SUPPORT)
    return reply_new (CE_CA_DENIED);
  if (status == CE_CMC_SUCCESS || *id == '\0')
    {
      g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "the CA's answer holds neither a certificate nor %s",
                   status == CE_CMC_SUCCESS ? "a reason" : "a request number");
      return NULL;
    }
  reply = reply_new (CE_CA_PENDING);
  g_free (reply->poll_url);
  reply->poll_url = poll_url (requested, host);
  return reply;
}

static CeCaReply *
read_response (const xmlNode *response, const char *public_key_id, const char *host, GError **error)
{
  const xmlNode *requested = ce_soap_child (response, NS_TRUST, "RequestedSecurityToken");
  g_autoptr (GBytes) token = ce_soap_base64 (ce_soap_child (requested, NS_SECURITY, "BinarySecurityToken"));
  g_autoptr (GBytes) cms = ce_soap_base64 (ce_soap_child (response, NS_SECURITY, "BinarySecurityToken"));
  g_autoptr (GPtrArray) all = collect (token, cms, error);
  g_autoptr (GBytes) ours = all != NULL ? take_ours (all, public_key_id) : NULL;
  g_autofree char *id = request_id (response);
  CeCaReply *reply;

  if (all == NULL)
    return NULL;
  if (ours == NULL && token != NULL)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "the CA issued a certificate for another key");
      return NULL;
    }
  reply = ours != NULL ? reply_new (CE_CA_ISSUED)
                       : without_certificate (
                           requested, cms != NULL ? ce_reply_cmc_status (cms) : CE_CMC_NONE, id, host, error);
  if (reply == NULL)
    return NULL;
  reply->certificate = g_steal_pointer (&ours);
  reply->chain = reply->outcome == CE_CA_ISSUED ? g_steal_pointer (&all) : NULL;
  reply->request_id = g_steal_pointer (&id);
  reply->reason = ce_soap_text (ce_soap_child (response, NS_ENROLL, "DispositionMessage"));
  return reply;
}

static gboolean
answers (const CeSoapMessage *message, const char *message_id)
{
  return *message->relates_to == '\0' || g_ascii_strcasecmp (message->relates_to, message_id) == 0;
}

CeCaReply *
ce_wstep_read (GBytes *answer, const char *message_id, const char *public_key_id, const char *host,
               gboolean *ret_maybe_taken, GError **error)
{
  g_autoptr (CeSoapMessage) message = ce_soap_parse (answer, error);
  gboolean maybe_taken;
  const xmlNode *response;

  if (message == NULL)
    return NULL;
  if (!answers (message, message_id))
    {
      g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "the CA's answer is for another question (%s)",
                   message->relates_to);
      return NULL;
    }
  if (message->fault)
    return read_fault (message, ret_maybe_taken != NULL ? ret_maybe_taken : &maybe_taken, error);
  response = ce_soap_is (message->body, NS_TRUST, "RequestSecurityTokenResponseCollection")
                 ? ce_soap_child (message->body, NS_TRUST, "RequestSecurityTokenResponse")
                 : NULL;
  if (response != NULL)
    return read_response (response, public_key_id, host, error);
  g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "the CA's answer is no response to a certificate request");
  return NULL;
}
