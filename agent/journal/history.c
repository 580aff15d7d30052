/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/journal/database.h"

#define MAX_LINES 10000

void
ce_history_line_free (CeHistoryLine *line)
{
  if (line == NULL)
    return;
  g_free (line->card_serial);
  g_free (line->user);
  g_free (line->action);
  g_free (line->template_name);
  g_free (line->state);
  g_free (line->ca_name);
  g_free (line->request_id);
  g_free (line->note);
  g_free (line);
}

gboolean
ce_journal_add_event (CeJournal *journal, const CeHistoryLine *line, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = ce_journal_prepare (
    journal,
    "INSERT INTO history (at, card_serial, user, action, template_name, state, ca_name, request_id, note)"
    " VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)",
    error);
  const char *texts[] = { line->card_serial, line->user, line->action, line->template_name, line->state,
                          line->ca_name, line->request_id, line->note };

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, line->when_unix);
  for (int i = 0; i < (int) G_N_ELEMENTS (texts); i++)
    ce_journal_bind_text (statement, i + 2, texts[i]);
  return ce_journal_run (journal, statement, error);
}

static CeHistoryLine *
read_line (CeJournal *journal, sqlite3_stmt *statement, GError **error)
{
  CeHistoryLine *line = g_new0 (CeHistoryLine, 1);
  char **texts[] = { &line->card_serial, &line->user, &line->action, &line->template_name, &line->state,
                     &line->ca_name, &line->request_id, &line->note };

  line->when_unix = sqlite3_column_int64 (statement, 0);
  line->job = sqlite3_column_int64 (statement, 9);
  for (int i = 0; i < (int) G_N_ELEMENTS (texts); i++)
    {
      *texts[i] = ce_journal_column_text (journal, statement, i + 1, error);
      if (*texts[i] == NULL)
        {
          ce_history_line_free (line);
          return NULL;
        }
    }
  return line;
}

GPtrArray *
ce_journal_history (CeJournal *journal, const char *card_serial, guint limit, GError **error)
{
  g_autoptr (sqlite3_stmt) statement
    = ce_journal_prepare (journal,
                          "SELECT at, card_serial, user, action, template_name, state, ca_name, request_id, note, job"
                          " FROM history WHERE ?1 IS NULL OR card_serial=?1 ORDER BY id DESC LIMIT ?2",
                          error);
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_history_line_free);
  gboolean row = FALSE;

  if (statement == NULL)
    return NULL;
  if (card_serial != NULL)
    ce_journal_bind_text (statement, 1, card_serial);
  sqlite3_bind_int64 (statement, 2, MIN (limit, MAX_LINES));
  while (ce_journal_step (journal, statement, &row, error))
    {
      CeHistoryLine *line;

      if (!row)
        return g_steal_pointer (&lines);
      line = read_line (journal, statement, error);
      if (line == NULL)
        return NULL;
      g_ptr_array_add (lines, line);
    }
  return NULL;
}
