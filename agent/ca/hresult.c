/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/ca/ca.h"

typedef struct
{
  guint32 code;
  const char *text; /* "NAME: a sentence for the person who asked" */
} HresultRow;

/* Codes and names: [MS-ERREF] 2.1.1, [MS-WCCE]; the sentences say what it means for an enrolment. */
static const HresultRow rows[] = {
  { 0x80004005, "E_FAIL: the CA failed without saying why" },
  { 0x80070005, "E_ACCESSDENIED: the CA, or a service behind it, does not let you in" },
  { 0x80070057, "E_INVALIDARG: the CA found the request malformed" },
  { 0x8007000d, "ERROR_INVALID_DATA: the CA found the request malformed" },
  { 0x80070006, "ERROR_INVALID_HANDLE: the CA lost the request; ask again" },
  { 0x800704c7, "ERROR_CANCELLED: the CA cancelled the request" },
  { 0x800706ba, "RPC_S_SERVER_UNAVAILABLE: the CA behind the web service is not running" },
  { 0x800706bb, "RPC_S_SERVER_TOO_BUSY: the CA behind the web service is too busy" },
  { 0x800706be, "RPC_S_CALL_FAILED: the connection from the web service to the CA broke" },
  { 0x800706bf, "RPC_S_CALL_FAILED_DNE: the web service could not ask the CA" },
  { 0x8007054b, "ERROR_NO_SUCH_DOMAIN: the CA cannot find your domain" },
  { 0x8007052e, "ERROR_LOGON_FAILURE: the CA could not log on to look you up" },
  { 0x80090008, "NTE_BAD_ALGID: the CA does not take this kind of key or signature" },
  { 0x80090006, "NTE_BAD_SIGNATURE: the signature in the request is wrong" },
  { 0x80091004, "CRYPT_E_INVALID_MSG_TYPE: the CA does not take this form of request" },
  { 0x80091007, "CRYPT_E_HASH_VALUE: the signature in the request is wrong" },
  { 0x8009200e, "CRYPT_E_NO_SIGNER: the request lacks the signature that it must have" },
  { 0x80092010, "CRYPT_E_REVOKED: a certificate that signed the request, or the CA's own, is revoked" },
  { 0x80092012, "CRYPT_E_NO_REVOCATION_CHECK: the CA could not check whether a certificate is revoked" },
  { 0x80092013,
    "CRYPT_E_REVOCATION_OFFLINE: the CA cannot reach a revocation list; its administrators must publish it" },
  { 0x80093005, "OSS_DATA_ERROR: the CA found the request malformed" },
  { 0x8009310b, "CRYPT_E_ASN1_BADTAG: the CA found the request malformed" },

  { 0x80094001, "CERTSRV_E_BAD_REQUESTSUBJECT: the name in the request is invalid or too long" },
  { 0x80094002, "CERTSRV_E_NO_REQUEST: the CA knows no such request; it was deleted or never arrived" },
  { 0x80094003, "CERTSRV_E_BAD_REQUESTSTATUS: the request is in a state that does not allow this" },
  { 0x80094004, "CERTSRV_E_PROPERTY_EMPTY: the CA misses a value that the certificate needs" },
  { 0x80094005, "CERTSRV_E_INVALID_CA_CERTIFICATE: the CA's own certificate is invalid" },
  { 0x80094006, "CERTSRV_E_SERVER_SUSPENDED: the CA is suspended while its database is restored" },
  { 0x80094007, "CERTSRV_E_ENCODING_LENGTH: the certificate would be too long for older programs" },
  { 0x80094008, "CERTSRV_E_ROLECONFLICT: you hold several roles at the CA, which it does not allow" },
  { 0x80094009, "CERTSRV_E_RESTRICTEDOFFICER: you may not act for this user or this template" },
  { 0x8009400a,
    "CERTSRV_E_KEY_ARCHIVAL_NOT_CONFIGURED: the template wants the key archived, but the CA archives none" },
  { 0x8009400b, "CERTSRV_E_NO_VALID_KRA: the CA has no valid recovery agent to archive the key for" },
  { 0x8009400c,
    "CERTSRV_E_BAD_REQUEST_KEY_ARCHIVAL: the key to archive is not in the request as it must be" },
  { 0x8009400d, "CERTSRV_E_NO_CAADMIN_DEFINED: the CA has no administrator" },
  { 0x8009400e,
    "CERTSRV_E_BAD_RENEWAL_CERT_ATTRIBUTE: the request does not name the certificate to renew as it must" },
  { 0x8009400f, "CERTSRV_E_NO_DB_SESSIONS: the CA is too busy; ask again later" },
  { 0x80094010, "CERTSRV_E_ALIGNMENT_FAULT: the CA failed inside" },
  { 0x80094011, "CERTSRV_E_ENROLL_DENIED: you may not request certificates from this CA" },
  { 0x80094012, "CERTSRV_E_TEMPLATE_DENIED: you may not enrol for this template" },
  { 0x80094013, "CERTSRV_E_DOWNLEVEL_DC_SSL_OR_UPGRADE: the CA cannot talk to its domain controller" },
  { 0x80094014, "CERTSRV_E_ADMIN_DENIED_REQUEST: an administrator of the CA denied the request" },
  { 0x80094015, "CERTSRV_E_NO_POLICY_SERVER: the CA found no policy server" },
  { 0x80094016, "CERTSRV_E_WEAK_SIGNATURE_OR_KEY: the CA finds the key or the signature too weak" },
  { 0x80094017, "CERTSRV_E_KEY_ATTESTATION_NOT_SUPPORTED: the CA takes no proof of where a key was made" },
  { 0x80094800, "CERTSRV_E_UNSUPPORTED_CERT_TYPE: this CA does not issue this template" },
  { 0x80094801, "CERTSRV_E_NO_CERT_TYPE: the request names no template" },
  { 0x80094802, "CERTSRV_E_TEMPLATE_CONFLICT: the request names more than one template" },
  { 0x80094803,
    "CERTSRV_E_SUBJECT_ALT_NAME_REQUIRED: the request lacks the alternative name that the template wants" },
  { 0x80094804, "CERTSRV_E_ARCHIVED_KEY_REQUIRED: the template wants the private key archived, which a card "
                "never gives" },
  { 0x80094805,
    "CERTSRV_E_SMIME_REQUIRED: the request lacks the S/MIME capabilities that the template wants" },
  { 0x80094806,
    "CERTSRV_E_BAD_RENEWAL_SUBJECT: the request is for another person than you, and no agent signed it" },
  { 0x80094807,
    "CERTSRV_E_BAD_TEMPLATE_VERSION: the CA's copy of the template is older; ask again once it is updated" },
  { 0x80094808,
    "CERTSRV_E_TEMPLATE_POLICY_REQUIRED: the template lacks the signature policy that it must have" },
  { 0x80094809, "CERTSRV_E_SIGNATURE_POLICY_REQUIRED: the template wants a signature by an enrolment agent" },
  { 0x8009480a, "CERTSRV_E_SIGNATURE_COUNT: the template wants more signatures by enrolment agents" },
  { 0x8009480b,
    "CERTSRV_E_SIGNATURE_REJECTED: a signature is not by the kind of agent that the template wants" },
  { 0x8009480c,
    "CERTSRV_E_ISSUANCE_POLICY_REQUIRED: no signing agent has the issuance policy that the template wants" },
  { 0x8009480d,
    "CERTSRV_E_SUBJECT_UPN_REQUIRED: your account has no user principal name, which the template wants" },
  { 0x8009480e, "CERTSRV_E_SUBJECT_DIRECTORY_GUID_REQUIRED: your account's GUID cannot be read, which the "
                "template wants" },
  { 0x8009480f, "CERTSRV_E_SUBJECT_DNS_REQUIRED: your account has no DNS name, which the template wants" },
  { 0x80094810, "CERTSRV_E_ARCHIVED_KEY_UNEXPECTED: the request carries a key to archive, but the template "
                "archives none" },
  { 0x80094811, "CERTSRV_E_KEY_LENGTH: the key is shorter than the template allows" },
  { 0x80094812,
    "CERTSRV_E_SUBJECT_EMAIL_REQUIRED: your account has no mail address, which the template wants" },
  { 0x80094813, "CERTSRV_E_UNKNOWN_CERT_TYPE: the CA cannot find the template in the directory" },
  { 0x80094814, "CERTSRV_E_CERT_TYPE_OVERLAP: the template's renewal period is longer than the certificate "
                "would be valid" },
  { 0x80094815,
    "CERTSRV_E_TOO_MANY_SIGNATURES: the template wants more agent signatures than this CA can check" },
  { 0x80094816, "CERTSRV_E_RENEWAL_BAD_PUBLIC_KEY: the key is not that of the certificate to renew" },
  { 0x80094817, "CERTSRV_E_INVALID_EK: the endorsement key of the device is invalid" },
  { 0x8009481a,
    "CERTSRV_E_KEY_ATTESTATION: the template wants proof of where the key was made, and it did not succeed" },

  { 0x80096004, "TRUST_E_CERT_SIGNATURE: the signature of a certificate is wrong" },
  { 0x800b0101, "CERT_E_EXPIRED: a certificate in the request or the CA's own has expired" },
  { 0x800b0109, "CERT_E_UNTRUSTEDROOT: the CA does not trust the root of a certificate in the request" },
  { 0x800b010a, "CERT_E_CHAINING: the CA cannot build the chain of a certificate in the request" },
  { 0x800b0110, "CERT_E_WRONG_USAGE: a certificate that signed the request is not for that purpose" },
  { 0x800b0112, "CERT_E_UNTRUSTEDCA: the CA, or one that a signer relies on, is not trusted by the domain" },
};

const char *
ce_ca_hresult_text (guint32 hresult)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i].code == hresult)
      return rows[i].text;
  return NULL;
}
