/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/cli/question.h"

#include <glib-unix.h>
#include <string.h>
#include <unistd.h>

static void
put (const CeAsker *asker)
{
  const CeTerm *err = &asker->cli->err;
  g_autofree char *choices = g_strjoinv ("/", asker->question->choices);
  g_autofree char *shown = ce_term_text (err, choices);

  ce_term_paragraph (err, CE_STYLE_BOLD, 0, asker->question->text);
  fprintf (err->file, "[%s] ", shown);
  fflush (err->file);
}

/* The one choice that begins with what was typed; %NULL where none or several do. */
static const char *
choice_for (const CeJobQuestion *question, const char *typed)
{
  g_autofree char *wanted = g_utf8_casefold (typed, -1);
  const char *found = NULL;

  if (*typed == '\0')
    return NULL;
  for (gsize i = 0; question->choices != NULL && question->choices[i] != NULL; i++)
    {
      g_autofree char *choice = g_utf8_casefold (question->choices[i], -1);

      if (g_str_equal (choice, wanted))
        return question->choices[i];
      if (g_str_has_prefix (choice, wanted))
        {
          if (found != NULL)
            return NULL;
          found = question->choices[i];
        }
    }
  return found;
}

static void
finish (CeAsker *asker, const char *answer)
{
  g_autofree char *copy = g_strdup (answer);
  g_autoptr (CeJobQuestion) question = g_steal_pointer (&asker->question);

  asker->source = 0;
  ce_job_run_answer (asker->run, question->id, copy);
}

static gboolean
on_typed (gint fd, GIOCondition condition, gpointer data)
{
  CeAsker *asker = data;
  char line[256];
  ssize_t n = read (fd, line, sizeof line - 1);
  const char *choice;

  (void) condition;
  if (n <= 0)
    {
      finish (asker, NULL);
      return G_SOURCE_REMOVE;
    }
  line[n] = '\0';
  g_strstrip (line);
  choice = g_utf8_validate (line, -1, NULL) ? choice_for (asker->question, line) : NULL;
  if (choice == NULL)
    {
      put (asker);
      return G_SOURCE_CONTINUE;
    }
  finish (asker, choice);
  return G_SOURCE_REMOVE;
}

static CeJobQuestion *
copy_question (const CeJobQuestion *question)
{
  CeJobQuestion *copy = g_new0 (CeJobQuestion, 1);

  copy->id = g_strdup (question->id);
  copy->text = g_strdup (question->text);
  copy->choices = g_strdupv (question->choices);
  return copy;
}

void
ce_asker_ask (CeAsker *asker, CeJobRun *run, const CeJobQuestion *question)
{
  const CeCli *cli = asker->cli;

  ce_asker_clear (asker);
  if (cli->batch || !cli->err.is_terminal || isatty (STDIN_FILENO) == 0)
    {
      ce_job_run_answer (run, question->id, NULL);
      return;
    }
  asker->run = run;
  asker->question = copy_question (question);
  put (asker);
  asker->source = g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP, on_typed, asker);
}

void
ce_asker_clear (CeAsker *asker)
{
  g_clear_handle_id (&asker->source, g_source_remove);
  g_clear_pointer (&asker->question, ce_job_question_free);
}
