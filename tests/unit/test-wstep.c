/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "agent/ca/soap.h"
#include "agent/ca/wstep-message.h"
#include "agent/x509/certificate.h"
#include "agent/x509/request.h"
#include "x509-maker.h"

#define WST "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
#define ENROLL "http://schemas.microsoft.com/windows/pki/2009/01/enrollment"
#define WSSE "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
#define X509V3 "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"
#define HOST "ca1.lab.test"
#define URL "https://ca1.lab.test/LAB-CA_CES_Kerberos/service.svc/CES"
#define QUESTION "urn:uuid:7d8f2a4e-0000-4000-8000-000000000001"

typedef struct
{
  EVP_PKEY *ca_key, *key, *other_key;
  X509 *ca, *certificate, *other;
  char *id;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->ca_key = maker_key ("P-256");
  f->key = maker_key ("P-256");
  f->other_key = maker_key ("P-256");
  f->ca = maker_certificate (&(MakerCertificate){ .subject = "CA", .key = f->ca_key, .ca = TRUE });
  f->certificate = maker_logon_certificate (f->key, f->ca_key, f->ca);
  f->other = maker_logon_certificate (f->other_key, f->ca_key, f->ca);
  f->id = ce_public_key_id (f->key, NULL);
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  EVP_PKEY_free (f->ca_key);
  EVP_PKEY_free (f->key);
  EVP_PKEY_free (f->other_key);
  X509_free (f->ca);
  X509_free (f->certificate);
  X509_free (f->other);
  g_free (f->id);
}

static char *
base64 (GBytes *bytes)
{
  gsize length;
  const guchar *data = g_bytes_get_data (bytes, &length);

  return g_base64_encode (data, length);
}

/* A whole answer round @body. */
static GBytes *
envelope (const char *relates_to, const char *body)
{
  char *text
      = g_strdup_printf ("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
                         "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" "
                         "xmlns:a=\"http://www.w3.org/2005/08/addressing\"><s:Header>"
                         "<a:Action s:mustUnderstand=\"1\">" ENROLL "/RSTRC/wstep</a:Action>"
                         "%s%s%s</s:Header><s:Body>%s</s:Body></s:Envelope>",
                         relates_to != NULL ? "<a:RelatesTo>" : "", relates_to != NULL ? relates_to : "",
                         relates_to != NULL ? "</a:RelatesTo>" : "", body);

  return g_bytes_new_take (text, strlen (text));
}

/* A RequestSecurityTokenResponse; what is %NULL is left out. Line ends in the base64, as Windows writes them.
 */
static GBytes *
response (const char *disposition, GBytes *cms, X509 *token, const char *reference, const char *request_id)
{
  g_autoptr (GString) body = g_string_new ("<RequestSecurityTokenResponseCollection xmlns=\"" WST "\">"
                                           "<RequestSecurityTokenResponse><TokenType>" X509V3 "</TokenType>");

  g_string_append_printf (
      body, "<DispositionMessage xml:lang=\"en-US\" xmlns=\"" ENROLL "\">%s</DispositionMessage>",
      disposition);
  if (cms != NULL)
    {
      g_autofree char *text = base64 (cms);

      g_string_append_printf (body,
                              "<BinarySecurityToken xmlns=\"" WSSE "\" ValueType=\"" WSSE "#PKCS7\">"
                              "%.64s&#xD;\n%s</BinarySecurityToken>",
                              text, text + 64);
    }
  g_string_append (body, "<RequestedSecurityToken>");
  if (token != NULL)
    {
      g_autoptr (GBytes) der = maker_der (token);
      g_autofree char *text = base64 (der);

      g_string_append_printf (body,
                              "<BinarySecurityToken xmlns=\"" WSSE "\" ValueType=\"" X509V3 "\">%s"
                              "</BinarySecurityToken>",
                              text);
    }
  if (reference != NULL)
    g_string_append_printf (body,
                            "<SecurityTokenReference xmlns=\"" WSSE "\"><Reference URI=\"%s\"/>"
                            "</SecurityTokenReference>",
                            reference);
  g_string_append (body, "</RequestedSecurityToken>");
  if (request_id != NULL)
    g_string_append_printf (body, "<RequestID xmlns=\"" ENROLL "\">%s</RequestID>", request_id);
  g_string_append (body, "</RequestSecurityTokenResponse></RequestSecurityTokenResponseCollection>");
  return envelope (QUESTION, body->str);
}

