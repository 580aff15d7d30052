# SPDX-License-Identifier: GPL-3.0-or-later
"""The enrollment web service (CES): MS-WSTEP 3.1.4."""

from __future__ import annotations

import base64
import binascii
import textwrap
from typing import Dict, Optional
from xml.etree import ElementTree as ET

from . import soap
from .authority import Authority, Outcome, Refused
from .directory import DirectoryError
from .soap import Fault, Message, is_nil, text_of

WST = "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
WSTEP = "http://schemas.microsoft.com/windows/pki/2009/01/enrollment"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
AUTH = "http://schemas.xmlsoap.org/ws/2006/12/authorization"
ACTION = f"{WSTEP}/RST/wstep"
KET_ACTION = f"{WST}/RST/KET"
ACTIONS = {ACTION, KET_ACTION}
RESPONSE_ACTION = f"{WSTEP}/RSTRC/wstep"
X509V3 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"
PKCS7, PKCS10 = f"{WSSE}#PKCS7", f"{WSTEP}#PKCS10"
BASE64 = f"{WSSE}#base64binary"
ISSUE, QUERY = f"{WST}/Issue", f"{WSTEP}/QueryTokenStatus"

ET.register_namespace("wst", WST)
ET.register_namespace("wstep", WSTEP)
ET.register_namespace("wsse", WSSE)


class EnrollmentService:
    """Answers RequestSecurityToken for authenticated callers."""

    def __init__(self, authority: Authority, url: str, by_password: bool = False) -> None:
        self._authority = authority
        self.url = url
        self.by_password = by_password

    def answer(self, principal: str, message: Message) -> bytes:
        """The serialized answer; raises Fault."""
        try:
            outcome = self._dispatch(principal, message)
        except Refused as refused:
            raise Fault(refused.message, "Receiver", detail=_detail(refused),
                        relates_to=message.message_id) from refused
        except DirectoryError as error:
            raise Fault(f"The directory does not answer: {error}", "Receiver",
                        relates_to=message.message_id) from error
        except Fault as fault:
            fault.relates_to = message.message_id
            raise
        return soap.build(RESPONSE_ACTION, message.message_id, self._collection(outcome))

    def _dispatch(self, principal: str, message: Message) -> Outcome:
        """MS-WSTEP 3.1.4.2."""
        if message.body.tag != f"{{{WST}}}RequestSecurityToken":
            raise Fault(f"'{message.body.tag}' is not a RequestSecurityToken.")
        if message.action == KET_ACTION:
            raise Fault("Key exchange tokens are not offered: this CA archives no keys.", "Receiver")
        if text_of(_one(message.body, WST, "TokenType")) != X509V3:
            raise Fault("TokenType must be X509v3.")
        kind = text_of(_one(message.body, WST, "RequestType"))
        if kind == ISSUE:
            token = _binary_token(message.body)
            return self._authority.submit(principal, token, _context(message.body))
        if kind == QUERY:
            return self._authority.query(principal, _request_id(message.body))
        raise Fault(f"RequestType '{kind}' is not known.")

    def _collection(self, outcome: Outcome) -> ET.Element:
        """Children in the order in which a Windows server sends them."""
        collection = ET.Element(f"{{{WST}}}RequestSecurityTokenResponseCollection")
        response = ET.SubElement(collection, f"{{{WST}}}RequestSecurityTokenResponse")
        soap.put(response, f"{{{WST}}}TokenType", X509V3)
        disposition = soap.put(response, f"{{{WSTEP}}}DispositionMessage", outcome.message)
        disposition.set(f"{{{soap.XML}}}lang", "en-US")
        _put_token(response, PKCS7, outcome.response)
        requested = ET.SubElement(response, f"{{{WST}}}RequestedSecurityToken")
        if outcome.certificate is not None:
            _put_token(requested, X509V3, outcome.certificate)
        else:
            reference = ET.SubElement(requested, f"{{{WSSE}}}SecurityTokenReference")
            ET.SubElement(reference, f"{{{WSSE}}}Reference", {"URI": self.url})
        soap.put(response, f"{{{WSTEP}}}RequestID", outcome.request_id)
        return collection


def _one(parent: ET.Element, namespace: str, name: str) -> Optional[ET.Element]:
    """The child of that name, or None where it is absent or nil; two of them are a fault."""
    found = parent.findall(f"{{{namespace}}}{name}")
    if len(found) > 1:
        raise Fault(f"There is more than one {name}.")
    return found[0] if found and not is_nil(found[0]) else None


def _binary_token(request: ET.Element) -> bytes:
    """MS-WSTEP 3.1.4.2.1.1: the request; both ValueTypes, both spellings of the encoding."""
    token = _one(request, WSSE, "BinarySecurityToken")
    if token is None:
        raise Fault("BinarySecurityToken is missing.")
    if token.get("ValueType") not in (PKCS7, PKCS10):
        raise Fault(f"ValueType '{token.get('ValueType')}' is not known.")
    if (token.get("EncodingType") or "").lower() != BASE64.lower():
        raise Fault("EncodingType must be base64binary.")
    try:
        return base64.b64decode("".join(text_of(token).split()), validate=True)
    except binascii.Error as error:
        raise Fault(f"The token is not base64: {error}.") from error


def _context(request: ET.Element) -> Dict[str, str]:
    """AdditionalContext becomes request attributes, names in lower case."""
    context = _one(request, AUTH, "AdditionalContext")
    if context is None:
        return {}
    return {item.get("Name", "").lower(): text_of(item.find(f"{{{AUTH}}}Value"))
            for item in context.findall(f"{{{AUTH}}}ContextItem")}


def _request_id(request: ET.Element) -> int:
    text = text_of(_one(request, WSTEP, "RequestID"))
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise Fault("RequestID must be the number of a request.")
    return int(text)


def _put_token(parent: ET.Element, value_type: str, data: bytes) -> None:
    element = ET.SubElement(parent, f"{{{WSSE}}}BinarySecurityToken",
                            {"ValueType": value_type, "EncodingType": BASE64})
    element.text = "\r\n".join(textwrap.wrap(base64.b64encode(data).decode("ascii"), 64))


def _detail(refused: Refused) -> ET.Element:
    """CertificateEnrollmentWSDetail, MS-WSTEP 3.1.4.1.3.7."""
    detail = ET.Element(f"{{{WSTEP}}}CertificateEnrollmentWSDetail")
    response = base64.b64encode(refused.response).decode("ascii")
    soap.put(detail, f"{{{WSTEP}}}BinaryResponse", response)
    soap.put(detail, f"{{{WSTEP}}}ErrorCode", refused.code.signed)
    soap.put(detail, f"{{{WSTEP}}}InvalidRequest", True)
    soap.put(detail, f"{{{WSTEP}}}RequestID", refused.request_id)
    return detail
