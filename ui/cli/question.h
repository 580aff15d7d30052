/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "ui/cli/cli.h"

/**
 * CeAsker: a question of the worker, put to the person at the terminal. The answer is read from standard input when it
 * comes, so that the loop goes on and Ctrl-C works meanwhile. Where there is no terminal the answer is nobody's: no.
 */
typedef struct
{
  const CeCli *cli;
  CeJobRun *run;
  CeJobQuestion *question; /* %NULL: none is open */
  guint source;
} CeAsker;

void ce_asker_ask (CeAsker *asker, CeJobRun *run, const CeJobQuestion *question);
void ce_asker_clear (CeAsker *asker);
