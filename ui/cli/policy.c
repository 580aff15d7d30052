/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/cli/show.h"

/* Of what ends and is not renewed by itself. */
static char *
describe_reminder (JsonObject *policy)
{
  const gint64 percent = ce_json_int (policy, "remind_percent", -1);

  if (percent <= 0)
    return g_strdup (percent == 0 ? "never" : "");
  return g_strdup_printf ("when %" G_GINT64_FORMAT " %% of a certificate's lifetime is left and nothing renews it", percent);
}

static void
print_world (const CeTerm *term, JsonObject *policy)
{
  JsonObject *group_policy = ce_json_object (policy, "group_policy");
  g_autoptr (CeTable) table = ce_table_new (term, 0, 2, NULL);
  g_autofree char *fetched = ce_show_moment (ce_json_string (policy, "fetched"));
  g_autofree char *source = g_strdup_printf ("%s, read %s%s", ce_show_text (policy, "source"), fetched,
                                             ce_json_bool (policy, "cached") ? ", kept since" : "");
  g_autofree char *allows
    = g_strdup_printf ("%s (AEPolicy 0x%" G_GINT64_MODIFIER "x)", ce_show_text (policy, "autoenrollment_allows"),
                       ce_json_int (policy, "autoenrollment", 0));
  g_autofree char *reminds = describe_reminder (policy);
  const char *computer = ce_show_text (group_policy, "computer");

  ce_show_field (table, "User", ce_show_text (ce_json_object (policy, "user"), "principal"));
  ce_show_field (table, "Policy", source);
  ce_show_field (table, "Autoenrollment", allows);
  ce_show_field (table, "said by", ce_show_text (policy, "autoenrollment_source"));
  ce_show_field (table, "Reminder", reminds);
  ce_show_field (table, "said by", ce_show_text (policy, "remind_source"));
  ce_show_field (table, "Site", ce_show_text (group_policy, "site"));
  if (ce_json_bool (group_policy, "known"))
    ce_show_field (table, "Computer", *computer != '\0' ? computer : "has no account in this domain");
  if (ce_json_bool (group_policy, "known"))
    ce_show_field (table, "Loopback", ce_show_text (group_policy, "loopback"));
  ce_table_print (table);
}

static void
print_heading (const CeTerm *term, const char *text)
{
  ce_term_newline (term);
  ce_term_paragraph (term, CE_STYLE_BOLD, 0, text);
}

static CeGlyph
object_glyph (JsonObject *object)
{
  const char *verdict = ce_show_text (object, "verdict");

  if (ce_json_bool (object, "applies"))
    return CE_GLYPH_GOOD;
  return g_str_equal (verdict, "broken") || g_str_equal (verdict, "wmi-filter") || g_str_equal (verdict, "other-domain")
         ? CE_GLYPH_WARNING : CE_GLYPH_SKIPPED;
}

static void
print_object (const CeTerm *term, CeTable *table, JsonObject *object)
{
  CeGlyph glyph = object_glyph (object);
  const char *detail = ce_show_text (object, "detail");
  g_autofree char *where
    = g_strdup_printf ("%s%s%s", ce_show_text (object, "scope"), ce_json_bool (object, "enforced") ? ", enforced" : "",
                       ce_json_bool (object, "loopback") ? ", by loopback" : "");

  ce_table_row (table);
  ce_table_cell (table, ce_glyph_style (glyph), ce_term_glyph (term, glyph));
  ce_table_cell (table, CE_STYLE_BOLD, ce_show_text (object, "name"));
  ce_table_cell (table, CE_STYLE_PLAIN, where);
  ce_table_cell (table, CE_STYLE_DIM, ce_show_text (object, "verdict"));
  if (!ce_json_bool (object, "applies"))
    ce_table_below (table, 1, CE_STYLE_PLAIN, detail);
}

