# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells the formats of a request apart and reads each: MS-WCCE 3.2.1.4.2.1.4."""

from __future__ import annotations

from dataclasses import replace
from typing import Dict, List, Optional, Tuple

from asn1crypto import core

from . import oids
from .asn1 import MALFORMED, PkiData
from .hresult import Denied, HResult
from .pkcs10 import Proof, read_name_values, read_pkcs10
from .request import Form, Request
from .signed import Envelope, Signer, open_envelope, verify_signers

_REQUESTER = "requestername"


def read_request(token: bytes) -> Request:
    """Read a request in any of the formats.

    The ValueType of a WSTEP token does not decide: clients label a bare PKCS#10 as PKCS#7.
    """
    try:
        first = core.Sequence.load(token, strict=True)[0]
    except MALFORMED as error:
        raise Denied(HResult.ASN1_BAD_TAG, "Not an ASN.1 sequence.") from error
    if isinstance(first, core.ObjectIdentifier):
        return _read_envelope(open_envelope(token))
    request, proof = read_pkcs10(token)
    if proof is Proof.NOTHING:
        raise Denied(HResult.BAD_SIGNATURE, "A null signature proves nothing without CMS.")
    return request


def _read_envelope(envelope: Envelope) -> Request:
    attributes: Dict[str, str] = {}
    if envelope.content_type == oids.PKI_DATA:
        form, (der, attributes) = Form.CMC, _read_pki_data(envelope.content)
    elif envelope.content_type == oids.DATA:
        form, der = Form.CMS, envelope.content
    else:
        raise Denied(HResult.INVALID_DATA, f"CMS content of type {envelope.content_type}.")
    request, proof = read_pkcs10(der)
    key = request.csr.public_key()
    signers = verify_signers(envelope, key)  # type: ignore[arg-type]
    if proof is Proof.NOTHING and not any(signer.is_new_key for signer in signers):
        raise Denied(HResult.BAD_SIGNATURE, "Nothing proves possession of the private key.")
    return replace(
        request, form=form, attributes=attributes, certificates=envelope.certificates,
        signers=[signer.certificate for signer in signers if signer.certificate is not None],
        first_signer=signers[0].certificate,
        on_behalf_of=_on_behalf_of(form, attributes, signers))


def _read_pki_data(content: bytes) -> Tuple[bytes, Dict[str, str]]:
    """The one PKCS#10 of a CMC request, and its regInfo."""
    try:
        data = PkiData.load(content, strict=True)
        requests = [(item.name, item.chosen) for item in data["reqSequence"]]
        if len(requests) != 1 or requests[0][0] != "tcr":
            raise Denied(HResult.INVALID_DATA, "A CMC request holds exactly one PKCS#10.")
        reg_info = [value for control in data["controlSequence"]
                    if control["attrType"].dotted == oids.CMC_REG_INFO
                    for value in control["attrValues"]]
        attributes = [core.OctetString.load(value.dump(), strict=True).native.decode("utf-8")
                      for value in reg_info]
        return requests[0][1]["certificationRequest"].dump(), _split("&".join(attributes))
    except MALFORMED as error:
        raise Denied(HResult.ASN1_BAD_TAG, "The CMC request cannot be decoded.") from error


def _split(text: str) -> Dict[str, str]:
    """Name=Value&Name=Value; names without regard to case."""
    pairs = [part.partition("=") for part in text.split("&") if part]
    return {name.lower(): value for name, _, value in pairs}


def _on_behalf_of(form: Form, attributes: Dict[str, str],
                  signers: List[Signer]) -> Optional[str]:
    """requestername counts in two places only, MS-WCCE 3.2.2.6.2.1.2.1."""
    if form is Form.CMC:
        return attributes.get(_REQUESTER)
    try:
        pairs = read_name_values(signers[0].attributes.get(oids.NAME_VALUE_PAIR, []))  # type: ignore[arg-type]
    except MALFORMED as error:
        raise Denied(HResult.ASN1_BAD_TAG, "A name-value pair cannot be decoded.") from error
    return pairs.get(_REQUESTER)
