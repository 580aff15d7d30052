/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/sources/entry.h"

#include <string.h>

#include "agent/base/error.h"
#include "agent/base/text.h"

struct _CeEntry
{
  char *dn;
  GHashTable *values; /* lower-case name → GPtrArray of GBytes */
  GHashTable *too_long; /* lower-case names */
};

CeEntry *
ce_entry_new (const char *dn)
{
  CeEntry *entry = g_new0 (CeEntry, 1);

  entry->dn = g_strdup (dn);
  entry->values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  entry->too_long = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return entry;
}

void
ce_entry_free (CeEntry *entry)
{
  g_free (entry->dn);
  g_hash_table_unref (entry->values);
  g_hash_table_unref (entry->too_long);
  g_free (entry);
}

void
ce_entry_add (CeEntry *entry, const char *name, const void *bytes, gsize length)
{
  g_autofree char *folded = g_ascii_strdown (name, (gssize) strcspn (name, ";"));
  GPtrArray *values = g_hash_table_lookup (entry->values, folded);

  if (length > CE_ENTRY_MAX_VALUE_BYTES)
    {
      g_hash_table_add (entry->too_long, g_steal_pointer (&folded));
      return;
    }
  if (values == NULL)
    {
      values = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
      g_hash_table_insert (entry->values, g_steal_pointer (&folded), values);
    }
  if (values->len < CE_ENTRY_MAX_VALUES)
    g_ptr_array_add (values, g_bytes_new (bytes, length));
}

gboolean
ce_entry_range (const char *name, guint *ret_next)
{
  g_auto (GStrv) options = g_strsplit (name, ";", 8);
  guint64 last;

  for (char **option = options; *option != NULL; option++)
    {
      const char *dash = strchr (*option, '-');

      if (g_ascii_strncasecmp (*option, "range=", strlen ("range=")) != 0 || dash == NULL
          || !g_ascii_string_to_unsigned (dash + 1, 10, 0, CE_ENTRY_MAX_VALUES - 2, &last, NULL))
        continue;
      *ret_next = (guint) last + 1;
      return TRUE;
    }
  return FALSE;
}

const char *
ce_entry_dn (const CeEntry *entry)
{
  return entry->dn;
}

const GPtrArray *
ce_entry_values (const CeEntry *entry, const char *name)
{
  g_autofree char *folded = g_ascii_strdown (name, -1);

  return g_hash_table_lookup (entry->values, folded);
}

gboolean
ce_entry_is_too_long (const CeEntry *entry, const char *name)
{
  g_autofree char *folded = g_ascii_strdown (name, -1);

  return g_hash_table_contains (entry->too_long, folded);
}

GBytes *
ce_entry_bytes (const CeEntry *entry, const char *name)
{
  const GPtrArray *values = ce_entry_values (entry, name);

  return values != NULL && values->len > 0 ? g_ptr_array_index (values, 0) : NULL;
}

static char *
to_text (GBytes *value)
{
  gsize length;
  const char *bytes = g_bytes_get_data (value, &length);

  return length > 0 ? ce_text_clean (bytes, length, CE_ENTRY_MAX_TEXT) : g_strdup ("");
}

char *
ce_entry_text (const CeEntry *entry, const char *name)
{
  GBytes *value = ce_entry_bytes (entry, name);

  return value != NULL ? to_text (value) : g_strdup ("");
}

GStrv
ce_entry_texts (const CeEntry *entry, const char *name)
{
  const GPtrArray *values = ce_entry_values (entry, name);
  g_autoptr (GStrvBuilder) texts = g_strv_builder_new ();

  for (guint i = 0; values != NULL && i < values->len; i++)
    {
      g_autofree char *text = to_text (g_ptr_array_index (values, i));

      if (*text != '\0')
        g_strv_builder_add (texts, text);
    }
  return g_strv_builder_end (texts);
}

gboolean
ce_entry_int32 (const CeEntry *entry, const char *name, guint32 absent, guint32 *ret_value, GError **error)
{
  g_autofree char *text = ce_entry_text (entry, name);
  gint64 value;

  if (*text == '\0')
    {
      *ret_value = absent;
      return TRUE;
    }
  if (!g_ascii_string_to_signed (text, 10, G_MININT32, G_MAXUINT32, &value, NULL))
    {
      g_autofree char *shown = ce_text_clean (text, strlen (text), 40);

      g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "%s is '%s', not a number of 32 bits", name, shown);
      return FALSE;
    }
  *ret_value = (guint32) value;
  return TRUE;
}

gboolean
ce_entry_is (const CeEntry *entry, const char *object_class)
{
  g_auto (GStrv) classes = ce_entry_texts (entry, "objectClass");

  for (char **one = classes; *one != NULL; one++)
    if (g_ascii_strcasecmp (*one, object_class) == 0)
      return TRUE;
  return FALSE;
}
