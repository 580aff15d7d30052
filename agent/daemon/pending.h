/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/**
 * CePendingLook: asks the CAs about the requests that wait, also while their cards are away. A worker does it: when the agent
 * starts, when a request is to be asked for again, and at the latest after the time between two looks. Where nothing was
 * ever begun on this computer, which the missing journal says, no worker is started.
 */
typedef struct _CePendingLook CePendingLook;

/* The certificate of a request is there and waits for card @serial, once for each request. */
typedef void (*CePendingIssued) (const char *serial, const char *label, const char *template_name, gpointer data);

/* @environment: of the worker; borrowed as long as this is there. */
CePendingLook *ce_pending_look_new (CePendingIssued issued, gpointer data, char **environment);

/* Kills a worker that is at it; whatever it was doing carries on with the next. */
void ce_pending_look_free (CePendingLook *look);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CePendingLook, ce_pending_look_free)

/* Now; not where it is at it already. */
void ce_pending_look_now (CePendingLook *look);

/* Not later than @at_unix. */
void ce_pending_look_by (CePendingLook *look, gint64 at_unix);
