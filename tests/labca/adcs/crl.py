# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate revocation list, RFC 5280 5."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Iterable, Tuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from .certificate import Issuer
from .keys import DER, now

REASONS = {reason.value: reason for reason in x509.ReasonFlags
           if reason is not x509.ReasonFlags.aa_compromise}


def build(issuer: Issuer, number: int, revoked: Iterable[Tuple[int, int, str]]) -> bytes:
    """DER of a CRL over (serial, time of revocation as Unix time, reason)."""
    begin = now() - timedelta(seconds=issuer.config.backdate)
    own = issuer.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(begin)
        .next_update(now() + timedelta(hours=issuer.config.crl_hours))
        .add_extension(x509.CRLNumber(number), False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own.value), False))
    for serial, when, reason in revoked:
        builder = builder.add_revoked_certificate(_entry(serial, when, reason))
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(DER)


def _entry(serial: int, when: int, reason: str) -> x509.RevokedCertificate:
    builder = (
        x509.RevokedCertificateBuilder().serial_number(serial)
        .revocation_date(datetime.fromtimestamp(when, timezone.utc)))
    flag = REASONS[reason]
    if flag is not x509.ReasonFlags.unspecified:
        builder = builder.add_extension(x509.CRLReason(flag), False)
    return builder.build()
