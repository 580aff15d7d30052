/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/sources/directory-loading.h"

#define MAX_SKIPPED 100

void
ce_loading_skip (CeLoading *l, const char *sentence)
{
  if (l->skipped->len < MAX_SKIPPED)
    g_ptr_array_add (l->skipped, g_strdup (sentence));
}
