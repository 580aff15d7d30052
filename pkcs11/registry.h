/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* A module as p11-kit's registry has it; pkcs11.conf(5). */
typedef struct
{
  char *name;          /* "opensc-pkcs11": the file name without .module */
  char *path;          /* absolute */
  char *init_reserved; /* (nullable): x-init-reserved, goes into CK_C_INITIALIZE_ARGS */
  gint priority;
} CeModuleEntry;

void ce_module_entry_free (CeModuleEntry *entry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeModuleEntry, ce_module_entry_free)

/* Where the registry's files are. */
typedef struct
{
  const char *system_config;   /* pkcs11.conf */
  const char *user_config;     /* %NULL: no user configuration is looked at */
  const char *package_modules; /* folders of *.module files */
  const char *system_modules;
  const char *user_modules;
  const char *module_path; /* what relative paths are relative to */
} CeRegistryPaths;

/**
 * ce_registry_list:
 * @paths: (nullable): else p11-kit's own; like p11-kit, root has no user configuration
 *
 * The registered modules that may serve a card reader, without loading any: p11_kit_modules_load() would load
 * them all. Left out are those that are disabled for cardenroll (enable-in, disable-in), remote ones, and those
 * known to serve no reader: trust stores, proxies, soft tokens.
 *
 * Returns: (transfer full) (element-type CeModuleEntry): highest priority first, then OpenSC, then by name.
 */
GPtrArray *ce_registry_list (const CeRegistryPaths *paths);

/* The module that a person names: a path, or a name in the registry, whatever it is. Errors: NO_MODULE. */
CeModuleEntry *ce_registry_find (const CeRegistryPaths *paths, const char *name_or_path, GError **error);
