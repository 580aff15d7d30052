/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pkcs11/token-private.h"

#define CE_MAX_OBJECTS 4096
#define CE_MAX_ATTRIBUTE_BYTES (64 * 1024)

/**
 * ce_object_find:
 * @template: (array length=n): %NULL and 0: all objects
 *
 * Handles of all objects, in the token's order. One that does not come to an end is an error: what is not seen would count as not
 * there. Errors: TOKEN_GONE, MODULE_FAILED.
 */
GArray *ce_object_find (const CeToken *token, const CK_ATTRIBUTE *template, CK_ULONG n, GError **error);

/* An attribute's bytes; %NULL where the object has none, does not show it, or it is longer than
 * %CE_MAX_ATTRIBUTE_BYTES. Sets no error: a card pulled meanwhile shows at the next call that must succeed. */
GBytes *ce_object_bytes (const CeToken *token, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type);

/* The same as a number; @fallback where there is none. */
CK_ULONG ce_object_number (const CeToken *token, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
                           CK_ULONG fallback);

gboolean ce_object_flag (const CeToken *token, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type);

/* The CKA_ID; empty where there is none. */
GBytes *ce_object_id (const CeToken *token, CK_OBJECT_HANDLE object);

/* The label, clean; "" where there is none. */
char *ce_object_label (const CeToken *token, CK_OBJECT_HANDLE object);

/* Errors: TOKEN_GONE, NOT_SUPPORTED, MODULE_FAILED. */
gboolean ce_object_destroy (const CeToken *token, CK_OBJECT_HANDLE object, const char *doing, GError **error);
