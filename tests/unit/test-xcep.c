/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "agent/base/error.h"
#include "policy/sources/load.h"
#include "policy/sources/xcep-message.h"
#include "policy/sources/xcep.h"
#include "x509-maker.h"

#define NS "http://schemas.microsoft.com/windows/pki/2009/01/enrollmentpolicy"
#define QUESTION "urn:uuid:1"
#define HOST "cep.lab.test"
#define NIL " xsi:nil=\"true\"/>"

/* A policy of schema 4 in which every element has a value. */
#define KEY                                                                                                  \
  "<privateKeyAttributes><minimalKeyLength>384</minimalKeyLength><keySpec>1</keySpec>"                       \
  "<keyUsageProperty>2</keyUsageProperty><permissions" NIL                                                   \
  "<algorithmOIDReference>3</algorithmOIDReference>"                                                         \
  "<cryptoProviders><provider>\nMicrosoft Smart Card Key Storage "                                           \
  "Provider</provider><provider>Other</provider>"                                                            \
  "</cryptoProviders></privateKeyAttributes>"
#define EXTENSIONS                                                                                           \
  "<extensions>"                                                                                             \
  "<extension><oIDReference>5</oIDReference><critical>true</critical><value>AwIFoA==</value></extension>"    \
  "<extension><oIDReference>6</oIDReference><critical>0</critical><value>MBYGCCsG "                          \
  "AQUFBwMC\nBgorBgEEAYI3FAIC</value>"                                                                       \
  "</extension>"                                                                                             \
  "<extension><oIDReference>7</oIDReference><critical>false</critical><value>MAwwCgYIKwYBBQUHAwI=</value></" \
  "extension>"                                                                                               \
  "<extension><oIDReference>8</oIDReference><critical>false</critical><value></value></extension>"           \
  "</extensions>"
#define POLICY(name, more)                                                                                   \
  "<policy><policyOIDReference>9</policyOIDReference><cAs><cAReference>0</cAReference></cAs><attributes>"    \
  "<commonName>" name "</commonName><policySchema>4</policySchema><certificateValidity>"                     \
  "<validityPeriodSeconds>31536000</validityPeriodSeconds><renewalPeriodSeconds>3628800</"                   \
  "renewalPeriodSeconds>"                                                                                    \
  "</certificateValidity><permission><enroll>true</enroll><autoEnroll>1</autoEnroll></permission>" KEY       \
  "<revision><majorRevision>100</majorRevision><minorRevision>7</minorRevision></revision>"                  \
  "<supersededPolicies><commonName>Old</commonName></supersededPolicies><privateKeyFlags>84148224</"         \
  "privateKeyFlags>"                                                                                         \
  "<subjectNameFlags>2181038080</subjectNameFlags><enrollmentFlags>41</enrollmentFlags>"                     \
  "<generalFlags>131616</generalFlags><hashAlgorithmOIDReference>4</hashAlgorithmOIDReference>"              \
  "<rARequirements><rASignatures>1</rASignatures><rAEKUs><oIDReference>10</oIDReference></"                  \
  "rAEKUs><rAPolicies" NIL "</rARequirements><keyArchivalAttributes" NIL EXTENSIONS more                     \
  "</attributes></policy>"
#define OID(reference, group, value, name)                                                                   \
  "<oID><value>" value "</value><group>" group "</group><oIDReferenceID>" reference                          \
  "</oIDReferenceID><defaultName>" name "</defaultName></oID>"
#define OIDS                                                                                                 \
  "<oIDs>" OID ("3", "3", "1.3.132.0.34", "ECDSA_P384") OID ("4", "1", "2.16.840.1.101.3.4.2.2", "sha384")   \
      OID ("5", "6", "2.5.29.15", "Key Usage") OID ("6", "6", "2.5.29.37", "Enhanced Key Usage")             \
          OID ("7", "6", "1.3.6.1.4.1.311.21.10", "") OID ("8", "6", "1.3.6.1.4.1.311.20.2", "")             \
              OID ("9", "9", "\n1.3.6.1.4.1.311.21.8.99999999999.1\n", "Card Logon")                         \
                  OID ("10", "7", "1.3.6.1.4.1.311.20.2.1", "") "</oIDs>"
