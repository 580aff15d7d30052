/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <unistd.h>

#include "agent/journal/database.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
read_all (const char *path)
{
  g_autoptr (CeJournal) journal = ce_journal_open_patient (path, 0, NULL);
  g_autoptr (GPtrArray) jobs = NULL;
  g_autoptr (GPtrArray) lines = NULL;

  if (journal == NULL)
    return;
  jobs = ce_journal_open_jobs (journal, "CE0000000001", NULL);
  lines = ce_journal_history (journal, NULL, 1000, NULL);
  if (jobs != NULL && jobs->len > 0)
    (void) ce_journal_write (journal, jobs->pdata[0], 1, NULL);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *path = g_strdup ("/dev/shm/fuzz-journal-XXXXXX");
  g_autofree char *rollback = NULL;
  int fd = g_mkstemp (path);

  if (fd < 0)
    return 0;
  if (write (fd, data, size) == (gssize) size)
    read_all (path);
  close (fd);
  rollback = g_strconcat (path, "-journal", NULL);
  (void) g_unlink (rollback);
  (void) g_unlink (path);
  return 0;
}
