# SPDX-License-Identifier: GPL-3.0-or-later
"""PKCS#10 with Microsoft's attributes, MS-WCCE 2.2.2.6.1 and 2.2.2.7."""

from __future__ import annotations

import hashlib
from enum import Enum
from typing import List, Mapping, Optional, Tuple

from asn1crypto import core, csr as asn1_csr, x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from . import oids, pss
from .asn1 import MALFORMED, Attribute, NameValuePair, TemplateExtension
from .hresult import Denied, HResult
from .request import Request

_NULL_SIGNATURE_HASHES = {"1.3.14.3.2.26": "sha1", oids.SHA256: "sha256",
                          oids.SHA384: "sha384", oids.SHA512: "sha512"}


class Proof(Enum):
    """What the signature of a PKCS#10 proves."""

    POSSESSION = "signed with the key"
    NOTHING = "the null signature: a bare hash, MS-WCCE 2.2.2.6.5"


def read_pkcs10(der: bytes) -> Tuple[Request, Proof]:
    """Take a PKCS#10 apart; a signature that is neither right nor the null one is refused."""
    try:
        csr = x509.load_der_x509_csr(der)
        parsed = asn1_csr.CertificationRequest.load(der, strict=True)
        attributes = _attributes(parsed["certification_request_info"])
        proof = _check_signature(csr, parsed)
        extensions = _requested_extensions(attributes)
        name_values = read_name_values(attributes.get(oids.NAME_VALUE_PAIR, []))
    except UnsupportedAlgorithm as error:
        raise Denied(HResult.ALGORITHM, "The key or the signature is of an unknown kind.") from error
    except MALFORMED as error:
        raise Denied(HResult.ASN1_BAD_TAG, "Not a PKCS#10.") from error
    name, oid, version = _template_identity(extensions)
    return Request(
        der=der, csr=csr, template_name=name, template_oid=oid, template_version=version,
        name_values=name_values, extensions=extensions,
        renewal_attribute=next(iter(attributes.get(oids.RENEWAL_CERTIFICATE, [])), None)), proof


def _check_signature(csr: x509.CertificateSigningRequest,
                     parsed: asn1_csr.CertificationRequest) -> Proof:
    if not isinstance(csr.public_key(), (rsa.RSAPublicKey, ec.EllipticCurvePublicKey)):
        raise Denied(HResult.ALGORITHM, "Only RSA and elliptic curve keys are accepted.")
    hash_name = _NULL_SIGNATURE_HASHES.get(parsed["signature_algorithm"]["algorithm"].dotted)
    if hash_name is not None:
        info = parsed["certification_request_info"].dump()
        if hashlib.new(hash_name, info).digest() != parsed["signature"].native:
            raise Denied(HResult.BAD_SIGNATURE, "The null signature is not the request's hash.")
        return Proof.NOTHING
    if parsed["signature_algorithm"]["algorithm"].dotted == pss.OID:
        key = csr.public_key()
        if not isinstance(key, rsa.RSAPublicKey):
            raise Denied(HResult.ALGORITHM, "RSA-PSS without an RSA key.")
        pss.verify(key, parsed["signature"].native, csr.tbs_certrequest_bytes, parsed["signature_algorithm"])
        return Proof.POSSESSION
    algorithm = csr.signature_hash_algorithm
    if algorithm is None or algorithm.name in ("md5", "sha1"):
        raise Denied(HResult.ALGORITHM, "The request must be signed with SHA-2.")
    if not csr.is_signature_valid:
        raise Denied(HResult.BAD_SIGNATURE)
    return Proof.POSSESSION


def _attributes(info: asn1_csr.CertificationRequestInfo) -> Mapping[str, List[bytes]]:
    found: dict = {}
    for attribute in info["attributes"] or []:
        oid, values = Attribute.read(attribute)
        found.setdefault(oid, []).extend(values)
    for oid in (oids.OS_VERSION, oids.CSP_PROVIDER):
        if len(found.get(oid, [])) > 1:
            raise Denied(HResult.INVALID_DATA, f"Attribute {oid} has more than one value.")
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
    except MALFORMED as error:
        raise Denied(HResult.ASN1_BAD_TAG, "The template extension cannot be decoded.") from error
    return name, oid, version


def read_name_values(values: List[bytes]) -> Mapping[str, str]:
    """Pairs by lower-case name; some clients end the strings with a NUL."""
    found = {}
    for value in values:
        pair = NameValuePair.load(value, strict=True)
        found[pair["name"].native.rstrip("\0").lower()] = pair["value"].native.rstrip("\0")
    return found
