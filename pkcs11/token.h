/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "agent/base/secret.h"

/**
 * CeToken: the token in one PC/SC reader, through the one PKCS#11 module that serves it, with an open session.
 * Worker only: any call may hang or crash inside a vendor's module.
 *
 * Order: ce_token_open(), ce_token_read() (public objects, no PIN), then where something is to be changed
 * ce_token_login(), then keypair.h and store.h; ce_token_free() logs out and unloads.
 */
typedef struct _CeToken CeToken;

typedef struct
{
  char *reader; /* PC/SC name */
  char *module_path;
  char *label;
  char *manufacturer;
  char *model;
  char *serial;
  gboolean initialized;
  gboolean login_required;
  gboolean pin_set;
  gboolean pin_pad; /* CKF_PROTECTED_AUTHENTICATION_PATH */
  gboolean pin_count_low;
  gboolean pin_final_try;
  gboolean pin_locked;
  guint pin_min, pin_max; /* bytes; 0: unknown */
  gint tries_left;        /* -1: the token does not tell */
  guint64 free_bytes;     /* G_MAXUINT64: the token does not tell */
} CeTokenInfo;

/**
 * ce_token_open:
 * @reader: PC/SC reader name
 * @module: (nullable): path or p11-kit name from the settings; else the registered modules are tried in p11-kit's
 *   order of priority, OpenSC first among equals, each one loaded alone and quietly, and the first
 *   whose slot belongs to @reader and holds a token is kept. No other module is loaded.
 *
 * Errors: NO_MODULE (the message lists what was tried), NO_CARD, BUSY (another program keeps the card to itself),
 * READER_GONE, PCSC_UNAVAILABLE, PCSC_DENIED,
 * TOKEN_GONE, MODULE_FAILED (the module named in @module). A token that is not initialised is no error: see the info.
 */
CeToken *ce_token_open (const char *reader, const char *module, GError **error);

/**
 * ce_token_open_watched:
 * @about_to_load: (nullable): told the path of each module just before it is loaded, so that a crash or a hang in it
 *   can be put down to it
 *
 * As ce_token_open().
 */
typedef void (*CeModuleNotify) (const char *module_path, gpointer user_data);
CeToken *ce_token_open_watched (const char *reader, const char *module, CeModuleNotify about_to_load,
                                gpointer user_data, GError **error);

void ce_token_free (CeToken *token);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeToken, ce_token_free)

const CeTokenInfo *ce_token_info (const CeToken *token);

/* Was the card out, even if it is in again, since the token was opened? Asks pcscd only, which may not know yet.
 * Errors: TOKEN_GONE. */
gboolean ce_token_check_stayed (const CeToken *token, GError **error);

/* An RFC 7512 URI that names this token. */
char *ce_token_uri (const CeToken *token);

/**
 * ce_token_login:
 * @pin: (transfer full) (nullable): %NULL for a reader with its own PIN pad. Taken in any case: after a login the
 *   token keeps it for keys that want it before each signature (CKA_ALWAYS_AUTHENTICATE), until ce_token_free().
 *
 * One C_Login, never repeated; none where the token says beforehand that it cannot succeed, or that this is the last
 * try and not @spend_last_try. The token is looked at again before (another card gets no PIN: TOKEN_GONE), and after a
 * failure.
 * Errors: PIN_INCORRECT (the tries left are in the message, where the token tells, and in the info), PIN_LOCKED,
 * PIN_LAST_TRY, PIN_NOT_SET, PIN_UNAVAILABLE (no @pin, no pad), TOKEN_NOT_INITIALIZED, CANCELLED (at the PIN pad),
 * TOKEN_GONE, MODULE_FAILED.
 */
gboolean ce_token_login (CeToken *token, CePin *pin, gboolean spend_last_try, GError **error);

/* Reads anew what changes: the state of the PIN and the room. Errors: TOKEN_GONE, also where another card is in; MODULE_FAILED. */
gboolean ce_token_refresh (CeToken *token, GError **error);

/**
 * ce_token_check_there:
 * @doing: what was just done, for the message: "write a certificate"
 *
 * Whether the card is still in, asked of the card itself: OpenSC 0.26 reports what it wrote as written when the card was
 * pulled meanwhile. One command to a SmartCard-HSM; for any other card up to a second of waiting for pcscd. Errors:
 * TOKEN_GONE.
 */
gboolean ce_token_check_there (const CeToken *token, const char *doing, GError **error);

gboolean ce_token_is_logged_in (const CeToken *token);