#define URI(authentication, url, priority, renewal)                                                          \
  "<cAURI><clientAuthentication>" authentication "</clientAuthentication><uri>" url "</uri>" priority        \
  "<renewalOnly>" renewal "</renewalOnly></cAURI>"

typedef struct
{
  EVP_PKEY *key;
  X509 *ca;
  char *cas; /* the whole element */
} Fixture;

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) der = NULL;
  g_autofree char *base64 = NULL;

  f->key = maker_key ("P-256");
  f->ca = maker_certificate (&(MakerCertificate){ .subject = "Lab CA", .key = f->key, .ca = TRUE });
  der = maker_der (f->ca);
  base64 = g_base64_encode (g_bytes_get_data (der, NULL), g_bytes_get_size (der));
  f->cas = g_strdup_printf (
      "<cAs><cA><uris>" URI ("2", "https://ca1.lab.test/CES", "<priority>2</priority>", "false")
          URI ("4", "https://ca2.lab.test/CES", "<priority>1</priority>", "true")
              URI ("2", "http://ca3.lab.test/CES", "<priority>0</priority>", "false")
                  URI ("8", "https://ca4.lab.test/CES", "<priority" NIL,
                       "false") "</uris>"
                                "<certificate>\n%s\n</certificate><enrollPermission>true</"
                                "enrollPermission><cAReferenceID>0</cAReferenceID></cA>"
                                "<cA><uris/><certificate>AAAA</certificate><cAReferenceID>1</cAReferenceID></"
                                "cA></cAs>",
      base64);
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  EVP_PKEY_free (f->key);
  X509_free (f->ca);
  g_free (f->cas);
}

static GBytes *
envelope (const char *relates_to, const char *body)
{
  char *text = g_strdup_printf (
      "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" "
      "xmlns:a=\"http://www.w3.org/2005/08/addressing\"><s:Header><a:RelatesTo>%s"
      "</a:RelatesTo></s:Header><s:Body xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">"
      "%s</s:Body></s:Envelope>",
      relates_to, body);

  return g_bytes_new_take (text, strlen (text));
}

static GBytes *
response (const char *head, const char *policies, const char *cas, const char *oids)
{
  g_autofree char *body = g_strdup_printf (
      "<GetPoliciesResponse xmlns=\"" NS "\"><response><policyID>{1}</policyID>"
      "<policyFriendlyName>Lab</policyFriendlyName>%s%s</response>%s%s</GetPoliciesResponse>",
      head, policies, cas, oids);

  return envelope (QUESTION, body);
}

#define HEAD "<nextUpdateHours>8</nextUpdateHours><policiesNotChanged" NIL

static CeXcepAnswer *
read_whole (GBytes *bytes)
{
  g_autoptr (GError) error = NULL;
  CeXcepAnswer *answer = ce_xcep_read (bytes, QUESTION, HOST, &error);

  g_assert_no_error (error);
  return answer;
}

static void
assert_list (char *const *list, const char *expected)
{
  g_autofree char *joined = g_strjoinv (" ", (char **) list);

  g_assert_cmpstr (joined, ==, expected);
}

