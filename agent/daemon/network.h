/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/**
 * CeNetwork: tells when this computer gets an address, from the kernel (rtnetlink). It listens only while it
 * is wanted, and wakes nobody otherwise. Where the kernel has no such socket to give, nothing is told.
 *
 * Source: rtnetlink(7), RTM_NEWADDR.
 */
typedef struct _CeNetwork CeNetwork;

/* @changed: once for each burst of messages */
CeNetwork *ce_network_new (void (*changed) (gpointer data), gpointer data);
void ce_network_free (CeNetwork *network);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeNetwork, ce_network_free)

void ce_network_listen (CeNetwork *network, gboolean wanted);

/* The addresses that are known, as GBytes. */
GHashTable *ce_network_known_new (void);

/**
 * ce_network_learn:
 *
 * Is there an address among these messages that is not in @known? The kernel also tells when one that is there lasts
 * longer, as with each router advertisement. What has come and gone is noted in @known. Pure.
 */
gboolean ce_network_learn (GHashTable *known, const guint8 *messages, gsize length);
