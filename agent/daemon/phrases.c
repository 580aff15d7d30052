/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/daemon/phrases.h"

#include "ui/job/json.h"

#define MAX_LISTED 4

char *
ce_phrase_sentence (const char *message)
{
  g_autofree char *first = g_utf8_strup (message, (gssize) (g_utf8_next_char (message) - message));
  const char *rest = *message != '\0' ? g_utf8_next_char (message) : "";
  gboolean ended
      = g_str_has_suffix (message, ".") || g_str_has_suffix (message, "?") || g_str_has_suffix (message, "!");

  return g_strconcat (*message != '\0' ? first : "", rest, ended ? "" : ".", NULL);
}

const char *
ce_phrase_template (JsonObject *result, const char *name)
{
  JsonArray *templates = ce_json_array (ce_json_object (result, "plan"), "templates");

  for (guint i = 0; name != NULL && i < ce_json_length (templates); i++)
    {
      JsonObject *template = ce_json_nth (templates, i);
      const char *display = ce_json_string (template, "display_name");

      if (display != NULL && g_strcmp0 (ce_json_string (template, "name"), name) == 0)
        return display;
    }
  return name;
}

gboolean
ce_phrase_has_outcome (JsonObject *performed, const char *outcome)
{
  return g_strcmp0 (ce_json_string (performed, "outcome"), outcome) == 0;
}

char *
ce_phrase_done (JsonObject *result)
{
  JsonArray *performed = ce_json_array (result, "performed");
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autofree char *list = NULL;

  for (guint i = 0; i < ce_json_length (performed); i++)
    {
      JsonObject *one = ce_json_nth (performed, i);
      const char *name = ce_phrase_template (result, ce_json_string (one, "template"));

      if (name != NULL && ce_phrase_has_outcome (one, "done") && !ce_json_bool (one, "in_vain")
          && !g_ptr_array_find_with_equal_func (names, name, g_str_equal, NULL))
        g_ptr_array_add (names, (gpointer) name);
    }
  if (names->len <= MAX_LISTED)
    {
      g_ptr_array_add (names, NULL);
      return g_strjoinv (", ", (char **) names->pdata);
    }
  names->pdata[MAX_LISTED] = NULL;
  list = g_strjoinv (", ", (char **) names->pdata);
  return g_strdup_printf ("%s and %u more", list, names->len - MAX_LISTED);
}
