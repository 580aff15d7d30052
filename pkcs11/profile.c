/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pkcs11/profile.h"

#include <string.h>

/* The historical bytes of all SmartCard-HSMs: a capability object that ends in "HSM1". */
static const guint8 sc_hsm[]
    = { 0x80, 0x31, 0x81, 0x54, 0x48, 0x53, 0x4d, 0x31, 0x73, 0x80, 0x21, 0x40, 0x81, 0x07 };

static const struct
{
  const guint8 *bytes;
  gsize size;
  const char *driver;
} atrs[] = {
  { sc_hsm, sizeof sc_hsm, "sc-hsm" },
};

const char *
ce_profile_opensc_driver (GBytes *atr)
{
  gsize size = 0;
  const guint8 *bytes = atr != NULL ? g_bytes_get_data (atr, &size) : NULL;

  for (gsize i = 0; bytes != NULL && i < G_N_ELEMENTS (atrs); i++)
    if (memmem (bytes, size, atrs[i].bytes, atrs[i].size) != NULL)
      return atrs[i].driver;
  return NULL;
}

gboolean
ce_profile_is_smartcard_hsm (GBytes *atr)
{
  return g_strcmp0 (ce_profile_opensc_driver (atr), "sc-hsm") == 0;
}

gboolean
ce_profile_wants_management_key (const CeTokenInfo *info)
{
  /* As OpenSC and as ykcs11 name it. */
  return g_str_has_prefix (info->manufacturer, "piv_II") || g_str_has_prefix (info->manufacturer, "Yubico");
}

static const struct
{
  const char *manufacturer;
  gint tries;
} counts[] = {
  /* OpenSC takes three tries for this card's maximum, whatever the card was made with: low is two. */
  { "www.CardContact.de", 2 },
};

gint
ce_profile_tries_when_low (const CeTokenInfo *info)
{
  for (gsize i = 0; i < G_N_ELEMENTS (counts); i++)
    if (g_str_equal (info->manufacturer, counts[i].manufacturer))
      return counts[i].tries;
  return -1;
}
