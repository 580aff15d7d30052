/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/vcard/trace.h"
#include "tests/vcard/apdu.h"

/* Header and one length byte. */
#define CLEAR_PREFIX 5

static bool
carries_pin (VcBytes command)
{
  if (command.len < 2)
    return false;
  switch (command.data[1])
    {
    case VC_INS_VERIFY:
    case VC_INS_CHANGE_PIN:
    case VC_INS_RESET_RETRY:
    case VC_INS_INITIALISE:
      return true;
    default:
      return false;
    }
}

void
vc_trace_command (FILE *file, unsigned long number, VcBytes command)
{
  bool masked = carries_pin (command);

  if (file == NULL)
    return;
  (void) fprintf (file, "%lu >", number);
  for (size_t i = 0; i < command.len; i++)
    if (masked && i >= CLEAR_PREFIX)
      (void) fputs (" **", file);
    else
      (void) fprintf (file, " %02X", command.data[i]);
  (void) fputc ('\n', file);
  (void) fflush (file);
}

void
vc_trace_answer (FILE *file, unsigned long number, bool lost, VcBytes answer)
{
  if (file == NULL)
    return;
  (void) fprintf (file, "%lu %c", number, lost ? 'x' : '<');
  for (size_t i = 0; !lost && i < answer.len; i++)
    (void) fprintf (file, " %02X", answer.data[i]);
  (void) fputc ('\n', file);
  (void) fflush (file);
}
