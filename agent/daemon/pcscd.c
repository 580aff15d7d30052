/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/daemon/pcscd.h"

#include <errno.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "pkcs11/pcsc.h"

#define SEATS "/run/systemd/seats"
#define WITHOUT_INOTIFY_MS (60 * 1000)
#define APPEARS (IN_CREATE | IN_MOVED_TO | IN_ONLYDIR)

int
ce_pcscd_signs_open (void)
{
  g_autofree char *folder = g_path_get_dirname (ce_pcsc_socket ());
  int fd = inotify_init1 (IN_CLOEXEC);

  if (fd < 0)
    return -1;
  if (inotify_add_watch (fd, folder, APPEARS | IN_DELETE_SELF) < 0)
    {
      g_autofree char *above = g_path_get_dirname (folder);

      inotify_add_watch (fd, above, APPEARS);
    }
  inotify_add_watch (fd, SEATS, APPEARS);
  return fd;
}

gboolean
ce_pcscd_signs_wait (int fd, int timeout_ms)
{
  struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
  int n;

  if (fd < 0 && timeout_ms < 0)
    timeout_ms = WITHOUT_INOTIFY_MS;
  do
    n = poll (&poll_fd, 1, timeout_ms);
  while (n < 0 && errno == EINTR);
  if (fd >= 0)
    close (fd);
  return n > 0;
}
