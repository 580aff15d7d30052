/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/x509/reply.h"

#include "agent/base/openssl.h"
#include "agent/x509/cms-asn1.h"

#define OID_PKI_RESPONSE "1.3.6.1.5.5.7.12.3"
#define OID_STATUS_INFO "1.3.6.1.5.5.7.7.1"

/* RFC 5272's PKIResponse; of a control's value only the first fields are read. */
typedef struct
{
  STACK_OF (CeCmcControl) * controls;
  STACK_OF (ASN1_TYPE) * cms;
  STACK_OF (ASN1_TYPE) * other;
} PkiResponse;

ASN1_SEQUENCE (PkiResponse) = {
  ASN1_SEQUENCE_OF (PkiResponse, controls, CeCmcControl),
  ASN1_SEQUENCE_OF (PkiResponse, cms, ASN1_ANY),
  ASN1_SEQUENCE_OF (PkiResponse, other, ASN1_ANY),
} static_ASN1_SEQUENCE_END (PkiResponse)

static void
pki_response_free (PkiResponse *response)
{
  ASN1_item_free ((ASN1_VALUE *) response, ASN1_ITEM_rptr (PkiResponse));
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PkiResponse, pki_response_free)

typedef STACK_OF (ASN1_TYPE) CeAnySequence;

static void
any_sequence_free (CeAnySequence *sequence)
{
  sk_ASN1_TYPE_pop_free (sequence, ASN1_TYPE_free);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeAnySequence, any_sequence_free)

static CMS_ContentInfo *
parse (GBytes *der, GError **error)
{
  g_autoptr (CMS_ContentInfo) cms = NULL;
  gsize length;
  const unsigned char *bytes = g_bytes_get_data (der, &length);
  const unsigned char *at = bytes;
  const char *wrong = NULL;

  if (length == 0 || length > CE_REPLY_MAX_DER)
    wrong = "its length is out of range";
  else if ((cms = d2i_CMS_ContentInfo (NULL, &at, (long) length)) == NULL)
    wrong = "it is no CMS";
  else if (at != bytes + length)
    wrong = "something follows it";
  else if (OBJ_obj2nid (CMS_get0_type (cms)) != NID_pkcs7_signed)
    wrong = "it is no SignedData";
  ERR_clear_error ();
  if (wrong == NULL)
    return g_steal_pointer (&cms);

  g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "the CA's answer is not a valid certificate message: %s",
               wrong);
  return NULL;
}

static GBytes *
certificate_der (X509 *x509)
{
  unsigned char *der = NULL;
  int length = i2d_X509 (x509, &der);
  GBytes *bytes = length > 0 ? g_bytes_new (der, (gsize) length) : NULL;

  OPENSSL_free (der);
  return bytes;
}

GPtrArray *
ce_reply_certificates (GBytes *der, GError **error)
{
  g_autoptr (CMS_ContentInfo) cms = parse (der, error);
  g_autoptr (CeX509Stack) stack = cms != NULL ? CMS_get1_certs (cms) : NULL;
  g_autoptr (GPtrArray) certificates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  if (cms == NULL)
    return NULL;
  if (sk_X509_num (stack) > CE_REPLY_MAX_CERTIFICATES)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL,
                   "the CA's answer carries %d certificates: at most %d are taken", sk_X509_num (stack),
                   CE_REPLY_MAX_CERTIFICATES);
      return NULL;
    }
  for (int i = 0; i < sk_X509_num (stack); i++)
    {
      GBytes *certificate = certificate_der (sk_X509_value (stack, i));

      if (certificate != NULL)
        g_ptr_array_add (certificates, certificate);
    }
  ERR_clear_error ();
  return g_steal_pointer (&certificates);
}

/* CMCStatusInfo ::= SEQUENCE { cMCStatus INTEGER, bodyList, … } */
static CeCmcStatus
status_from (const CeCmcControl *control)
{
  g_autoptr (CeAnySequence) fields = NULL;
  const ASN1_TYPE *value = sk_ASN1_TYPE_value (control->values, 0);
  const ASN1_TYPE *status;
  const unsigned char *at;

  if (value == NULL || value->type != V_ASN1_SEQUENCE)
    return CE_CMC_NONE;
  at = ASN1_STRING_get0_data (value->value.sequence);
  fields = d2i_ASN1_SEQUENCE_ANY (NULL, &at, ASN1_STRING_length (value->value.sequence));
  status = sk_ASN1_TYPE_value (fields, 0);
  if (status == NULL || status->type != V_ASN1_INTEGER)
    return CE_CMC_NONE;
  switch (ASN1_INTEGER_get (status->value.integer))
    {
    case CE_CMC_SUCCESS:
      return CE_CMC_SUCCESS;
    case CE_CMC_PENDING:
      return CE_CMC_PENDING;
    case CE_CMC_NO_SUPPORT:
      return CE_CMC_NO_SUPPORT;
    case CE_CMC_FAILED:
      return CE_CMC_FAILED;
    default:
      return CE_CMC_NONE;
    }
}

static CeCmcStatus
status_in (const PkiResponse *response)
{
  g_autoptr (ASN1_OBJECT) wanted = OBJ_txt2obj (OID_STATUS_INFO, 1);

  for (int i = 0; i < sk_CeCmcControl_num (response->controls); i++)
    {
      const CeCmcControl *control = sk_CeCmcControl_value (response->controls, i);

      if (OBJ_cmp (control->type, wanted) == 0)
        return status_from (control);
    }
  return CE_CMC_NONE;
}

CeCmcStatus
ce_reply_cmc_status (GBytes *der)
{
  g_autoptr (CMS_ContentInfo) cms = parse (der, NULL);
  g_autoptr (PkiResponse) response = NULL;
  g_autoptr (ASN1_OBJECT) wanted = OBJ_txt2obj (OID_PKI_RESPONSE, 1);
  ASN1_OCTET_STRING **content = cms != NULL ? CMS_get0_content (cms) : NULL;
  const unsigned char *at;

  if (content != NULL && *content != NULL && OBJ_cmp (CMS_get0_eContentType (cms), wanted) == 0)
    {
      at = ASN1_STRING_get0_data (*content);
      response = (PkiResponse *) ASN1_item_d2i (NULL, &at, ASN1_STRING_length (*content),
                                                ASN1_ITEM_rptr (PkiResponse));
    }
  ERR_clear_error ();
  return response != NULL ? status_in (response) : CE_CMC_NONE;
}
