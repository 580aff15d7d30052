/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/x509/request.h"
#include "x509-maker.h"

typedef STACK_OF (X509_EXTENSION) Extensions;

static void
extensions_free (Extensions *extensions)
{
  sk_X509_EXTENSION_pop_free (extensions, X509_EXTENSION_free);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Extensions, extensions_free)

static const char *const logon_ekus[] = { "1.3.6.1.4.1.311.20.2.2", "1.3.6.1.5.5.7.3.2", NULL };

static const CeRequestParams smartcard = {
  .template_name = "LabSmartcard",
  .template_oid = "1.3.6.1.4.1.311.21.8.1.2",
  .template_schema = 2,
  .template_major = 100,
  .template_minor = 7,
  .key_usage = { 0xa0, 0x00 },
  .ekus = logon_ekus,
  .application_policies = logon_ekus,
};

static X509_REQ *
make (EVP_PKEY *key, const CeRequestParams *params)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) der = ce_request_new_pkcs10 (key, params, &error);
  X509_REQ *request;
  const guint8 *start, *at;
  gsize length;

  g_assert_no_error (error);
  start = at = g_bytes_get_data (der, &length);
  request = d2i_X509_REQ (NULL, &at, (long) length);
  g_assert_nonnull (request);
  g_assert_true (at == start + length);
  g_assert_cmpint (X509_REQ_verify (request, key), ==, 1);
  return request;
}

/* The extension's value in hex, with "!" in front where it is critical; %NULL where it is not there. */
static char *
extension (X509_REQ *request, const char *oid)
{
  g_autoptr (Extensions) list = X509_REQ_get_extensions (request);
  g_autoptr (ASN1_OBJECT) object = OBJ_txt2obj (oid, 1);
  int at = X509v3_get_ext_by_OBJ (list, object, -1);
  X509_EXTENSION *found = at >= 0 ? X509v3_get_ext (list, at) : NULL;
  GString *hex = found != NULL ? g_string_new (X509_EXTENSION_get_critical (found) ? "!" : "") : NULL;
  const ASN1_OCTET_STRING *value = found != NULL ? X509_EXTENSION_get_data (found) : NULL;

  if (hex == NULL)
    return NULL;
  for (int i = 0; i < ASN1_STRING_length (value); i++)
    g_string_append_printf (hex, "%02x", ASN1_STRING_get0_data (value)[i]);
  return g_string_free (hex, FALSE);
}

static void
assert_extension (X509_REQ *request, const char *oid, const char *expected)
{
  g_autofree char *value = extension (request, oid);

  g_assert_cmpstr (value, ==, expected);
}

static void
a_version_2_template_is_named_by_oid_and_version (void)
{
  g_autoptr (EVP_PKEY) key = maker_key ("P-256");
  g_autoptr (X509_REQ) request = make (key, &smartcard);

  assert_extension (request, "1.3.6.1.4.1.311.21.7",
                    "3013060b2b0601040182371508010202016402"
                    "0107");
  assert_extension (request, "1.3.6.1.4.1.311.20.2", NULL);
}

static void
a_version_1_template_is_named_by_its_name (void)
{
  CeRequestParams params = smartcard;
  g_autoptr (EVP_PKEY) key = maker_key ("P-256");
  g_autoptr (X509_REQ) request = NULL;

  params.template_schema = 1;
  params.template_name = "User";
  request = make (key, &params);
  assert_extension (request, "1.3.6.1.4.1.311.20.2", "1e080055007300650072");
  assert_extension (request, "1.3.6.1.4.1.311.21.7", NULL);
}

static void
usages_and_policies_are_der (void)
{
  g_autoptr (EVP_PKEY) key = maker_key ("P-256");
  g_autoptr (X509_REQ) request = make (key, &smartcard);

  assert_extension (request, "2.5.29.15", "!030205a0");
  assert_extension (request, "2.5.29.37",
                    "3016060a2b060104018237140202"
                    "06082b06010505070302");
  assert_extension (request, "1.3.6.1.4.1.311.21.10",
                    "301a300c060a2b060104018237140202"
                    "300a06082b06010505070302");
  assert_extension (request, "2.5.29.17", NULL);
  assert_extension (request, "1.3.6.1.4.1.311.25.2", NULL);
}

