/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/base/clock.h"

#include "agent/base/names.h"

#define TEN_YEARS_S (10 * 366 * 24 * 3600)

gint64
ce_clock_ahead (void)
{
  const char *ahead = g_getenv (CE_ENV_CLOCK_AHEAD);
  guint64 seconds = 0;

  if (ahead != NULL)
    (void) g_ascii_string_to_unsigned (ahead, 10, 0, TEN_YEARS_S, &seconds, NULL);
  return (gint64) seconds;
}

gint64
ce_now (void)
{
  return g_get_real_time () / G_USEC_PER_SEC + ce_clock_ahead ();
}
