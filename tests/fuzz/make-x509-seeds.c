/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes the seeds of fuzz-certificate, fuzz-cms-request, fuzz-crl, fuzz-reply and fuzz-wstep. usage:
 * make-x509-seeds tests/fuzz/seeds */
#include <glib/gstdio.h>
#include <string.h>

#include "agent/x509/certificate.h"
#include "agent/x509/cms-request.h"
#include "agent/x509/request.h"
#include "x509-maker.h"

#define WST "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
#define ENROLL "http://schemas.microsoft.com/windows/pki/2009/01/enrollment"
#define WSSE "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
#define TOKEN(bytes) "<BinarySecurityToken xmlns=\"" WSSE "\">" bytes "</BinarySecurityToken>"
#define RESPONSE(inside)                                                                                     \
  "<RequestSecurityTokenResponseCollection xmlns=\"" WST "\"><RequestSecurityTokenResponse>" inside          \
  "</RequestSecurityTokenResponse></RequestSecurityTokenResponseCollection>"
#define MESSAGE(text) "<DispositionMessage xmlns=\"" ENROLL "\">" text "</DispositionMessage>"
#define ID(text) "<RequestID xmlns=\"" ENROLL "\">" text "</RequestID>"
#define FAULT(detail)                                                                                        \
  "<s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>a:b</s:Value></s:Subcode></s:Code>"     \
  "<s:Reason><s:Text xml:lang=\"en\">Denied</s:Text></s:Reason>" detail "</s:Fault>"

/* P-256, the scalar 1 to 32: no secret, but always the same, so that fuzz-wstep can name it. */
static EVP_PKEY *
fixed_key (void)
{
  guint8 der[] = { 0x30, 0x31, 0x02, 0x01, 0x01, 0x04, 0x20, 1,    2,    3,    4,    5,   6,
                   7,    8,    9,    10,   11,   12,   13,   14,   15,   16,   17,   18,  19,
                   20,   21,   22,   23,   24,   25,   26,   27,   28,   29,   30,   31,  32,
                   0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07 };
  const unsigned char *at = der;
  EVP_PKEY *key = d2i_PrivateKey (EVP_PKEY_EC, NULL, &at, sizeof der);

  g_assert_nonnull (key);
  return key;
}

static void
save (const char *top, const char *folder, const char *name, const void *bytes, gsize length)
{
  g_autofree char *path = g_build_filename (top, folder, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (parent, 0755), ==, 0);
  g_assert_true (g_file_set_contents (path, bytes, (gssize) length, NULL));
}

