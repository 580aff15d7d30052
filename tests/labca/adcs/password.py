# SPDX-License-Identifier: GPL-3.0-or-later
"""User name and password in the message: OASIS WS-Security UsernameToken, checked by asking the KDC for a ticket."""

from __future__ import annotations

from typing import Optional
from xml.etree import ElementTree as ET

import gssapi
from gssapi.raw import acquire_cred_with_password

from .soap import Fault, text_of

_WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
WSSE = f"{_WSS}-wssecurity-secext-1.0.xsd"
SECURITY = f"{{{WSSE}}}Security"
_TEXT = f"{_WSS}-username-token-profile-1.0#PasswordText"


def authenticate(header: Optional[ET.Element], realm: str) -> str:
    """The principal of who proved to know the password; a Fault for anybody else."""
    token = header.find(f"{SECURITY}/{{{WSSE}}}UsernameToken") if header is not None else None
    if token is None:
        raise Fault("There is no UsernameToken.", subcode="o:InvalidSecurity")
    name = text_of(token.find(f"{{{WSSE}}}Username"))
    password = token.find(f"{{{WSSE}}}Password")
    if password is None or password.get("Type", _TEXT) != _TEXT:
        raise Fault("There is no password in plain text.", subcode="o:InvalidSecurity")
    principal = f"{name.partition('@')[0]}@{realm}"
    try:
        acquire_cred_with_password(
            gssapi.Name(principal, gssapi.NameType.kerberos_principal),
            (password.text or "").encode("utf-8"), usage="initiate")
    except gssapi.exceptions.GSSError as error:
        raise Fault("User name or password is wrong.", subcode="o:FailedAuthentication") from error
    return principal
