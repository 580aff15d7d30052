/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "agent/base/error.h"

/**
 * The one thread that watches readers and cards through PC/SC. It blocks in SCardGetStatusChange() for all
 * readers at once and in poll() while pcscd cannot be reached; it never asks on a timer. What it sees is
 * handed over to the default main context.
 *
 * When pcscd goes away all cards are reported as taken out; when it is back they are reported as inserted.
 */
typedef struct
{
  void (*card_in) (const char *reader, gpointer data);
  void (*card_out) (const char *reader, gpointer data);
  /* @error: PCSC_UNAVAILABLE or PCSC_DENIED, or %NULL when all is well (again). Each change is told once. */
  void (*service) (const GError *error, gpointer data);
} CeWatchEvents;

/* Starts the thread, which lives as long as the process does. @events and @data must, too. */
void ce_watch_start (const CeWatchEvents *events, gpointer data);
