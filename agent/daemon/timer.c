/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/daemon/timer.h"

#include <glib-unix.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "agent/base/clock.h"

struct _CeTimer
{
  int fd;
  guint source;
  void (*fired) (gpointer data);
  gpointer data;
};

static gboolean
on_expired (int fd, GIOCondition condition G_GNUC_UNUSED, gpointer data)
{
  CeTimer *timer = data;
  guint64 count;

  if (read (fd, &count, sizeof count) == (gssize) sizeof count)
    timer->fired (timer->data);
  return G_SOURCE_CONTINUE;
}

CeTimer *
ce_timer_new (void (*fired) (gpointer data), gpointer data)
{
  CeTimer *timer = g_new0 (CeTimer, 1);

  timer->fired = fired;
  timer->data = data;
  timer->fd = timerfd_create (CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
  if (timer->fd < 0)
    g_error ("no timer: %s", g_strerror (errno));
  timer->source = g_unix_fd_add (timer->fd, G_IO_IN, on_expired, timer);
  return timer;
}

void
ce_timer_set (CeTimer *timer, gint64 at_unix)
{
  const gint64 own_unix = at_unix > 0 ? MAX (at_unix - ce_clock_ahead (), 1) : 0;
  struct itimerspec when = { .it_value.tv_sec = own_unix };

  timerfd_settime (timer->fd, TFD_TIMER_ABSTIME, &when, NULL);
}

void
ce_timer_free (CeTimer *timer)
{
  if (timer == NULL)
    return;
  g_source_remove (timer->source);
  close (timer->fd);
  g_free (timer);
}
