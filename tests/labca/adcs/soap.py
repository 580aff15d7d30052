# SPDX-License-Identifier: GPL-3.0-or-later
"""SOAP 1.2 with WS-Addressing 1.0, as WCF speaks it: messages in, messages and faults out.

xml.etree (expat) on purpose: the product reads XML with libxml2.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import FrozenSet, Optional, Set
from xml.etree import ElementTree as ET

S = "http://www.w3.org/2003/05/soap-envelope"
A = "http://www.w3.org/2005/08/addressing"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XML = "http://www.w3.org/XML/1998/namespace"
_DIAGNOSTICS = "http://schemas.microsoft.com/2004/09/ServiceModel/Diagnostics"
_FAULT_ACTION = "http://schemas.microsoft.com/net/2005/12/windowscommunicationfoundation/dispatcher/fault"
_ADDRESSING_FAULT = f"{A}/soap/fault"
CONTENT_TYPE = "application/soap+xml; charset=utf-8"

for _prefix, _uri in (("s", S), ("a", A), ("xsi", XSI), ("diag", _DIAGNOSTICS)):
    ET.register_namespace(_prefix, _uri)


@dataclass(frozen=True)
class Message:
    """A request that passed the checks of parse(): action, ID, the one element of its body, and its header."""

    action: str
    message_id: str
    body: ET.Element
    header: Optional[ET.Element] = None


class Fault(Exception):
    """A SOAP fault: who is at fault (`Sender` or `Receiver`), a sentence, and a detail."""

    def __init__(self, reason: str, code: str = "Sender", subcode: str = "",
                 detail: Optional[ET.Element] = None, relates_to: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code
        self.subcode = subcode
        self.detail = detail
        self.relates_to = relates_to


def text_of(element: Optional[ET.Element]) -> str:
    """The text without the white space around it; '' for none."""
    return (element.text or "").strip() if element is not None else ""


def is_nil(element: ET.Element) -> bool:
    return element.get(f"{{{XSI}}}nil", "").strip() in ("true", "1")


def nil(parent: ET.Element, name: str) -> ET.Element:
    """An element that is there but says nothing."""
    return ET.SubElement(parent, name, {f"{{{XSI}}}nil": "true"})


def put(parent: ET.Element, name: str, value: object) -> ET.Element:
    """An element with text; booleans as XML Schema spells them; None is nil."""
    if value is None:
        return nil(parent, name)
    element = ET.SubElement(parent, name)
    element.text = str(value).lower() if isinstance(value, bool) else str(value)
    return element


def parse(data: bytes, url: str, actions: Set[str],
          understood: FrozenSet[str] = frozenset()) -> Message:
    """Read an envelope; anything WCF would refuse is a Fault. UNDERSTOOD headers are the caller's to check."""
    envelope = _parse_xml(data)
    if envelope.tag != f"{{{S}}}Envelope":
        raise Fault("The message is not a SOAP 1.2 envelope.", subcode="s:VersionMismatch")
    header, body = envelope.find(f"{{{S}}}Header"), envelope.find(f"{{{S}}}Body")
    if header is None or body is None or len(envelope) != 2 or envelope[0] is not header:
        raise Fault("An envelope holds one Header and then one Body.")
    message_id = text_of(header.find(f"{{{A}}}MessageID"))
    try:
        action = _check_header(header, url, actions, understood)
        if len(body) != 1:
            raise Fault("The Body holds exactly one element.")
        return Message(action, message_id, body[0], header)
    except Fault as fault:
        fault.relates_to = message_id
        raise


def _parse_xml(data: bytes) -> ET.Element:
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise Fault("A message holds no document type declaration.")
    try:
        return ET.fromstring(data, ET.XMLParser(encoding="utf-8"))
    except ET.ParseError as error:
        raise Fault(f"The message is not well-formed XML: {error}.") from error


def _check_header(header: ET.Element, url: str, actions: Set[str],
                  understood: FrozenSet[str]) -> str:
    known = {f"{{{A}}}{name}" for name in ("Action", "MessageID", "ReplyTo", "To", "From", "FaultTo")}
    for element in header:
        if element.tag not in known | understood and element.get(f"{{{S}}}mustUnderstand") in ("1", "true"):
            raise Fault(f"Header {element.tag} is not understood.", "MustUnderstand")
    for name in ("Action", "MessageID", "To"):
        if len(header.findall(f"{{{A}}}{name}")) > 1:
            raise Fault(f"There is more than one {name} header.", subcode="a:InvalidAddressingHeader")
    action = text_of(header.find(f"{{{A}}}Action"))
    if action not in actions:
        raise Fault(f"The action '{action}' is not supported here.", subcode="a:ActionNotSupported")
    if not text_of(header.find(f"{{{A}}}MessageID")):
        raise Fault("The header MessageID is missing.", subcode="a:MessageAddressingHeaderRequired")
    reply_to = header.find(f"{{{A}}}ReplyTo/{{{A}}}Address")
    if reply_to is not None and text_of(reply_to) != f"{A}/anonymous":
        raise Fault("Answers go back on the connection only.", subcode="a:OnlyAnonymousAddressSupported")
    target = header.find(f"{{{A}}}To")
    if target is not None and text_of(target).lower() != url.lower():
        raise Fault(f"The message is for '{text_of(target)}', this is '{url}'.",
                    subcode="a:DestinationUnreachable")
    return action


def build(action: str, relates_to: str, body: ET.Element) -> bytes:
    """Serialize an answer. Carriage returns become character references, as WCF writes them."""
    envelope = ET.Element(f"{{{S}}}Envelope")
    header = ET.SubElement(envelope, f"{{{S}}}Header")
    ET.SubElement(header, f"{{{A}}}Action", {f"{{{S}}}mustUnderstand": "1"}).text = action
    activity = ET.SubElement(header, f"{{{_DIAGNOSTICS}}}ActivityId",
                             {"CorrelationId": str(uuid.uuid4())})
    activity.text = str(uuid.uuid4())
    if relates_to:
        ET.SubElement(header, f"{{{A}}}RelatesTo").text = relates_to
    ET.SubElement(envelope, f"{{{S}}}Body").append(body)
    return re.sub(b"\r", b"&#xD;", ET.tostring(envelope, encoding="utf-8"))


def build_fault(fault: Fault) -> bytes:
    """Serialize a fault, SOAP 1.2 5.4."""
    element = ET.Element(f"{{{S}}}Fault")
    code = ET.SubElement(element, f"{{{S}}}Code")
    ET.SubElement(code, f"{{{S}}}Value").text = f"s:{fault.code}"
    if fault.subcode:
        subcode = ET.SubElement(code, f"{{{S}}}Subcode")
        ET.SubElement(subcode, f"{{{S}}}Value").text = fault.subcode
    reason = ET.SubElement(element, f"{{{S}}}Reason")
    ET.SubElement(reason, f"{{{S}}}Text", {f"{{{XML}}}lang": "en-US"}).text = fault.reason
    if fault.detail is not None:
        ET.SubElement(element, f"{{{S}}}Detail").append(fault.detail)
    action = _ADDRESSING_FAULT if fault.subcode.startswith("a:") else _FAULT_ACTION
    return build(action, fault.relates_to, element)
