/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/x509/cms-request.h"

#include <string.h>

#include "agent/x509/certificate.h"
#include "agent/x509/cms-asn1.h"
#include "agent/x509/extension.h"
#include "agent/x509/signature.h"

#define OID_PKI_DATA "1.3.6.1.5.5.7.12.2"
#define OID_REG_INFO "1.3.6.1.5.5.7.7.18"

typedef STACK_OF (X509_ATTRIBUTE) CeAttributes;

static void
attributes_free (CeAttributes *attributes)
{
  sk_X509_ATTRIBUTE_pop_free (attributes, X509_ATTRIBUTE_free);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeAttributes, attributes_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ASN1_STRING, ASN1_STRING_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ASN1_TYPE, ASN1_TYPE_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_PUBKEY, X509_PUBKEY_free)

static gboolean
fail (GError **error)
{
  return ce_openssl_error (error, CE_ERROR_FAILED, "cannot encode a signed request");
}

static X509 *
certificate_from (GBytes *der)
{
  gsize length;
  const unsigned char *at = g_bytes_get_data (der, &length);

  return length <= CE_CERTIFICATE_MAX_DER ? d2i_X509 (NULL, &at, (long) length) : NULL;
}

static gboolean
add_attribute (CeAttributes *list, const char *oid, int type, const void *value, int length)
{
  g_autoptr (ASN1_OBJECT) object = OBJ_txt2obj (oid, 1);
  X509_ATTRIBUTE *attribute = X509_ATTRIBUTE_create_by_OBJ (NULL, object, type, value, length);

  if (attribute == NULL)
    return FALSE;
  if (sk_X509_ATTRIBUTE_push (list, attribute) > 0)
    return TRUE;
  X509_ATTRIBUTE_free (attribute);
  return FALSE;
}

/* contentType, messageDigest and, in an agent's signature, for whom it asks. RFC 5652 11.1, 11.2;
 * [MS-WCCE] 2.2.2.7.10. */
static CeAttributes *
attributes_new (const CeContent *content, const CeCmsSigner *signer)
{
  g_autoptr (CeAttributes) list = sk_X509_ATTRIBUTE_new_null ();
  g_autoptr (GBytes) pair = NULL;
  guint8 digest[32];
  size_t digest_length = sizeof digest;

  if (list == NULL
      || !EVP_Q_digest (NULL, "SHA256", NULL, ASN1_STRING_get0_data (content->bytes),
                        (gsize) ASN1_STRING_length (content->bytes), digest, &digest_length)
      || !add_attribute (list, "1.2.840.113549.1.9.3", V_ASN1_OBJECT, content->type, -1)
      || !add_attribute (list, "1.2.840.113549.1.9.4", V_ASN1_OCTET_STRING, digest, sizeof digest))
    return NULL;
  if (signer->requester_name != NULL)
    {
      pair = ce_name_value_pair ("requestername", signer->requester_name);
      if (pair == NULL
          || !add_attribute (list, CE_OID_NAME_VALUE_PAIR, V_ASN1_SEQUENCE, g_bytes_get_data (pair, NULL),
                             (int) g_bytes_get_size (pair)))
        return NULL;
    }
  return g_steal_pointer (&list);
}

/* SHA-1 of the public key's bits, RFC 5280 4.2.1.2 (1): a name, not a safeguard. */
static ASN1_OCTET_STRING *
key_id_new (EVP_PKEY *key)
{
  g_autoptr (X509_PUBKEY) public_key = NULL;
  g_autoptr (ASN1_STRING) id = ASN1_OCTET_STRING_new ();
  const unsigned char *bits;
  guint8 digest[20];
  size_t digest_length = sizeof digest;
  int length;

  if (!X509_PUBKEY_set (&public_key, key) || !X509_PUBKEY_get0_param (NULL, &bits, &length, NULL, public_key)
      || !EVP_Q_digest (NULL, "SHA1", NULL, bits, (gsize) length, digest, &digest_length)
      || !ASN1_OCTET_STRING_set (id, digest, sizeof digest))
    return NULL;
  return g_steal_pointer (&id);
}

static gboolean
set_id (CeSignerInfo *info, const CeCmsSigner *signer, const X509 *certificate)
{
  if (certificate == NULL)
    {
      info->id->type = 1;
      info->id->d.key_id = key_id_new (signer->key);
      return info->id->d.key_id != NULL && ASN1_INTEGER_set_int64 (info->version, 3);
    }
  info->id->type = 0;
  info->id->d.issuer = CeIssuerAndSerial_new ();
  return info->id->d.issuer != NULL
         && X509_NAME_set (&info->id->d.issuer->issuer, X509_get_issuer_name (certificate))
         && ASN1_STRING_copy (info->id->d.issuer->serial, X509_get0_serialNumber (certificate))
         && ASN1_INTEGER_set_int64 (info->version, 1);
}

