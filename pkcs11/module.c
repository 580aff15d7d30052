/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pkcs11/module.h"

#include <dlfcn.h>
#include <p11-kit/p11-kit.h>
#include <string.h>

#include "agent/base/error.h"
#include "pkcs11/error.h"
#include "pkcs11/quiet.h"

#define MAX_SLOTS 256
#define ENV_OPENSC_DRIVER "OPENSC_DRIVER"

#if defined(__SANITIZE_ADDRESS__)
#define KEEP_LOADED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KEEP_LOADED 1
#endif
#endif

static CK_FUNCTION_LIST *
load (const char *path, GError **error)
{
  CK_FUNCTION_LIST *functions;

#ifdef KEEP_LOADED
  /* Else the traces of leaks inside the module have no names. */
  dlopen (path, RTLD_LAZY | RTLD_NODELETE);
#endif
  functions = p11_kit_module_load (path, P11_KIT_MODULE_UNMANAGED);
  if (functions == NULL)
    g_set_error (error, CE_ERROR, CE_ERROR_MODULE_FAILED, "PKCS#11 module %s cannot be loaded: %s", path,
                 p11_kit_message () != NULL ? p11_kit_message () : "it is not one");
  return functions;
}

static CK_RV
initialize (CK_FUNCTION_LIST *functions, const char *reserved)
{
  CK_C_INITIALIZE_ARGS args = { .flags = CKF_OS_LOCKING_OK, .pReserved = (void *) reserved };
  CK_RV rv = functions->C_Initialize (&args);

  if (rv == CKR_CANT_LOCK || (rv == CKR_ARGUMENTS_BAD && reserved == NULL))
    rv = functions->C_Initialize (NULL);
  return rv;
}

/* OpenSC reads its variable once, in C_Initialize. What a person has set stays. */
static CK_RV
initialize_with_driver (CK_FUNCTION_LIST *functions, const char *reserved, const char *driver)
{
  gboolean ours = driver != NULL && g_getenv (ENV_OPENSC_DRIVER) == NULL;
  CK_RV rv;

  if (ours)
    g_setenv (ENV_OPENSC_DRIVER, driver, TRUE);
  rv = initialize (functions, reserved);
  if (ours)
    g_unsetenv (ENV_OPENSC_DRIVER);
  return rv;
}

CeModule *
ce_module_open (const CeModuleEntry *entry, const char *opensc_driver, GError **error)
{
  g_auto (CeQuiet) quiet = ce_quiet_begin ();
  CK_FUNCTION_LIST *functions;
  CeModule *module;
  CK_RV rv;

  functions = load (entry->path, error);
  if (functions == NULL)
    return NULL;

  rv = initialize_with_driver (functions, entry->init_reserved, opensc_driver);
  if (rv != CKR_OK)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_MODULE_FAILED, "PKCS#11 module %s cannot be initialised: %s",
                   entry->path, ce_pkcs11_words (rv));
      p11_kit_module_release (functions);
      return NULL;
    }
  module = g_new0 (CeModule, 1);
  module->name = g_strdup (entry->name);
  module->path = g_strdup (entry->path);
  module->functions = functions;
  return module;
}

void
ce_module_close (CeModule *module)
{
  g_auto (CeQuiet) quiet = ce_quiet_begin ();

  module->functions->C_Finalize (NULL);
  p11_kit_module_release (module->functions);
  g_free (module->name);
  g_free (module->path);
  g_free (module);
}

static gboolean
belongs_to (const CK_SLOT_INFO *info, const char *reader)
{
  gsize max = sizeof info->slotDescription;
  gsize described = p11_kit_space_strlen (info->slotDescription, max);
  gsize named = p11_kit_space_strlen ((const unsigned char *) reader, MIN (strlen (reader), max));

  return named > 0 && described == named && memcmp (info->slotDescription, reader, named) == 0;
}

/* How well a slot suits, 0: not at all. */
static int
rank (CK_FUNCTION_LIST *f, CK_SLOT_ID slot, const char *reader, CK_TOKEN_INFO *ret_info)
{
  CK_SLOT_INFO slot_info = { 0 };

  if (f->C_GetSlotInfo (slot, &slot_info) != CKR_OK || !belongs_to (&slot_info, reader)
      || f->C_GetTokenInfo (slot, ret_info) != CKR_OK)
    return 0;
  if (!(ret_info->flags & CKF_TOKEN_INITIALIZED))
    return 1;
  return ret_info->flags & CKF_USER_PIN_INITIALIZED ? 3 : 2;
}

gboolean
ce_module_find_slot (CeModule *module, const char *reader, CK_SLOT_ID *ret_slot, CK_TOKEN_INFO *ret_info,
                     GError **error)
{
  g_auto (CeQuiet) quiet = ce_quiet_begin ();
  CK_SLOT_ID slots[MAX_SLOTS];
  CK_ULONG n_slots = 0;
  CK_RV rv;
  int best = 0;

  /* Only the question for the number makes a module look for readers anew; PKCS#11 v2.40, C_GetSlotList. */
  rv = module->functions->C_GetSlotList (CK_TRUE, NULL, &n_slots);
  n_slots = MAX_SLOTS;
  if (rv == CKR_OK)
    rv = module->functions->C_GetSlotList (CK_TRUE, slots, &n_slots);
  if (rv != CKR_OK)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_MODULE_FAILED, "PKCS#11 module %s cannot list its slots: %s",
                   module->path, ce_pkcs11_words (rv));
      return FALSE;
    }
  for (CK_ULONG i = 0; i < MIN (n_slots, MAX_SLOTS) && best < 3; i++)
    {
      CK_TOKEN_INFO info = { 0 };
      int this = rank (module->functions, slots[i], reader, &info);

      if (this <= best)
        continue;
      best = this;
      *ret_slot = slots[i];
      *ret_info = info;
    }
  return best > 0;
}
