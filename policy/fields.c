/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/fields.h"

#include "agent/base/error.h"
#include "agent/base/text.h"

#define AT(type, of, field) ((type *) G_STRUCT_MEMBER_P (of, (field)->offset))

static void
write_texts (JsonBuilder *json, GStrv texts)
{
  json_builder_begin_array (json);
  for (char **text = texts; *text != NULL; text++)
    json_builder_add_string_value (json, *text);
  json_builder_end_array (json);
}

static void
write_bytes (JsonBuilder *json, const GPtrArray *list)
{
  json_builder_begin_array (json);
  for (guint i = 0; i < list->len; i++)
    {
      gsize length;
      const guint8 *bytes = g_bytes_get_data (g_ptr_array_index (list, i), &length);
      g_autofree char *text = g_base64_encode (bytes, length);

      json_builder_add_string_value (json, text);
    }
  json_builder_end_array (json);
}

static void
write_field (JsonBuilder *json, const CeField *field, gconstpointer of)
{
  const guint8 *pair = AT (const guint8, of, field);

  switch (field->kind)
    {
    case CE_FIELD_TEXT:
      json_builder_add_string_value (json, *AT (char *const, of, field));
      break;
    case CE_FIELD_TEXTS:
      write_texts (json, *AT (const GStrv, of, field));
      break;
    case CE_FIELD_BYTES:
      write_bytes (json, *AT (GPtrArray *const, of, field));
      break;
    case CE_FIELD_U32:
      json_builder_add_int_value (json, *AT (const guint32, of, field));
      break;
    case CE_FIELD_I32:
      json_builder_add_int_value (json, *AT (const gint32, of, field));
      break;
    case CE_FIELD_I64:
      json_builder_add_int_value (json, *AT (const gint64, of, field));
      break;
    case CE_FIELD_BOOL:
      json_builder_add_boolean_value (json, *AT (const gboolean, of, field));
      break;
    case CE_FIELD_PAIR:
      json_builder_add_int_value (json, pair[0] << 8 | pair[1]);
      break;
    default:
      g_assert_not_reached ();
    }
}

void
ce_fields_write (JsonBuilder *json, const CeField *fields, gconstpointer of)
{
  for (const CeField *field = fields; field->name != NULL; field++)
    {
      json_builder_set_member_name (json, field->name);
      write_field (json, field, of);
    }
}

static gboolean
is_text (JsonNode *node)
{
  return json_node_get_value_type (node) == G_TYPE_STRING;
}

static gboolean
read_text (JsonNode *node, char **field)
{
  if (!is_text (node))
    return FALSE;
  ce_text_set (field, json_node_get_string (node));
  return TRUE;
}

static gboolean
read_texts (JsonNode *node, GStrv *field)
{
  g_autoptr (GStrvBuilder) texts = g_strv_builder_new ();
  JsonArray *list = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  for (guint i = 0; list != NULL && i < json_array_get_length (list); i++)
    {
      JsonNode *one = json_array_get_element (list, i);

      if (!is_text (one))
        return FALSE;
      g_strv_builder_add (texts, json_node_get_string (one));
    }
  if (list == NULL)
    return FALSE;
  g_strfreev (*field);
  *field = g_strv_builder_end (texts);
  return TRUE;
}

static gboolean
read_bytes (JsonNode *node, GPtrArray *field)
{
  JsonArray *list = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  g_ptr_array_set_size (field, 0);
  for (guint i = 0; list != NULL && i < json_array_get_length (list); i++)
    {
      JsonNode *one = json_array_get_element (list, i);
      gsize length;
      guchar *bytes;

      if (!is_text (one))
        return FALSE;
      bytes = g_base64_decode (json_node_get_string (one), &length);
      g_ptr_array_add (field, g_bytes_new_take (bytes, length));
    }
  return list != NULL;
}

static gboolean
read_number (JsonNode *node, gint64 min, gint64 max, gint64 *ret_value)
{
  if (json_node_get_value_type (node) != G_TYPE_INT64)
    return FALSE;
  *ret_value = json_node_get_int (node);
  return *ret_value >= min && *ret_value <= max;
}

static gboolean
read_field (JsonNode *node, const CeField *field, gpointer of)
{
  static const gint64 limits[][2] = {
    [CE_FIELD_U32] = { 0, G_MAXUINT32 },
    [CE_FIELD_I32] = { G_MININT32, G_MAXINT32 },
    [CE_FIELD_I64] = { -G_MAXINT64 / 4, G_MAXINT64 / 4 }, /* sums of them fit */
    [CE_FIELD_PAIR] = { 0, 0xffff },
  };
  gint64 value = 0;

  if (field->kind == CE_FIELD_TEXT)
    return read_text (node, AT (char *, of, field));
  if (field->kind == CE_FIELD_TEXTS)
    return read_texts (node, AT (GStrv, of, field));
  if (field->kind == CE_FIELD_BYTES)
    return read_bytes (node, *AT (GPtrArray *, of, field));
  if (field->kind == CE_FIELD_BOOL)
    {
      if (json_node_get_value_type (node) != G_TYPE_BOOLEAN)
        return FALSE;
      *AT (gboolean, of, field) = json_node_get_boolean (node);
      return TRUE;
    }
  if (!read_number (node, limits[field->kind][0], limits[field->kind][1], &value))
    return FALSE;
  if (field->kind == CE_FIELD_U32)
    *AT (guint32, of, field) = (guint32) value;
  else if (field->kind == CE_FIELD_I32)
    *AT (gint32, of, field) = (gint32) value;
  else if (field->kind == CE_FIELD_I64)
    *AT (gint64, of, field) = value;
  else
    {
      AT (guint8, of, field)[0] = (guint8) (value >> 8);
      AT (guint8, of, field)[1] = (guint8) value;
    }
  return TRUE;
}

gboolean
ce_fields_read (JsonObject *object, const CeField *fields, gpointer of, GError **error)
{
  for (const CeField *field = fields; field->name != NULL; field++)
    {
      JsonNode *node = json_object_get_member (object, field->name);

      if (node == NULL || read_field (node, field, of))
        continue;
      g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "\"%s\" is not what it should be", field->name);
      return FALSE;
    }
  return TRUE;
}