/* In CMS an RSA signature is named rsaEncryption, as Windows and OpenSSL write it; RFC 5754 3.2. */
static gboolean
set_algorithms (CeSignerInfo *info, const CeCmsSigner *signer, GError **error)
{
  X509_ALGOR *algorithm = ce_signature_algorithm (signer->key, signer->pss, error);

  if (algorithm == NULL)
    return FALSE;
  X509_ALGOR_free (info->algorithm);
  info->algorithm = algorithm;
  if ((EVP_PKEY_is_a (signer->key, "RSA") && !signer->pss
       && !X509_ALGOR_set0 (algorithm, OBJ_nid2obj (NID_rsaEncryption), V_ASN1_NULL, NULL))
      || !X509_ALGOR_set0 (info->digest, OBJ_nid2obj (NID_sha256), V_ASN1_UNDEF, NULL))
    return fail (error);
  return TRUE;
}

static gboolean
sign_attributes (CeSignerInfo *info, const CeCmsSigner *signer, GError **error)
{
  unsigned char *der = NULL;
  int length = ASN1_item_i2d ((ASN1_VALUE *) info->signed_attributes, &der, ASN1_ITEM_rptr (CeAttributeSet));
  g_autoptr (GBytes) signature = NULL;

  if (length <= 0)
    return fail (error);
  signature = ce_signature_make (signer->key, signer->pss, der, (gsize) length, error);
  OPENSSL_free (der);
  if (signature == NULL)
    return FALSE;
  return ASN1_OCTET_STRING_set (info->signature, g_bytes_get_data (signature, NULL),
                                (int) g_bytes_get_size (signature))
         || fail (error);
}

/* Signs @data's content and adds the signature, and the certificate where there is one. */
static gboolean
add_signer (CeSignedData *data, const CeCmsSigner *signer, GError **error)
{
  g_autoptr (CeSignerInfo) info = CeSignerInfo_new ();
  g_autoptr (X509) certificate = signer->certificate != NULL ? certificate_from (signer->certificate) : NULL;

  if ((signer->certificate != NULL) != (certificate != NULL))
    return ce_openssl_error (error, CE_ERROR_FAILED, "the signer's certificate cannot be read");
  if (info == NULL || !set_id (info, signer, certificate))
    return fail (error);
  info->signed_attributes = attributes_new (data->content, signer);
  if (info->signed_attributes == NULL)
    return fail (error);
  if (!set_algorithms (info, signer, error) || !sign_attributes (info, signer, error))
    return FALSE;
  if (certificate != NULL && data->certificates == NULL)
    data->certificates = sk_X509_new_null ();
  if (certificate != NULL
      && !X509_add_cert (data->certificates, certificate, X509_ADD_FLAG_UP_REF | X509_ADD_FLAG_NO_DUP))
    return fail (error);
  if (sk_CeSignerInfo_push (data->signers, info) <= 0)
    return fail (error);
  info = NULL;
  return TRUE;
}

static GBytes *
encode (const CeSignedMessage *message, GError **error)
{
  unsigned char *der = NULL;
  int length = i2d_CeSignedMessage (message, &der);
  GBytes *bytes;

  if (length <= 0)
    return fail (error), NULL;
  bytes = g_bytes_new (der, (gsize) length);
  OPENSSL_free (der);
  return bytes;
}

/* RFC 5652 5.1: version 3 where a signer is named by key or the content is no plain data. */
static gboolean
set_version (CeSignedData *data)
{
  gboolean three = OBJ_obj2nid (data->content->type) != NID_pkcs7_data;

  for (int i = 0; i < sk_CeSignerInfo_num (data->signers); i++)
    three = three || sk_CeSignerInfo_value (data->signers, i)->id->type == 1;
  return ASN1_INTEGER_set_int64 (data->version, three ? 3 : 1);
}

static gboolean
set_content (CeSignedData *data, const char *type, const void *bytes, gsize length)
{
  X509_ALGOR *digest = X509_ALGOR_new ();

  ASN1_OBJECT_free (data->content->type);
  data->content->type = OBJ_txt2obj (type, 1);
  if (digest == NULL || !X509_ALGOR_set0 (digest, OBJ_nid2obj (NID_sha256), V_ASN1_UNDEF, NULL)
      || sk_X509_ALGOR_push (data->digests, digest) <= 0)
    return FALSE;
  return ASN1_OCTET_STRING_set (data->content->bytes, bytes, (int) length);
}

