/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/sources/xcep-authority.h"

#include <string.h>

#include "agent/base/error.h"
#include "agent/base/text.h"
#include "agent/ca/soap.h"
#include "agent/x509/certificate.h"
#include "policy/sources/xcep-message.h"

#define NS CE_NS_XCEP
#define MAX_ENDPOINTS 64
#define MAX_REFERENCES 1024
#define MAX_NAME 256

/* The last CN of the subject; the whole subject where there is none. */
static char *
common_name (const CeCertificate *certificate)
{
  const X509_NAME *subject = X509_get_subject_name (certificate->x509);
  int last = -1;

  for (int at = -1; (at = X509_NAME_get_index_by_NID (subject, NID_commonName, at)) >= 0;)
    last = at;
  if (last >= 0)
    {
      unsigned char *utf8 = NULL;
      int length
          = ASN1_STRING_to_UTF8 (&utf8, X509_NAME_ENTRY_get_data (X509_NAME_get_entry (subject, last)));
      g_autofree char *text
          = length > 0 ? ce_text_clean ((const char *) utf8, (gsize) length, MAX_NAME) : g_strdup ("");

      OPENSSL_free (utf8);
      if (*text != '\0')
        return g_steal_pointer (&text);
    }
  return g_strdup (certificate->subject);
}

static CeCaEndpoint *
read_endpoint (const xmlNode *node)
{
  g_autofree char *url = ce_soap_text (ce_soap_child (node, NS, "uri"));
  guint32 authentication = 0, priority = 0;
  gboolean renewal_only = FALSE;

  if (!ce_is_https_url (url) || !ce_xcep_number (node, "clientAuthentication", 0, &authentication, NULL)
      || !ce_xcep_number (node, "priority", G_MAXUINT32, &priority, NULL)
      || !ce_xcep_boolean (node, "renewalOnly", FALSE, &renewal_only, NULL)
      || !ce_ca_authentication_is_known (authentication))
    return NULL;
  return ce_ca_endpoint_new (url, (CeCaAuthentication) authentication, priority, renewal_only);
}

static void
read_endpoints (CeEnrollmentService *service, const xmlNode *uris)
{
  const xmlNode *node = ce_soap_child (uris, NS, "cAURI");

  for (; node != NULL && service->endpoints->len < MAX_ENDPOINTS; node = ce_soap_next (node))
    {
      CeCaEndpoint *endpoint = read_endpoint (node);

      if (endpoint != NULL)
        g_ptr_array_add (service->endpoints, endpoint);
    }
  g_ptr_array_sort (service->endpoints, ce_ca_endpoint_compare);
}

static char *
host_of (const CeEnrollmentService *service)
{
  const CeCaEndpoint *first = service->endpoints->len > 0 ? g_ptr_array_index (service->endpoints, 0) : NULL;
  g_autoptr (GUri) uri = first != NULL
                             ? g_uri_parse (first->url, G_URI_FLAGS_ENCODED | G_URI_FLAGS_PARSE_RELAXED, NULL)
                             : NULL;

  return g_strdup (uri != NULL && g_uri_get_host (uri) != NULL ? g_uri_get_host (uri) : "");
}

static CeEnrollmentService *
read_authority (const xmlNode *node, GError **error)
{
  g_autoptr (CeEnrollmentService) service = ce_enrollment_service_new ();
  g_autoptr (GBytes) der = ce_soap_base64 (ce_soap_child (node, NS, "certificate"));
  g_autoptr (CeCertificate) certificate = der != NULL ? ce_certificate_parse (der, error) : NULL;

  if (certificate == NULL)
    {
      if (der == NULL)
        g_set_error_literal (error, CE_ERROR, CE_ERROR_PROTOCOL, "it has no certificate");
      return NULL;
    }
  if (!ce_xcep_boolean (node, "enrollPermission", FALSE, &service->may_enroll, error))
    return NULL;
  g_ptr_array_add (service->certificates, g_bytes_ref (der));
  g_free (service->name);
  service->name = common_name (certificate);
  g_free (service->display_name);
  service->display_name = g_strdup (service->name);
  read_endpoints (service, ce_soap_child (node, NS, "uris"));
  g_free (service->host);
  service->host = host_of (service);
  return g_steal_pointer (&service);
}

static void
remember (CeXcepReading *reading, const char *reference, CeEnrollmentService *service)
{
  CeXcepAuthority *authority;
  gint64 number;

  if (!g_ascii_string_to_signed (reference, 10, G_MININT32, G_MAXINT32, &number, NULL))
    return;
  authority = g_new0 (CeXcepAuthority, 1);
  authority->service = service;
  authority->templates = g_ptr_array_new_with_free_func (g_free);
  g_hash_table_insert (reading->authorities, GINT_TO_POINTER ((gint) number), authority);
}

void
ce_xcep_read_authorities (CeXcepReading *reading, const xmlNode *authorities, GPtrArray *services)
{
  const xmlNode *node = ce_soap_child (authorities, NS, "cA");

  for (; node != NULL && services->len < CE_XCEP_MAX_SERVICES; node = ce_soap_next (node))
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *text = ce_soap_text (ce_soap_child (node, NS, "cAReferenceID"));
      g_autofree char *reference = ce_text_clean (text, strlen (text), MAX_NAME);
      CeEnrollmentService *service = read_authority (node, &error);
      g_autofree char *sentence = NULL;

      if (service != NULL)
        {
          g_ptr_array_add (services, service);
          remember (reading, reference, service);
          continue;
        }
      sentence = g_strdup_printf ("the CA with the reference '%s': %s", reference, error->message);
      ce_xcep_reading_skip (reading, sentence);
    }
}

void
ce_xcep_publish (CeXcepReading *reading, const xmlNode *policy, const char *name)
{
  g_auto (GStrv) references = ce_xcep_texts (policy, "cAs", "cAReference");

  for (guint i = 0; references[i] != NULL && i < MAX_REFERENCES; i++)
    {
      gint64 number;
      CeXcepAuthority *authority
          = g_ascii_string_to_signed (references[i], 10, G_MININT32, G_MAXINT32, &number, NULL)
                ? g_hash_table_lookup (reading->authorities, GINT_TO_POINTER ((gint) number))
                : NULL;

      if (authority != NULL)
        g_ptr_array_add (authority->templates, g_strdup (name));
    }
}

void
ce_xcep_finish_authorities (CeXcepReading *reading)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, reading->authorities);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      CeXcepAuthority *authority = value;

      g_ptr_array_add (authority->templates, NULL);
      g_strfreev (authority->service->templates);
      authority->service->templates = g_strdupv ((char **) authority->templates->pdata);
    }
}
