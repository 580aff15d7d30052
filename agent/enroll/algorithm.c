/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/enroll/algorithm.h"

#include <string.h>

#include "agent/base/error.h"

static const struct
{
  const char *name;
  guint rsa_bits;       /* 0: not RSA */
  const char *curve;    /* as templates write it: ECDSA_P256 */
  guint curve_bits;
} algorithms[] = {
  { "rsa-2048", 2048, NULL, 0 }, { "rsa-3072", 3072, NULL, 0 }, { "rsa-4096", 4096, NULL, 0 },
  { "ec-p256", 0, "_P256", 256 }, { "ec-p384", 0, "_P384", 384 },
};

static gboolean
fits_template (gsize i, const CeTemplate *template)
{
  if (algorithms[i].rsa_bits != 0)
    return strcmp (template->key_algorithm, "RSA") == 0 && algorithms[i].rsa_bits >= template->min_key_bits;
  return g_str_has_prefix (template->key_algorithm, "EC") && g_str_has_suffix (template->key_algorithm, algorithms[i].curve)
         && algorithms[i].curve_bits >= template->min_key_bits;
}

static gboolean
fits_token (gsize i, const CeTokenAbilities *abilities)
{
  if (algorithms[i].rsa_bits != 0)
    return algorithms[i].rsa_bits >= abilities->min_rsa_bits && algorithms[i].rsa_bits <= abilities->max_rsa_bits;
  return algorithms[i].curve_bits == 256 ? abilities->ec_p256 : abilities->ec_p384;
}

const char *
ce_algorithm_choose (const CeTemplate *template, const char *wanted, const CeTokenAbilities *abilities, GError **error)
{
  const char *choice = NULL;
  gboolean any = FALSE;

  for (gsize i = 0; i < G_N_ELEMENTS (algorithms); i++)
    {
      if (!fits_template (i, template))
        continue;
      any = TRUE;
      if (!fits_token (i, abilities))
        continue;
      if (wanted != NULL && strcmp (wanted, algorithms[i].name) == 0)
        return algorithms[i].name;
      if (choice == NULL)
        choice = algorithms[i].name;
    }
  if (choice == NULL)
    g_set_error (error, CE_ERROR, CE_ERROR_NOT_SUPPORTED,
                 any ? "template '%s' asks for a %s key of %u bits or more, which this card cannot make"
                     : "template '%s' asks for a %s key of %u bits or more, which cardenroll does not know",
                 template->display_name, template->key_algorithm, template->min_key_bits);
  return choice;
}

CeKeyUse
ce_algorithm_key_use (const CeTemplate *template)
{
  guint use = CE_KEY_USE_SIGN;

  if (template->key_usage[0] & 0x30)
    use |= CE_KEY_USE_DECRYPT;
  if (template->key_usage[0] & 0x08)
    use |= CE_KEY_USE_DERIVE;
  if (g_str_has_prefix (template->key_algorithm, "EC"))
    use &= ~(guint) CE_KEY_USE_DECRYPT;
  return (CeKeyUse) use;
}
