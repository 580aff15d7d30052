/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "agent/ca/ca.h"

static void
a_known_code_has_a_name_and_a_sentence (void)
{
  static const struct
  {
    guint32 code;
    const char *name;
  } cases[] = {
    { 0x80094800, "CERTSRV_E_UNSUPPORTED_CERT_TYPE: " }, { 0x80094802, "CERTSRV_E_TEMPLATE_CONFLICT: " },
    { 0x80094012, "CERTSRV_E_TEMPLATE_DENIED: " },       { 0x80094014, "CERTSRV_E_ADMIN_DENIED_REQUEST: " },
    { 0x80094807, "CERTSRV_E_BAD_TEMPLATE_VERSION: " },  { 0x80094811, "CERTSRV_E_KEY_LENGTH: " },
    { 0x800706ba, "RPC_S_SERVER_UNAVAILABLE: " },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_true (g_str_has_prefix (ce_ca_hresult_text (cases[i].code), cases[i].name));
}

static void
an_unknown_code_has_none (void)
{
  g_assert_null (ce_ca_hresult_text (0));
  g_assert_null (ce_ca_hresult_text (0x80094fff));
}

/* Walks the facilities that the table covers, so that a row added later is held to the form. */
static void
every_text_is_a_name_and_one_lower_case_sentence (void)
{
  static const guint32 starts[] = { 0x80004000, 0x80070000, 0x80090000, 0x800b0000 };
  guint n = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (starts); i++)
    for (guint32 code = starts[i]; code < starts[i] + 0x10000; code++)
      {
        const char *text = ce_ca_hresult_text (code);
        const char *colon = text != NULL ? strstr (text, ": ") : NULL;

        if (text == NULL)
          continue;
        n++;
        g_assert_nonnull (colon);
        g_assert_cmpuint (strspn (text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789"), ==, (gsize) (colon - text));
        g_assert_false (g_str_has_suffix (text, "."));
        g_assert_false (g_ascii_isupper (colon[2]) && g_ascii_islower (colon[3]));
      }
  g_assert_cmpuint (n, >, 50);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hresult/a-known-code-has-a-name-and-a-sentence", a_known_code_has_a_name_and_a_sentence);
  g_test_add_func ("/hresult/an-unknown-code-has-none", an_unknown_code_has_none);
  g_test_add_func ("/hresult/every-text-is-a-name-and-one-lower-case-sentence",
                   every_text_is_a_name_and_one_lower_case_sentence);
  return g_test_run ();
}
