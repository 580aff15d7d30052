/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/enroll/issuer.h"

gboolean
ce_issuer_is (const CeCertificate *certificate, GBytes *issuer_der)
{
  g_autoptr (CeCertificate) issuer = ce_certificate_parse (issuer_der, NULL);

  return issuer != NULL && X509_check_issued (issuer->x509, certificate->x509) == X509_V_OK;
}

/* The newest certificate of a CA that has the name of the issuer; %NULL where none has. */
static CeCertificate *
newest_namesake (const CeEnrollmentService *service, const CeCertificate *certificate)
{
  g_autoptr (CeCertificate) newest = NULL;

  for (guint i = 0; i < service->certificates->len; i++)
    {
      g_autoptr (CeCertificate) one = ce_certificate_parse (service->certificates->pdata[i], NULL);

      if (one == NULL
          || X509_NAME_cmp (X509_get_subject_name (one->x509), X509_get_issuer_name (certificate->x509)) != 0
          || (newest != NULL && newest->not_before_unix >= one->not_before_unix))
        continue;
      ce_certificate_free (newest);
      newest = g_steal_pointer (&one);
    }
  return g_steal_pointer (&newest);
}

static CeCertificate *
find_newest (const CeCertificate *certificate, const CePolicy *policy)
{
  CeCertificate *newest = NULL;

  for (guint i = 0; newest == NULL && i < policy->services->len; i++)
    newest = newest_namesake (policy->services->pdata[i], certificate);
  return newest;
}

static gboolean
is_signed_by (const CeCertificate *certificate, const CeCertificate *issuer)
{
  return X509_check_issued (issuer->x509, certificate->x509) == X509_V_OK
         && X509_verify (certificate->x509, X509_get0_pubkey (issuer->x509)) == 1;
}

gboolean
ce_issuer_withdrawn (const CeCertificate *certificate, const CePolicy *policy)
{
  g_autoptr (CeCertificate) newest = NULL;

  if (policy->no_directory || policy->nt_auth->len == 0
      || !ce_certificate_has_eku (certificate, CE_EKU_SMART_CARD_LOGON))
    return FALSE;
  for (guint i = 0; i < policy->nt_auth->len; i++)
    if (ce_issuer_is (certificate, policy->nt_auth->pdata[i]))
      return FALSE;
  newest = find_newest (certificate, policy);
  return newest == NULL || !is_signed_by (certificate, newest);
}

/* One that was issued later than the CA's certificate is from when both keys were in use: asking again may
 * not help. */
gboolean
ce_issuer_renewed (const CeCertificate *certificate, const CePolicy *policy)
{
  g_autoptr (CeCertificate) newest = find_newest (certificate, policy);

  return newest != NULL && certificate->not_before_unix < newest->not_before_unix
         && !is_signed_by (certificate, newest);
}
