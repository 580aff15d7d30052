/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/sources/xcep-extension.h"

#include "agent/base/openssl.h"

#define MAX_OIDS 256
#define MAX_OID_TEXT 128
#define APPLICATION_POLICIES "1.3.6.1.4.1.311.21.10"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CERTIFICATEPOLICIES, CERTIFICATEPOLICIES_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ASN1_BIT_STRING, ASN1_BIT_STRING_free)

static void
add_oid (GStrvBuilder *oids, const ASN1_OBJECT *object)
{
  char text[MAX_OID_TEXT];
  int length = OBJ_obj2txt (text, sizeof text, object, 1);

  if (length > 0 && length < (int) sizeof text)
    g_strv_builder_add (oids, text);
}

static gboolean
take (GStrv *field, GStrvBuilder *oids)
{
  g_strfreev (*field);
  *field = g_strv_builder_end (oids);
  return TRUE;
}

static gboolean
take_usages (GStrv *field, const unsigned char *bytes, gsize length)
{
  const unsigned char *at = bytes;
  g_autoptr (EXTENDED_KEY_USAGE) usages = d2i_EXTENDED_KEY_USAGE (NULL, &at, (long) length);
  g_autoptr (GStrvBuilder) oids = g_strv_builder_new ();

  if (usages == NULL || at != bytes + length || sk_ASN1_OBJECT_num (usages) > MAX_OIDS)
    return FALSE;
  for (int i = 0; i < sk_ASN1_OBJECT_num (usages); i++)
    add_oid (oids, sk_ASN1_OBJECT_value (usages, i));
  return take (field, oids);
}

static gboolean
take_policies (GStrv *field, const unsigned char *bytes, gsize length)
{
  const unsigned char *at = bytes;
  g_autoptr (CERTIFICATEPOLICIES) policies = d2i_CERTIFICATEPOLICIES (NULL, &at, (long) length);
  g_autoptr (GStrvBuilder) oids = g_strv_builder_new ();

  if (policies == NULL || at != bytes + length || sk_POLICYINFO_num (policies) > MAX_OIDS)
    return FALSE;
  for (int i = 0; i < sk_POLICYINFO_num (policies); i++)
    add_oid (oids, sk_POLICYINFO_value (policies, i)->policyid);
  return take (field, oids);
}

static gboolean
take_key_usage (CeTemplate *template, const unsigned char *bytes, gsize length)
{
  const unsigned char *at = bytes;
  g_autoptr (ASN1_BIT_STRING) usage = d2i_ASN1_BIT_STRING (NULL, &at, (long) length);

  if (usage == NULL || at != bytes + length || ASN1_STRING_length (usage) > (int) sizeof template->key_usage)
    return FALSE;
  for (int i = 0; i < ASN1_STRING_length (usage); i++)
    template->key_usage[i] = ASN1_STRING_get0_data (usage)[i];
  return TRUE;
}

gboolean
ce_xcep_take_extension (CeTemplate *template, const char *oid, GBytes *value, GError **error)
{
  gsize length;
  const unsigned char *bytes = g_bytes_get_data (value, &length);
  gboolean ok = TRUE;

  if (g_str_equal (oid, "2.5.29.37"))
    ok = take_usages (&template->ekus, bytes, length);
  else if (g_str_equal (oid, APPLICATION_POLICIES))
    ok = take_policies (&template->application_policies, bytes, length);
  else if (g_str_equal (oid, "2.5.29.32"))
    ok = take_policies (&template->certificate_policies, bytes, length);
  else if (g_str_equal (oid, "2.5.29.15"))
    ok = take_key_usage (template, bytes, length);
  ERR_clear_error ();
  if (!ok)
    g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "its extension %s is malformed", oid);
  return ok;
}