static GBytes *
fault (const char *subcode, const char *text, const char *detail)
{
  g_autofree char *body = g_strdup_printf (
      "<s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>a:%s</s:Value></s:Subcode>"
      "</s:Code><s:Reason><s:Text xml:lang=\"en-US\">%s</s:Text></s:Reason>%s</s:Fault>",
      subcode, text, detail);

  return envelope (QUESTION, body);
}

#define DETAIL(inside)                                                                                       \
  "<s:Detail><CertificateEnrollmentWSDetail xmlns=\"" ENROLL "\" "                                           \
  "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">" inside                                          \
  "</CertificateEnrollmentWSDetail></s:Detail>"

static CeCaReply *
read_reply (Fixture *f, GBytes *answer, GError **error)
{
  return ce_wstep_read (answer, QUESTION, f->id, HOST, NULL, error);
}

static void
assert_refused (Fixture *f, GBytes *answer, CeErrorCode code, const char *in_message)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (read_reply (f, answer, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, CE_ERROR, (gint) code);
  g_assert_nonnull (strstr (error->message, in_message));
}

static GBytes *
question_bytes (char *text)
{
  return g_bytes_new_take (text, strlen (text));
}

static void
the_question_is_well_formed (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  CeRequestParams params = { .template_name = "User", .template_oid = "" };
  g_autoptr (GBytes) request = ce_request_new_pkcs10 (f->key, &params, NULL);
  g_autofree char *id = NULL, *other_id = NULL, *type = NULL, *value_type = NULL;
  g_autofree char *again = ce_wstep_issue (request, URL, NULL, &other_id);
  g_autoptr (GBytes) question = question_bytes (ce_wstep_issue (request, "https://ca/a?b=1&c=<d>", NULL, &id));
  g_autoptr (CeSoapMessage) message = ce_soap_parse (question, NULL);
  g_autoptr (GBytes) sent = NULL;
  xmlNode *token;

  g_assert_nonnull (message);
  g_assert_true (g_str_has_prefix (id, "urn:uuid:"));
  g_assert_cmpstr (id, !=, other_id);
  g_assert_true (ce_soap_is (message->body, WST, "RequestSecurityToken"));
  type = ce_soap_text (ce_soap_child (message->body, WST, "RequestType"));
  g_assert_cmpstr (type, ==, WST "/Issue");
  token = ce_soap_child (message->body, WSSE, "BinarySecurityToken");
  value_type = ce_soap_attribute (token, "ValueType");
  g_assert_cmpstr (value_type, ==, ENROLL "#PKCS10");
  sent = ce_soap_base64 (token);
  g_assert_true (g_bytes_equal (sent, request));
  g_assert_nonnull (strstr (g_bytes_get_data (question, NULL), "https://ca/a?b=1&amp;c=&lt;d&gt;"));
}

static void
a_cms_request_is_labelled_as_one (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) cms = maker_certs_only (&f->ca, 1);
  g_autofree char *id = NULL;
  g_autofree char *question = ce_wstep_issue (cms, URL, NULL, &id);

  g_assert_nonnull (strstr (question, "ValueType=\"" WSSE "#PKCS7\""));
}

static void
the_question_about_a_pending_request_names_it (Fixture *f G_GNUC_UNUSED, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *id = NULL, *type = NULL, *request_id = NULL;
  g_autoptr (GBytes) question = question_bytes (ce_wstep_query ("6<5", URL, NULL, &id));
  g_autoptr (CeSoapMessage) message = ce_soap_parse (question, NULL);

  type = ce_soap_text (ce_soap_child (message->body, WST, "RequestType"));
  request_id = ce_soap_text (ce_soap_child (message->body, ENROLL, "RequestID"));
  g_assert_cmpstr (type, ==, ENROLL "/QueryTokenStatus");
  g_assert_cmpstr (request_id, ==, "6<5");
  g_assert_null (ce_soap_child (message->body, WSSE, "BinarySecurityToken"));
}

