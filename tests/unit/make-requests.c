/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes one request of each kind that cardenroll makes, for other programs to check. usage: make-requests
 * FOLDER */
#include <stdio.h>

#include "agent/x509/cms-request.h"
#include "agent/x509/request.h"
#include "x509-maker.h"

#define ALICE "LAB\\alice"

static const char *const ekus[] = { "1.3.6.1.5.5.7.3.2", "1.3.6.1.4.1.311.20.2.2", NULL };

static const CeRequestParams template = {
  .template_name = "LabSmartcard",
  .template_oid = "1.3.6.1.4.1.311.21.8.1.2",
  .template_schema = 2,
  .template_major = 100,
  .template_minor = 3,
  .key_usage = { 0xA0, 0 },
  .ekus = ekus,
  .application_policies = ekus,
};

typedef struct
{
  const char *folder;
  EVP_PKEY *rsa, *ec, *agent_key;
  GBytes *old_rsa, *old_ec, *agent;
} Maker;

/* Takes @bytes. */
static void
save (const Maker *m, const char *name, GBytes *bytes)
{
  g_autofree char *path = g_build_filename (m->folder, name, NULL);

  g_assert_nonnull (bytes);
  g_assert_true (
      g_file_set_contents (path, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes), NULL));
  g_bytes_unref (bytes);
}

static GBytes *
pkcs10 (EVP_PKEY *key, GBytes *renewed, gboolean pss, gboolean null_signature)
{
  CeRequestParams params = template;

  params.renewal_certificate = renewed;
  params.pss = pss;
  params.null_signature = null_signature;
  return ce_request_new_pkcs10 (key, &params, NULL);
}

static GBytes *
cms (EVP_PKEY *key, GBytes *renewed, const CeCmsSigner *signer)
{
  g_autoptr (GBytes) inside = pkcs10 (key, renewed, FALSE, FALSE);

  return ce_cms_request_new (inside, signer, 1, NULL);
}

static GBytes *
cmc (EVP_PKEY *key, GBytes *renewed, const char *attributes, const CeCmsSigner *signers, gsize n_signers)
{
  g_autoptr (GBytes) inside = pkcs10 (key, renewed, FALSE, TRUE);

  return ce_cmc_request_new (inside, attributes, signers, n_signers, NULL);
}

/* A certificate of the requested key, for programs that look for a signer among certificates only. */
static void
save_stand_in (const Maker *m, const char *name, EVP_PKEY *key)
{
  g_autoptr (X509) x509 = maker_certificate (&(MakerCertificate){ .subject = "stand-in", .key = key });

  save (m, name, maker_der (x509));
}

static void
save_new (const Maker *m)
{
  save (m, "new-rsa.pkcs10", pkcs10 (m->rsa, NULL, FALSE, FALSE));
  save (m, "new-ec.pkcs10", pkcs10 (m->ec, NULL, FALSE, FALSE));
  save (m, "new-pss.pkcs10", pkcs10 (m->rsa, NULL, TRUE, FALSE));
}

static void
save_renewals (const Maker *m)
{
  const CeCmsSigner old = { .key = m->rsa, .certificate = m->old_rsa };
  const CeCmsSigner old_ec = { .key = m->ec, .certificate = m->old_ec };
  const CeCmsSigner old_pss = { .key = m->rsa, .certificate = m->old_rsa, .pss = TRUE };
  const CeCmsSigner both[] = { { .key = m->ec }, old };
  const CeCmsSigner same[] = { { .key = m->rsa }, old };

  save (m, "renewal-rsa.cms", cms (m->ec, m->old_rsa, &old));
  save (m, "renewal-ec.cms", cms (m->rsa, m->old_ec, &old_ec));
  save (m, "renewal-pss.cms", cms (m->ec, m->old_rsa, &old_pss));
  save (m, "renewal-new-key.cmc", cmc (m->ec, m->old_rsa, NULL, both, G_N_ELEMENTS (both)));
  save (m, "renewal-same-key.cmc", cmc (m->rsa, m->old_rsa, NULL, same, G_N_ELEMENTS (same)));
  save_stand_in (m, "renewal-new-key.stand-in", m->ec);
  save_stand_in (m, "renewal-same-key.stand-in", m->rsa);
}

static void
save_of_agents (const Maker *m)
{
  const CeCmsSigner new_key = { .key = m->rsa };
  const CeCmsSigner agent = { .key = m->agent_key, .certificate = m->agent };
  const CeCmsSigner for_alice = { .key = m->agent_key, .certificate = m->agent, .requester_name = ALICE };
  GBytes *request = cmc (m->rsa, NULL, "CertificateTemplate=LabSmartcard", &new_key, 1);

  save (m, "on-behalf.cms", cms (m->rsa, NULL, &for_alice));
  save (m, "cosigned.cmc", ce_cms_request_cosign (request, &agent, NULL));
  save (m, "attributes.cmc", request);
  save_stand_in (m, "cosigned.stand-in", m->rsa);
  save_stand_in (m, "attributes.stand-in", m->rsa);
}

int
main (int argc, char **argv)
{
  static const char *const agent[] = { "extendedKeyUsage", "1.3.6.1.4.1.311.20.2.1", NULL };
  g_autoptr (EVP_PKEY) ca_key = maker_key ("P-256");
  g_autoptr (EVP_PKEY) rsa = maker_key ("RSA");
  g_autoptr (EVP_PKEY) ec = maker_key ("P-256");
  g_autoptr (EVP_PKEY) agent_key = maker_key ("P-384");
  g_autoptr (X509) ca = maker_certificate (&(MakerCertificate){ .subject = "CA", .key = ca_key, .ca = TRUE });
  g_autoptr (X509) old_rsa = maker_logon_certificate (rsa, ca_key, ca);
  g_autoptr (X509) old_ec = maker_logon_certificate (ec, ca_key, ca);
  g_autoptr (X509) eva = maker_certificate (&(MakerCertificate){
      .subject = "Eva", .key = agent_key, .issuer_key = ca_key, .issuer = ca, .extensions = agent });
  g_autoptr (GBytes) old_rsa_der = maker_der (old_rsa);
  g_autoptr (GBytes) old_ec_der = maker_der (old_ec);
  g_autoptr (GBytes) eva_der = maker_der (eva);
  const Maker m = { argc > 1 ? argv[1] : "", rsa, ec, agent_key, old_rsa_der, old_ec_der, eva_der };

  if (argc != 2)
    {
      fputs ("usage: make-requests FOLDER\n", stderr);
      return 64;
    }
  save_new (&m);
  save_renewals (&m);
  save_of_agents (&m);
  return 0;
}