static void
key_usage_bits_end_where_the_last_one_is_set (void)
{
  static const struct
  {
    guint8 usage[2];
    const char *hex;
  } cases[] = {
    { { 0x80, 0x00 }, "!03020780" },   { { 0xff, 0x80 }, "!030307ff80" }, { { 0x01, 0x00 }, "!03020001" },
    { { 0x00, 0x80 }, "!0303070080" }, { { 0x00, 0x00 }, NULL },
  };
  g_autoptr (EVP_PKEY) key = maker_key ("P-256");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      CeRequestParams params = smartcard;
      g_autoptr (X509_REQ) request = NULL;

      memcpy (params.key_usage, cases[i].usage, 2);
      request = make (key, &params);
      assert_extension (request, "2.5.29.15", cases[i].hex);
    }
}

static void
the_subject_is_empty_unless_given (void)
{
  g_autoptr (EVP_PKEY) key = maker_key ("P-256");
  g_autoptr (GBytes) empty = ce_request_new_pkcs10 (key, &smartcard, NULL);
  const guint8 *bytes = g_bytes_get_data (empty, NULL);
  CeRequestParams params = smartcard;
  g_autoptr (X509_REQ) named = NULL;
  char cn[64];

  /* SEQUENCE { SEQUENCE { INTEGER 0, SEQUENCE {} … */
  g_assert_nonnull (memmem (bytes, 16, "\x02\x01\x00\x30\x00", 5));
  params.subject_cn = "Ålice";
  named = make (key, &params);
  g_assert_cmpint (
      X509_NAME_get_text_by_NID (X509_REQ_get_subject_name (named), NID_commonName, cn, sizeof cn), >, 0);
  g_assert_cmpstr (cn, ==, "Ålice");
}

static void
names_are_there_where_the_enrollee_supplies_them (void)
{
  CeRequestParams params = smartcard;
  g_autoptr (EVP_PKEY) key = maker_key ("P-256");
  g_autoptr (X509_REQ) request = NULL;

  params.upn = "alice@LAB.TEST";
  params.sid = "S-1-5-21-1-2-3-1104";
  request = make (key, &params);
  assert_extension (request, "2.5.29.17",
                    "3020a01e060a2b060104018237140203a0100c0e616c696365404c41422e54455354");
  assert_extension (request, "1.3.6.1.4.1.311.25.2",
                    "3025a023060a2b060104018237190201a0150413532d312d352d32312d312d322d332d31313034");
}

static void
signatures_are_of_the_kind_that_was_asked_for (void)
{
  static const struct
  {
    const char *kind;
    gboolean pss;
    int nid;
  } cases[] = {
    { "RSA", FALSE, NID_sha256WithRSAEncryption },
    { "RSA", TRUE, NID_rsassaPss },
    { "P-256", FALSE, NID_ecdsa_with_SHA256 },
    { "P-384", TRUE, NID_ecdsa_with_SHA256 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      CeRequestParams params = smartcard;
      g_autoptr (EVP_PKEY) key = maker_key (cases[i].kind);
      g_autoptr (X509_REQ) request = NULL;

      params.pss = cases[i].pss;
      request = make (key, &params);
      g_assert_cmpint (X509_REQ_get_signature_nid (request), ==, cases[i].nid);
    }
}

static void
openssl_itself_finds_nothing_wrong (void)
{
  g_autoptr (EVP_PKEY) key = maker_key ("RSA");
  g_autoptr (GBytes) der = ce_request_new_pkcs10 (key, &smartcard, NULL);
  g_autofree char *file = g_build_filename (g_get_tmp_dir (), "cardenroll-request-XXXXXX", NULL);
  g_autofree char *out = NULL, *err = NULL;
  const char *argv[]
      = { "openssl", "req", "-inform", "DER", "-in", file, "-verify", "-noout", "-text", NULL };
  int fd = g_mkstemp (file);

  g_assert_cmpint (fd, >=, 0);
  close (fd);
  g_assert_true (
      g_file_set_contents (file, g_bytes_get_data (der, NULL), (gssize) g_bytes_get_size (der), NULL));
  if (!g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, &err, NULL, NULL))
    g_test_skip ("the openssl program is not installed");
  else
    {
      /* OpenSSL 3.5 says it on stdout, 3.0 on stderr. */
      g_assert_true (strstr (err, "verify OK") != NULL || strstr (out, "verify OK") != NULL);
      g_assert_nonnull (strstr (out, "Microsoft Smartcard Login, TLS Web Client Authentication"));
      g_assert_nonnull (strstr (out, "Digital Signature, Key Encipherment"));
    }
  g_unlink (file);
}