static void
test_every_element (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) bytes
      = response (HEAD, "<policies>" POLICY ("CardLogon", "") "</policies>", f->cas, OIDS);
  g_autoptr (CeXcepAnswer) answer = read_whole (bytes);
  const CeTemplate *t;

  g_assert_cmpstr (answer->policy_id, ==, "{1}");
  g_assert_cmpstr (answer->friendly_name, ==, "Lab");
  g_assert_cmpuint (answer->next_update_hours, ==, 8);
  g_assert_false (answer->not_changed);
  g_assert_cmpuint (answer->templates->len, ==, 1);
  t = answer->templates->pdata[0];
  g_assert_cmpstr (t->name, ==, "CardLogon");
  g_assert_cmpstr (t->display_name, ==, "Card Logon");
  g_assert_cmpstr (t->oid, ==, "1.3.6.1.4.1.311.21.8.99999999999.1");
  g_assert_cmpuint (t->schema_version, ==, 4);
  g_assert_cmpuint (t->major_version, ==, 100);
  g_assert_cmpuint (t->minor_version, ==, 7);
  g_assert_cmphex (t->name_flags, ==, 0x82000000);
  g_assert_cmphex (t->enrollment_flags, ==, 0x29);
  g_assert_cmphex (t->general_flags, ==, 0x20220);
  g_assert_cmphex (t->private_key_flags, ==, 84148224);
  g_assert_cmpuint (t->key_spec, ==, 1);
  g_assert_cmpuint (t->min_key_bits, ==, 384);
  g_assert_cmpuint (t->key_property_usage, ==, 2);
  g_assert_cmpstr (t->key_algorithm, ==, "ECDSA_P384");
  g_assert_cmpstr (t->hash_algorithm, ==, "SHA384");
  g_assert_cmphex (t->key_usage[0], ==, 0xa0);
  assert_list (t->ekus, "1.3.6.1.5.5.7.3.2 1.3.6.1.4.1.311.20.2.2");
  assert_list (t->application_policies, "1.3.6.1.5.5.7.3.2");
  assert_list (t->critical_extensions, "2.5.29.15");
  g_assert_cmpstr (t->providers[0], ==, "Microsoft Smart Card Key Storage Provider");
  g_assert_cmpuint (t->ra_signatures, ==, 1);
  assert_list (t->ra_application_policies, "1.3.6.1.4.1.311.20.2.1");
  assert_list (t->supersedes, "Old");
  g_assert_cmpint (t->validity_s, ==, 31536000);
  g_assert_cmpint (t->renewal_s, ==, 3628800);
  g_assert_true (t->rights.enroll && t->rights.autoenroll);
  g_assert_true (ce_template_is_for_cards (t));
}

static void
test_authorities (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) bytes
      = response (HEAD, "<policies>" POLICY ("B", "") POLICY ("a", "") "</policies>", f->cas, OIDS);
  g_autoptr (CeXcepAnswer) answer = read_whole (bytes);
  const CeEnrollmentService *service;
  const CeCaEndpoint *first, *second, *third;

  g_assert_cmpuint (answer->services->len, ==, 1);
  service = answer->services->pdata[0];
  g_assert_cmpstr (service->name, ==, "Lab CA");
  g_assert_cmpstr (service->host, ==, "ca2.lab.test");
  g_assert_true (service->may_enroll);
  g_assert_cmpuint (service->certificates->len, ==, 1);
  assert_list (service->templates, "B a");
  g_assert_cmpuint (service->endpoints->len, ==, 3);
  first = service->endpoints->pdata[0];
  second = service->endpoints->pdata[1];
  third = service->endpoints->pdata[2];
  g_assert_cmpstr (first->url, ==, "https://ca2.lab.test/CES");
  g_assert_true (first->renewal_only && first->authentication == CE_CA_AUTH_PASSWORD);
  g_assert_cmpstr (second->url, ==, "https://ca1.lab.test/CES");
  g_assert_cmpuint (third->priority, ==, G_MAXUINT32);
  assert_list (answer->skipped,
               HOST ": the CA with the reference '1': not a valid certificate: not the DER of one");
  g_assert_cmpstr (((const CeTemplate *) answer->templates->pdata[0])->name, ==, "a");
}

static void
test_not_changed (Fixture *f G_GNUC_UNUSED, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) bytes
      = response ("<nextUpdateHours>24</nextUpdateHours><policiesNotChanged>true</policiesNotChanged>",
                  "<policies" NIL, "<cAs" NIL, "<oIDs" NIL);
  g_autoptr (CeXcepAnswer) answer = read_whole (bytes);

  g_assert_true (answer->not_changed);
  g_assert_cmpuint (answer->next_update_hours, ==, 24);
}

static void
test_empty (Fixture *f G_GNUC_UNUSED, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) bytes = response ("", "<policies" NIL, "<cAs" NIL, "<oIDs" NIL);
  g_autoptr (CeXcepAnswer) answer = read_whole (bytes);

  g_assert_cmpuint (answer->templates->len + answer->services->len, ==, 0);
  g_assert_cmpuint (answer->next_update_hours, ==, 0);
}

