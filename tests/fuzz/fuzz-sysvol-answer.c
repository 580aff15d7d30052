/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stddef.h>
#include <stdint.h>

#include "policy/sysvol/job.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* The first byte says how many files were asked for; the rest is an answer, a job and a path at once. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GPtrArray) files = NULL;
  g_autoptr (CeSysvolJob) job = NULL;
  g_autofree char *text = NULL;
  g_autofree char *path = NULL;

  if (size == 0)
    return 0;
  files = ce_sysvol_answer_parse (data + 1, size - 1, data[0] % 8, NULL);
  job = ce_sysvol_job_parse ((const char *) data + 1, size - 1, NULL);
  text = g_strndup ((const char *) data + 1, size - 1);
  path = ce_sysvol_path (text, "lab.test", "dc1.lab.test", "User/Registry.pol", NULL);
  g_assert_true (path == NULL || ce_sysvol_is_path (path));
  return 0;
}
