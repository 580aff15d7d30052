/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/x509/extension.h"

#include <string.h>

#include "agent/base/text.h"

ASN1_SEQUENCE (CeTemplateExtension) = {
  ASN1_SIMPLE (CeTemplateExtension, oid, ASN1_OBJECT),
  ASN1_OPT (CeTemplateExtension, major, ASN1_INTEGER),
  ASN1_OPT (CeTemplateExtension, minor, ASN1_INTEGER),
} ASN1_SEQUENCE_END (CeTemplateExtension)

IMPLEMENT_ASN1_FUNCTIONS (CeTemplateExtension)

typedef struct
{
  ASN1_BMPSTRING *name;
  ASN1_BMPSTRING *value;
} NameValuePair;

ASN1_SEQUENCE (NameValuePair) = {
  ASN1_SIMPLE (NameValuePair, name, ASN1_BMPSTRING),
  ASN1_SIMPLE (NameValuePair, value, ASN1_BMPSTRING),
} static_ASN1_SEQUENCE_END (NameValuePair)

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ASN1_STRING, ASN1_STRING_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ASN1_TYPE, ASN1_TYPE_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GENERAL_NAME, GENERAL_NAME_free)

char *
ce_oid_text (const ASN1_OBJECT *object)
{
  char text[256];
  int length = OBJ_obj2txt (text, sizeof text, object, 1);

  return g_strdup (length > 0 && (gsize) length < sizeof text ? text : "");
}

char *
ce_asn1_text (const ASN1_STRING *string)
{
  unsigned char *utf8 = NULL;
  int length = ASN1_STRING_to_UTF8 (&utf8, string);
  char *text
      = length < 0 ? g_strdup ("") : ce_text_clean ((const char *) utf8, (gsize) length, CE_X509_MAX_TEXT);

  OPENSSL_free (utf8);
  ERR_clear_error ();
  return text;
}

const ASN1_TYPE *
ce_names_find_other (const GENERAL_NAMES *names, const char *oid)
{
  g_autoptr (ASN1_OBJECT) type = OBJ_txt2obj (oid, 1);

  for (int i = 0; i < sk_GENERAL_NAME_num (names); i++)
    {
      const GENERAL_NAME *name = sk_GENERAL_NAME_value (names, i);

      if (name->type == GEN_OTHERNAME && OBJ_cmp (name->d.otherName->type_id, type) == 0)
        return name->d.otherName->value;
    }
  return NULL;
}

static ASN1_TYPE *
text_value (int type, const char *text)
{
  g_autoptr (ASN1_STRING) string = ASN1_STRING_type_new (type);
  g_autoptr (ASN1_TYPE) value = ASN1_TYPE_new ();

  if (string == NULL || value == NULL || !ASN1_STRING_set (string, text, (int) strlen (text)))
    return NULL;
  ASN1_TYPE_set (value, type, g_steal_pointer (&string));
  return g_steal_pointer (&value);
}

gboolean
ce_names_add_other (GENERAL_NAMES *names, const char *oid, int type, const char *text, GError **error)
{
  g_autoptr (GENERAL_NAME) name = GENERAL_NAME_new ();
  g_autoptr (ASN1_OBJECT) type_id = OBJ_txt2obj (oid, 1);
  g_autoptr (ASN1_TYPE) value = text_value (type, text);

  if (name == NULL || type_id == NULL || value == NULL || !GENERAL_NAME_set0_othername (name, type_id, value))
    return ce_openssl_error (error, CE_ERROR_FAILED, "cannot make an alternative name");
  type_id = NULL;
  value = NULL;
  if (!sk_GENERAL_NAME_push (names, name))
    return ce_openssl_error (error, CE_ERROR_FAILED, "cannot make an alternative name");
  name = NULL;
  return TRUE;
}

X509_EXTENSION *
ce_extension_new (const char *oid, gboolean critical, const void *der, gsize length, GError **error)
{
  g_autoptr (ASN1_OBJECT) object = OBJ_txt2obj (oid, 1);
  g_autoptr (ASN1_STRING) value = ASN1_OCTET_STRING_new ();
  X509_EXTENSION *extension = NULL;

  if (object != NULL && value != NULL && ASN1_OCTET_STRING_set (value, der, (int) length))
    extension = X509_EXTENSION_create_by_OBJ (NULL, object, critical, value);
  if (extension == NULL)
    ce_openssl_error (error, CE_ERROR_FAILED, "cannot make a certificate extension");
  return extension;
}

static gboolean
set_bmp (ASN1_BMPSTRING **string, const char *text)
{
  return ASN1_mbstring_copy (string, (const unsigned char *) text, -1, MBSTRING_UTF8, B_ASN1_BMPSTRING) > 0;
}

GBytes *
ce_name_value_pair (const char *name, const char *value)
{
  NameValuePair *pair = (NameValuePair *) ASN1_item_new (ASN1_ITEM_rptr (NameValuePair));
  unsigned char *der = NULL;
  GBytes *bytes = NULL;
  int length;

  if (pair != NULL && set_bmp (&pair->name, name) && set_bmp (&pair->value, value)
      && (length = ASN1_item_i2d ((ASN1_VALUE *) pair, &der, ASN1_ITEM_rptr (NameValuePair))) > 0)
    bytes = g_bytes_new (der, (gsize) length);
  OPENSSL_free (der);
  ASN1_item_free ((ASN1_VALUE *) pair, ASN1_ITEM_rptr (NameValuePair));
  return bytes;
}
