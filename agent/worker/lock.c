/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/worker/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "agent/base/error.h"
#include "agent/base/text.h"

gboolean
ce_card_lock (const char *serial, GError **error)
{
  /* A serial number is the card's word: hex keeps it from being a path. */
  g_autofree char *hex = ce_hex (serial, strlen (serial));
  g_autofree char *name = g_strdup_printf ("card-%.64s.lock", hex);
  g_autofree char *path = ce_user_path (g_get_user_runtime_dir (), name, error);
  int fd;

  if (path == NULL)
    return FALSE;
  fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_FAILED, "cannot open %s: %s", path, g_strerror (errno));
      return FALSE;
    }
  if (flock (fd, LOCK_EX | LOCK_NB) == 0)
    return TRUE; /* kept open on purpose: the lock ends with the process */
  g_set_error (error, CE_ERROR, CE_ERROR_BUSY, "card %s is in use by another cardenroll job", serial);
  close (fd);
  return FALSE;
}
