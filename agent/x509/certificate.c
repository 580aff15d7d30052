/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/x509/certificate.h"

#include <string.h>
#include <time.h>

#include "agent/base/text.h"
#include "agent/x509/extension.h"

#define MAX_LIST 64
#define MAX_SERIAL 64 /* octets; RFC 5280 allows 20 */
#define MAX_SID 184
#define SID_URI "tag:microsoft.com,2022-09-14:sid:"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CRL_DIST_POINTS, CRL_DIST_POINTS_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ASN1_BMPSTRING, ASN1_BMPSTRING_free)

static gboolean
refuse (GError **error, const char *what)
{
  g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "not a valid certificate: %s", what);
  ERR_clear_error ();
  return FALSE;
}

static char *
sha256_hex (const void *bytes, gsize length)
{
  return g_compute_checksum_for_data (G_CHECKSUM_SHA256, bytes, length);
}

/* The decoded extension, or %NULL: then it is either not there, or @error is set. */
static gpointer
extension_d2i (const X509 *x509, int nid, const char *name, GError **error)
{
  int critical = 0;
  gpointer value = X509_get_ext_d2i (x509, nid, &critical, NULL);

  if (value == NULL && critical != -1)
    {
      g_autofree char *what
          = g_strdup_printf ("its %s extension is %s", name, critical == -2 ? "there twice" : "malformed");
      refuse (error, what);
    }
  ERR_clear_error ();
  return value;
}

/* The value of an extension that OpenSSL does not know, into @ret_value (borrowed); %NULL there where it is
 * absent. */
static gboolean
extension_value (const X509 *x509, const char *oid, const ASN1_OCTET_STRING **ret_value, GError **error)
{
  g_autoptr (ASN1_OBJECT) object = OBJ_txt2obj (oid, 1);
  int at = X509_get_ext_by_OBJ (x509, object, -1);

  *ret_value = at < 0 ? NULL : X509_EXTENSION_get_data (X509_get_ext (x509, at));
  if (at < 0 || X509_get_ext_by_OBJ (x509, object, at) < 0)
    return TRUE;

  g_autofree char *what = g_strdup_printf ("its extension %s is there twice", oid);
  return refuse (error, what);
}

static gboolean
read_time (const ASN1_TIME *from, gint64 *ret_unix)
{
  struct tm tm;

  if (!ASN1_TIME_to_tm (from, &tm))
    return FALSE;
  *ret_unix = (gint64) timegm (&tm);
  return TRUE;
}

static char *
name_text (const X509_NAME *name)
{
  g_autoptr (BIO) bio = BIO_new (BIO_s_mem ());
  char *bytes = NULL;
  long length;

  /* RFC 2253 without the escaping of what is not ASCII: people read it. */
  if (bio == NULL
      || X509_NAME_print_ex (bio, name, 0, XN_FLAG_RFC2253 & ~(unsigned long) ASN1_STRFLGS_ESC_MSB) < 0)
    return g_strdup ("");
  length = BIO_get_mem_data (bio, &bytes);
  return ce_text_clean (bytes, (gsize) MAX (length, 0), CE_X509_MAX_TEXT);
}

static gboolean
read_body (CeCertificate *self, GError **error)
{
  const ASN1_INTEGER *serial = X509_get0_serialNumber (self->x509);
  unsigned char *key = NULL;
  int key_length = i2d_X509_PUBKEY (X509_get_X509_PUBKEY (self->x509), &key);

  if (key_length <= 0)
    return refuse (error, "no public key");
  self->public_key_id = sha256_hex (key, (gsize) key_length);
  OPENSSL_free (key);

  if (ASN1_STRING_length (serial) > MAX_SERIAL)
    return refuse (error, "its serial number is too long");
  self->serial = ce_hex (ASN1_STRING_get0_data (serial), (gsize) ASN1_STRING_length (serial));
  self->subject = name_text (X509_get_subject_name (self->x509));
  self->issuer = name_text (X509_get_issuer_name (self->x509));
  if (!read_time (X509_get0_notBefore (self->x509), &self->not_before_unix)
      || !read_time (X509_get0_notAfter (self->x509), &self->not_after_unix))
    return refuse (error, "its validity is malformed");
  return TRUE;
}

static gboolean
read_version (const ASN1_INTEGER *from, guint *ret_version)
{
  gint64 value = 0;

  if (from != NULL && (!ASN1_INTEGER_get_int64 (&value, from) || value < 0 || value > G_MAXUINT32))
    return FALSE;
  *ret_version = (guint) value;
  return TRUE;
}

static gboolean
read_template (CeCertificate *self, GError **error)
{
  g_autoptr (CeTemplateExtension) extension = NULL;
  const ASN1_OCTET_STRING *value;
  const unsigned char *at;

  if (!extension_value (self->x509, CE_OID_TEMPLATE, &value, error))
    return FALSE;
  if (value == NULL)
    {
      self->template_oid = g_strdup ("");
      return TRUE;
    }
  at = ASN1_STRING_get0_data (value);
  extension = d2i_CeTemplateExtension (NULL, &at, ASN1_STRING_length (value));
  if (extension == NULL || !read_version (extension->major, &self->template_major)
      || !read_version (extension->minor, &self->template_minor))
    return refuse (error, "its template extension is malformed");
  self->template_oid = ce_oid_text (extension->oid);
  return TRUE;
}