static void
issued_gives_our_certificate_and_the_chain (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  X509 *const both[] = { f->ca, f->certificate };
  g_autoptr (GBytes) cms = maker_cmc_response (0, f->ca_key, f->ca, both, 2);
  g_autoptr (GBytes) answer = response ("Issued", cms, f->certificate, NULL, "61");
  g_autoptr (GError) error = NULL;
  g_autoptr (CeCaReply) reply = read_reply (f, answer, &error);
  g_autoptr (GBytes) ours = maker_der (f->certificate);
  g_autoptr (GBytes) ca = maker_der (f->ca);

  g_assert_no_error (error);
  g_assert_cmpint (reply->outcome, ==, CE_CA_ISSUED);
  g_assert_true (g_bytes_equal (reply->certificate, ours));
  g_assert_cmpuint (reply->chain->len, ==, 1);
  g_assert_true (g_bytes_equal (reply->chain->pdata[0], ca));
  g_assert_cmpstr (reply->request_id, ==, "61");
  g_assert_cmpstr (reply->reason, ==, "Issued");
  g_assert_cmpstr (reply->poll_url, ==, "");
}

static void
either_half_of_an_issued_answer_is_enough (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  X509 *const both[] = { f->ca, f->certificate };
  g_autoptr (GBytes) cms = maker_certs_only (both, 2);
  g_autoptr (GBytes) only_cms = response ("Issued", cms, NULL, NULL, NULL);
  g_autoptr (GBytes) only_token = response ("Issued", NULL, f->certificate, NULL, "0");
  g_autoptr (CeCaReply) from_cms = read_reply (f, only_cms, NULL);
  g_autoptr (CeCaReply) from_token = read_reply (f, only_token, NULL);

  g_assert_cmpint (from_cms->outcome, ==, CE_CA_ISSUED);
  g_assert_cmpuint (from_cms->chain->len, ==, 1);
  g_assert_cmpstr (from_cms->request_id, ==, "");
  g_assert_cmpint (from_token->outcome, ==, CE_CA_ISSUED);
  g_assert_cmpuint (from_token->chain->len, ==, 0);
}

static void
a_certificate_for_another_key_is_refused (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  X509 *const both[] = { f->ca, f->other };
  g_autoptr (GBytes) cms = maker_cmc_response (0, f->ca_key, f->ca, both, 2);
  g_autoptr (GBytes) with_token = response ("Issued", cms, f->other, NULL, "61");
  g_autoptr (GBytes) without_token = response ("Issued", cms, NULL, NULL, "61");

  assert_refused (f, with_token, CE_ERROR_PROTOCOL, "for another key");
  assert_refused (f, without_token, CE_ERROR_PROTOCOL, "neither a certificate nor a reason");
}

static void
pending_tells_where_and_what_to_ask_again (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) cms = maker_cmc_response (3, f->ca_key, f->ca, &f->ca, 1);
  g_autoptr (GBytes) answer = response ("Taken Under Submission", cms, NULL, URL, "65");
  g_autoptr (CeCaReply) reply = read_reply (f, answer, NULL);

  g_assert_cmpint (reply->outcome, ==, CE_CA_PENDING);
  g_assert_cmpstr (reply->request_id, ==, "65");
  g_assert_cmpstr (reply->poll_url, ==, URL);
  g_assert_cmpstr (reply->reason, ==, "Taken Under Submission");
  g_assert_null (reply->certificate);
}

static void
a_pending_request_is_never_asked_for_elsewhere (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const elsewhere[] = { "https://evil.test/CES",
                                           "http://ca1.lab.test/CES",
                                           "https://u@ca1.lab.test/",
                                           "file:///etc/passwd",
                                           "/CES",
                                           "",
                                           "https:///x" };

  for (gsize i = 0; i < G_N_ELEMENTS (elsewhere); i++)
    {
      g_autoptr (GBytes) answer = response ("later", NULL, NULL, elsewhere[i], "65");
      g_autoptr (CeCaReply) reply = read_reply (f, answer, NULL);

      g_assert_cmpint (reply->outcome, ==, CE_CA_PENDING);
      g_assert_cmpstr (reply->poll_url, ==, "");
    }
}

static void
a_pending_answer_without_a_number_is_refused (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) answer = response ("later", NULL, NULL, URL, NULL);

  assert_refused (f, answer, CE_ERROR_PROTOCOL, "request number");
}

static void
a_denial_has_its_reason_and_its_code (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const codes[] = { "-2146877422", "2148089874", "0x80094012", " -2146877422 " };

  for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      g_autofree char *detail
          = g_strdup_printf (DETAIL ("<BinaryResponse xsi:nil=\"true\"/><ErrorCode>%s</ErrorCode>"
                                     "<InvalidRequest>true</InvalidRequest><RequestID>7</RequestID>"),
                             codes[i]);
      g_autoptr (GBytes) answer = fault ("Denied", "Denied by\nPolicy Module &#x9;now", detail);
      g_autoptr (CeCaReply) reply = read_reply (f, answer, NULL);

      g_assert_cmpint (reply->outcome, ==, CE_CA_DENIED);
      g_assert_cmphex (reply->hresult, ==, 0x80094012);
      g_assert_cmpstr (reply->request_id, ==, "7");
      g_assert_cmpstr (reply->reason, ==, "Denied by Policy Module  now");
    }
}

