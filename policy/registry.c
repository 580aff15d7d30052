/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/registry.h"

#include <string.h>

#include "agent/base/text.h"
#include "policy/little-endian.h"

#define MAX_TEXT_BYTES 4096

/* Folded "key\tname" → CeRegistryValue: a tab can stand in no key, for it is cleaned away. */
struct _CeRegistry
{
  GTree *values;
};

static void
value_free (gpointer data)
{
  CeRegistryValue *value = data;

  g_free (value->key);
  g_free (value->name);
  g_bytes_unref (value->data);
  g_free (value->source);
  g_free (value);
}

static int
compare (gconstpointer a, gconstpointer b, gpointer unused G_GNUC_UNUSED)
{
  return strcmp (a, b);
}

CeRegistry *
ce_registry_new (void)
{
  CeRegistry *registry = g_new0 (CeRegistry, 1);

  registry->values = g_tree_new_full (compare, NULL, g_free, value_free);
  return registry;
}

void
ce_registry_free (CeRegistry *registry)
{
  g_tree_unref (registry->values);
  g_free (registry);
}

/* Clean, and without backslashes at its ends. */
static char *
tidy_key (const char *key)
{
  g_autofree char *clean = ce_text_clean (key, strlen (key), MAX_TEXT_BYTES);
  char *start = clean;
  gsize length;

  while (*start == '\\')
    start++;
  length = strlen (start);
  while (length > 0 && start[length - 1] == '\\')
    length--;
  return g_strndup (start, length);
}

static char *
fold (const char *key, const char *name)
{
  g_autofree char *joined = g_strconcat (key, "\t", name, NULL);

  return g_utf8_strdown (joined, -1);
}

static void
put (CeRegistry *registry, const char *key, const char *name, const CeRegistryRecord *record,
     const char *source)
{
  CeRegistryValue *value = g_new0 (CeRegistryValue, 1);

  value->key = g_strdup (key);
  value->name = g_strdup (name);
  value->type = record->type;
  value->data = g_bytes_ref (record->data);
  value->source = g_strdup (source);
  g_tree_replace (registry->values, fold (key, name), value);
}

static void
drop (CeRegistry *registry, const char *key, const char *name)
{
  g_autofree char *folded = fold (key, name);

  g_tree_remove (registry->values, folded);
}

/* Removes everything whose folded name begins with @prefix. Folded names are sorted, so that is one stretch.
 */
static void
drop_prefix (CeRegistry *registry, const char *prefix)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);

  for (GTreeNode *node = g_tree_lower_bound (registry->values, prefix);
       node != NULL && g_str_has_prefix (g_tree_node_key (node), prefix); node = g_tree_node_next (node))
    g_ptr_array_add (found, g_strdup (g_tree_node_key (node)));
  for (guint i = 0; i < found->len; i++)
    g_tree_remove (registry->values, g_ptr_array_index (found, i));
}

static void
drop_all_values (CeRegistry *registry, const char *key)
{
  g_autofree char *prefix = fold (key, "");

  drop_prefix (registry, prefix);
}

static void
drop_key (CeRegistry *registry, const char *key)
{
  g_autofree char *below = g_strconcat (key, "\\", NULL);
  g_autofree char *folded = g_utf8_strdown (below, -1);

  drop_all_values (registry, key);
  drop_prefix (registry, folded);
}

static GStrv
split_list (const CeRegistryRecord *record)
{
  gsize length;
  const guint8 *bytes = g_bytes_get_data (record->data, &length);
  g_autofree char *text = ce_utf16_to_text (bytes, length);

  return g_strsplit (text, ";", -1);
}

static void
drop_values (CeRegistry *registry, const char *key, const CeRegistryRecord *record)
{
  g_auto (GStrv) names = split_list (record);

  for (char **name = names; *name != NULL; name++)
    drop (registry, key, g_strstrip (*name));
}

/* Is @item a path from the top, as @key is? */
static gboolean
is_path (const char *item, const char *key)
{
  const char *end = strchr (item, '\\');
  gsize length = end != NULL ? (gsize) (end - item) : 0;

  return length > 0 && g_ascii_strncasecmp (item, key, length) == 0
         && (key[length] == '\\' || key[length] == '\0');
}

static void
drop_keys (CeRegistry *registry, const char *key, const CeRegistryRecord *record)
{
  g_auto (GStrv) items = split_list (record);

  for (char **item = items; *item != NULL; item++)
    {
      g_autofree char *tidy = tidy_key (g_strstrip (*item));
      g_autofree char *below = g_strconcat (key, "\\", tidy, NULL);

      if (*tidy != '\0')
        drop_key (registry, is_path (tidy, key) ? tidy : below);
    }
}