static gboolean
read_template_name (CeCertificate *self, GError **error)
{
  g_autoptr (ASN1_BMPSTRING) name = NULL;
  const ASN1_OCTET_STRING *value;
  const unsigned char *at;

  if (!extension_value (self->x509, CE_OID_TEMPLATE_NAME, &value, error))
    return FALSE;
  if (value != NULL)
    {
      at = ASN1_STRING_get0_data (value);
      name = d2i_ASN1_BMPSTRING (NULL, &at, ASN1_STRING_length (value));
      if (name == NULL)
        return refuse (error, "its template name extension is malformed");
    }
  self->template_name = name != NULL ? ce_asn1_text (name) : g_strdup ("");
  return TRUE;
}

static char *
sid_from_uri (const GENERAL_NAMES *names)
{
  for (int i = 0; i < sk_GENERAL_NAME_num (names); i++)
    {
      const GENERAL_NAME *name = sk_GENERAL_NAME_value (names, i);
      g_autofree char *uri = name->type == GEN_URI ? ce_asn1_text (name->d.uniformResourceIdentifier) : NULL;

      if (uri != NULL && g_str_has_prefix (uri, SID_URI))
        return g_strdup (uri + strlen (SID_URI));
    }
  return g_strdup ("");
}

static gboolean
read_alternative_names (CeCertificate *self, GError **error)
{
  GError *malformed = NULL;
  g_autoptr (GENERAL_NAMES) names
      = extension_d2i (self->x509, NID_subject_alt_name, "alternative name", &malformed);
  const ASN1_TYPE *upn;

  if (malformed != NULL)
    {
      g_propagate_error (error, malformed);
      return FALSE;
    }
  upn = ce_names_find_other (names, CE_OID_UPN_NAME);
  self->upn
      = upn != NULL && upn->type == V_ASN1_UTF8STRING ? ce_asn1_text (upn->value.utf8string) : g_strdup ("");
  self->sid = sid_from_uri (names);
  return TRUE;
}

/* "S-1-" authority { "-" subauthority }, at least one. */
static gboolean
is_sid (const char *text)
{
  guint parts = 0;

  if (!g_str_has_prefix (text, "S-1-") || strlen (text) > MAX_SID)
    return FALSE;
  for (const char *p = text + strlen ("S-1"); *p != '\0'; parts++)
    {
      gsize digits = strspn (p + 1, "0123456789");

      if (*p != '-' || digits == 0)
        return FALSE;
      p += 1 + digits;
    }
  return parts >= 2;
}

static gboolean
read_sid (CeCertificate *self, GError **error)
{
  g_autoptr (GENERAL_NAMES) names = NULL;
  const ASN1_OCTET_STRING *value;
  const ASN1_TYPE *sid = NULL;
  const unsigned char *at;

  if (!extension_value (self->x509, CE_OID_SID, &value, error))
    return FALSE;
  if (value != NULL)
    {
      at = ASN1_STRING_get0_data (value);
      names = d2i_GENERAL_NAMES (NULL, &at, ASN1_STRING_length (value));
      sid = ce_names_find_other (names, CE_OID_SID_NAME);
      if (sid == NULL || sid->type != V_ASN1_OCTET_STRING)
        return refuse (error, "its SID extension is malformed");
      g_free (self->sid);
      self->sid = ce_text_clean ((const char *) ASN1_STRING_get0_data (sid->value.octet_string),
                                 (gsize) ASN1_STRING_length (sid->value.octet_string), CE_X509_MAX_TEXT);
    }
  return *self->sid == '\0' || is_sid (self->sid) || refuse (error, "the SID in it is malformed");
}

static gboolean
read_ekus (CeCertificate *self, GError **error)
{
  GError *malformed = NULL;
  g_autoptr (EXTENDED_KEY_USAGE) ekus
      = extension_d2i (self->x509, NID_ext_key_usage, "extended key usage", &malformed);
  g_autoptr (GStrvBuilder) list = g_strv_builder_new ();

  if (malformed != NULL)
    {
      g_propagate_error (error, malformed);
      return FALSE;
    }
  if (sk_ASN1_OBJECT_num (ekus) > MAX_LIST)
    return refuse (error, "it has too many extended key usages");
  for (int i = 0; i < sk_ASN1_OBJECT_num (ekus); i++)
    {
      g_autofree char *oid = ce_oid_text (sk_ASN1_OBJECT_value (ekus, i));

      g_strv_builder_add (list, oid);
    }
  self->ekus = g_strv_builder_end (list);
  return TRUE;
}