static void
a_denial_without_a_code_is_one_too (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) answer
      = fault ("x", "no", DETAIL ("<ErrorCode xsi:nil=\"true\"/><InvalidRequest>true</InvalidRequest>"));
  g_autoptr (CeCaReply) reply = read_reply (f, answer, NULL);
  g_autoptr (GBytes) cms = maker_cmc_response (2, f->ca_key, f->ca, &f->ca, 1);
  g_autoptr (GBytes) by_status = response ("Denied by a person", cms, NULL, NULL, "8");
  g_autoptr (CeCaReply) status_reply = read_reply (f, by_status, NULL);

  g_assert_cmpint (reply->outcome, ==, CE_CA_DENIED);
  g_assert_cmphex (reply->hresult, ==, 0);
  g_assert_cmpstr (reply->request_id, ==, "");
  g_assert_cmpint (status_reply->outcome, ==, CE_CA_DENIED);
  g_assert_cmpstr (status_reply->reason, ==, "Denied by a person");
}

static void
a_fault_that_is_no_denial_is_an_error (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const struct
  {
    const char *subcode, *text, *detail;
    CeErrorCode code;
    const char *in_message;
  } cases[] = {
    { "InternalServiceFault", "internal error", "", CE_ERROR_PROTOCOL, "failed: internal error" },
    { "InternalServiceFault", "", "", CE_ERROR_PROTOCOL, "failed: InternalServiceFault" },
    { "x", "busy", DETAIL ("<ErrorCode>-2147023174</ErrorCode><InvalidRequest>false</InvalidRequest>"),
      CE_ERROR_CA_UNREACHABLE, "cannot reach the CA behind it: busy (0x800706ba)" },
    { "x", "odd", DETAIL ("<ErrorCode xsi:nil=\"true\"/><InvalidRequest>false</InvalidRequest>"),
      CE_ERROR_PROTOCOL, "failed: odd" },
    { "FailedAuthentication", "who", "", CE_ERROR_CA_DENIED, "failed: who" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) answer = fault (cases[i].subcode, cases[i].text, cases[i].detail);

      assert_refused (f, answer, cases[i].code, cases[i].in_message);
    }
}

static void
a_fault_tells_whether_the_ca_may_have_the_request (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const struct
  {
    const char *subcode, *detail;
    gboolean maybe_taken;
  } cases[] = {
    { "x", DETAIL ("<ErrorCode>-2147023174</ErrorCode>"), FALSE }, /* RPC_S_SERVER_UNAVAILABLE */
    { "x", DETAIL ("<ErrorCode>-2147023170</ErrorCode>"), TRUE },  /* RPC_S_CALL_FAILED */
    { "FailedAuthentication", "", FALSE },
    { "InternalServiceFault", "", TRUE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) answer = fault (cases[i].subcode, "no", cases[i].detail);
      gboolean maybe_taken = TRUE;

      g_assert_null (ce_wstep_read (answer, QUESTION, f->id, HOST, &maybe_taken, NULL));
      g_assert_cmpint (maybe_taken, ==, cases[i].maybe_taken);
    }
}

static void
an_answer_to_another_question_is_refused (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) other = envelope ("urn:uuid:other", "<x/>");
  g_autoptr (GBytes) none = envelope (NULL, "<x/>");
  g_autoptr (GBytes) loud = envelope (" URN:UUID:7D8F2A4E-0000-4000-8000-000000000001\n", "<x/>");

  assert_refused (f, other, CE_ERROR_PROTOCOL, "another question (urn:uuid:other)");
  assert_refused (f, none, CE_ERROR_PROTOCOL, "no response to a certificate request");
  assert_refused (f, loud, CE_ERROR_PROTOCOL, "no response to a certificate request");
}

static char *
repeated (const char *head, const char *part, guint n, const char *tail)
{
  GString *text = g_string_new (head);

  for (guint i = 0; i < n; i++)
    g_string_append (text, part);
  return g_string_free (g_string_append (text, tail), FALSE);
}

