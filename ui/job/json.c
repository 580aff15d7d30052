/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/job/json.h"

#include <string.h>

#define MAX_DEPTH 64

static JsonNode *
member (JsonObject *object, const char *name, JsonNodeType type)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;

  return node != NULL && json_node_get_node_type (node) == type ? node : NULL;
}

static JsonNode *
value (JsonObject *object, const char *name, GType type)
{
  JsonNode *node = member (object, name, JSON_NODE_VALUE);

  return node != NULL && json_node_get_value_type (node) == type ? node : NULL;
}

const char *
ce_json_string (JsonObject *object, const char *name)
{
  JsonNode *node = value (object, name, G_TYPE_STRING);

  return node != NULL ? json_node_get_string (node) : NULL;
}

gint64
ce_json_int (JsonObject *object, const char *name, gint64 absent)
{
  JsonNode *node = value (object, name, G_TYPE_INT64);

  return node != NULL ? json_node_get_int (node) : absent;
}

gint64
ce_json_time (JsonObject *object, const char *name, gint64 absent)
{
  const char *text = ce_json_string (object, name);
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr (GDateTime) when = text != NULL ? g_date_time_new_from_iso8601 (text, utc) : NULL;

  return when != NULL ? g_date_time_to_unix (when) : absent;
}

gboolean
ce_json_bool (JsonObject *object, const char *name)
{
  JsonNode *node = value (object, name, G_TYPE_BOOLEAN);

  return node != NULL && json_node_get_boolean (node);
}

JsonObject *
ce_json_object (JsonObject *object, const char *name)
{
  JsonNode *node = member (object, name, JSON_NODE_OBJECT);

  return node != NULL ? json_node_get_object (node) : NULL;
}

JsonArray *
ce_json_array (JsonObject *object, const char *name)
{
  JsonNode *node = member (object, name, JSON_NODE_ARRAY);

  return node != NULL ? json_node_get_array (node) : NULL;
}

guint
ce_json_length (JsonArray *array)
{
  return array != NULL ? json_array_get_length (array) : 0;
}

JsonObject *
ce_json_nth (JsonArray *array, guint i)
{
  JsonNode *node = i < ce_json_length (array) ? json_array_get_element (array, i) : NULL;

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

/* Strictly JSON's own characters outside strings: json-glib also reads comments, in which a quote opens no
 * string. */
static gboolean
is_shallow (const char *text, gsize length)
{
  gboolean in_string = FALSE;
  gint depth = 0;

  for (gsize i = 0; i < length; i++)
    {
      if (text[i] == '\\' && in_string)
        i++;
      else if (text[i] == '"')
        in_string = !in_string;
      else if (in_string)
        continue;
      else if (text[i] == '\0' || strchr ("{}[]:,+-.0123456789eEtrufalsn \t\r", text[i]) == NULL)
        return FALSE;
      else if (text[i] == '{' || text[i] == '[')
        depth++;
      else if (text[i] == '}' || text[i] == ']')
        depth--;
      if (depth > MAX_DEPTH)
        return FALSE;
    }
  return TRUE;
}

JsonObject *
ce_json_parse_object (const char *text, gsize length)
{
  g_autoptr (JsonParser) parser = NULL;
  JsonNode *root;

  if (length == 0 || length > G_MAXSSIZE || text[0] != '{' || !is_shallow (text, length))
    return NULL;
  parser = json_parser_new_immutable ();
  if (!json_parser_load_from_data (parser, text, (gssize) length, NULL))
    return NULL;
  root = json_parser_get_root (parser);
  return root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_node_dup_object (root) : NULL;
}

char *
ce_json_line (JsonObject *object)
{
  g_autoptr (JsonNode) node = json_node_alloc ();

  json_node_init_object (node, object);
  return json_to_string (node, FALSE);
}
