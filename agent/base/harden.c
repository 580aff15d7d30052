/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/base/harden.h"

#include <sys/prctl.h>
#include <sys/resource.h>

void
ce_harden_process (void)
{
  const struct rlimit none = { 0, 0 };

  (void) setrlimit (RLIMIT_CORE, &none);
  (void) prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  /* A core pattern that is a pipe ignores the limit; not being dumpable stops it, and ptrace too. LeakSanitizer
   * needs ptrace. */
#if !defined(__SANITIZE_ADDRESS__)
  (void) prctl (PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}
