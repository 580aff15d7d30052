/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Preloaded into a worker, kills it (SIGKILL) at the n-th commit of its journal: SQLite's rollback journal ends a
 * transaction by deleting the file "…-journal". DIE_AT="N before" kills before that, and the step is not in the
 * journal; "N after" kills right after it. A real death at an exact point, and nothing of it in the product.
 */
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int n_commits;

static int
is_commit (const char *path)
{
  static const char suffix[] = "/journal.db-journal";
  size_t length = strlen (path);

  return length >= sizeof suffix - 1 && strcmp (path + length - (sizeof suffix - 1), suffix) == 0;
}

static void
die_at (const char *when)
{
  const char *wanted = getenv ("DIE_AT");
  char *rest = NULL;

  if (wanted != NULL && strtol (wanted, &rest, 10) == n_commits && strcmp (rest, when) == 0)
    kill (getpid (), SIGKILL);
}

int
unlink (const char *path)
{
  int (*real) (const char *) = NULL;
  int result;

  *(void **) &real = dlsym (RTLD_NEXT, "unlink");
  if (!is_commit (path))
    return real (path);
  n_commits++;
  die_at (" before");
  result = real (path);
  die_at (" after");
  return result;
}
