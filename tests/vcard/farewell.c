/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/vcard/farewell.h"
#include "tests/vcard/vpcd.h"

#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* More than pcscd's 400 ms between two looks. */
#define LOOK_MS 600
/* When nothing is heard at all, pcscd is not looking. */
#define PATIENCE_MS 3000

unsigned long
vc_now_ms (void)
{
  struct timespec now;

  (void) clock_gettime (CLOCK_MONOTONIC, &now);
  return (unsigned long) now.tv_sec * 1000 + (unsigned long) now.tv_nsec / 1000000;
}

void
vc_farewell_init (VcFarewell *farewell)
{
  *farewell = (VcFarewell){ .fd = -1 };
}

static void
end (VcFarewell *farewell, unsigned wait_ms)
{
  if (farewell->fd >= 0)
    (void) close (farewell->fd);
  vc_buf_clear (&farewell->in);
  *farewell = (VcFarewell){ .fd = -1, .not_before_ms = vc_now_ms () + wait_ms };
}

void
vc_farewell_begin (VcFarewell *farewell, int fd)
{
  end (farewell, PATIENCE_MS);
  farewell->fd = fd;
  (void) shutdown (fd, SHUT_WR);
}

/* A lone question for the ATR is the look that was waited for. Before it comes from a client, power is
 * switched. */
static bool
is_look (VcBytes message)
{
  return message.len == 1 && message.data[0] == VC_VPCD_ATR;
}

void
vc_farewell_receive (VcFarewell *farewell)
{
  VcBytes message;

  if (!vc_vpcd_receive (farewell->fd, &farewell->in))
    end (farewell, LOOK_MS);
  else if (vc_vpcd_peek (&farewell->in, &message))
    end (farewell, is_look (message) ? 0 : LOOK_MS);
}

unsigned
vc_farewell_remaining_ms (VcFarewell *farewell)
{
  unsigned long now = vc_now_ms ();

  if (now < farewell->not_before_ms)
    return (unsigned) (farewell->not_before_ms - now);
  if (farewell->fd >= 0)
    end (farewell, 0);
  return 0;
}

void
vc_farewell_cut_short (VcFarewell *farewell)
{
  end (farewell, 0);
}