static gboolean
has_prefix (const char *name, const char *prefix)
{
  return g_ascii_strncasecmp (name, prefix, strlen (prefix)) == 0;
}

static void
apply_special (CeRegistry *registry, const char *key, const char *name, const CeRegistryRecord *record,
               const char *source)
{
  if (has_prefix (name, "**deletevalues"))
    drop_values (registry, key, record);
  else if (has_prefix (name, "**deletekeys"))
    drop_keys (registry, key, record);
  else if (has_prefix (name, "**delvals"))
    drop_all_values (registry, key);
  else if (has_prefix (name, "**del."))
    drop (registry, key, name + strlen ("**del."));
  else if (has_prefix (name, "**soft."))
    {
      const char *soft = name + strlen ("**soft.");

      if (ce_registry_get (registry, key, soft) == NULL)
        put (registry, key, soft, record, source);
    }
}

void
ce_registry_apply (CeRegistry *registry, const CeRegistryRecord *record, const char *source)
{
  g_autofree char *key = tidy_key (record->key);
  g_autofree char *name = ce_text_clean (record->value, strlen (record->value), MAX_TEXT_BYTES);

  if (*key == '\0')
    return;
  if (g_str_has_prefix (name, "**"))
    apply_special (registry, key, name, record, source);
  else if (*name != '\0' || record->type != CE_REGISTRY_NONE)
    put (registry, key, name, record, source);
}

void
ce_registry_apply_all (CeRegistry *registry, const GPtrArray *records, const char *source)
{
  for (guint i = 0; i < records->len; i++)
    ce_registry_apply (registry, g_ptr_array_index (records, i), source);
}

const CeRegistryValue *
ce_registry_get (const CeRegistry *registry, const char *key, const char *name)
{
  g_autofree char *folded = fold (key, name);

  return g_tree_lookup (registry->values, folded);
}

gboolean
ce_registry_dword (const CeRegistryValue *value, guint32 *ret_value)
{
  gsize length;
  const guint8 *bytes = g_bytes_get_data (value->data, &length);

  if (value->type != CE_REGISTRY_DWORD || length != 4)
    return FALSE;
  *ret_value = ce_le32 (bytes);
  return TRUE;
}

char *
ce_registry_text (const CeRegistryValue *value)
{
  gsize length;
  const guint8 *bytes = g_bytes_get_data (value->data, &length);
  g_autofree char *text = NULL;

  if (value->type != CE_REGISTRY_SZ && value->type != CE_REGISTRY_EXPAND_SZ)
    return g_strdup ("");
  text = ce_utf16_to_text (bytes, length);
  return ce_text_clean (text, strlen (text), MAX_TEXT_BYTES);
}

/* The part of @value's key that follows @length bytes of its folded name @folded. Folding may change lengths:
 * the name is cut out of the folded form then. */
static char *
next_part (const char *folded, const CeRegistryValue *value, gsize length)
{
  gboolean same = strlen (value->key) + 1 + strlen (value->name) == strlen (folded);
  const char *rest = same ? value->key + length : folded + length;

  return g_strndup (rest, strcspn (rest, "\\\t"));
}

GStrv
ce_registry_subkeys (const CeRegistry *registry, const char *key)
{
  g_autofree char *path = g_strconcat (key, "\\", NULL);
  g_autofree char *prefix = g_utf8_strdown (path, -1);
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  g_autofree char *last = g_strdup ("");

  for (GTreeNode *node = g_tree_lower_bound (registry->values, prefix);
       node != NULL && g_str_has_prefix (g_tree_node_key (node), prefix); node = g_tree_node_next (node))
    {
      g_autofree char *name = next_part (g_tree_node_key (node), g_tree_node_value (node), strlen (prefix));

      if (g_ascii_strcasecmp (last, name) == 0)
        continue;
      g_strv_builder_add (names, name);
      g_free (last);
      last = g_steal_pointer (&name);
    }
  return g_strv_builder_end (names);
}

void
ce_registry_foreach (const CeRegistry *registry, CeRegistryVisit visit, gpointer data)
{
  for (GTreeNode *node = g_tree_node_first (registry->values); node != NULL; node = g_tree_node_next (node))
    visit (g_tree_node_value (node), data);
}

guint
ce_registry_size (const CeRegistry *registry)
{
  return (guint) g_tree_nnodes (registry->values);
}
