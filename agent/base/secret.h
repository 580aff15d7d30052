/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/**
 * CePin: a PIN in memory that is locked, left out of core dumps and wiped when freed. It has no printer and no
 * copy; what needs it borrows it with ce_pin_peek() for the length of one call.
 */
typedef struct _CePin CePin;

#define CE_PIN_MAX 255

/**
 * ce_pin_new:
 * @bytes: the PIN, not necessarily NUL-terminated; the caller wipes its own copy with ce_wipe()
 * @length: 1 … %CE_PIN_MAX
 *
 * Returns: (transfer full) (nullable): %NULL with %CE_ERROR_FAILED where no memory could be locked or the
 *   length is out of range.
 */
CePin *ce_pin_new (const void *bytes, gsize length, GError **error);

/**
 * ce_pin_read_fd:
 * @fd: read to its end or to the first newline, and closed in any case
 *
 * Blocks until the writer is done. Errors: PIN_UNAVAILABLE where nothing or too much arrives.
 */
CePin *ce_pin_read_fd (int fd, GError **error);

/* The bytes (borrowed) and their number; a NUL follows that is not counted. */
const char *ce_pin_peek (const CePin *pin, gsize *ret_length);

void ce_pin_free (CePin *pin);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CePin, ce_pin_free)

/* Overwrites @length bytes in a way that no compiler leaves out. */
void ce_wipe (void *bytes, gsize length);
