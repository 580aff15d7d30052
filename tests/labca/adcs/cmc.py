# SPDX-License-Identifier: GPL-3.0-or-later
"""The full CMC response: what a CA answers inside a SignedData. RFC 5272 and MS-WCCE 2.2.2.8."""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import IntEnum
from typing import List, Optional, Sequence

from asn1crypto import cms, core, x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from . import oids
from .asn1 import AddAttributes, Control, OtherInfo, PendInfo, PkiResponse, StatusInfo
from .certificate import Issuer
from .keys import DER


class Status(IntEnum):
    """cMCStatus, RFC 5272 6.1.3."""

    SUCCESS = 0
    FAILED = 2
    PENDING = 3


def issued(issuer: Issuer, certificate: x509.Certificate, message: str) -> bytes:
    """Status 0, the hash of the certificate, and the certificate with its chain."""
    digest = core.OctetString(hashlib.sha1(certificate.public_bytes(DER)).digest())
    attributes = AddAttributes({
        "pkiDataReference": 0, "certReferences": [1],
        "attributes": [{"type": oids.ISSUED_CERT_HASH, "values": [digest]}]})
    controls = [_status(Status.SUCCESS, message),
                Control({"bodyPartID": 2, "attrType": oids.CMC_ADD_ATTRIBUTES,
                         "attrValues": [attributes]})]
    return _respond(issuer, controls, [issuer.certificate, certificate])


def pending(issuer: Issuer, request_id: int, when: datetime, message: str) -> bytes:
    """Status 3 with the request's ID."""
    info = PendInfo({"pendToken": str(request_id).encode("ascii"), "pendTime": when})
    status = _status(Status.PENDING, message, OtherInfo("pendInfo", info))
    return _respond(issuer, [status], [issuer.certificate])


def failed(issuer: Issuer, message: str) -> bytes:
    """Status 2; the HRESULT travels beside it, failInfo 2 is badRequest."""
    status = _status(Status.FAILED, message, OtherInfo("failInfo", core.Integer(2)))
    return _respond(issuer, [status], [issuer.certificate])


def _status(status: Status, message: str, other: Optional[OtherInfo] = None) -> Control:
    info = {"cMCStatus": int(status), "bodyList": [1], "statusString": message}
    if other is not None:
        info["otherInfo"] = other
    return Control({"bodyPartID": 1, "attrType": oids.CMC_STATUS_INFO,
                    "attrValues": [StatusInfo(info)]})


def _respond(issuer: Issuer, controls: List[Control],
             certificates: Sequence[x509.Certificate]) -> bytes:
    response = PkiResponse({"controlSequence": controls, "cmsSequence": [],
                            "otherMsgSequence": []}).dump()
    chain = [asn1_x509.Certificate.load(item.public_bytes(DER)) for item in certificates]
    signed = cms.SignedData({
        "version": "v3",
        "digest_algorithms": [{"algorithm": "sha256"}],
        "encap_content_info": {"content_type": oids.PKI_RESPONSE,
                               "content": core.ParsableOctetString(response)},
        "certificates": chain,
        "signer_infos": [_signer_info(issuer, response, chain[0])],
    })
    return cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump()


def _signer_info(issuer: Issuer, content: bytes, own: asn1_x509.Certificate) -> cms.SignerInfo:
    """Signed by the CA over the DER SET of the signed attributes, RFC 5652 5.4."""
    attributes = cms.CMSAttributes([
        {"type": oids.CONTENT_TYPE, "values": [cms.ContentType(oids.PKI_RESPONSE)]},
        {"type": oids.MESSAGE_DIGEST,
         "values": [core.OctetString(hashlib.sha256(content).digest())]}])
    signature = issuer.key.sign(attributes.dump(), padding.PKCS1v15(), hashes.SHA256())
    return cms.SignerInfo({
        "version": "v1",
        "sid": cms.SignerIdentifier("issuer_and_serial_number", {
            "issuer": own.issuer, "serial_number": own.serial_number}),
        "digest_algorithm": {"algorithm": "sha256"},
        "signed_attrs": attributes,
        "signature_algorithm": {"algorithm": "rsassa_pkcs1v15"},
        "signature": signature,
    })
