# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests wrapped in CMS and CMC, as clients build them, for the tests."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any, Dict, Optional, Sequence, Tuple

from asn1crypto import cms, core, csr as asn1_csr, x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from adcs import certificate, oids
from adcs.asn1 import NameValuePair, PkiData, TaggedCertificationRequest, TaggedRequest
from adcs.formats import read_request
from adcs.template import Template
from fixtures import ISSUER, SMARTCARD, encode, pkcs10, requester

DER = Encoding.DER


@dataclass(frozen=True)
class By:
    """One signer: a key with its certificate, or the new key by its identifier (no certificate)."""

    key: Any
    certificate: Optional[x509.Certificate] = None
    attributes: Dict[str, bytes] = field(default_factory=dict)
    bare: bool = False
    no_signature: bool = False
    digest: str = "sha256"


def issue(template: Template = SMARTCARD, key: Any = None, **named: Any) -> x509.Certificate:
    """A certificate of the CA, for the account alice unless `issuer` and `account` say otherwise."""
    account = named.pop("account", None) or requester()
    return certificate.build(named.pop("issuer", ISSUER), template, account, read_request(pkcs10(key=key)), **named)


def name_value(name: str, value: str) -> bytes:
    return NameValuePair({"name": name, "value": value}).dump()


def null_signed(der: bytes) -> bytes:
    """The same request with the null signature, MS-WCCE 2.2.2.6.5."""
    info = asn1_csr.CertificationRequest.load(der)["certification_request_info"].dump()
    algorithm = encode(0x30, core.ObjectIdentifier(oids.SHA256).dump())
    return encode(0x30, info, algorithm, encode(0x03, b"\0", hashlib.sha256(info).digest()))


def pki_data(*requests: bytes, reg_info: str = "") -> bytes:
    controls = []
    if reg_info:
        controls.append({"bodyPartID": 2, "attrType": oids.CMC_REG_INFO,
                         "attrValues": [core.OctetString(reg_info.encode())]})
    tagged = [TaggedRequest("tcr", TaggedCertificationRequest({
        "bodyPartID": 1, "certificationRequest": asn1_csr.CertificationRequest.load(der)}))
        for der in requests]
    data = PkiData({"controlSequence": controls, "reqSequence": tagged, "cmsSequence": [],
                    "otherMsgSequence": []})
    return bytes(data.dump())


def wrap(content: bytes, *signers: By, kind: str = oids.DATA,
         certificates: Optional[Sequence[x509.Certificate]] = None) -> bytes:
    """A SignedData; the signers' certificates are included unless others are given."""
    if certificates is None:
        certificates = [by.certificate for by in signers if by.certificate is not None]
    signed = cms.SignedData({
        "version": "v3", "digest_algorithms": [{"algorithm": "sha256"}],
        "encap_content_info": {"content_type": kind, "content": core.ParsableOctetString(content)},
        "certificates": [asn1_x509.Certificate.load(item.public_bytes(DER))
                         for item in certificates],
        "signer_infos": _in_order([_signer_info(by, kind, content) for by in signers])})
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump())


def cmc(der: bytes, *signers: By, **named: Any) -> bytes:
    """A CMC request around one PKCS#10."""
    content = pki_data(der, reg_info=named.pop("reg_info", ""))
    return wrap(content, *signers, kind=oids.PKI_DATA, **named)


def _in_order(infos: Sequence[cms.SignerInfo]) -> cms.SignerInfos:
    """asn1crypto would sort a SET OF, but Windows goes by the order of the SignerInfos."""
    return cms.SignerInfos.load(encode(0x31, *(info.dump() for info in infos)))


def _signer_info(by: By, kind: str, content: bytes) -> cms.SignerInfo:
    info = {"version": "v1", "sid": _identifier(by), "digest_algorithm": {"algorithm": by.digest}}
    covered = content
    if not by.bare:
        digest = hashlib.new(by.digest, content).digest()
        attributes = cms.CMSAttributes([
            {"type": oids.CONTENT_TYPE, "values": [cms.ContentType(kind)]},
            {"type": oids.MESSAGE_DIGEST, "values": [core.OctetString(digest)]},
            *({"type": oid, "values": [core.Asn1Value.load(value)]}
              for oid, value in by.attributes.items())])
        info["signed_attrs"] = attributes
        covered = attributes.dump()
    info["signature_algorithm"], info["signature"] = _sign(by, covered)
    return cms.SignerInfo(info)


def _sign(by: By, covered: bytes) -> Tuple[Dict[str, str], bytes]:
    if by.no_signature:
        return {"algorithm": oids.NO_SIGNATURE}, hashlib.new(by.digest, covered).digest()
    algorithm = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256()}[by.digest]
    if isinstance(by.key, rsa.RSAPrivateKey):
        return ({"algorithm": "rsassa_pkcs1v15"},
                by.key.sign(covered, padding.PKCS1v15(), algorithm))
    return {"algorithm": "sha256_ecdsa"}, by.key.sign(covered, ec.ECDSA(algorithm))


def _identifier(by: By) -> cms.SignerIdentifier:
    if by.certificate is None:
        digest = x509.SubjectKeyIdentifier.from_public_key(by.key.public_key()).digest
        return cms.SignerIdentifier("subject_key_identifier", core.OctetString(digest))
    parsed = asn1_x509.Certificate.load(by.certificate.public_bytes(DER))
    return cms.SignerIdentifier("issuer_and_serial_number", {
        "issuer": parsed.issuer, "serial_number": parsed.serial_number})
