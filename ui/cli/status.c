/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/base/clock.h"
#include "agent/base/text.h"
#include "ui/cli/agent-view.h"
#include "ui/cli/show.h"
#include "ui/job/plain.h"

typedef struct
{
  gint64 now_unix;
  const CeTerm *term;
  const CeAgentView *agent;
} Show;

static char *
describe_pin (JsonObject *pin)
{
  gint64 tries = ce_json_int (pin, "tries_left", -1);

  if (pin == NULL)
    return g_strdup ("");
  if (ce_json_bool (pin, "locked"))
    return g_strdup ("locked; your helpdesk can unblock it");
  if (!ce_json_bool (pin, "set"))
    return g_strdup ("not set");
  if (ce_json_bool (pin, "final_try") || tries == 1)
    return g_strdup ("set; one try left, a wrong PIN locks the card");
  if (tries >= 0)
    return g_strdup_printf ("set, %d tries left", (int) tries);
  return g_strdup (ce_json_bool (pin, "low") ? "set; a wrong one was entered since the last right one"
                                             : "set");
}

static char *
describe_room (JsonObject *card)
{
  gint64 bytes = ce_json_int (card, "free_bytes", -1);

  return bytes >= 0 ? g_format_size_full ((guint64) bytes, G_FORMAT_SIZE_IEC_UNITS) : g_strdup ("");
}

static char *
describe_postponed (const CeAgentCard *card)
{
  g_autofree char *iso = ce_time_iso (card->postponed_unix);
  g_autofree char *until = ce_show_moment (iso);

  return g_strdup_printf ("postponed until %s; 'cardenroll run' does it now", until);
}

/* What the agent does with the card in this reader; "" where none runs. */
static char *
describe_agent (const Show *show, const char *reader)
{
  const CeAgentCard *card = ce_agent_view_find (show->agent, reader);
  g_autofree char *iso = NULL;
  g_autofree char *next = NULL;

  if (card == NULL)
    return g_strdup ("");
  if (g_str_equal (card->state, "working") || g_str_equal (card->state, "queued"))
    return g_strdup_printf ("%s%s%s", card->state, *card->step != '\0' ? ": " : "", card->step);
  if (g_str_equal (card->state, "offered"))
    return g_strdup ("asks you when to do what is due; 'cardenroll run' does it now");
  if (card->postponed_unix > 0)
    return describe_postponed (card);
  if (card->next_look_unix == 0)
    return g_strdup (card->state);
  iso = ce_time_iso (card->next_look_unix);
  next = ce_show_moment (iso);
  return g_strdup_printf ("%s; looks again at %s", card->state, next);
}

static void
print_card (const Show *show, const char *reader, JsonObject *card)
{
  g_autofree char *agent = describe_agent (show, reader);
  const CeAgentCard *seen = ce_agent_view_find (show->agent, reader);
  g_autoptr (CeTable) table = ce_table_new (show->term, 2, 2, NULL);
  g_autofree char *pin = describe_pin (ce_json_object (card, "pin"));
  g_autofree char *room = describe_room (card);
  g_autofree char *name = ce_show_card (card);

  ce_show_field (table, "Card", name);
  ce_show_field (table, "PIN", pin);
  ce_show_field (table, "Free room", room);
  ce_show_field (table, "Module", ce_show_text (card, "module"));
  ce_show_field (table, "Agent", agent);
  ce_show_field (table, "Why", seen != NULL ? seen->detail : "");
  ce_table_print (table);
}

/* "CN=Alice Ader,OU=…" as "Alice Ader". */
static char *
short_name (const char *dn)
{
  g_auto (GStrv) parts = g_strsplit (dn, ",", 32);

  for (gsize i = 0; parts[i] != NULL; i++)
    {
      const char *part = g_strstrip (parts[i]);

      if (g_ascii_strncasecmp (part, "CN=", 3) == 0 && part[3] != '\0')
        return g_strdup (part + 3);
    }
  return g_strdup (*dn != '\0' ? dn : "no subject");
}

