/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "agent/daemon/card.h"

/**
 * CeBus: what the agent shows on the session bus, org.cardenroll.Agent1.xml. It mirrors; the truth is in
 * CeCards.
 */
typedef struct _CeBus CeBus;

typedef struct
{
  /* @reader: "" for every card. Errors go to the caller. */
  gboolean (*run) (const char *reader, GError **error, gpointer data);
  gboolean (*cancel) (guint card_number, GError **error, gpointer data);
} CeBusEvents;

/* Registers the objects; the name is taken by the caller afterwards. Errors: FAILED. */
CeBus *ce_bus_new (GDBusConnection *connection, const CeBusEvents *events, gpointer data, GError **error);
void ce_bus_free (CeBus *bus);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeBus, ce_bus_free)

/* @error: %NULL: the readers can be watched. */
void ce_bus_set_service (CeBus *bus, const GError *error);

/* Shows a card, new or not, as it is now; takes it away. */
void ce_bus_set_card (CeBus *bus, const CeCard *card);
void ce_bus_remove_card (CeBus *bus, const CeCard *card);

/* "org.cardenroll.Error.PinIncorrect" for "pin-incorrect". */
char *ce_bus_error_name (CeErrorCode code);

/* Makes GDBus send and read errors of CE_ERROR under these names. */
void ce_bus_register_errors (void);