static void
save_bytes (const char *top, const char *folder, const char *name, GBytes *bytes)
{
  save (top, folder, name, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

G_GNUC_PRINTF (3, 4)
static void
save_answer (const char *top, const char *name, const char *format, ...)
{
  g_autofree char *body = NULL, *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  body = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  text = g_strdup_printf ("<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" "
                          "xmlns:a=\"http://www.w3.org/2005/08/addressing\"><s:Header>"
                          "<a:RelatesTo>urn:uuid:1</a:RelatesTo></s:Header><s:Body>%s</s:Body></s:Envelope>",
                          body);
  save (top, "wstep", name, text, strlen (text));
}

static char *
base64 (GBytes *bytes)
{
  return g_base64_encode (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

static void
save_answers (const char *top, GBytes *certificate, GBytes *cms)
{
  g_autofree char *token = base64 (certificate), *message = base64 (cms);
  static const char entities[] = "<!DOCTYPE a [<!ENTITY b \"bb\">]><a>&b;</a>";

  save_answer (top, "issued.xml",
               RESPONSE (MESSAGE ("Issued") TOKEN ("%s") "<RequestedSecurityToken>" TOKEN (
                   "%s") "</RequestedSecurityToken>" ID ("61")),
               message, token);
  save_answer (
      top, "pending.xml",
      RESPONSE (MESSAGE ("Wait") "<RequestedSecurityToken><SecurityTokenReference xmlns=\"" WSSE "\">"
                                 "<Reference URI=\"https://ca1.lab.test/CES\"/></SecurityTokenReference>"
                                 "</RequestedSecurityToken>" ID ("65")));
  save_answer (
      top, "denied.xml",
      FAULT ("<s:Detail><CertificateEnrollmentWSDetail xmlns=\"" ENROLL
             "\"><ErrorCode>-2146877422</ErrorCode>"
             "<InvalidRequest>true</InvalidRequest><RequestID>7</RequestID></CertificateEnrollmentWSDetail>"
             "</s:Detail>"));
  save_answer (top, "fault.xml", FAULT (""));
  save (top, "wstep", "entities.xml", entities, sizeof entities - 1);
}

static void
save_requests (const char *top, EVP_PKEY *key, GBytes *certificate)
{
  const CeRequestParams params = { .template_name = "User", .template_oid = "" };
  const CeCmsSigner by_certificate
      = { .key = key, .certificate = certificate, .requester_name = "LAB\\alice" };
  const CeCmsSigner by_key = { .key = key };
  g_autoptr (GBytes) pkcs10 = ce_request_new_pkcs10 (key, &params, NULL);
  g_autoptr (GBytes) cms = ce_cms_request_new (pkcs10, &by_certificate, 1, NULL);
  g_autoptr (GBytes) cmc = ce_cmc_request_new (pkcs10, "A=B", &by_key, 1, NULL);

  save_bytes (top, "cms-request", "cms.der", cms);
  save_bytes (top, "cms-request", "cmc.der", cmc);
}

static void
save_list (const char *top, const char *name, const MakerCrl *how)
{
  g_autoptr (GBytes) list = maker_crl (how);

  save_bytes (top, "crl", name, list);
}

/* One of each kind that is read, and of each that is refused. */
static void
save_lists (const char *top, EVP_PKEY *key, X509 *ca, X509 *user)
{
  static const char *const scope = "issuingDistributionPoint";
  const MakerCrl plain = { .issuer = ca, .key = key };
  MakerCrl list = plain;

  save_list (top, "empty.der", &list);
  list.next_update_unix = -1;
  save_list (top, "without-an-end.der", &list);
  list = plain;
  list.revoked = user;
  list.reason = 1;
  save_list (top, "revoked.der", &list);
  list.reason = -1;
  save_list (top, "revoked-without-a-reason.der", &list);
  list.reason = 6;
  list.digest = "SHA1";
  save_list (top, "on-hold-signed-with-sha-1.der", &list);
  list = plain;
  list.extension = "2.5.29.28";
  list.value = "critical,DER:30038101ff";
  save_list (top, "only-users.der", &list);
  list.extension = scope;
  list.value = "critical,onlyCA:TRUE";
  save_list (top, "only-cas.der", &list);
  list.value = "critical,indirectCRL:TRUE";
  save_list (top, "indirect.der", &list);
  list.value = "critical,onlysomereasons:keyCompromise";
  save_list (top, "some-reasons.der", &list);
  list.extension = "2.5.29.27";
  list.value = "critical,DER:020101";
  save_list (top, "delta.der", &list);
  list.extension = "1.2.3.4";
  list.value = "critical,DER:0500";
  save_list (top, "critical-and-unknown.der", &list);
}

int
main (int argc, char **argv)
{
  g_autoptr (EVP_PKEY) key = fixed_key ();
  g_autoptr (X509) ca = maker_certificate (&(MakerCertificate){ .subject = "CA", .key = key, .ca = TRUE });
  g_autoptr (X509) user = maker_logon_certificate (key, key, ca);
  static const char *const named[] = { "1.3.6.1.4.1.311.20.2", "DER:1e080055007300650072", NULL };
  g_autoptr (X509) version_1
      = maker_certificate (&(MakerCertificate){ .subject = "v1", .key = key, .extensions = named });
  g_autoptr (GBytes) ca_der = maker_der (ca), user_der = maker_der (user),
                     version_1_der = maker_der (version_1);
  g_autoptr (GBytes) certs_only = maker_certs_only (&user, 1);
  g_autoptr (GBytes) cmc = maker_cmc_response (0, key, ca, &user, 1);
  g_autoptr (GBytes) cmc_pending = maker_cmc_response (3, key, ca, NULL, 0);
  g_autofree char *id = ce_public_key_id (key, NULL);

  if (argc != 2)
    return 64;
  save_bytes (argv[1], "certificate", "ca.der", ca_der);
  save_bytes (argv[1], "certificate", "logon.der", user_der);
  save_bytes (argv[1], "certificate", "version-1.der", version_1_der);
  save_bytes (argv[1], "reply", "certs-only.der", certs_only);
  save_bytes (argv[1], "reply", "cmc.der", cmc);
  save_bytes (argv[1], "reply", "cmc-pending.der", cmc_pending);
  save_lists (argv[1], key, ca, user);
  save_requests (argv[1], key, user_der);
  save_answers (argv[1], user_der, certs_only);
  g_print ("%s\n", id);
  return 0;
}
