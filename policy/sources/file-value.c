/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/sources/file-value.h"

#include <string.h>

#include "agent/base/error.h"
#include "agent/base/text.h"

typedef struct
{
  const char *word;
  const char *text;
  guint number;
} Word;

static char *
value_of (const CeFileGroup *group, const char *key)
{
  char *value = g_key_file_get_string (group->keys, group->name, key, NULL);

  return value != NULL ? g_strstrip (value) : NULL;
}

static gboolean
refuse (const CeFileGroup *group, const char *key, const char *value, const char *expected, GError **error)
{
  g_set_error (error, CE_ERROR, CE_ERROR_MISCONFIGURED, "%s: [%s] %s=%s: %s is expected", group->file,
               group->name, key, value, expected);
  return FALSE;
}

static const Word *
find (const Word *words, gsize n, const char *word)
{
  for (gsize i = 0; i < n; i++)
    if (g_str_equal (words[i].word, word))
      return &words[i];
  return NULL;
}

gboolean
ce_file_check_keys (const CeFileGroup *group, const char *const *known, GError **error)
{
  g_auto (GStrv) keys = g_key_file_get_keys (group->keys, group->name, NULL, NULL);

  for (gsize i = 0; keys != NULL && keys[i] != NULL; i++)
    if (!g_strv_contains (known, keys[i]))
      {
        g_set_error (error, CE_ERROR, CE_ERROR_MISCONFIGURED, "%s: [%s] %s is not a setting", group->file,
                     group->name, keys[i]);
        return FALSE;
      }
  return TRUE;
}

gboolean
ce_file_text (const CeFileGroup *group, const char *key, char **text, GError **error)
{
  g_autofree char *value = value_of (group, key);

  if (value == NULL)
    return TRUE;
  if (*value == '\0')
    return refuse (group, key, value, "a text", error);
  ce_text_take (text, g_steal_pointer (&value));
  return TRUE;
}

gboolean
ce_file_number (const CeFileGroup *group, const char *key, guint min, guint max, guint *number,
                GError **error)
{
  g_autofree char *value = value_of (group, key);
  g_autofree char *expected = g_strdup_printf ("%u to %u", min, max);
  guint64 found;

  if (value == NULL)
    return TRUE;
  if (!g_ascii_string_to_unsigned (value, 10, min, max, &found, NULL))
    return refuse (group, key, value, expected, error);
  *number = (guint) found;
  return TRUE;
}

gboolean
ce_file_flag (const CeFileGroup *group, const char *key, gboolean *flag, GError **error)
{
  g_autofree char *value = value_of (group, key);

  if (value == NULL)
    return TRUE;
  if (!g_str_equal (value, "yes") && !g_str_equal (value, "no"))
    return refuse (group, key, value, "yes or no", error);
  *flag = g_str_equal (value, "yes");
  return TRUE;
}

static gboolean
is_oid (const char *text)
{
  return g_regex_match_simple ("^[0-2](\\.[0-9]{1,39}){1,64}$", text, G_REGEX_DEFAULT, G_REGEX_MATCH_DEFAULT);
}

gboolean
ce_file_oid (const CeFileGroup *group, const char *key, char **oid, GError **error)
{
  g_autofree char *value = value_of (group, key);

  if (value == NULL)
    return TRUE;
  if (!is_oid (value))
    return refuse (group, key, value, "an OID such as 1.3.6.1.4.1.311.21.8.1", error);
  ce_text_take (oid, g_steal_pointer (&value));
  return TRUE;
}

gboolean
ce_file_version (const CeFileGroup *group, const char *key, guint *major, guint *minor, GError **error)
{
  g_autofree char *value = value_of (group, key);
  g_auto (GStrv) parts = g_strsplit (value != NULL ? value : "", ".", 3);
  guint64 first, second = 0;

  if (value == NULL)
    return TRUE;
  if (parts[0] == NULL || g_strv_length (parts) > 2
      || !g_ascii_string_to_unsigned (parts[0], 10, 0, G_MAXINT32, &first, NULL)
      || (parts[1] != NULL && !g_ascii_string_to_unsigned (parts[1], 10, 0, G_MAXINT32, &second, NULL)))
    return refuse (group, key, value, "a version such as 100.3", error);
  *major = (guint) first;
  *minor = (guint) second;
  return TRUE;
}

