/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/sources/service-entry.h"

#include <string.h>

#include "agent/base/text.h"
#include "agent/base/error.h"

#define FLAG_NO_TEMPLATE_SUPPORT 0x1
#define DER_SEQUENCE 0x30
#define MIN_CERTIFICATE_BYTES 64
#define MAX_CERTIFICATE_BYTES 65536
#define MAX_CERTIFICATES 1024
#define MAX_ENDPOINTS 64

const char *const ce_enrollment_service_attributes[] = {
  "cn",
  "displayName",
  "dNSHostName",
  "cACertificate",
  "certificateTemplates",
  "flags",
  "msPKI-Enrollment-Servers",
  NULL,
};

CeCaEndpoint *
ce_ca_endpoint_parse (const char *value)
{
  g_auto (GStrv) lines = g_strsplit (value, "\n", 8);
  guint64 priority, authentication, renewal_only;

  if (g_strv_length (lines) < 4)
    return NULL;
  for (char **line = lines; *line != NULL; line++)
    g_strstrip (*line);
  if (!g_ascii_string_to_unsigned (lines[0], 10, 0, G_MAXUINT32, &priority, NULL)
      || !g_ascii_string_to_unsigned (lines[1], 10, 0, G_MAXUINT32, &authentication, NULL)
      || !g_ascii_string_to_unsigned (lines[2], 10, 0, 1, &renewal_only, NULL)
      || !ce_ca_authentication_is_known (authentication) || !ce_is_https_url (lines[3]))
    return NULL;
  return ce_ca_endpoint_new (lines[3], (CeCaAuthentication) authentication, (guint) priority,
                             renewal_only == 1);
}

static void
add_endpoints (CeEnrollmentService *service, const CeEntry *entry)
{
  const GPtrArray *values = ce_entry_values (entry, "msPKI-Enrollment-Servers");

  for (guint i = 0; values != NULL && i < MIN (values->len, MAX_ENDPOINTS); i++)
    {
      gsize length;
      const char *bytes = g_bytes_get_data (g_ptr_array_index (values, i), &length);
      g_autofree char *text = NULL;
      CeCaEndpoint *endpoint;

      if (length == 0 || length > CE_ENTRY_MAX_TEXT || memchr (bytes, '\0', length) != NULL)
        continue;
      text = g_strndup (bytes, length);
      endpoint = ce_ca_endpoint_parse (text);
      if (endpoint != NULL)
        g_ptr_array_add (service->endpoints, endpoint);
    }
  g_ptr_array_sort (service->endpoints, ce_ca_endpoint_compare);
}

void
ce_certificates_from_entry (const CeEntry *entry, const char *attribute, GPtrArray *certificates)
{
  const GPtrArray *values = ce_entry_values (entry, attribute);

  for (guint i = 0; values != NULL && i < values->len && certificates->len < MAX_CERTIFICATES; i++)
    {
      GBytes *value = g_ptr_array_index (values, i);
      gsize length;
      const guint8 *bytes = g_bytes_get_data (value, &length);

      if (length >= MIN_CERTIFICATE_BYTES && length <= MAX_CERTIFICATE_BYTES && bytes[0] == DER_SEQUENCE)
        g_ptr_array_add (certificates, g_bytes_ref (value));
    }
}

CeEnrollmentService *
ce_enrollment_service_from_entry (const CeEntry *entry, GError **error)
{
  g_autoptr (CeEnrollmentService) service = ce_enrollment_service_new ();
  g_autofree char *name = ce_entry_text (entry, "cn");
  guint32 flags;

  if (*name == '\0')
    {
      g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "CA '%s': it has no cn", ce_entry_dn (entry));
      return NULL;
    }
  if (!ce_entry_int32 (entry, "flags", 0, &flags, error))
    {
      g_prefix_error (error, "CA '%s': ", name);
      return NULL;
    }
  if (flags & FLAG_NO_TEMPLATE_SUPPORT)
    {
      g_set_error (
          error, CE_ERROR, CE_ERROR_PROTOCOL,
          "CA '%s': a stand-alone CA knows no templates (flags is 0x%x, with NO_TEMPLATE_SUPPORT 0x1)", name,
          flags);
      return NULL;
    }
  ce_certificates_from_entry (entry, "cACertificate", service->certificates);
  if (service->certificates->len == 0)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "CA '%s': it has no certificate (cACertificate)",
                   name);
      return NULL;
    }
  g_free (service->name);
  service->name = g_steal_pointer (&name);
  g_free (service->display_name);
  service->display_name = ce_entry_text (entry, "displayName");
  g_free (service->host);
  service->host = ce_entry_text (entry, "dNSHostName");
  g_strfreev (service->templates);
  service->templates = ce_entry_texts (entry, "certificateTemplates");
  add_endpoints (service, entry);
  return g_steal_pointer (&service);
}
