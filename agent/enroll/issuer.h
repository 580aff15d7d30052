/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/x509/certificate.h"
#include "policy/policy.h"

/* What has become of the CA since it issued a certificate: docs/adr/0061-when-the-ca-changes.md. */

/* May @issuer_der have issued it, by name and key identifier? */
gboolean ce_issuer_is (const CeCertificate *certificate, GBytes *issuer_der);

/**
 * ce_issuer_withdrawn:
 *
 * No domain controller lets it log on any more: it is for logon, and its issuer is none of
 * NTAuthCertificates. Never where the policy tells of none, nor where its issuer is what a CA issues with
 * today: then a new certificate would be no better.
 */
gboolean ce_issuer_withdrawn (const CeCertificate *certificate, const CePolicy *policy);

/* Has the CA that issued it got another key since (the newest cACertificate of that name)? */
gboolean ce_issuer_renewed (const CeCertificate *certificate, const CePolicy *policy);