gboolean
ce_file_algorithm (const CeFileGroup *group, const char *key, char **algorithm, GError **error)
{
  static const Word words[]
      = { { "rsa", "RSA", 0 }, { "ec-p256", "ECDSA_P256", 0 }, { "ec-p384", "ECDSA_P384", 0 } };
  g_autofree char *value = value_of (group, key);
  const Word *word = value != NULL ? find (words, G_N_ELEMENTS (words), value) : NULL;

  if (value == NULL)
    return TRUE;
  if (word == NULL)
    return refuse (group, key, value, "rsa, ec-p256 or ec-p384", error);
  ce_text_set (algorithm, word->text);
  return TRUE;
}

gboolean
ce_file_key_usage (const CeFileGroup *group, const char *key, guint8 usage[2], GError **error)
{
  static const Word words[] = { { "digital-signature", NULL, 0x80 },
                                { "non-repudiation", NULL, 0x40 },
                                { "key-encipherment", NULL, 0x20 },
                                { "data-encipherment", NULL, 0x10 },
                                { "key-agreement", NULL, 0x08 } };
  g_auto (GStrv) list = ce_file_list (group, key);
  guint bits = 0;

  if (!g_key_file_has_key (group->keys, group->name, key, NULL))
    return TRUE;
  for (char **one = list; *one != NULL; one++)
    {
      const Word *word = find (words, G_N_ELEMENTS (words), *one);

      if (word == NULL)
        return refuse (
            group, key, *one,
            "digital-signature, non-repudiation, key-encipherment, data-encipherment or key-agreement",
            error);
      bits |= word->number;
    }
  usage[0] = (guint8) bits;
  return TRUE;
}

gboolean
ce_file_usages (const CeFileGroup *group, const char *key, GStrv *usages, GError **error)
{
  static const Word words[] = { { "client-auth", "1.3.6.1.5.5.7.3.2", 0 },
                                { "smart-card-logon", "1.3.6.1.4.1.311.20.2.2", 0 },
                                { "email-protection", "1.3.6.1.5.5.7.3.4", 0 },
                                { "pkinit-client", "1.3.6.1.5.2.3.4", 0 } };
  g_auto (GStrv) list = ce_file_list (group, key);
  g_autoptr (GStrvBuilder) oids = g_strv_builder_new ();

  for (char **one = list; *one != NULL; one++)
    {
      const Word *word = find (words, G_N_ELEMENTS (words), *one);

      if (word == NULL && !is_oid (*one))
        return refuse (group, key, *one,
                       "an OID, client-auth, smart-card-logon, email-protection or pkinit-client", error);
      g_strv_builder_add (oids, word != NULL ? word->text : *one);
    }
  g_strfreev (*usages);
  *usages = g_strv_builder_end (oids);
  return TRUE;
}

gboolean
ce_file_authentication (const CeFileGroup *group, const char *key, CeCaAuthentication *authentication,
                        GError **error)
{
  static const Word words[] = { { "kerberos", NULL, CE_CA_AUTH_KERBEROS },
                                { "password", NULL, CE_CA_AUTH_PASSWORD },
                                { "certificate", NULL, CE_CA_AUTH_CERTIFICATE },
                                { "anonymous", NULL, CE_CA_AUTH_ANONYMOUS } };
  g_autofree char *value = value_of (group, key);
  const Word *word = value != NULL ? find (words, G_N_ELEMENTS (words), value) : NULL;

  if (value == NULL)
    return TRUE;
  if (word == NULL)
    return refuse (group, key, value, "kerberos, password, certificate or anonymous", error);
  *authentication = (CeCaAuthentication) word->number;
  return TRUE;
}

gboolean
ce_file_urls (const CeFileGroup *group, const char *key, char *const *urls, GError **error)
{
  if (*urls == NULL)
    return refuse (group, key, "", "an https:// URL", error);
  for (; *urls != NULL; urls++)
    {
      g_autoptr (GUri) uri = g_uri_parse (*urls, G_URI_FLAGS_ENCODED | G_URI_FLAGS_PARSE_RELAXED, NULL);

      if (uri == NULL || !g_str_equal (g_uri_get_scheme (uri), "https") || g_uri_get_host (uri) == NULL
          || *g_uri_get_host (uri) == '\0' || g_uri_get_userinfo (uri) != NULL)
        return refuse (group, key, *urls, "an https:// URL", error);
    }
  return TRUE;
}

GStrv
ce_file_list (const CeFileGroup *group, const char *key)
{
  g_autofree char *value = value_of (group, key);
  g_auto (GStrv) parts = g_strsplit (value != NULL ? value : "", ";", -1);
  g_autoptr (GStrvBuilder) list = g_strv_builder_new ();

  for (char **part = parts; *part != NULL; part++)
    if (*g_strstrip (*part) != '\0')
      g_strv_builder_add (list, *part);
  return g_strv_builder_end (list);
}
