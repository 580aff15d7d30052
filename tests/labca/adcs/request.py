# SPDX-License-Identifier: GPL-3.0-or-later
"""What a client asks for: a certification request, taken apart. MS-WCCE 2.2.2.6 and 2.2.2.7.

read_request() tells the formats apart. PKCS#10 is read here; what comes wrapped in CMS
(CMC requests, renewals, on-behalf-of) is read in cms.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import List, Mapping, Optional, Sequence, Tuple

from asn1crypto import core, csr as asn1_csr, x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from . import oids
from .hresult import Denied, HResult


class TemplateExtension(core.Sequence):
    """szOID_CERTIFICATE_TEMPLATE, MS-WCCE 2.2.2.7.7.2."""

    _fields = [("id", core.ObjectIdentifier),
               ("major", core.Integer, {"optional": True}),
               ("minor", core.Integer, {"optional": True})]


class NameValuePair(core.Sequence):
    """szENROLLMENT_NAME_VALUE_PAIR, MS-WCCE 2.2.2.7.10."""

    _fields = [("name", core.BMPString), ("value", core.BMPString)]


@dataclass(frozen=True)
class Request:
    """A PKCS#10 whose signature was checked, and what its wrapping said besides."""

    der: bytes
    csr: x509.CertificateSigningRequest
    template_name: Optional[str] = None
    template_oid: Optional[str] = None
    template_version: Tuple[int, int] = (0, 0)
    name_values: Mapping[str, str] = field(default_factory=dict)
    extensions: Mapping[str, bytes] = field(default_factory=dict)
    renewal_certificate: Optional[x509.Certificate] = None
    signers: Sequence[x509.Certificate] = ()
    on_behalf_of: Optional[str] = None

    @property
    def key_bits(self) -> int:
        return int(self.csr.public_key().key_size)  # type: ignore[union-attr]


def read_request(token: bytes) -> Request:
    """Tell PKCS#10 from CMS by its first element and read it, MS-WCCE 3.2.1.4.2.1.

    The ValueType of a WSTEP token does not decide: clients label a bare PKCS#10 as PKCS#7.
    """
    try:
        outer = core.Sequence.load(token, strict=True)
        first = outer[0]
    except (ValueError, TypeError, KeyError) as error:
        raise Denied(HResult.ASN1_BAD_TAG, "Not an ASN.1 sequence.") from error
    if isinstance(first, core.ObjectIdentifier):
        from . import cms
        return cms.read_cms(token)
    return read_pkcs10(token)


def read_pkcs10(der: bytes, proof_of_possession: bool = True) -> Request:
    """Take a PKCS#10 apart; `proof_of_possession` is off only where CMS carries the proof."""
    try:
        csr = x509.load_der_x509_csr(der)
        info = asn1_csr.CertificationRequest.load(der, strict=True)["certification_request_info"]
        attributes = _attributes(info)
    except (ValueError, TypeError, KeyError) as error:
        raise Denied(HResult.ASN1_BAD_TAG, "Not a PKCS#10.") from error
    if proof_of_possession:
        _check_signature(csr)
    extensions = _requested_extensions(attributes)
    name, oid, version = _template_identity(extensions)
    return Request(
        der=der, csr=csr, template_name=name, template_oid=oid, template_version=version,
        name_values=_name_values(attributes.get(oids.NAME_VALUE_PAIR, [])),
        extensions=extensions,
        renewal_certificate=_renewal_certificate(attributes.get(oids.RENEWAL_CERTIFICATE, [])))


def _check_signature(csr: x509.CertificateSigningRequest) -> None:
    key = csr.public_key()
    if not isinstance(key, (rsa.RSAPublicKey, ec.EllipticCurvePublicKey)):
        raise Denied(HResult.ALGORITHM, "Only RSA and elliptic curve keys are accepted.")
    try:
        algorithm = csr.signature_hash_algorithm
        valid = csr.is_signature_valid
    except (InvalidSignature, UnsupportedAlgorithm, ValueError) as error:
        raise Denied(HResult.ALGORITHM, "Unknown signature algorithm.") from error
    if algorithm is None or algorithm.name in ("md5", "sha1"):
        raise Denied(HResult.ALGORITHM, "The request must be signed with SHA-2.")
    if not valid:
        raise Denied(HResult.BAD_SIGNATURE)


def _attributes(info: asn1_csr.CertificationRequestInfo) -> Mapping[str, List[bytes]]:
    found: dict = {}
    for attribute in info["attributes"] or []:
        values = [value.dump() for value in attribute["values"]]
        found.setdefault(attribute["type"].dotted, []).extend(values)
    return found


def _requested_extensions(attributes: Mapping[str, List[bytes]]) -> Mapping[str, bytes]:
    """Extensions under either attribute; the same one twice is refused."""
    found: dict = {}
    for oid in (oids.EXTENSION_REQUEST, oids.CERT_EXTENSIONS):
        for value in attributes.get(oid, []):
            for extension in asn1_x509.Extensions.load(value, strict=True):
                name = extension["extn_id"].dotted
                if name in found:
                    raise Denied(HResult.INVALID_DATA, f"Extension {name} occurs twice.")
                found[name] = extension["extn_value"].contents
    return found


def _template_identity(
        extensions: Mapping[str, bytes]) -> Tuple[Optional[str], Optional[str], Tuple[int, int]]:
    """Name (v1: a bare BMPString) and OID with version (v2); an absent version counts as 0."""
    name, oid, version = None, None, (0, 0)
    try:
        if oids.TEMPLATE_NAME in extensions:
            name = core.BMPString.load(extensions[oids.TEMPLATE_NAME], strict=True).native
        if oids.TEMPLATE in extensions:
            parsed = TemplateExtension.load(extensions[oids.TEMPLATE], strict=True)
            oid = parsed["id"].dotted
            version = (parsed["major"].native or 0, parsed["minor"].native or 0)
    except (ValueError, TypeError) as error:
        raise Denied(HResult.ASN1_BAD_TAG, "The template extension cannot be decoded.") from error
    return name, oid, version


def _name_values(values: List[bytes]) -> Mapping[str, str]:
    """Pairs by lower-case name; some clients end the strings with a NUL."""
    found = {}
    for value in values:
        pair = NameValuePair.load(value, strict=True)
        found[pair["name"].native.rstrip("\0").lower()] = pair["value"].native.rstrip("\0")
    return found


def _renewal_certificate(values: List[bytes]) -> Optional[x509.Certificate]:
    if not values:
        return None
    try:
        return x509.load_der_x509_certificate(values[0])
    except ValueError as error:
        raise Denied(HResult.BAD_RENEWAL_CERT_ATTRIBUTE) from error
