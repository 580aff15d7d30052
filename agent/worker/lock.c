/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/worker/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "agent/base/error.h"
#include "agent/base/text.h"

#define STEPS_A_SECOND 10

struct _CeCardLock
{
  int fd;
};

void
ce_card_lock_free (CeCardLock *lock)
{
  if (lock == NULL)
    return;
  close (lock->fd);
  g_free (lock);
}

static gboolean
take (int fd, guint wait_s)
{
  for (guint i = 0; i <= wait_s * STEPS_A_SECOND; i++)
    {
      if (i > 0)
        g_usleep (G_USEC_PER_SEC / STEPS_A_SECOND);
      if (flock (fd, LOCK_EX | LOCK_NB) == 0)
        return TRUE;
      if (errno != EWOULDBLOCK)
        return FALSE;
    }
  return FALSE;
}

CeCardLock *
ce_card_lock (guint wait_s, GError **error)
{
  g_autofree char *path = ce_user_path (g_get_user_runtime_dir (), "cards.lock", error);
  CeCardLock *lock;
  int fd;

  if (path == NULL)
    return NULL;
  fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_FAILED, "cannot open %s: %s", path, g_strerror (errno));
      return NULL;
    }
  if (!take (fd, wait_s))
    {
      g_set_error_literal (error, CE_ERROR, CE_ERROR_BUSY, "another cardenroll job is at work on a card");
      close (fd);
      return NULL;
    }
  lock = g_new0 (CeCardLock, 1);
  lock->fd = fd;
  return lock;
}
