/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/job/plain.h"

#define HRESULT "0x[0-9a-fA-F]{8}"

/* What the CA says is its administrator's own words where there is no number in it. */
static const char *const left_out[] = {
  " \\(the CA says: [^()]*" HRESULT "[^()]*(\\([^()]*\\)[^()]*)*\\)",
  "\\b[A-Z][A-Z0-9]*(_[A-Z0-9]+)+: ",
  "\\s*\\(" HRESULT "\\b[^\\s()]*\\)",
  "\\s*\\b" HRESULT "\\b[^\\s()]*",
};

char *
ce_job_plain (const char *message)
{
  char *text = g_strdup (message);

  for (gsize i = 0; i < G_N_ELEMENTS (left_out); i++)
    {
      g_autoptr (GRegex) regex = g_regex_new (left_out[i], 0, 0, NULL);
      char *shorter = g_regex_replace_literal (regex, text, -1, 0, "", 0, NULL);

      if (shorter == NULL)
        continue;
      g_free (text);
      text = shorter;
    }
  g_strchug (text);
  if (*text != '\0')
    return text;
  g_free (text);
  return g_strdup (message);
}
