/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/oracle/lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/error.h"

const char *
ce_oracle_text (JsonObject *object, const char *name, GError **error)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node != NULL && json_node_get_value_type (node) == G_TYPE_STRING)
    return json_node_get_string (node);
  g_set_error (error, CE_ERROR, CE_ERROR_USAGE, "\"%s\" is not a string", name);
  return NULL;
}

GBytes *
ce_oracle_hex (JsonObject *object, const char *name, GError **error)
{
  const char *hex = ce_oracle_text (object, name, error);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  if (hex == NULL)
    return NULL;
  for (const char *p = hex; *p != '\0'; p += 2)
    {
      guint8 byte;

      if (!g_ascii_isxdigit (p[0]) || !g_ascii_isxdigit (p[1]))
        {
          g_set_error (error, CE_ERROR, CE_ERROR_USAGE, "\"%s\" is not hex", name);
          return NULL;
        }
      byte = (guint8) (g_ascii_xdigit_value (p[0]) << 4 | g_ascii_xdigit_value (p[1]));
      g_byte_array_append (bytes, &byte, 1);
    }
  return g_byte_array_free_to_bytes (g_steal_pointer (&bytes));
}

static gboolean
answer_line (CeOracle oracle, const char *line, JsonObject *answer, GError **error)
{
  g_autoptr (JsonNode) question = json_from_string (line, error);

  if (question == NULL || !JSON_NODE_HOLDS_OBJECT (question))
    {
      if (error != NULL && *error == NULL)
        g_set_error (error, CE_ERROR, CE_ERROR_USAGE, "the line is not a JSON object");
      return FALSE;
    }
  return oracle (json_node_get_object (question), answer, error);
}

static void
print_object (JsonObject *object)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  g_autofree char *text = NULL;

  json_node_set_object (node, object);
  text = json_to_string (node, FALSE);
  puts (text);
  fflush (stdout);
}

int
ce_oracle_run (CeOracle oracle)
{
  char *line = NULL;
  size_t capacity = 0;

  while (getline (&line, &capacity, stdin) > 0)
    {
      g_autoptr (JsonObject) answer = json_object_new ();
      g_autoptr (GError) error = NULL;

      if (*g_strstrip (line) == '\0')
        continue;
      if (!answer_line (oracle, line, answer, &error))
        json_object_set_string_member (answer, "error", error->message);
      print_object (answer);
    }
  free (line);
  return EXIT_SUCCESS;
}
