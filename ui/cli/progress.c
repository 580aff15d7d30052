/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/cli/progress.h"

void
ce_progress_init (CeProgress *progress, const CeCli *cli)
{
  progress->term = &cli->err;
  progress->silent = !cli->err.is_terminal && (cli->json || !cli->command->is_work);
}

void
ce_progress_clear (CeProgress *progress)
{
  ce_progress_hide (progress);
  g_clear_pointer (&progress->last, g_free);
}

void
ce_progress_hide (CeProgress *progress)
{
  if (progress->shown)
    fputs ("\r\033[K", progress->term->file);
  progress->shown = FALSE;
  fflush (progress->term->file);
}

static char *
describe (const CeProgress *progress, const CeJobProgress *step)
{
  g_autofree char *text = ce_term_text (progress->term, step->text);
  g_autofree char *dots = g_strconcat (text, progress->term->utf8 ? " …" : " ...", NULL);
  const char *end = progress->term->is_terminal ? dots : text;

  if (step->of == 0)
    return g_strdup (end);
  return g_strdup_printf ("[%u/%u] %s", step->n, step->of, end);
}

static void
draw (CeProgress *progress, const char *line, gboolean hold)
{
  const CeTerm *term = progress->term;
  g_autofree char *whole = g_strconcat (line, hold ? "  leave the card in" : NULL, NULL);
  /* A line that fills the last column would leave the cursor on the next one. */
  g_autofree char *cut = ce_term_cut (term, whole, term->columns - 1);

  fputs ("\r\033[K", term->file);
  ce_term_write (term, CE_STYLE_DIM, cut);
  progress->shown = TRUE;
  fflush (term->file);
}

void
ce_progress_show (CeProgress *progress, const CeJobProgress *step)
{
  g_autofree char *line = NULL;

  if (progress->silent)
    return;
  line = describe (progress, step);
  if (!progress->term->is_terminal)
    {
      if (g_strcmp0 (line, progress->last) != 0)
        fprintf (progress->term->file, "%s\n", line);
      g_free (progress->last);
      progress->last = g_steal_pointer (&line);
    }
  else if (g_strcmp0 (step->step, "ask-pin") == 0)
    ce_progress_hide (progress);
  else
    draw (progress, line, step->hold);
}
