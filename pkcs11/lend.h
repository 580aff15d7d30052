/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pkcs11/token.h"

/**
 * ce_token_lend:
 * @token: logged in; stays ours
 * @module_path: of cardenroll-shared-token.so
 *
 * Lends @token to another library of this process that loads a PKCS#11 module by itself: libkrb5. Told to
 * load
 * @module_path, it gets the functions of the module that is open here already, with these changes:
 *
 *   C_Initialize, C_Finalize, C_Logout, C_CloseAllSessions   succeed and do nothing
 *   C_GetSlotList                                            the one slot of @token
 *   C_GetTokenInfo                                           its label, and that no login is needed; asks no
 * card C_Login                                                  CKR_USER_ALREADY_LOGGED_IN; no PIN is passed
 * on C_FindObjectsInit, C_FindObjects, C_Sign                 are passed on, and what they answer is
 * remembered
 *
 * One token at a time. Errors: FAILED: @module_path cannot be loaded.
 */
gboolean ce_token_lend (CeToken *token, const char *module_path, GError **error);

/**
 * ce_token_take_back:
 *
 * From now on the borrower gets no functions any more, and nothing that it still holds may be called.
 *
 * Returns: %FALSE where the borrower's last signature failed on the card, or was not made because it looked
 * for an RSA key and there is none: it may have told that in words of its own, or not at all. Errors: as of
 * any signature, such as TOKEN_GONE; NOT_SUPPORTED: no RSA key.
 */
gboolean ce_token_take_back (CeToken *token, GError **error);
