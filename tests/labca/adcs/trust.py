# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a certificate that vouches for a request is good: of this CA, in time, not revoked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, List, Optional, Sequence, Type, TypeVar

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from .asn1 import MALFORMED
from .hresult import Denied, HResult
from .keys import DER, not_after, not_before, now

Extension = TypeVar("Extension", bound=x509.ExtensionType)


@dataclass(frozen=True)
class Trust:
    """This CA's certificates, one for each key that it has had, and its memory of revocations by serial number."""

    issuers: Sequence[x509.Certificate]
    is_revoked: Callable[[int], bool]

    def check(self, certificate: x509.Certificate) -> None:
        """Raise Denied unless the certificate is good now."""
        if not any(_signed(issuer, certificate) for issuer in self.issuers):
            raise Denied(HResult.UNTRUSTED_ROOT)
        if not not_before(certificate) <= now() <= not_after(certificate):
            raise Denied(HResult.CERTIFICATE_EXPIRED)
        if self.is_revoked(certificate.serial_number):
            raise Denied(HResult.CERTIFICATE_REVOKED)


def _signed(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    key = issuer.public_key()
    algorithm = certificate.signature_hash_algorithm
    assert isinstance(key, rsa.RSAPublicKey)
    if certificate.issuer != issuer.subject or algorithm is None:
        return False
    try:
        key.verify(certificate.signature, certificate.tbs_certificate_bytes, padding.PKCS1v15(), algorithm)
    except InvalidSignature:
        return False
    return True


def extension(certificate: x509.Certificate, oid: str) -> bytes:
    """DER of an extension's value; empty where the certificate has none."""
    parsed = asn1_x509.Certificate.load(certificate.public_bytes(DER))
    for item in parsed["tbs_certificate"]["extensions"]:
        if item["extn_id"].dotted == oid:
            return bytes(item["extn_value"].contents)
    return b""


def value_of(certificate: x509.Certificate, kind: Type[Extension]) -> Optional[Extension]:
    """A parsed extension; None where there is none, or none that can be read."""
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, *MALFORMED):
        return None


def purposes(certificate: x509.Certificate) -> List[str]:
    """Key purposes; none where there is no such extension."""
    found = value_of(certificate, x509.ExtendedKeyUsage)
    return [purpose.dotted_string for purpose in found or []]


def policies(certificate: x509.Certificate) -> List[str]:
    """Certificate policies."""
    found = value_of(certificate, x509.CertificatePolicies)
    return [policy.policy_identifier.dotted_string for policy in found or []]


def is_ca(certificate: x509.Certificate) -> bool:
    """Whether it says that it may issue others."""
    found = value_of(certificate, x509.BasicConstraints)
    return found is not None and found.ca
