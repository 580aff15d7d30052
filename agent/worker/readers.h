/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

typedef struct
{
  char *name;
  gboolean present; /* a card is in it */
  gboolean mute;    /* it does not answer */
} CeReader;

/**
 * ce_readers_list:
 *
 * The PC/SC readers and whether a card is in each; one look, no waiting. An empty list is no error.
 * Errors: PCSC_UNAVAILABLE, PCSC_DENIED.
 */
GPtrArray *ce_readers_list (GError **error);