static CeGlyph
judge (const Show *show, JsonObject *certificate, char **ret_state)
{
  g_autofree char *from = ce_show_day (ce_json_string (certificate, "not_before"));
  g_autofree char *until = ce_show_day (ce_json_string (certificate, "not_after"));

  if (ce_json_time (certificate, "not_after", 0) < show->now_unix)
    *ret_state = g_strdup_printf ("expired %s", until);
  else if (ce_json_time (certificate, "not_before", 0) > show->now_unix)
    *ret_state = g_strdup_printf ("valid from %s", from);
  else if (!ce_json_bool (certificate, "has_key"))
    *ret_state = g_strdup ("its key is not here");
  else
    {
      *ret_state = g_strdup_printf ("valid until %s", until);
      return CE_GLYPH_GOOD;
    }
  return CE_GLYPH_WARNING;
}

static char *
describe_origin (JsonObject *certificate)
{
  const char *label = ce_show_text (certificate, "label");
  const char *template = ce_show_text (certificate, "template");
  g_autofree char *issuer = short_name (ce_show_text (certificate, "issuer"));
  const char *name = *label != '\0' ? label : template;

  return *name != '\0' ? g_strdup_printf ("%s, issued by %s", name, issuer)
                       : g_strdup_printf ("issued by %s", issuer);
}

static void
print_certificates (const Show *show, JsonArray *certificates)
{
  g_autoptr (CeTable) table = ce_table_new (show->term, 2, 4, NULL);

  for (guint i = 0; i < ce_json_length (certificates); i++)
    {
      JsonObject *certificate = ce_json_nth (certificates, i);
      g_autofree char *subject = short_name (ce_show_text (certificate, "subject"));
      g_autofree char *state = NULL;
      g_autofree char *below = NULL;
      CeGlyph glyph = judge (show, certificate, &state);

      below = describe_origin (certificate);
      ce_table_row (table);
      ce_table_cell (table, ce_glyph_style (glyph), ce_term_glyph (show->term, glyph));
      ce_table_cell (table, CE_STYLE_BOLD, subject);
      ce_table_cell (table, CE_STYLE_PLAIN, ce_show_text (certificate, "upn"));
      ce_table_cell (table, ce_glyph_style (glyph), state);
      ce_table_below (table, 1, CE_STYLE_DIM, below);
    }
  ce_table_print (table);
}

/* Below the rows of a table, and aligned with them. */
static void
print_item (const Show *show, CeGlyph glyph, const char *text)
{
  g_autofree char *mark = g_strdup_printf ("%s ", ce_term_glyph (show->term, glyph));

  ce_term_item (show->term, 2, ce_glyph_style (glyph), mark, CE_STYLE_PLAIN, text);
}

static void
print_lone_keys (const Show *show, JsonArray *keys)
{
  for (guint i = 0; i < ce_json_length (keys); i++)
    {
      JsonObject *key = ce_json_nth (keys, i);
      const char *awaits = ce_show_text (key, "awaits");
      const gboolean waits = *awaits != '\0';
      g_autofree char *text = NULL;

      if (key == NULL || ce_json_bool (key, "has_certificate"))
        continue;
      text = g_strdup_printf ("key %s (%s) %s%s", ce_show_text (key, "id"), ce_show_text (key, "algorithm"),
                              waits ? "is for the certificate of " : "has no certificate", awaits);
      print_item (show, waits ? CE_GLYPH_WAITING : CE_GLYPH_SKIPPED, text);
    }
}

static char *
describe_job (JsonObject *job)
{
  const char *state = ce_show_text (job, "state");
  const char *template = ce_show_text (job, "template");
  g_autofree char *note = ce_job_plain (ce_show_text (job, "note"));
  g_autofree char *again = ce_show_moment (ce_json_string (job, "ask_again"));
  g_autofree char *since = ce_show_moment (ce_json_string (job, "since"));

  if (g_str_equal (state, "pending"))
    return g_strdup_printf ("%s waits at %s since %s (request %s); it is asked again from %s on", template,
                            ce_show_text (job, "ca"), since, ce_show_text (job, "request_id"), again);
  if (g_str_equal (state, "denied"))
    return g_strdup_printf ("%s was given up: %s; 'cardenroll run' deletes its key", template, note);
  return g_strdup_printf ("%s was begun at %s and stopped at %s; 'cardenroll run' carries on", template, since, state);
}

/* What is begun on the card and not over. */
static void
print_jobs (const Show *show, JsonArray *jobs)
{
  for (guint i = 0; i < ce_json_length (jobs); i++)
    {
      JsonObject *job = ce_json_nth (jobs, i);
      const gboolean denied = g_str_equal (ce_show_text (job, "state"), "denied");
      g_autofree char *text = describe_job (job);

      print_item (show, denied ? CE_GLYPH_BAD : CE_GLYPH_WAITING, text);
    }
}

