/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>

#include "agent/base/error.h"
#include "agent/enroll/algorithm.h"

static const CeTokenAbilities hsm = { 1024, 4096, TRUE, TRUE };
static const CeTokenAbilities rsa_only = { 1024, 2048, FALSE, FALSE };

static const struct
{
  const char *algorithm;
  guint min_bits;
  const char *wanted;
  const CeTokenAbilities *card;
  const char *expected; /* NULL: not possible */
} rows[] = {
  { "RSA", 2048, NULL, &hsm, "rsa-2048" },
  { "RSA", 512, NULL, &hsm, "rsa-2048" },
  { "RSA", 2049, NULL, &hsm, "rsa-3072" },
  { "RSA", 4096, NULL, &hsm, "rsa-4096" },
  { "RSA", 2048, "rsa-4096", &hsm, "rsa-4096" },
  { "RSA", 4096, "rsa-2048", &hsm, "rsa-4096" },
  { "RSA", 2048, "ec-p256", &hsm, "rsa-2048" },
  { "RSA", 3072, NULL, &rsa_only, NULL },
  { "RSA", 8192, NULL, &hsm, NULL },
  { "ECDSA_P256", 256, NULL, &hsm, "ec-p256" },
  { "ECDSA_P384", 384, NULL, &hsm, "ec-p384" },
  { "ECDH_P256", 256, NULL, &hsm, "ec-p256" },
  { "ECDSA_P256", 256, NULL, &rsa_only, NULL },
  { "ECDSA_P521", 521, NULL, &hsm, NULL },
  { "DSA", 1024, NULL, &hsm, NULL },
};

static void
template_setting_and_card_agree_on_the_smallest (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (CeTemplate) template = ce_template_new ();
      g_autoptr (GError) error = NULL;
      const char *chosen;

      g_free (template->key_algorithm);
      template->key_algorithm = g_strdup (rows[i].algorithm);
      template->min_key_bits = rows[i].min_bits;
      chosen = ce_algorithm_choose (template, rows[i].wanted, rows[i].card, &error);
      g_assert_cmpstr (chosen, ==, rows[i].expected);
      if (rows[i].expected == NULL)
        g_assert_error (error, CE_ERROR, CE_ERROR_NOT_SUPPORTED);
    }
}

static void
key_use_follows_the_key_usage (void)
{
  g_autoptr (CeTemplate) template = ce_template_new ();

  template->key_usage[0] = 0xa0;
  g_free (template->key_algorithm);
  template->key_algorithm = g_strdup ("RSA");
  g_assert_cmpuint (ce_algorithm_key_use (template), ==, CE_KEY_USE_SIGN | CE_KEY_USE_DECRYPT);
  g_free (template->key_algorithm);
  template->key_algorithm = g_strdup ("ECDSA_P256");
  g_assert_cmpuint (ce_algorithm_key_use (template), ==, CE_KEY_USE_SIGN);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/algorithm/template-setting-and-card-agree-on-the-smallest",
                   template_setting_and_card_agree_on_the_smallest);
  g_test_add_func ("/algorithm/key-use-follows-the-key-usage", key_use_follows_the_key_usage);
  return g_test_run ();
}
