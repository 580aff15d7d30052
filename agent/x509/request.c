/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/x509/request.h"

#include <string.h>

#include "agent/x509/extension.h"
#include "agent/x509/signature.h"

typedef STACK_OF (X509_EXTENSION) CeExtensions;

static void
extensions_free (CeExtensions *extensions)
{
  sk_X509_EXTENSION_pop_free (extensions, X509_EXTENSION_free);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeExtensions, extensions_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ASN1_STRING, ASN1_STRING_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CERTIFICATEPOLICIES, CERTIFICATEPOLICIES_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (POLICYINFO, POLICYINFO_free)

/* Adds an extension whose value is @value, an object of @item. */
static gboolean
add_item (CeExtensions *list, const char *oid, gboolean critical, const ASN1_ITEM *item, gconstpointer value,
          GError **error)
{
  g_autoptr (X509_EXTENSION) extension = NULL;
  unsigned char *der = NULL;
  int length = ASN1_item_i2d (value, &der, item);

  if (length > 0)
    extension = ce_extension_new (oid, critical, der, (gsize) length, error);
  else
    ce_openssl_error (error, CE_ERROR_FAILED, "cannot encode a certificate extension");
  OPENSSL_free (der);
  if (extension == NULL || !sk_X509_EXTENSION_push (list, extension))
    return FALSE;
  extension = NULL;
  return TRUE;
}

static gboolean
bad (GError **error, const char *what, const char *value)
{
  g_autofree char *message = g_strdup_printf ("%s '%s' cannot be put into a request", what, value);

  return ce_openssl_error (error, CE_ERROR_FAILED, message);
}

static gboolean
add_template_name (CeExtensions *list, const char *name, GError **error)
{
  ASN1_STRING *bmp = NULL;
  gboolean ok;

  if (ASN1_mbstring_copy (&bmp, (const unsigned char *) name, -1, MBSTRING_UTF8, B_ASN1_BMPSTRING) < 0)
    return bad (error, "the template name", name);
  ok = add_item (list, CE_OID_TEMPLATE_NAME, FALSE, ASN1_ITEM_rptr (ASN1_BMPSTRING), bmp, error);
  ASN1_STRING_free (bmp);
  return ok;
}

static gboolean
add_template (CeExtensions *list, const CeRequestParams *params, GError **error)
{
  g_autoptr (CeTemplateExtension) template = NULL;

  if (params->template_schema < 2 || *params->template_oid == '\0')
    return add_template_name (list, params->template_name, error);

  template = CeTemplateExtension_new ();
  ASN1_OBJECT_free (template->oid);
  template->oid = OBJ_txt2obj (params->template_oid, 1);
  template->major = ASN1_INTEGER_new ();
  template->minor = ASN1_INTEGER_new ();
  if (template->oid == NULL || !ASN1_INTEGER_set_uint64 (template->major, params->template_major)
      || !ASN1_INTEGER_set_uint64 (template->minor, params->template_minor))
    return bad (error, "the template's OID", params->template_oid);
  return add_item (list, CE_OID_TEMPLATE, FALSE, ASN1_ITEM_rptr (CeTemplateExtension), template, error);
}

static gboolean
add_key_usage (CeExtensions *list, const guint8 usage[2], GError **error)
{
  g_autoptr (ASN1_STRING) bits = ASN1_BIT_STRING_new ();

  if (usage[0] == 0 && usage[1] == 0)
    return TRUE;
  /* Without ASN1_STRING_FLAG_BITS_LEFT the encoder drops trailing zero bits, as DER wants it for named bits.
   */
  if (bits == NULL || !ASN1_BIT_STRING_set (bits, (unsigned char *) usage, 2))
    return ce_openssl_error (error, CE_ERROR_FAILED, "cannot encode the key usage");
  return add_item (list, "2.5.29.15", TRUE, ASN1_ITEM_rptr (ASN1_BIT_STRING), bits, error);
}

static gboolean
add_ekus (CeExtensions *list, const char *const *oids, GError **error)
{
  g_autoptr (EXTENDED_KEY_USAGE) ekus = EXTENDED_KEY_USAGE_new ();

  if (oids == NULL || *oids == NULL)
    return TRUE;
  for (; *oids != NULL; oids++)
    {
      ASN1_OBJECT *eku = OBJ_txt2obj (*oids, 1);

      if (eku == NULL || !sk_ASN1_OBJECT_push (ekus, eku))
        return bad (error, "the extended key usage", *oids);
    }
  return add_item (list, "2.5.29.37", FALSE, ASN1_ITEM_rptr (EXTENDED_KEY_USAGE), ekus, error);
}

static gboolean
add_application_policies (CeExtensions *list, const char *const *oids, GError **error)
{
  g_autoptr (CERTIFICATEPOLICIES) policies = CERTIFICATEPOLICIES_new ();

  if (oids == NULL || *oids == NULL)
    return TRUE;
  for (; *oids != NULL; oids++)
    {
      g_autoptr (POLICYINFO) policy = POLICYINFO_new ();

      ASN1_OBJECT_free (policy->policyid);
      policy->policyid = OBJ_txt2obj (*oids, 1);
      if (policy->policyid == NULL || !sk_POLICYINFO_push (policies, policy))
        return bad (error, "the application policy", *oids);
      policy = NULL;
    }
  return add_item (list, CE_OID_APPLICATION_POLICIES, FALSE, ASN1_ITEM_rptr (CERTIFICATEPOLICIES), policies,
                   error);
}

static gboolean
add_other_name (CeExtensions *list, const char *extension_oid, const char *name_oid, int type,
                const char *text, GError **error)
{
  g_autoptr (GENERAL_NAMES) names = GENERAL_NAMES_new ();

  if (text == NULL)
    return TRUE;
  return ce_names_add_other (names, name_oid, type, text, error)
         && add_item (list, extension_oid, FALSE, ASN1_ITEM_rptr (GENERAL_NAMES), names, error);
}

/* As it stands in the certificate to renew. */
static gboolean
add_old_alternative_name (CeExtensions *list, const X509 *old, GError **error)
{
  int at = old != NULL ? X509_get_ext_by_NID (old, NID_subject_alt_name, -1) : -1;
  g_autoptr (X509_EXTENSION) extension = at >= 0 ? X509_EXTENSION_dup (X509_get_ext (old, at)) : NULL;

  if (at < 0)
    return TRUE;
  if (extension == NULL || !sk_X509_EXTENSION_push (list, extension))
    return ce_openssl_error (error, CE_ERROR_FAILED, "cannot take over the old alternative name");
  extension = NULL;
  return TRUE;
}

static gboolean
add_extensions (X509_REQ *request, const CeRequestParams *params, const X509 *old, GError **error)
{
  g_autoptr (CeExtensions) list = sk_X509_EXTENSION_new_null ();

  if (!add_template (list, params, error) || !add_key_usage (list, params->key_usage, error)
      || !add_ekus (list, params->ekus, error)
      || !add_application_policies (list, params->application_policies, error)
      || !add_other_name (list, "2.5.29.17", CE_OID_UPN_NAME, V_ASN1_UTF8STRING, params->upn, error)
      || (params->upn == NULL && !add_old_alternative_name (list, old, error))
      || !add_other_name (list, CE_OID_SID, CE_OID_SID_NAME, V_ASN1_OCTET_STRING, params->sid, error))
    return FALSE;
  if (!X509_REQ_add_extensions (request, list))
    return ce_openssl_error (error, CE_ERROR_FAILED, "cannot put extensions into a request");
  return TRUE;
}

static gboolean
set_subject (X509_REQ *request, const char *cn, const X509 *old, GError **error)
{
  g_autoptr (X509_NAME) name
      = cn == NULL && old != NULL ? X509_NAME_dup (X509_get_subject_name (old)) : X509_NAME_new ();

  if (cn != NULL
      && !X509_NAME_add_entry_by_NID (name, NID_commonName, MBSTRING_UTF8, (const unsigned char *) cn, -1, -1,
                                      0))
    return bad (error, "the subject's common name", cn);
  if (!X509_REQ_set_subject_name (request, name))
    return ce_openssl_error (error, CE_ERROR_FAILED, "cannot put a subject into a request");
  return TRUE;
}

static gboolean
set_renewal (X509_REQ *request, GBytes *der, GError **error)
{
  if (der != NULL
      && !X509_REQ_add1_attr_by_txt (request, CE_OID_RENEWAL_CERTIFICATE, V_ASN1_SEQUENCE,
                                     g_bytes_get_data (der, NULL), (int) g_bytes_get_size (der)))
    return ce_openssl_error (error, CE_ERROR_FAILED, "cannot put the certificate to renew into a request");
  return TRUE;
}

static GBytes *
request_information (X509_REQ *request, GError **error)
{
  unsigned char *der = NULL;
  int length = i2d_re_X509_REQ_tbs (request, &der);
  GBytes *bytes = length > 0 ? g_bytes_new (der, (gsize) length) : NULL;

  OPENSSL_free (der);
  if (bytes == NULL)
    ce_openssl_error (error, CE_ERROR_FAILED, "cannot encode a request");
  return bytes;
}

static X509_ALGOR *
null_algorithm (GError **error)
{
  X509_ALGOR *algorithm = X509_ALGOR_new ();

  if (algorithm == NULL || !X509_ALGOR_set0 (algorithm, OBJ_nid2obj (NID_sha256), V_ASN1_NULL, NULL))
    ce_openssl_error (error, CE_ERROR_FAILED, "cannot name a digest");
  return algorithm;
}

static GBytes *
null_signature (GBytes *information)
{
  guint8 digest[32];
  size_t length = sizeof digest;

  if (!EVP_Q_digest (NULL, "SHA256", NULL, g_bytes_get_data (information, NULL),
                     g_bytes_get_size (information), digest, &length))
    return NULL;
  return g_bytes_new (digest, length);
}

/* Not X509_REQ_sign(): that asks the key's provider for the algorithm identifier, and may ask for the length
 * by signing twice. */
static gboolean
sign (X509_REQ *request, EVP_PKEY *key, const CeRequestParams *params, GError **error)
{
  g_autoptr (X509_ALGOR) algorithm
      = params->null_signature ? null_algorithm (error) : ce_signature_algorithm (key, params->pss, error);
  g_autoptr (ASN1_STRING) bits = ASN1_BIT_STRING_new ();
  g_autoptr (GBytes) information = NULL, signature = NULL;
  gsize length;
  const void *bytes;

  if (algorithm == NULL)
    return FALSE;
  if (bits == NULL || !X509_REQ_set1_signature_algo (request, algorithm))
    return ce_openssl_error (error, CE_ERROR_FAILED, "cannot encode a request");
  information = request_information (request, error);
  if (information == NULL)
    return FALSE;
  bytes = g_bytes_get_data (information, &length);
  signature = params->null_signature ? null_signature (information)
                                     : ce_signature_make (key, params->pss, bytes, length, error);
  if (signature == NULL)
    return FALSE;

  bits->flags = ASN1_STRING_FLAG_BITS_LEFT; /* every bit counts: none is dropped at the end */
  if (!ASN1_STRING_set (bits, g_bytes_get_data (signature, NULL), (int) g_bytes_get_size (signature)))
    return ce_openssl_error (error, CE_ERROR_FAILED, "cannot encode a request");
  X509_REQ_set0_signature (request, g_steal_pointer (&bits));
  return TRUE;
}

static GBytes *
encode (X509_REQ *request, GError **error)
{
  unsigned char *der = NULL;
  int length = i2d_X509_REQ (request, &der);
  GBytes *bytes;

  if (length <= 0)
    return ce_openssl_error (error, CE_ERROR_FAILED, "cannot encode a request"), NULL;
  bytes = g_bytes_new (der, (gsize) length);
  OPENSSL_free (der);
  return bytes;
}

static X509 *
old_certificate (GBytes *der, GError **error)
{
  gsize length;
  const unsigned char *at = g_bytes_get_data (der, &length);
  X509 *old = d2i_X509 (NULL, &at, (long) length);

  if (old == NULL)
    ce_openssl_error (error, CE_ERROR_FAILED, "cannot read the certificate to renew");
  return old;
}

GBytes *
ce_request_new_pkcs10 (EVP_PKEY *key, const CeRequestParams *params, GError **error)
{
  g_autoptr (X509_REQ) request = X509_REQ_new ();
  g_autoptr (X509) old = NULL;

  if (params->renewal_certificate != NULL
      && (old = old_certificate (params->renewal_certificate, error)) == NULL)
    return NULL;
  if (request == NULL || !X509_REQ_set_version (request, X509_REQ_VERSION_1)
      || !X509_REQ_set_pubkey (request, key))
    return ce_openssl_error (error, CE_ERROR_FAILED, "cannot make a request for the key"), NULL;
  if (!set_subject (request, params->subject_cn, old, error) || !add_extensions (request, params, old, error)
      || !set_renewal (request, params->renewal_certificate, error) || !sign (request, key, params, error))
    return NULL;
  return encode (request, error);
}