static void
print_objects (const CeTerm *term, JsonObject *group_policy)
{
  static const char *const headers[] = { "", "Name", "Linked at", "Verdict", NULL };
  JsonArray *objects = ce_json_array (group_policy, "objects");
  g_autoptr (CeTable) table = ce_table_new (term, 0, 4, headers);
  const char *problem = ce_show_text (group_policy, "problem");

  print_heading (term, "Group Policy objects, in the order of application: what comes later wins");
  if (*problem != '\0')
    ce_term_item (term, 0, ce_glyph_style (CE_GLYPH_WARNING), ce_term_glyph (term, CE_GLYPH_WARNING), CE_STYLE_PLAIN, problem);
  for (guint i = 0; i < ce_json_length (objects); i++)
    print_object (term, table, ce_json_nth (objects, i));
  if (ce_json_length (objects) > 0)
    ce_table_print (table);
  else if (*problem == '\0')
    ce_term_paragraph (term, CE_STYLE_PLAIN, 0, "None is linked for this user.");
}

static void
print_settings (const CeTerm *term, JsonObject *group_policy)
{
  JsonArray *settings = ce_json_array (group_policy, "settings");
  g_autoptr (CeTable) table = ce_table_new (term, 0, 3, NULL);

  if (ce_json_length (settings) == 0)
    return;
  print_heading (term, "What they say of certificates");
  for (guint i = 0; i < ce_json_length (settings); i++)
    {
      JsonObject *setting = ce_json_nth (settings, i);

      ce_table_row (table);
      ce_table_cell (table, CE_STYLE_PLAIN, "");
      ce_table_cell (table, CE_STYLE_PLAIN, ce_show_text (setting, "name"));
      ce_table_cell (table, CE_STYLE_BOLD, ce_show_text (setting, "value"));
      ce_table_below (table, 1, CE_STYLE_DIM, ce_show_text (setting, "source"));
    }
  ce_table_print (table);
}

static void
print_services (const CeTerm *term, JsonObject *policy)
{
  JsonArray *services = ce_json_array (policy, "services");
  g_autofree char *heading
    = g_strdup_printf ("%" G_GINT64_FORMAT " certificate templates; they are issued by", ce_json_int (policy, "templates", 0));

  print_heading (term, heading);
  for (guint i = 0; i < ce_json_length (services); i++)
    {
      JsonObject *service = ce_json_nth (services, i);
      gboolean may = ce_json_bool (service, "may_enroll");
      CeGlyph glyph = may ? CE_GLYPH_GOOD : CE_GLYPH_SKIPPED;
      g_autofree char *text = g_strdup_printf ("%s at %s%s", ce_show_text (service, "name"), ce_show_text (service, "host"),
                                               may ? "" : ", where you may not enrol");

      ce_term_item (term, 0, ce_glyph_style (glyph), ce_term_glyph (term, glyph), CE_STYLE_PLAIN, text);
    }
  if (ce_json_length (services) == 0)
    ce_term_paragraph (term, CE_STYLE_PLAIN, 0, "nobody: the directory has no enterprise CA.");
}

static void
print_skipped (const CeTerm *term, JsonArray *skipped)
{
  if (skipped == NULL || json_array_get_length (skipped) == 0)
    return;
  print_heading (term, "Left out");
  for (guint i = 0; i < json_array_get_length (skipped); i++)
    {
      JsonNode *node = json_array_get_element (skipped, i);

      if (json_node_get_value_type (node) == G_TYPE_STRING)
        ce_term_item (term, 0, ce_glyph_style (CE_GLYPH_WARNING), ce_term_glyph (term, CE_GLYPH_WARNING), CE_STYLE_PLAIN,
                      json_node_get_string (node));
    }
}

static void
print_policy (const CeTerm *term, JsonObject *policy)
{
  JsonObject *group_policy = ce_json_object (policy, "group_policy");

  print_world (term, policy);
  if (group_policy != NULL)
    {
      print_objects (term, group_policy);
      print_settings (term, group_policy);
    }
  print_services (term, policy);
  print_skipped (term, ce_json_array (policy, "skipped"));
}

int
ce_cli_policy (CeCli *cli)
{
  g_autoptr (CeJobResult) result = ce_cli_work (cli, "policy");
  JsonObject *policy = ce_json_object (result->object, "policy");

  if (!cli->json && policy != NULL)
    {
      print_policy (&cli->out, policy);
      ce_show_cached_because (&cli->out, result->object);
    }
  return ce_cli_end (cli, result, NULL);
}