static guint
add_urls (GStrvBuilder *list, const DIST_POINT *point)
{
  const GENERAL_NAMES *names
      = point->distpoint != NULL && point->distpoint->type == 0 ? point->distpoint->name.fullname : NULL;
  guint n = 0;

  for (int i = 0; i < sk_GENERAL_NAME_num (names); i++)
    {
      const GENERAL_NAME *name = sk_GENERAL_NAME_value (names, i);
      g_autofree char *url = name->type == GEN_URI ? ce_asn1_text (name->d.uniformResourceIdentifier) : NULL;

      if (url != NULL)
        {
          g_strv_builder_add (list, url);
          n++;
        }
    }
  return n;
}

static gboolean
read_crl_urls (CeCertificate *self, GError **error)
{
  GError *malformed = NULL;
  g_autoptr (CRL_DIST_POINTS) points
      = extension_d2i (self->x509, NID_crl_distribution_points, "CRL distribution point", &malformed);
  g_autoptr (GStrvBuilder) list = g_strv_builder_new ();
  guint n = 0;

  if (malformed != NULL)
    {
      g_propagate_error (error, malformed);
      return FALSE;
    }
  for (int i = 0; i < sk_DIST_POINT_num (points); i++)
    n += add_urls (list, sk_DIST_POINT_value (points, i));
  self->crl_urls = g_strv_builder_end (list);
  return n <= MAX_LIST || refuse (error, "it has too many CRL distribution points");
}

static gboolean
read_key_usage (CeCertificate *self, GError **error)
{
  GError *malformed = NULL;
  ASN1_BIT_STRING *usage = extension_d2i (self->x509, NID_key_usage, "key usage", &malformed);

  if (malformed != NULL)
    {
      g_propagate_error (error, malformed);
      return FALSE;
    }
  self->key_usage = usage == NULL ? G_MAXUINT32 : X509_get_key_usage (self->x509);
  ASN1_BIT_STRING_free (usage);
  ERR_clear_error ();
  return TRUE;
}

CeCertificate *
ce_certificate_parse (GBytes *der, GError **error)
{
  g_autoptr (CeCertificate) self = g_new0 (CeCertificate, 1);
  gsize length;
  const unsigned char *bytes = g_bytes_get_data (der, &length);
  const unsigned char *at = bytes;

  if (length == 0 || length > CE_CERTIFICATE_MAX_DER)
    return refuse (error, "its length is out of range"), NULL;
  self->x509 = d2i_X509 (NULL, &at, (long) length);
  if (self->x509 == NULL)
    return refuse (error, "not the DER of one"), NULL;
  if (at != bytes + length)
    return refuse (error, "something follows it"), NULL;

  self->der = g_bytes_ref (der);
  self->fingerprint = sha256_hex (bytes, length);
  if (!read_body (self, error) || !read_template (self, error) || !read_template_name (self, error)
      || !read_alternative_names (self, error) || !read_sid (self, error) || !read_ekus (self, error)
      || !read_crl_urls (self, error) || !read_key_usage (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
ce_certificate_free (CeCertificate *certificate)
{
  if (certificate == NULL)
    return;
  g_clear_pointer (&certificate->der, g_bytes_unref);
  X509_free (certificate->x509);
  g_free (certificate->fingerprint);
  g_free (certificate->public_key_id);
  g_free (certificate->subject);
  g_free (certificate->issuer);
  g_free (certificate->serial);
  g_free (certificate->template_oid);
  g_free (certificate->template_name);
  g_free (certificate->upn);
  g_free (certificate->sid);
  g_strfreev (certificate->ekus);
  g_strfreev (certificate->crl_urls);
  g_free (certificate);
}

gboolean
ce_certificate_has_eku (const CeCertificate *certificate, const char *oid)
{
  return g_strv_contains ((const char *const *) certificate->ekus, oid);
}

gboolean
ce_certificate_decrypts (const CeCertificate *c)
{
  static const char *const harmless[] = {
    CE_EKU_SMART_CARD_LOGON, CE_EKU_CLIENT_AUTH, CE_EKU_ENROLLMENT_AGENT,
    "1.3.6.1.5.2.3.4", /* PKINIT client */
    NULL,
  };
  const guint32 encrypting = KU_KEY_ENCIPHERMENT | KU_DATA_ENCIPHERMENT | KU_KEY_AGREEMENT;

  if (c->key_usage != G_MAXUINT32 && (c->key_usage & encrypting) == 0)
    return FALSE;
  if (c->ekus[0] == NULL)
    return TRUE;
  for (gsize i = 0; c->ekus[i] != NULL; i++)
    if (!g_strv_contains (harmless, c->ekus[i]))
      return TRUE;
  return FALSE;
}

char *
ce_public_key_id (EVP_PKEY *key, GError **error)
{
  unsigned char *der = NULL;
  int length = i2d_PUBKEY (key, &der);
  char *id;

  if (length <= 0)
    return ce_openssl_error (error, CE_ERROR_FAILED, "cannot encode a public key"), NULL;
  id = sha256_hex (der, (gsize) length);
  OPENSSL_free (der);
  return id;
}
