/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/cli/show.h"

#include "ui/cli/agent-view.h"

static char *
show_time (const char *iso, const char *format)
{
  g_autoptr (GDateTime) utc = iso != NULL ? g_date_time_new_from_iso8601 (iso, NULL) : NULL;
  g_autoptr (GDateTime) local = utc != NULL ? g_date_time_to_local (utc) : NULL;
  char *text = local != NULL ? g_date_time_format (local, format) : NULL;

  return text != NULL ? text : g_strdup (iso != NULL ? iso : "");
}

char *
ce_show_moment (const char *iso)
{
  return show_time (iso, "%Y-%m-%d %H:%M");
}

char *
ce_show_day (const char *iso)
{
  return show_time (iso, "%Y-%m-%d");
}

const char *
ce_show_text (JsonObject *object, const char *name)
{
  const char *text = ce_json_string (object, name);

  return text != NULL ? text : "";
}

char *
ce_show_card (JsonObject *card)
{
  const char *label = ce_show_text (card, "label");
  const char *serial = ce_show_text (card, "serial");
  const char *model = ce_show_text (card, "model");
  GString *text = g_string_new (*label != '\0' ? label : "a card without a label");

  if (*model != '\0')
    g_string_append_printf (text, " (%s)", model);
  if (*serial != '\0')
    g_string_append_printf (text, ", serial number %s", serial);
  return g_string_free (text, FALSE);
}

void
ce_show_field (CeTable *table, const char *name, const char *text)
{
  if (text == NULL || *text == '\0')
    return;
  ce_table_row (table);
  ce_table_cell (table, CE_STYLE_DIM, name);
  ce_table_cell (table, CE_STYLE_PLAIN, text);
}

static CeGlyph
check_glyph (const char *state)
{
  if (g_str_equal (state, "ok"))
    return CE_GLYPH_GOOD;
  if (g_str_equal (state, "warning"))
    return CE_GLYPH_WARNING;
  return g_str_equal (state, "skipped") ? CE_GLYPH_SKIPPED : CE_GLYPH_BAD;
}

void
ce_show_checks (const CeTerm *term, JsonArray *checks)
{
  g_autoptr (CeTable) table = ce_table_new (term, 0, 3, NULL);

  for (guint i = 0; i < ce_json_length (checks); i++)
    {
      JsonObject *check = ce_json_nth (checks, i);
      const char *state = ce_show_text (check, "state");
      CeGlyph glyph = check_glyph (state);

      ce_table_row (table);
      ce_table_cell (table, ce_glyph_style (glyph), ce_term_glyph (term, glyph));
      ce_table_cell (table, CE_STYLE_BOLD, ce_show_text (check, "name"));
      ce_table_cell (table, CE_STYLE_PLAIN, ce_show_text (check, "detail"));
      if (glyph != CE_GLYPH_GOOD)
        ce_table_below (table, 2, ce_glyph_style (glyph), ce_show_text (check, "fix"));
    }
  ce_table_print (table);
}

char *
ce_show_policy (JsonObject *policy)
{
  g_autofree char *fetched = ce_show_moment (ce_json_string (policy, "fetched"));

  return g_strdup_printf ("%s, read %s%s", ce_show_text (policy, "source"), fetched,
                          ce_json_bool (policy, "cached") ? ", from the cache" : "");
}

void
ce_show_cached_because (const CeTerm *term, JsonObject *plan)
{
  JsonObject *policy = ce_json_object (plan, "policy");
  const char *because = ce_show_text (policy, "cached_because");
  g_autofree char *fetched = ce_show_moment (ce_json_string (policy, "fetched"));
  g_autofree char *text
    = g_strdup_printf ("The policy cannot be read now: %s. This is what follows from the one of %s.", because, fetched);

  if (*because != '\0')
    ce_term_paragraph (term, CE_STYLE_WARNING, 0, text);
}

