/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pkcs11/quiet.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

CeQuiet
ce_quiet_begin (void)
{
  CeQuiet quiet = { -1, -1 };
  int null = open ("/dev/null", O_WRONLY | O_CLOEXEC);

  fflush (stdout);
  fflush (stderr);
  if (null >= 0)
    {
      quiet.saved_stdout = fcntl (STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
      quiet.saved_stderr = fcntl (STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
      if (quiet.saved_stdout >= 0)
        dup2 (null, STDOUT_FILENO);
      if (quiet.saved_stderr >= 0)
        dup2 (null, STDERR_FILENO);
      close (null);
    }
  return quiet;
}

static void
restore (int saved, int fd)
{
  if (saved < 0)
    return;
  dup2 (saved, fd);
  close (saved);
}

void
ce_quiet_end (CeQuiet *quiet)
{
  fflush (stdout);
  fflush (stderr);
  restore (quiet->saved_stdout, STDOUT_FILENO);
  restore (quiet->saved_stderr, STDERR_FILENO);
}
