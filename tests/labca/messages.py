# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages as a client writes them, for the tests."""

from __future__ import annotations

import base64
from typing import List, Optional
from xml.etree import ElementTree as ET

from adcs import soap, wstep, xcep
from adcs.xcep_request import XCEP

CES_URL = "https://ca1.lab.test/LAB-CA_CES_Kerberos/service.svc/CES"
CEP_URL = "https://ca1.lab.test/ADPolicyProvider_CEP_Kerberos/service.svc/CEP"
MESSAGE_ID = "urn:uuid:7b1f0e0a-6d0c-4d86-b4a5-2c9bb6a4f4d1"
NIL = 'xsi:nil="true"'


def envelope(action: str, url: str, body: str, header: str = "") -> bytes:
    return (
        f'<s:Envelope xmlns:s="{soap.S}" xmlns:a="{soap.A}" xmlns:xsi="{soap.XSI}"><s:Header>'
        f'<a:Action s:mustUnderstand="1">{action}</a:Action>'
        f'<a:MessageID>{MESSAGE_ID}</a:MessageID>'
        f'<a:ReplyTo><a:Address>{soap.A}/anonymous</a:Address></a:ReplyTo>'
        f'<a:To s:mustUnderstand="1">{url}</a:To>{header}</s:Header>'
        f'<s:Body>{body}</s:Body></s:Envelope>').encode()


def token(data: bytes, value_type: str = wstep.PKCS10, encoding: str = wstep.BASE64) -> str:
    text = base64.b64encode(data).decode()
    return (f'<BinarySecurityToken xmlns="{wstep.WSSE}" ValueType="{value_type}" '
            f'EncodingType="{encoding}">{text}</BinarySecurityToken>')


def request_id(number: Optional[object]) -> str:
    if number is None:
        return f'<RequestID {NIL} xmlns="{wstep.WSTEP}"/>'
    return f'<RequestID xmlns="{wstep.WSTEP}">{number}</RequestID>'


def rst(*children: str, kind: str = wstep.ISSUE, token_type: str = wstep.X509V3) -> str:
    return (f'<RequestSecurityToken xmlns="{wstep.WST}"><TokenType>{token_type}</TokenType>'
            f'<RequestType>{kind}</RequestType>{"".join(children)}</RequestSecurityToken>')


def issue(data: bytes, *more: str) -> bytes:
    return envelope(wstep.ACTION, CES_URL, rst(token(data), *more, request_id(None)))


def query(number: object) -> bytes:
    return envelope(wstep.ACTION, CES_URL, rst(request_id(number), kind=wstep.QUERY))


def get_policies(client: str = f"<lastUpdate {NIL}/><preferredLanguage {NIL}/>",
                 request_filter: str = f"<requestFilter {NIL}/>") -> bytes:
    body = f'<GetPolicies xmlns="{XCEP}"><client>{client}</client>{request_filter}</GetPolicies>'
    return envelope(xcep.ACTION, CEP_URL, body)


def body_of(answer: bytes) -> ET.Element:
    found = ET.fromstring(answer).find(f"{{{soap.S}}}Body")
    assert found is not None and len(found) == 1
    return found[0]


def local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def names(element: ET.Element) -> List[str]:
    """Local names of the children, in order."""
    return [local(child) for child in element]