static void
what_cannot_be_encoded_is_named (void)
{
  static const char *const bad_eku[] = { "not an oid", NULL };
  CeRequestParams cases[4] = { smartcard, smartcard, smartcard, smartcard };
  static const char *const in_message[] = { "'1.x'", "'not an oid'", "a name that", "not an oid" };
  g_autoptr (EVP_PKEY) key = maker_key ("P-256");

  cases[0].template_oid = "1.x";
  cases[1].ekus = bad_eku;
  cases[2].subject_cn = "a name that is far longer than the sixty-four characters which X.520 allows a CN";
  cases[3].application_policies = bad_eku;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (ce_request_new_pkcs10 (key, &cases[i], &error));
      g_assert_error (error, CE_ERROR, CE_ERROR_FAILED);
      g_assert_nonnull (strstr (error->message, in_message[i]));
    }
}

static void
a_key_that_cannot_sign_is_refused (void)
{
  g_autoptr (EVP_PKEY) key = EVP_PKEY_Q_keygen (NULL, NULL, "X25519");
  g_autoptr (GError) error = NULL;

  g_assert_null (ce_request_new_pkcs10 (key, &smartcard, &error));
  g_assert_error (error, CE_ERROR, CE_ERROR_NOT_SUPPORTED);
}

static void
a_key_of_another_library_context_signs (void)
{
  g_autoptr (OSSL_LIB_CTX) context = OSSL_LIB_CTX_new ();
  g_autoptr (EVP_PKEY) key = EVP_PKEY_Q_keygen (context, NULL, "RSA", (size_t) 2048);
  g_autoptr (X509_REQ) request = make (key, &smartcard);

  g_assert_nonnull (request);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/request/a-version-2-template-is-named-by-oid-and-version",
                   a_version_2_template_is_named_by_oid_and_version);
  g_test_add_func ("/request/a-version-1-template-is-named-by-its-name",
                   a_version_1_template_is_named_by_its_name);
  g_test_add_func ("/request/usages-and-policies-are-der", usages_and_policies_are_der);
  g_test_add_func ("/request/key-usage-bits-end-where-the-last-one-is-set",
                   key_usage_bits_end_where_the_last_one_is_set);
  g_test_add_func ("/request/the-subject-is-empty-unless-given", the_subject_is_empty_unless_given);
  g_test_add_func ("/request/names-are-there-where-the-enrollee-supplies-them",
                   names_are_there_where_the_enrollee_supplies_them);
  g_test_add_func ("/request/signatures-are-of-the-kind-that-was-asked-for",
                   signatures_are_of_the_kind_that_was_asked_for);
  g_test_add_func ("/request/openssl-itself-finds-nothing-wrong", openssl_itself_finds_nothing_wrong);
  g_test_add_func ("/request/what-cannot-be-encoded-is-named", what_cannot_be_encoded_is_named);
  g_test_add_func ("/request/a-key-that-cannot-sign-is-refused", a_key_that_cannot_sign_is_refused);
  g_test_add_func ("/request/a-key-of-another-library-context-signs", a_key_of_another_library_context_signs);
  return g_test_run ();
}
