/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/sources/xcep-reading.h"

#include <string.h>

#include "agent/base/error.h"
#include "agent/base/text.h"
#include "agent/ca/soap.h"

#define NS CE_NS_XCEP
#define MAX_SKIPPED 100
#define MAX_LIST 1024
#define MAX_OID 512
#define MAX_SHOWN 80
#define MAX_SECONDS (G_GINT64_CONSTANT (1000) * 366 * 24 * 3600)

static void
oid_free (gpointer data)
{
  CeXcepOid *oid = data;

  g_free (oid->value);
  g_free (oid->name);
  g_free (oid);
}

static void
authority_free (gpointer data)
{
  CeXcepAuthority *authority = data;

  g_ptr_array_unref (authority->templates);
  g_free (authority);
}

CeXcepReading *
ce_xcep_reading_new (const char *host)
{
  CeXcepReading *reading = g_new0 (CeXcepReading, 1);

  reading->host = g_strdup (host);
  reading->oids = g_hash_table_new_full (NULL, NULL, NULL, oid_free);
  reading->authorities = g_hash_table_new_full (NULL, NULL, NULL, authority_free);
  reading->skipped = g_ptr_array_new_with_free_func (g_free);
  return reading;
}

void
ce_xcep_reading_free (CeXcepReading *reading)
{
  g_free (reading->host);
  g_hash_table_unref (reading->oids);
  g_hash_table_unref (reading->authorities);
  g_ptr_array_unref (reading->skipped);
  g_free (reading);
}

void
ce_xcep_reading_skip (CeXcepReading *reading, const char *sentence)
{
  if (reading->skipped->len < MAX_SKIPPED)
    g_ptr_array_add (reading->skipped, g_strdup_printf ("%s: %s", reading->host, sentence));
}

GStrv
ce_xcep_reading_end (CeXcepReading *reading)
{
  g_autoptr (GStrvBuilder) sentences = g_strv_builder_new ();

  for (guint i = 0; i < reading->skipped->len; i++)
    g_strv_builder_add (sentences, g_ptr_array_index (reading->skipped, i));
  return g_strv_builder_end (sentences);
}

static gboolean
read_unsigned (const xmlNode *parent, const char *name, guint64 absent, guint64 max, guint64 *ret_number,
               GError **error)
{
  g_autofree char *text = ce_soap_text (ce_soap_child (parent, NS, name));
  g_autofree char *shown = ce_text_clean (text, strlen (text), MAX_SHOWN);

  *ret_number = absent;
  if (*text == '\0' || g_ascii_string_to_unsigned (text, 10, 0, max, ret_number, NULL))
    return TRUE;
  g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "%s is '%s', not a number up to %" G_GUINT64_FORMAT, name,
               shown, max);
  return FALSE;
}

gboolean
ce_xcep_number (const xmlNode *parent, const char *name, guint32 absent, guint32 *ret_number, GError **error)
{
  guint64 number;
  gboolean ok = read_unsigned (parent, name, absent, G_MAXUINT32, &number, error);

  if (ok)
    *ret_number = (guint32) number;
  return ok;
}

gboolean
ce_xcep_seconds (const xmlNode *parent, const char *name, gint64 *ret_seconds, GError **error)
{
  guint64 number;
  gboolean ok = read_unsigned (parent, name, 0, MAX_SECONDS, &number, error);

  if (ok)
    *ret_seconds = (gint64) number;
  return ok;
}

/* xs:boolean has four spellings. */
gboolean
ce_xcep_boolean (const xmlNode *parent, const char *name, gboolean absent, gboolean *ret_flag, GError **error)
{
  g_autofree char *text = ce_soap_text (ce_soap_child (parent, NS, name));
  gboolean yes = g_str_equal (text, "true") || g_str_equal (text, "1");

  if (*text == '\0')
    *ret_flag = absent;
  else if (yes || g_str_equal (text, "false") || g_str_equal (text, "0"))
    *ret_flag = yes;
  else
    {
      g_autofree char *shown = ce_text_clean (text, strlen (text), MAX_SHOWN);

      g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "%s is '%s', neither true nor false", name, shown);
      return FALSE;
    }
  return TRUE;
}

