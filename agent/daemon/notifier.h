/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "agent/daemon/words.h"

/**
 * CeNotifier: desktop notifications through org.freedesktop.Notifications, at most one for each key. All
 * calls return at once. Where nobody shows notifications, nothing is shown, and the answer is
 * %CE_NOTIFIER_NOBODY. It listens to the bus only while something is shown.
 *
 * Source: Desktop Notifications Specification 1.2.
 */
typedef struct _CeNotifier CeNotifier;

/* The action where nobody shows notifications, so that nobody can have been asked. */
#define CE_NOTIFIER_NOBODY ""

/* @action: the key of the button that was pressed; %NULL: closed; or %CE_NOTIFIER_NOBODY. */
typedef void (*CeNotifierAction) (const char *key, const char *action, gpointer data);

/* Are notifications to be shown at all? Reads the settings. */
gboolean ce_notifier_is_wanted (void);

CeNotifier *ce_notifier_new (GDBusConnection *bus, CeNotifierAction action, gpointer data);
void ce_notifier_free (CeNotifier *notifier);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeNotifier, ce_notifier_free)

/* @notice: (transfer full): takes the place of what is shown for @key. */
void ce_notifier_show (CeNotifier *notifier, const char *key, CeNotice *notice);

/* Takes away what is shown for @key, without telling. */
void ce_notifier_withdraw (CeNotifier *notifier, const char *key);