static void
hostile_xml_is_refused_in_words (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *deep = repeated ("", "<a>", 100000, "");
  g_autofree char *wide = repeated ("<a>", "<b/>", CE_SOAP_MAX_ELEMENTS, "</a>");
  g_autofree char *attributes = NULL;
  g_autofree char *lengthy = repeated ("<a>", "0123456789abcdef", CE_SOAP_MAX_BYTES / 16, "</a>");
  g_autoptr (GString) many = g_string_new ("<a");
  const char *texts[][2] = {
    { "", "it is empty" },
    { "not XML", "it is not well-formed" },
    { "<a>", "it is not well-formed" },
    { "<a></b>", "it is not well-formed" },
    { "<html><body>Service Unavailable</body></html>", "not a SOAP 1.2 message" },
    { "<!DOCTYPE a [<!ENTITY b \"bbbbbbbb\"><!ENTITY c \"&b;&b;\">]><a>&c;</a>", "it has a document type" },
    { "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>", "it has a document type" },
    { "<!DOCTYPE html><html></html>", "it has a document type" },
    { "<a>&b;</a>", "it is not well-formed" },
    { deep, "it is nested too deeply" },
    { wide, "it has too many elements" },
    { lengthy, "it is too long" },
    { NULL, "it has too many elements" },
  };

  for (guint i = 0; i < CE_SOAP_MAX_ELEMENTS; i++)
    g_string_append_printf (many, " b%u=\"\"", i);
  g_string_append (many, "/>");
  texts[G_N_ELEMENTS (texts) - 1][0] = attributes = g_string_free (g_steal_pointer (&many), FALSE);
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GBytes) answer = g_bytes_new_static (texts[i][0], strlen (texts[i][0]));

      assert_refused (f, answer, CE_ERROR_PROTOCOL, texts[i][1]);
    }
}

static void
hostile_tokens_are_refused (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) junk = g_bytes_new_static ("junkjunkjunkjunkjunkjunkjunkjunkjunkjunkjunkjunkjunk", 51);
  g_autoptr (GBytes) bad_cms = response ("Issued", junk, f->certificate, NULL, "1");
  g_autoptr (GBytes) no_base64 = envelope (
      QUESTION, "<RequestSecurityTokenResponseCollection xmlns=\"" WST "\"><RequestSecurityTokenResponse>"
                "<RequestedSecurityToken><BinarySecurityToken xmlns=\"" WSSE "\">%%%%</BinarySecurityToken>"
                "</RequestedSecurityToken></RequestSecurityTokenResponse>"
                "</RequestSecurityTokenResponseCollection>");

  assert_refused (f, bad_cms, CE_ERROR_PROTOCOL, "not a valid certificate message");
  assert_refused (f, no_base64, CE_ERROR_PROTOCOL, "request number");
}

#define ADD(path, function) g_test_add ("/wstep/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("question/is-well-formed", the_question_is_well_formed);
  ADD ("question/a-cms-request-is-labelled-as-one", a_cms_request_is_labelled_as_one);
  ADD ("question/about-a-pending-request-names-it", the_question_about_a_pending_request_names_it);
  ADD ("issued/gives-our-certificate-and-the-chain", issued_gives_our_certificate_and_the_chain);
  ADD ("issued/either-half-is-enough", either_half_of_an_issued_answer_is_enough);
  ADD ("issued/a-certificate-for-another-key-is-refused", a_certificate_for_another_key_is_refused);
  ADD ("pending/tells-where-and-what-to-ask-again", pending_tells_where_and_what_to_ask_again);
  ADD ("pending/is-never-asked-for-elsewhere", a_pending_request_is_never_asked_for_elsewhere);
  ADD ("pending/without-a-number-is-refused", a_pending_answer_without_a_number_is_refused);
  ADD ("denied/has-its-reason-and-its-code", a_denial_has_its_reason_and_its_code);
  ADD ("denied/without-a-code-is-one-too", a_denial_without_a_code_is_one_too);
  ADD ("fault/that-is-no-denial-is-an-error", a_fault_that_is_no_denial_is_an_error);
  ADD ("fault/tells-whether-the-ca-may-have-the-request", a_fault_tells_whether_the_ca_may_have_the_request);
  ADD ("hostile/an-answer-to-another-question-is-refused", an_answer_to_another_question_is_refused);
  ADD ("hostile/xml-is-refused-in-words", hostile_xml_is_refused_in_words);
  ADD ("hostile/tokens-are-refused", hostile_tokens_are_refused);
  return g_test_run ();
}