/* Certificates that nothing renews by itself. */
static void
print_endings (const Show *show, const CeAgentCard *card)
{
  for (guint i = 0; card != NULL && i < card->endings->len; i++)
    {
      const CeAgentEnding *ending = card->endings->pdata[i];
      g_autofree char *iso = ce_time_iso (ending->ends_unix);
      g_autofree char *day = ce_show_day (iso);
      g_autofree char *text = g_strdup_printf ("'%s' ends on %s and is not renewed by itself. %s", ending->name, day, ending->words);

      print_item (show, CE_GLYPH_WARNING, text);
    }
}

static void
print_contents (const Show *show, JsonObject *reader)
{
  JsonArray *certificates = ce_json_array (reader, "certificates");
  JsonArray *keys = ce_json_array (reader, "keys");

  if (certificates == NULL)
    return;
  ce_term_newline (show->term);
  if (ce_json_length (certificates) == 0 && ce_json_length (keys) == 0)
    ce_term_paragraph (show->term, CE_STYLE_PLAIN, 2, "The card is empty: no certificates, no keys.");
  print_certificates (show, certificates);
  print_lone_keys (show, keys);
  print_jobs (show, ce_json_array (reader, "jobs"));
  print_endings (show, ce_agent_view_find (show->agent, ce_show_text (reader, "reader")));
}

static void
print_error (const Show *show, JsonObject *error)
{
  print_item (show, CE_GLYPH_BAD, ce_show_text (error, "message"));
  if (ce_json_string (error, "hint") != NULL)
    ce_term_paragraph (show->term, CE_STYLE_BAD, 5, ce_show_text (error, "hint"));
}

static void
print_reader (const Show *show, JsonObject *reader)
{
  const char *state = ce_show_text (reader, "state");

  ce_term_paragraph (show->term, CE_STYLE_BOLD, 0, ce_show_text (reader, "reader"));
  if (ce_json_object (reader, "card") != NULL)
    print_card (show, ce_show_text (reader, "reader"), ce_json_object (reader, "card"));
  else if (g_str_equal (state, "empty"))
    ce_term_paragraph (show->term, CE_STYLE_DIM, 2, "no card");
  else if (g_str_equal (state, "mute"))
    ce_term_paragraph (show->term, CE_STYLE_WARNING, 2,
                       "the card does not answer: it may be upside down, or its contacts dirty");
  if (ce_json_object (reader, "error") != NULL)
    print_error (show, ce_json_object (reader, "error"));
  print_contents (show, reader);
}

static void
print_agent (const CeTerm *term, const CeAgentView *agent)
{
  if (agent->state == CE_AGENT_ABSENT)
    ce_term_paragraph (term, CE_STYLE_WARNING, 0,
                       "The agent does not run in this session: systemctl --user start cardenroll-agent");
  else if (agent->detail != NULL && *agent->detail != '\0')
    ce_term_item (term, 0, CE_STYLE_WARNING, "The agent says:", CE_STYLE_PLAIN, agent->detail);
}

static void
print_readers (const CeTerm *term, JsonArray *readers)
{
  g_autoptr (CeAgentView) agent = ce_agent_view_new ();
  const Show show = { ce_now (), term, agent };
  gboolean any = FALSE;

  for (guint i = 0; i < ce_json_length (readers); i++)
    {
      if (i > 0)
        ce_term_newline (term);
      print_reader (&show, ce_json_nth (readers, i));
      any = any || ce_json_object (ce_json_nth (readers, i), "card") != NULL;
    }
  if (ce_json_length (readers) == 0)
    ce_term_paragraph (term, CE_STYLE_PLAIN, 0, "No card reader is connected.");
  if (any || agent->state == CE_AGENT_ABSENT)
    ce_term_newline (term);
  print_agent (term, agent);
  if (any)
    ce_term_paragraph (term, CE_STYLE_DIM, 0,
                       agent->state == CE_AGENT_RUNNING
                           ? "'cardenroll plan' says what comes next."
                           : "'cardenroll plan' says what comes next, and what ends without being renewed.");
}

int
ce_cli_status (CeCli *cli)
{
  g_autoptr (CeJobResult) result = ce_cli_work (cli, "status");
  JsonArray *readers = ce_json_array (result->object, "readers");

  if (!cli->json && readers != NULL)
    print_readers (&cli->out, readers);
  return ce_cli_end (cli, result, NULL);
}