GStrv
ce_xcep_texts (const xmlNode *parent, const char *list, const char *name)
{
  g_autoptr (GStrvBuilder) texts = g_strv_builder_new ();
  const xmlNode *node = ce_soap_child (ce_soap_child (parent, NS, list), NS, name);

  for (guint n = 0; node != NULL && n < MAX_LIST; node = ce_soap_next (node), n++)
    {
      g_autofree char *text = ce_soap_text (node);

      if (*text != '\0')
        g_strv_builder_add (texts, text);
    }
  return g_strv_builder_end (texts);
}

gboolean
ce_xcep_is_oid (const char *text)
{
  return strlen (text) < MAX_OID && strspn (text, "0123456789.") == strlen (text)
         && strchr (text, '.') != NULL && *text != '.' && !g_str_has_suffix (text, ".")
         && strstr (text, "..") == NULL;
}

static gboolean
read_reference (const xmlNode *node, gint *ret_reference)
{
  g_autofree char *text = ce_soap_text (node);
  gint64 number;

  if (!g_ascii_string_to_signed (text, 10, G_MININT32, G_MAXINT32, &number, NULL))
    return FALSE;
  *ret_reference = (gint) number;
  return TRUE;
}

static void
read_oid (CeXcepReading *reading, const xmlNode *node)
{
  g_autofree char *value = ce_soap_text (ce_soap_child (node, NS, "value"));
  guint32 group = 0;
  gint reference;
  CeXcepOid *oid;

  if (!ce_xcep_is_oid (value) || !ce_xcep_number (node, "group", 0, &group, NULL)
      || !read_reference (ce_soap_child (node, NS, "oIDReferenceID"), &reference))
    {
      g_autofree char *shown = ce_text_clean (value, strlen (value), MAX_SHOWN);
      g_autofree char *sentence = g_strdup_printf ("an entry of oIDs ('%s') cannot be read", shown);

      ce_xcep_reading_skip (reading, sentence);
      return;
    }
  oid = g_new0 (CeXcepOid, 1);
  oid->value = g_steal_pointer (&value);
  oid->group = group;
  oid->name = ce_soap_text (ce_soap_child (node, NS, "defaultName"));
  g_hash_table_insert (reading->oids, GINT_TO_POINTER (reference), oid);
}

void
ce_xcep_read_oids (CeXcepReading *reading, const xmlNode *oids)
{
  for (const xmlNode *node = ce_soap_child (oids, NS, "oID"); node != NULL; node = ce_soap_next (node))
    read_oid (reading, node);
}

static const CeXcepOid *
refer (const CeXcepReading *reading, const xmlNode *node)
{
  gint reference;

  return node != NULL && read_reference (node, &reference)
             ? g_hash_table_lookup (reading->oids, GINT_TO_POINTER (reference))
             : NULL;
}

const CeXcepOid *
ce_xcep_oid (const CeXcepReading *reading, const xmlNode *parent, const char *name)
{
  return refer (reading, ce_soap_child (parent, NS, name));
}

GStrv
ce_xcep_oids (const CeXcepReading *reading, const xmlNode *parent, const char *list)
{
  g_autoptr (GStrvBuilder) oids = g_strv_builder_new ();
  const xmlNode *node = ce_soap_child (ce_soap_child (parent, NS, list), NS, "oIDReference");

  for (guint n = 0; node != NULL && n < MAX_LIST; node = ce_soap_next (node), n++)
    {
      const CeXcepOid *oid = refer (reading, node);

      if (oid != NULL)
        g_strv_builder_add (oids, oid->value);
    }
  return g_strv_builder_end (oids);
}