/* One element of a good policy is replaced; the template is left out, and the one beside it stays. */
static void
test_malformed_templates (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const struct
  {
    const char *good, *bad, *words;
  } rows[] = {
    { "<commonName>Bad</commonName>", "<commonName/>", "a template has no commonName" },
    { "<policySchema>4", "<policySchema>5", "template 'Bad': policySchema is 5, more than 4" },
    { "<policySchema>4", "<policySchema>x", "policySchema is 'x', not a number" },
    { "<keySpec>1", "<keySpec>-1", "keySpec is '-1'" },
    { "<minimalKeyLength>384", "<minimalKeyLength>4294967295",
      "minimalKeyLength is 4294967295, more than 65536" },
    { "<majorRevision>100", "<majorRevision>4294967296", "majorRevision is '4294967296', not a number" },
    { "<validityPeriodSeconds>3", "<validityPeriodSeconds>99999999993", "validityPeriodSeconds is '" },
    { "<enroll>true", "<enroll>yes", "enroll is 'yes', neither true nor false" },
    { "<policyOIDReference>9", "<policyOIDReference>3", "policyOIDReference leads to no OID of a template" },
    { "<policyOIDReference>9", "<policyOIDReference>", "policyOIDReference leads to no OID of a template" },
    { "AwIFoA==", "AwIFoAAA", "its extension 2.5.29.15 is malformed" },
    { "MAwwCgYIKwYBBQUHAwI=", "AwIFoA==", "its extension 1.3.6.1.4.1.311.21.10 is malformed" },
    { "<rASignatures>1", "<rASignatures>1001", "rASignatures is 1001, more than 1000" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_auto (GStrv) parts = g_strsplit (POLICY ("Bad", ""), rows[i].good, 2);
      g_autofree char *bad = g_strconcat (parts[0], rows[i].bad, parts[1], NULL);
      g_autofree char *policies = g_strconcat ("<policies>", bad, POLICY ("Good", ""), "</policies>", NULL);
      g_autoptr (GBytes) bytes = response (HEAD, policies, f->cas, OIDS);
      g_autoptr (CeXcepAnswer) answer = read_whole (bytes);
      g_autofree char *skipped = g_strjoinv ("\n", answer->skipped);

      g_assert_cmpuint (g_strv_length (parts), ==, 2);
      g_assert_cmpuint (answer->templates->len, ==, 1);
      if (strstr (skipped, rows[i].words) == NULL)
        g_error ("%s: %s", rows[i].words, skipped);
    }
}

static void
test_refusals (Fixture *f G_GNUC_UNUSED, gconstpointer data G_GNUC_UNUSED)
{
#define FAULT(code)                                                                                          \
  "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>o:" code                                  \
  "</s:Value></s:Subcode></s:Code><s:Reason>"                                                                \
  "<s:Text xml:lang=\"en\">No.</s:Text></s:Reason></s:Fault>"
  static const struct
  {
    const char *relates_to, *body;
    int code;
    const char *words;
  } rows[] = {
    { QUESTION, FAULT ("FailedAuthentication"), CE_ERROR_CA_DENIED, HOST " does not let you in: No." },
    { QUESTION, FAULT ("Other"), CE_ERROR_PROTOCOL, HOST " refuses the question: No." },
    { QUESTION, "<x xmlns=\"" NS "\"/>", CE_ERROR_PROTOCOL, "is not one to GetPolicies" },
    { QUESTION, "<GetPoliciesResponse xmlns=\"" NS "\"/>", CE_ERROR_PROTOCOL, "is not one to GetPolicies" },
    { "urn:uuid:2", FAULT ("Other"), CE_ERROR_PROTOCOL, "one to another question" },
    { QUESTION, "<x>", CE_ERROR_PROTOCOL, "the policy service's answer is not usable XML" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GBytes) bytes = envelope (rows[i].relates_to, rows[i].body);
      g_autoptr (GError) error = NULL;

      g_assert_null (ce_xcep_read (bytes, QUESTION, HOST, &error));
      g_assert_error (error, CE_ERROR, rows[i].code);
      g_assert_nonnull (strstr (error->message, rows[i].words));
    }
}

static void
test_a_thousand_templates (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GString) policies = g_string_new ("<policies>");
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (CeXcepAnswer) answer = NULL;

  for (guint i = 0; i < 1000; i++)
    {
      g_auto (GStrv) parts = g_strsplit (POLICY ("Name", ""), ">Name<", 2);

      g_string_append_printf (policies, "%s>T%u<%s", parts[0], i, parts[1]);
    }
  g_string_append (policies, "</policies>");
  bytes = response (HEAD, policies->str, f->cas, OIDS);
  answer = read_whole (bytes);
  g_assert_cmpuint (answer->templates->len, ==, 1000);
}

