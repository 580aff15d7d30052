/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Takes the lock of the card with this serial number for as long as the process lives. Errors: BUSY, FAILED. */
gboolean ce_card_lock (const char *serial, GError **error);
