/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "policy/sources/xcep-message.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
check_template (const CeTemplate *t)
{
  g_assert_true (*t->name != '\0' && t->schema_version <= 4 && t->validity_s >= 0 && t->renewal_s >= 0);
  g_assert_true (t->schema_version < 2 || *t->oid != '\0');
  g_assert_true (t->rights.enroll || *t->rights_detail != '\0');
  g_assert_true (g_utf8_validate (t->display_name, -1, NULL) && strpbrk (t->display_name, "\033\n") == NULL);
}

static void
check_service (const CeEnrollmentService *service)
{
  g_assert_cmpuint (service->certificates->len, ==, 1);
  for (guint i = 0; i < service->endpoints->len; i++)
    g_assert_true (
        g_ascii_strncasecmp (((const CeCaEndpoint *) service->endpoints->pdata[i])->url, "https://", 8) == 0);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (CeXcepAnswer) answer = ce_xcep_read (bytes, "urn:uuid:1", "cep.lab.test", NULL);

  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK);
  if (answer == NULL)
    return 0;
  g_assert_true (!answer->not_changed || answer->templates->len == 0);
  for (guint i = 0; i < answer->templates->len; i++)
    check_template (answer->templates->pdata[i]);
  for (guint i = 0; i < answer->services->len; i++)
    check_service (answer->services->pdata[i]);
  for (char **one = answer->skipped; *one != NULL; one++)
    g_assert_true (g_utf8_validate (*one, -1, NULL));
  return 0;
}
