/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <p11-kit/pkcs11.h>

#include "pkcs11/registry.h"

/**
 * CeModule: one PKCS#11 module, loaded by itself and initialised. Whatever it prints meanwhile is dropped.
 */
typedef struct
{
  char *name;
  char *path;
  CK_FUNCTION_LIST *functions;
} CeModule;

/**
 * ce_module_open:
 * @opensc_driver: (nullable): the only card driver that OpenSC is to use, should this be OpenSC
 *
 * May hang or crash inside the module. Errors: MODULE_FAILED.
 */
CeModule *ce_module_open (const CeModuleEntry *entry, const char *opensc_driver, GError **error);

/* Finalises and unloads it. */
void ce_module_close (CeModule *module);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeModule, ce_module_close)

/**
 * ce_module_find_slot:
 * @reader: PC/SC reader name
 *
 * The slot with a token that belongs to @reader: modules put the reader's name, cut to 64 bytes, into the slot's
 * description. Where a card has several slots (one for each PIN), the first that is initialised with a user PIN.
 *
 * Returns: %FALSE with no error set: the module has no token in that reader. Errors: MODULE_FAILED.
 */
gboolean ce_module_find_slot (CeModule *module, const char *reader, CK_SLOT_ID *ret_slot,
                              CK_TOKEN_INFO *ret_info, GError **error);
