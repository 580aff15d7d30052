/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "ui/cli/cli.h"

typedef struct
{
  CeOptions flag;
  char letter;       /* '\0': none */
  const char *name;
  const char *value; /* what the value is called; %NULL: it takes none */
  const char *help;
} CeOption;

/* Every option of every command; ends with a row without a name. */
extern const CeOption ce_options[];
