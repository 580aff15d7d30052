# SPDX-License-Identifier: GPL-3.0-or-later
"""SignedData around a request: who signed it, verified. RFC 5652 5."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Dict, List, Mapping, Optional, Sequence, Union

from asn1crypto import cms
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from . import oids, pss
from .asn1 import MALFORMED, Attribute
from .hresult import Denied, HResult
from .trust import value_of

PublicKey = Union[rsa.RSAPublicKey, ec.EllipticCurvePublicKey]
_HASHES = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
_RSA = {"rsassa_pkcs1v15", "sha256_rsa", "sha384_rsa", "sha512_rsa"}
_ECDSA = {"ecdsa", "sha256_ecdsa", "sha384_ecdsa", "sha512_ecdsa"}


@dataclass(frozen=True)
class Envelope:
    """A SignedData, taken apart and not yet verified."""

    content_type: str
    content: bytes
    certificates: Sequence[x509.Certificate]
    signer_infos: Sequence[cms.SignerInfo]


@dataclass(frozen=True)
class Signer:
    """A verified SignerInfo: by a certificate, by the new key itself, or by nobody (RFC 5272 4.2)."""

    certificate: Optional[x509.Certificate]
    is_new_key: bool
    attributes: Mapping[str, List[bytes]]


def open_envelope(token: bytes) -> Envelope:
    """Read a ContentInfo that must be a SignedData with content and at least one signer."""
    try:
        info = cms.ContentInfo.load(token, strict=True)
        if info["content_type"].dotted != oids.SIGNED_DATA:
            raise Denied(HResult.ASN1_BAD_TAG, "The CMS is not a SignedData.")
        signed = info["content"]
        encapsulated = signed["encap_content_info"]
        content = encapsulated["content"]
        if content.native is None:
            raise Denied(HResult.INVALID_DATA, "The SignedData has no content.")
        certificates = [x509.load_der_x509_certificate(choice.chosen.dump())
                        for choice in signed["certificates"] or []
                        if choice.name == "certificate"]
        signer_infos = list(signed["signer_infos"])
        envelope = Envelope(encapsulated["content_type"].dotted, bytes(content),
                            certificates, signer_infos)
    except MALFORMED as error:
        raise Denied(HResult.ASN1_BAD_TAG, "The CMS cannot be decoded.") from error
    if not envelope.signer_infos:
        raise Denied(HResult.NO_SIGNER)
    return envelope


def verify_signers(envelope: Envelope, new_key: PublicKey) -> List[Signer]:
    """Verify every SignerInfo, in order; one that fails refuses the request."""
    try:
        return [_verify(envelope, info, new_key) for info in envelope.signer_infos]
    except UnsupportedAlgorithm as error:
        raise Denied(HResult.ALGORITHM, "A signer's key is of an unknown kind.") from error
    except MALFORMED as error:
        raise Denied(HResult.ASN1_BAD_TAG, "A SignerInfo cannot be decoded.") from error


def _verify(envelope: Envelope, info: cms.SignerInfo, new_key: PublicKey) -> Signer:
    hash_name = info["digest_algorithm"]["algorithm"].native
    if hash_name not in _HASHES:
        raise Denied(HResult.ALGORITHM, f"Digest '{hash_name}' is not accepted.")
    attributes = _signed_attributes(info)
    covered = envelope.content
    if attributes:
        _check_attributes(envelope, attributes, hashlib.new(hash_name, covered).digest())
        covered = info["signed_attrs"].untag().dump()
    elif envelope.content_type != oids.DATA:
        raise Denied(HResult.INVALID_DATA, "A SignerInfo lacks signed attributes.")
    signature = info["signature"].native
    if info["signature_algorithm"]["algorithm"].dotted == oids.NO_SIGNATURE:
        if signature != hashlib.new(hash_name, covered).digest():
            raise Denied(HResult.BAD_SIGNATURE, "The no-signature value is not the hash.")
        return Signer(None, False, attributes)
    certificate = _find_certificate(envelope, info, new_key)
    key = certificate.public_key() if certificate else new_key
    if not isinstance(key, (rsa.RSAPublicKey, ec.EllipticCurvePublicKey)):
        raise Denied(HResult.ALGORITHM, "Only RSA and elliptic curve keys are accepted.")
    _check_signature(info, key, signature, covered, _HASHES[hash_name])
    return Signer(certificate, key.public_numbers() == new_key.public_numbers(), attributes)


def _signed_attributes(info: cms.SignerInfo) -> Mapping[str, List[bytes]]:
    found: Dict[str, List[bytes]] = {}
    if info["signed_attrs"].native is None:
        return found
    for attribute in info["signed_attrs"]:
        oid, values = Attribute.read(attribute)
        if oid in found:
            raise Denied(HResult.INVALID_DATA, f"Signed attribute {oid} occurs twice.")
        found[oid] = values
    return found


def _check_attributes(envelope: Envelope, attributes: Mapping[str, List[bytes]],
                      digest: bytes) -> None:
    """contentType and messageDigest, each once and right, RFC 5652 11."""
    kind = [cms.ContentType.load(value).dotted for value in attributes.get(oids.CONTENT_TYPE, [])]
    if kind != [envelope.content_type]:
        raise Denied(HResult.INVALID_DATA, "The signed attribute contentType is missing or wrong.")
    if attributes.get(oids.MESSAGE_DIGEST) != [bytes([4, len(digest)]) + digest]:
        raise Denied(HResult.BAD_SIGNATURE, "The signed attribute messageDigest is missing or wrong.")


def _find_certificate(envelope: Envelope, info: cms.SignerInfo,
                      new_key: PublicKey) -> Optional[x509.Certificate]:
    """The signer's certificate; None where the new key itself is meant by its identifier."""
    chosen = info["sid"].chosen
    if info["sid"].name == "subject_key_identifier":
        wanted = chosen.native
        if wanted == x509.SubjectKeyIdentifier.from_public_key(new_key).digest:
            return None
        fitting = [item for item in envelope.certificates if _key_identifier(item) == wanted]
    else:
        issuer, serial = chosen["issuer"].dump(), chosen["serial_number"].native
        fitting = [item for item in envelope.certificates
                   if item.serial_number == serial and item.issuer.public_bytes() == issuer]
    if not fitting:
        raise Denied(HResult.INVALID_DATA, "The certificate of a signer is not included.")
    return fitting[0]


def _key_identifier(certificate: x509.Certificate) -> Optional[bytes]:
    found = value_of(certificate, x509.SubjectKeyIdentifier)
    return found.digest if found else None


def _check_signature(info: cms.SignerInfo, key: PublicKey, signature: bytes, covered: bytes,
                     algorithm: hashes.HashAlgorithm) -> None:
    name = info["signature_algorithm"]["algorithm"].native
    try:
        if isinstance(key, rsa.RSAPublicKey) and name == "rsassa_pss":
            pss.verify(key, signature, covered, info["signature_algorithm"])
        elif isinstance(key, rsa.RSAPublicKey) and name in _RSA:
            key.verify(signature, covered, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey) and name in _ECDSA:
            key.verify(signature, covered, ec.ECDSA(algorithm))
        else:
            raise Denied(HResult.ALGORITHM, f"Signature algorithm '{name}' is not accepted.")
    except InvalidSignature as error:
        raise Denied(HResult.BAD_SIGNATURE, "A signature around the request is wrong.") from error
