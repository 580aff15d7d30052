/* SPDX-License-Identifier: GPL-3.0-or-later */

/* {"file":"/path/Registry.pol"} or {"hex":"50526567…"} → {"records":[{"key","value","type","data":hex}],
 * "registry":[{"key","name","type","data":hex}]}: what stands in the file, and what the registry holds after
 * it. */

#include "agent/base/error.h"
#include "agent/base/text.h"
#include "policy/registry.h"
#include "tests/oracle/lines.h"

static GBytes *
read_bytes (JsonObject *question, GError **error)
{
  const char *path;
  char *contents = NULL;
  gsize length;

  if (json_object_has_member (question, "hex"))
    return ce_oracle_hex (question, "hex", error);
  path = ce_oracle_text (question, "file", error);
  if (path == NULL || !g_file_get_contents (path, &contents, &length, error))
    return NULL;
  return g_bytes_new_take (contents, length);
}

static void
add_data (JsonObject *object, guint32 type, GBytes *data)
{
  gsize length;
  const guint8 *bytes = g_bytes_get_data (data, &length);
  g_autofree char *hex = ce_hex (bytes, length);

  json_object_set_int_member (object, "type", type);
  json_object_set_string_member (object, "data", hex);
}

static JsonArray *
list_records (const GPtrArray *records)
{
  JsonArray *list = json_array_new ();

  for (guint i = 0; i < records->len; i++)
    {
      const CeRegistryRecord *record = g_ptr_array_index (records, i);
      JsonObject *one = json_object_new ();

      json_object_set_string_member (one, "key", record->key);
      json_object_set_string_member (one, "value", record->value);
      add_data (one, record->type, record->data);
      json_array_add_object_element (list, one);
    }
  return list;
}

static void
add_value (const CeRegistryValue *value, gpointer data)
{
  JsonObject *one = json_object_new ();

  json_object_set_string_member (one, "key", value->key);
  json_object_set_string_member (one, "name", value->name);
  add_data (one, value->type, value->data);
  json_array_add_object_element (data, one);
}

static gboolean
read_file (JsonObject *question, JsonObject *answer, GError **error)
{
  g_autoptr (GBytes) bytes = read_bytes (question, error);
  g_autoptr (GPtrArray) records = NULL;
  g_autoptr (CeRegistry) registry = ce_registry_new ();
  JsonArray *values;

  if (bytes == NULL)
    return FALSE;
  records = ce_registry_pol_parse (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), error);
  if (records == NULL)
    return FALSE;
  json_object_set_array_member (answer, "records", list_records (records));
  ce_registry_apply_all (registry, records, "");
  values = json_array_new ();
  ce_registry_foreach (registry, add_value, values);
  json_object_set_array_member (answer, "registry", values);
  return TRUE;
}

int
main (void)
{
  return ce_oracle_run (read_file);
}
