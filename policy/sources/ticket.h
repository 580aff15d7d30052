/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Whose Kerberos ticket is in the default credential cache. */
typedef struct
{
  char *principal; /* "alice@LAB.TEST" */
  char *name;      /* "alice" */
  char *realm;     /* "LAB.TEST" */
  gint64 expires_unix; /* the ticket-granting ticket */
} CeTicket;

/**
 * ce_ticket_find:
 *
 * Reads the cache, asks nobody. Errors: NO_TICKET where there is no cache, no ticket-granting ticket in it,
 * or only expired ones; the message names the cache.
 */
CeTicket *ce_ticket_find (GError **error);
void ce_ticket_free (CeTicket *ticket);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeTicket, ce_ticket_free)