static void
test_question (Fixture *f G_GNUC_UNUSED, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (CePin) password = ce_pin_new ("a<b&c", 5, NULL);
  g_autofree char *id = NULL, *other_id = NULL;
  g_autofree char *first = ce_xcep_question (&(CeXcepQuestion){ .to = "https://" HOST "/CEP" }, &id);
  g_autofree char *later = NULL;

  g_assert_nonnull (strstr (first, "<a:To s:mustUnderstand=\"1\">https://" HOST "/CEP</a:To></s:Header>"));
  g_assert_nonnull (strstr (first,
                            "<lastUpdate xsi:nil=\"true\"/><preferredLanguage xsi:nil=\"true\"/></client>"
                            "<requestFilter xsi:nil=\"true\"/></GetPolicies>"));
  g_assert_null (strstr (first, "UsernameToken"));
  later = ce_xcep_question (&(CeXcepQuestion){ .to = "https://" HOST "/CEP",
                                               .last_update_unix = 1700000000,
                                               .login = &(CeLogin){ "al>ice", password } },
                            &other_id);
  g_assert_nonnull (strstr (later, "<u:Timestamp"));
  g_assert_nonnull (strstr (later, "<lastUpdate>2023-11-14T22:13:20Z</lastUpdate>"));
  g_assert_nonnull (
      strstr (later, "<o:Username>al&gt;ice</o:Username><o:Password Type=\"http://docs.oasis-open.org/"
                     "wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText\">a&lt;b&amp;c"
                     "</o:Password></o:UsernameToken></o:Security></s:Header>"));
  g_assert_cmpstr (id, !=, other_id);
}

static void
test_logons_that_cannot_be (Fixture *f G_GNUC_UNUSED, gconstpointer data G_GNUC_UNUSED)
{
  static const struct
  {
    CeCaAuthentication authentication;
    const char *user;
    int code;
    const char *words;
  } rows[] = {
    { CE_CA_AUTH_CERTIFICATE, NULL, CE_ERROR_MISCONFIGURED,
      "policy service https://" HOST "/CEP: it asks for a client certificate, and there is none: use the" },
    { CE_CA_AUTH_PASSWORD, NULL, CE_ERROR_MISCONFIGURED, "set [policy] user in cardenroll.conf" },
    { CE_CA_AUTH_PASSWORD, "alice", CE_ERROR_PIN_UNAVAILABLE,
      "the password of alice, and nobody may be asked" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const CeXcepService service
          = { .url = "https://" HOST "/CEP", .authentication = rows[i].authentication, .user = rows[i].user };
      g_autoptr (GError) error = NULL;

      g_assert_null (ce_xcep_ask (&service, &error));
      g_assert_error (error, CE_ERROR, rows[i].code);
      g_assert_nonnull (strstr (error->message, rows[i].words));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, test) g_test_add ("/xcep/" path, Fixture, NULL, set_up, test, tear_down)
  ADD ("answer/every-element-finds-its-field", test_every_element);
  ADD ("answer/cas-and-their-endpoints-best-first", test_authorities);
  ADD ("answer/policies-not-changed", test_not_changed);
  ADD ("answer/nothing-at-all-is-an-empty-policy", test_empty);
  ADD ("answer/a-malformed-template-is-left-out-by-name", test_malformed_templates);
  ADD ("answer/faults-and-answers-that-are-none-are-refused", test_refusals);
  ADD ("answer/a-thousand-templates-are-read", test_a_thousand_templates);
  ADD ("question/holds-every-element-in-order", test_question);
  ADD ("service/a-logon-that-cannot-be-is-told-apart", test_logons_that_cannot_be);
#undef ADD
  return g_test_run ();
}
