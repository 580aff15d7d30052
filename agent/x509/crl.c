/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/x509/crl.h"

#include <openssl/rsa.h>
#include <string.h>
#include <time.h>

#include "agent/base/text.h"

#define CLOCKS_DIFFER_S 300
#define MAX_NAME 1024

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ISSUING_DIST_POINT, ISSUING_DIST_POINT_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ASN1_ENUMERATED, ASN1_ENUMERATED_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RSA_PSS_PARAMS, RSA_PSS_PARAMS_free)

static gboolean
refuse (GError **error, const char *what)
{
  g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "not a usable revocation list: %s", what);
  ERR_clear_error ();
  return FALSE;
}

static gboolean
read_time (const ASN1_TIME *from, gint64 *ret_unix)
{
  struct tm tm;

  if (from == NULL || !ASN1_TIME_to_tm (from, &tm))
    return FALSE;
  *ret_unix = (gint64) timegm (&tm);
  return TRUE;
}

static gboolean
read_times (CeCrl *self, GError **error)
{
  const ASN1_TIME *next = X509_CRL_get0_nextUpdate (self->x509_crl);

  self->next_update_unix = G_MAXINT64;
  if (!read_time (X509_CRL_get0_lastUpdate (self->x509_crl), &self->this_update_unix))
    return refuse (error, "its thisUpdate is no date");
  if (next != NULL && !read_time (next, &self->next_update_unix))
    return refuse (error, "its nextUpdate is no date");
  return TRUE;
}

static char *
read_issuer (const X509_CRL *crl)
{
  g_autoptr (BIO) bio = BIO_new (BIO_s_mem ());
  char *text = NULL;
  long length;

  X509_NAME_print_ex (bio, X509_CRL_get_issuer (crl), 0, XN_FLAG_RFC2253);
  length = BIO_get_mem_data (bio, &text);
  return ce_text_clean (text != NULL ? text : "", length > 0 ? (gsize) length : 0, MAX_NAME);
}

/* RFC 5280 5.2.5: which certificates the list is about. */
static gboolean
check_scope (const X509_CRL *crl, GError **error)
{
  int critical = 0;
  g_autoptr (ISSUING_DIST_POINT) scope
      = X509_CRL_get_ext_d2i (crl, NID_issuing_distribution_point, &critical, NULL);

  if (scope == NULL)
    return critical == -1 || refuse (error, "its issuing distribution point is malformed or there twice");
  if (scope->indirectCRL > 0)
    return refuse (error, "it is an indirect one");
  if (scope->onlyCA > 0 || scope->onlyattr > 0)
    return refuse (error, "it is not about users' certificates");
  if (scope->onlysomereasons != NULL)
    return refuse (error, "it is for some reasons only");
  return TRUE;
}

static gboolean
check_extensions (const X509_CRL *crl, GError **error)
{
  for (int i = 0; i < X509_CRL_get_ext_count (crl); i++)
    {
      X509_EXTENSION *extension = X509_CRL_get_ext (crl, i);
      int nid = OBJ_obj2nid (X509_EXTENSION_get_object (extension));

      if (nid == NID_delta_crl)
        return refuse (error, "it is a delta, not a whole list");
      if (X509_EXTENSION_get_critical (extension) && nid != NID_issuing_distribution_point
          && nid != NID_authority_key_identifier && nid != NID_crl_number)
        return refuse (error, "it has a critical extension that is not known");
    }
  return check_scope (crl, error);
}

CeCrl *
ce_crl_parse (GBytes *der, GError **error)
{
  g_autoptr (CeCrl) self = g_new0 (CeCrl, 1);
  gsize length;
  const unsigned char *bytes = g_bytes_get_data (der, &length), *at = bytes;

  if (length == 0 || length > CE_CRL_MAX_DER)
    return refuse (error, length == 0 ? "it is empty" : "it is too long"), NULL;
  self->x509_crl = d2i_X509_CRL (NULL, &at, (long) length);
  if (self->x509_crl == NULL || at != bytes + length)
    return refuse (error, "its DER is malformed"), NULL;
  if (!read_times (self, error) || !check_extensions (self->x509_crl, error))
    return NULL;
  self->issuer = read_issuer (self->x509_crl);
  ERR_clear_error ();
  return g_steal_pointer (&self);
}

void
ce_crl_free (CeCrl *crl)
{
  if (crl == NULL)
    return;
  X509_CRL_free (crl->x509_crl);
  g_free (crl->issuer);
  g_free (crl);
}