static GBytes *
message_new (const char *type, const void *bytes, gsize length, const CeCmsSigner *signers, gsize n_signers,
             GError **error)
{
  g_autoptr (CeSignedMessage) message = CeSignedMessage_new ();

  g_return_val_if_fail (n_signers > 0 && n_signers <= CE_CMS_REQUEST_MAX_SIGNERS, NULL);
  if (message == NULL || !set_content (message->data, type, bytes, length))
    return fail (error), NULL;
  ASN1_OBJECT_free (message->type);
  message->type = OBJ_nid2obj (NID_pkcs7_signed);
  for (gsize i = 0; i < n_signers; i++)
    if (!add_signer (message->data, &signers[i], error))
      return NULL;
  if (!set_version (message->data))
    return fail (error), NULL;
  return encode (message, error);
}

GBytes *
ce_cms_request_new (GBytes *pkcs10, const CeCmsSigner *signers, gsize n_signers, GError **error)
{
  gsize length;
  const void *bytes = g_bytes_get_data (pkcs10, &length);

  return message_new ("1.2.840.113549.1.7.1", bytes, length, signers, n_signers, error);
}

static gboolean
add_request (CePkiData *data, GBytes *pkcs10)
{
  g_autoptr (CeCmcTaggedRequest) tagged = CeCmcTaggedRequest_new ();
  gsize length;
  const unsigned char *at = g_bytes_get_data (pkcs10, &length);

  if (tagged == NULL)
    return FALSE;
  tagged->type = 0;
  tagged->d.pkcs10 = CeCmcRequest_new ();
  if (tagged->d.pkcs10 == NULL || !ASN1_INTEGER_set_int64 (tagged->d.pkcs10->id, 1)
      || d2i_X509_REQ (&tagged->d.pkcs10->request, &at, (long) length) == NULL
      || sk_CeCmcTaggedRequest_push (data->requests, tagged) <= 0)
    return FALSE;
  tagged = NULL;
  return TRUE;
}

static gboolean
add_attributes (CePkiData *data, const char *attributes)
{
  g_autoptr (CeCmcControl) control = CeCmcControl_new ();
  g_autoptr (ASN1_STRING) text = ASN1_OCTET_STRING_new ();
  g_autoptr (ASN1_TYPE) value = ASN1_TYPE_new ();

  if (control == NULL || text == NULL || value == NULL)
    return FALSE;
  ASN1_OBJECT_free (control->type);
  control->type = OBJ_txt2obj (OID_REG_INFO, 1);
  if (!ASN1_INTEGER_set_int64 (control->id, 2)
      || !ASN1_OCTET_STRING_set (text, (const guint8 *) attributes, -1))
    return FALSE;
  ASN1_TYPE_set (value, V_ASN1_OCTET_STRING, g_steal_pointer (&text));
  if (sk_ASN1_TYPE_push (control->values, value) <= 0)
    return FALSE;
  value = NULL;
  if (sk_CeCmcControl_push (data->controls, control) <= 0)
    return FALSE;
  control = NULL;
  return TRUE;
}

GBytes *
ce_cmc_request_new (GBytes *pkcs10, const char *attributes, const CeCmsSigner *signers, gsize n_signers,
                    GError **error)
{
  g_autoptr (CePkiData) data = CePkiData_new ();
  unsigned char *der = NULL;
  GBytes *message;
  int length;

  if (data == NULL || !add_request (data, pkcs10)
      || (attributes != NULL && !add_attributes (data, attributes)))
    return fail (error), NULL;
  length = i2d_CePkiData (data, &der);
  if (length <= 0)
    return fail (error), NULL;
  message = message_new (OID_PKI_DATA, der, (gsize) length, signers, n_signers, error);
  OPENSSL_free (der);
  return message;
}

static CeSignedMessage *
parse (GBytes *request, GError **error)
{
  gsize length;
  const unsigned char *bytes = g_bytes_get_data (request, &length);
  const unsigned char *at = bytes;
  g_autoptr (CeSignedMessage) message
      = length <= CE_CMS_REQUEST_MAX_DER ? d2i_CeSignedMessage (NULL, &at, (long) length) : NULL;
  g_autoptr (ASN1_OBJECT) pki_data = OBJ_txt2obj (OID_PKI_DATA, 1);

  ERR_clear_error ();
  if (message != NULL && at == bytes + length && OBJ_obj2nid (message->type) == NID_pkcs7_signed
      && (OBJ_obj2nid (message->data->content->type) == NID_pkcs7_data
          || OBJ_cmp (message->data->content->type, pki_data) == 0)
      && sk_CeSignerInfo_num (message->data->signers) < CE_CMS_REQUEST_MAX_SIGNERS)
    return g_steal_pointer (&message);
  g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "not a signed certificate request");
  return NULL;
}

GBytes *
ce_cms_request_cosign (GBytes *request, const CeCmsSigner *signer, GError **error)
{
  g_autoptr (CeSignedMessage) message = parse (request, error);

  if (message == NULL || !add_signer (message->data, signer, error))
    return NULL;
  return encode (message, error);
}