void
ce_show_next_look (const CeTerm *term, JsonObject *plan)
{
  const char *iso = ce_json_string (plan, "next_look");
  g_autoptr (CeAgentView) agent = iso != NULL ? ce_agent_view_new () : NULL;
  g_autofree char *when = ce_show_moment (iso);
  g_autofree char *text = NULL;

  if (iso == NULL)
    return;
  if (agent->state == CE_AGENT_RUNNING)
    text = g_strdup_printf ("The agent looks again at %s, and whenever the card goes in.", when);
  else if (agent->state == CE_AGENT_ABSENT)
    text = g_strdup_printf ("The next look is due at %s. No agent runs in this session to do it: 'cardenroll run' does.", when);
  else
    text = g_strdup_printf ("The next look is due at %s.", when);
  ce_term_paragraph (term, CE_STYLE_DIM, 0, text);
}

#define FINGERPRINT_SHOWN 12

/* "certificate 3f1c0e9a5d7b" */
static char *
name_certificate (const char *fingerprint)
{
  g_autofree char *start
      = g_str_is_ascii (fingerprint) ? g_strndup (fingerprint, FINGERPRINT_SHOWN) : g_strdup (fingerprint);

  return g_strdup_printf ("certificate %s", start);
}

void
ce_show_actions (const CeTerm *term, JsonArray *actions)
{
  g_autoptr (CeTable) table = ce_table_new (term, 2, 3, NULL);

  for (guint i = 0; i < ce_json_length (actions); i++)
    {
      JsonObject *action = ce_json_nth (actions, i);
      const char *template = ce_show_text (action, "template");
      g_autofree char *certificate = name_certificate (ce_show_text (action, "certificate"));

      ce_table_row (table);
      ce_table_cell (table, CE_STYLE_GOOD, ce_show_text (action, "action"));
      ce_table_cell (table, CE_STYLE_BOLD, *template != '\0' ? template : certificate);
      ce_table_cell (table, CE_STYLE_DIM, ce_show_text (action, "because"));
      ce_table_below (table, 1, CE_STYLE_PLAIN, ce_show_text (action, "detail"));
    }
  ce_table_print (table);
}

static char *
name_ending (JsonObject *ending)
{
  const char *name = ce_show_text (ending, "display_name");

  return *name != '\0' ? g_strdup (name) : name_certificate (ce_show_text (ending, "certificate"));
}

void
ce_show_endings (const CeTerm *term, JsonObject *plan)
{
  JsonArray *endings = ce_json_array (plan, "endings");
  g_autoptr (CeTable) table = ce_table_new (term, 2, 3, NULL);

  if (ce_json_length (endings) == 0)
    return;
  ce_term_newline (term);
  ce_term_paragraph (term, CE_STYLE_BOLD, 0, "Ending soon, and not renewed by itself");
  for (guint i = 0; i < ce_json_length (endings); i++)
    {
      JsonObject *ending = ce_json_nth (endings, i);
      g_autofree char *name = name_ending (ending);
      g_autofree char *day = ce_show_day (ce_json_string (ending, "not_after"));
      g_autofree char *until = g_strdup_printf ("until %s", day);

      ce_table_row (table);
      ce_table_cell (table, CE_STYLE_WARNING, until);
      ce_table_cell (table, CE_STYLE_BOLD, name);
      ce_table_cell (table, CE_STYLE_DIM, ce_show_text (ending, "because"));
      ce_table_below (table, 1, CE_STYLE_PLAIN, ce_show_text (ending, "words"));
    }
  ce_table_print (table);
}

gboolean
ce_show_is_resting (const char *because)
{
  return g_str_equal (because, "denied") || g_str_equal (because, "issued-in-vain");
}

void
ce_show_resting (const CeTerm *term, JsonObject *plan)
{
  JsonArray *templates = ce_json_array (plan, "templates");
  g_autoptr (CeTable) table = ce_table_new (term, 2, 2, NULL);

  for (guint i = 0; i < ce_json_length (templates); i++)
    {
      JsonObject *template = ce_json_nth (templates, i);
      const char *because = ce_show_text (template, "because");

      if (!ce_show_is_resting (because))
        continue;
      ce_table_row (table);
      ce_table_cell (table, CE_STYLE_BOLD, ce_show_text (template, "name"));
      ce_table_cell (table, CE_STYLE_DIM, because);
      ce_table_below (table, 0, CE_STYLE_PLAIN, ce_show_text (template, "detail"));
    }
  if (ce_table_rows (table) == 0)
    return;
  ce_term_newline (term);
  ce_term_paragraph (term, CE_STYLE_BOLD, 0, "Left alone for now");
  ce_table_print (table);
}