/* Of an RSA-PSS signature only its parameters name the digest, and without a name it is SHA-1. RFC 4055 3.1. */
static int
pss_digest (const X509_CRL *crl)
{
  const X509_ALGOR *algorithm = NULL;
  g_autoptr (RSA_PSS_PARAMS) params = NULL;
  const ASN1_OBJECT *digest = NULL;
  const void *value = NULL;
  int type = V_ASN1_UNDEF;

  X509_CRL_get0_signature (crl, NULL, &algorithm);
  X509_ALGOR_get0 (NULL, &type, &value, algorithm);
  if (type == V_ASN1_SEQUENCE)
    params = ASN1_item_unpack (value, ASN1_ITEM_rptr (RSA_PSS_PARAMS));
  if (params == NULL || params->hashAlgorithm == NULL)
    return NID_sha1;
  X509_ALGOR_get0 (&digest, NULL, NULL, params->hashAlgorithm);
  return OBJ_obj2nid (digest);
}

static gboolean
is_weak (const X509_CRL *crl)
{
  int digest = NID_undef, key = NID_undef;

  if (!OBJ_find_sigid_algs (X509_CRL_get_signature_nid (crl), &digest, &key))
    return TRUE;
  if (X509_CRL_get_signature_nid (crl) == NID_rsassaPss)
    digest = pss_digest (crl);
  return digest == NID_md5 || digest == NID_md4 || digest == NID_sha1 || digest == NID_ripemd160;
}

/* Did the key in @issuer_der sign both? */
static gboolean
signed_both (const CeCrl *crl, const CeCertificate *certificate, GBytes *issuer_der)
{
  gsize length;
  const unsigned char *at = g_bytes_get_data (issuer_der, &length);
  g_autoptr (X509) issuer = length <= CE_CERTIFICATE_MAX_DER ? d2i_X509 (NULL, &at, (long) length) : NULL;
  EVP_PKEY *key = issuer != NULL ? X509_get0_pubkey (issuer) : NULL;

  return key != NULL
         && X509_NAME_cmp (X509_get_subject_name (issuer), X509_CRL_get_issuer (crl->x509_crl)) == 0
         && (X509_get_key_usage (issuer) & KU_CRL_SIGN) != 0 && X509_verify (certificate->x509, key) == 1
         && X509_CRL_verify (crl->x509_crl, key) == 1;
}

static gboolean
find_issuer (const CeCrl *crl, const CeCertificate *certificate, const GPtrArray *issuers)
{
  for (guint i = 0; issuers != NULL && i < issuers->len; i++)
    if (signed_both (crl, certificate, issuers->pdata[i]))
      return TRUE;
  return FALSE;
}

gboolean
ce_crl_is_for (const CeCrl *crl, const CeCertificate *certificate, const GPtrArray *const *issuers,
               gsize n_lists, GError **error)
{
  gboolean found = FALSE;

  if (X509_NAME_cmp (X509_CRL_get_issuer (crl->x509_crl), X509_get_issuer_name (certificate->x509)) != 0)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_NOT_TRUSTED, "the revocation list is one of '%s', not of '%s'",
                   crl->issuer, certificate->issuer);
      return FALSE;
    }
  if (is_weak (crl->x509_crl))
    {
      g_set_error (error, CE_ERROR, CE_ERROR_NOT_TRUSTED,
                   "the revocation list of '%s' is signed with a weak digest", crl->issuer);
      return FALSE;
    }
  for (gsize i = 0; i < n_lists && !found; i++)
    found = find_issuer (crl, certificate, issuers[i]);
  ERR_clear_error ();
  if (!found)
    g_set_error (error, CE_ERROR, CE_ERROR_NOT_TRUSTED,
                 "the revocation list of '%s' is not signed by its key", crl->issuer);
  return found;
}

gboolean
ce_crl_is_current (const CeCrl *crl, gint64 now_unix)
{
  return crl->this_update_unix <= now_unix + CLOCKS_DIFFER_S && now_unix < crl->next_update_unix;
}

/* RFC 5280 5.3.1 */
static const char *
reason_of (X509_REVOKED *entry)
{
  static const char *const names[]
      = { "unspecified",   "keyCompromise",        "cACompromise",    "affiliationChanged",
          "superseded",    "cessationOfOperation", "certificateHold", "",
          "removeFromCRL", "privilegeWithdrawn",   "aACompromise" };
  g_autoptr (ASN1_ENUMERATED) reason = X509_REVOKED_get_ext_d2i (entry, NID_crl_reason, NULL, NULL);
  long number = reason != NULL ? ASN1_ENUMERATED_get (reason) : -1;

  ERR_clear_error ();
  return number >= 0 && number < (long) G_N_ELEMENTS (names) ? names[number] : "";
}

gboolean
ce_crl_find (const CeCrl *crl, const CeCertificate *certificate, gint64 *ret_since_unix,
             const char **ret_reason)
{
  X509_REVOKED *entry = NULL;
  gint64 since = 0;

  /* 2 is removeFromCRL, which a whole list does not have. */
  if (X509_CRL_get0_by_cert (crl->x509_crl, &entry, certificate->x509) != 1 || entry == NULL)
    return FALSE;
  read_time (X509_REVOKED_get0_revocationDate (entry), &since);
  if (ret_since_unix != NULL)
    *ret_since_unix = since;
  if (ret_reason != NULL)
    *ret_reason = reason_of (entry);
  return TRUE;
}
