/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/ca/trust.h"

#include "agent/base/error.h"

static void
append_der (GString *pem, GBytes *der)
{
  gsize length;
  const guchar *bytes = g_bytes_get_data (der, &length);
  g_autofree char *base64 = g_base64_encode (bytes, length);

  g_string_append (pem, "-----BEGIN CERTIFICATE-----\n");
  for (const char *p = base64; *p != '\0'; p += MIN (strlen (p), 64))
    g_string_append_printf (pem, "%.64s\n", p);
  g_string_append (pem, "-----END CERTIFICATE-----\n");
}

static gboolean
append_file (GString *pem, const char *file, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *text = NULL;

  if (!g_file_get_contents (file, &text, NULL, &local))
    {
      g_set_error (error, CE_ERROR, CE_ERROR_MISCONFIGURED, "trusted certificates: %s", local->message);
      return FALSE;
    }
  if (strstr (text, "-----BEGIN") == NULL)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_MISCONFIGURED, "trusted certificates: %s holds none in PEM form",
                   file);
      return FALSE;
    }
  g_string_append_printf (pem, "%s\n", text);
  return TRUE;
}

GString *
ce_trust_pem (const GPtrArray *roots, const char *const *pem_files, gsize n_files, GError **error)
{
  g_autoptr (GString) pem = g_string_new (NULL);

  for (guint i = 0; roots != NULL && i < roots->len; i++)
    append_der (pem, roots->pdata[i]);
  for (gsize i = 0; i < n_files; i++)
    if (pem_files[i] != NULL && !append_file (pem, pem_files[i], error))
      return NULL;
  return g_steal_pointer (&pem);
}
