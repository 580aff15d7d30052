/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "ui/cli/cli.h"

/**
 * CeProgress: what is shown of a running job on standard error. On a terminal one line that is written over, and that is
 * gone while pinentry or a question has the terminal; elsewhere a line for each step, for work only.
 */
typedef struct
{
  const CeTerm *term;
  gboolean silent;
  gboolean shown; /* the line is there */
  char *last;
} CeProgress;

void ce_progress_init (CeProgress *progress, const CeCli *cli);
void ce_progress_clear (CeProgress *progress);

void ce_progress_show (CeProgress *progress, const CeJobProgress *step);

/* Takes the line away. */
void ce_progress_hide (CeProgress *progress);
