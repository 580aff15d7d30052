# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP Negotiate (RFC 4559) as the accepting side, with Kerberos by GSSAPI."""

from __future__ import annotations

import base64
import binascii
import hashlib
from pathlib import Path
from typing import Optional

import gssapi
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from gssapi.raw import ChannelBindings


class Unauthenticated(Exception):
    """No proof of who is calling (yet); `token` goes into the 401's header."""

    def __init__(self, reason: str, token: bytes = b"") -> None:
        super().__init__(reason)
        self.token = token


class Acceptor:
    """The service's key table. Any key in it is taken: the tickets are for HTTP/host."""

    def __init__(self, keytab: str, state: Path) -> None:
        self._credentials = gssapi.Credentials(
            usage="accept",
            store={"keytab": keytab, "rcache": f"file2:{state / 'ca.rcache'}"})

    def context(self, bindings: Optional[bytes]) -> gssapi.SecurityContext:
        """A context that is tied to the TLS server's certificate (RFC 5929), if the client is."""
        channel = ChannelBindings(application_data=bindings) if bindings else None
        return gssapi.SecurityContext(
            usage="accept", creds=self._credentials, channel_bindings=channel)


class Negotiation:
    """The exchange on one connection. A context lasts for one request, as IIS has it."""

    def __init__(self, acceptor: Acceptor, bindings: Optional[bytes]) -> None:
        self._acceptor = acceptor
        self._bindings = bindings
        self._context: Optional[gssapi.SecurityContext] = None
        self.answer = b""

    def authenticate(self, header: str) -> str:
        """The caller's principal; its `answer` is the token for mutual authentication."""
        scheme, _, encoded = header.strip().partition(" ")
        if scheme.lower() != "negotiate" or not encoded:
            raise Unauthenticated("no Negotiate token")
        try:
            token = base64.b64decode(encoded, validate=True)
        except binascii.Error as error:
            raise Unauthenticated("the Negotiate token is not base64") from error
        context = self._context or self._acceptor.context(self._bindings)
        self._context = None
        try:  # python-gssapi keeps some errors of step() back until the context is looked at
            answer = context.step(token) or b""
            principal = str(context.initiator_name) if context.complete else None
        except gssapi.exceptions.GSSError as error:
            raise Unauthenticated(str(error)) from error
        if principal is None:
            self._context = context
            raise Unauthenticated("the negotiation goes on", answer)
        self.answer = answer
        return principal


def tls_server_end_point(certificate: x509.Certificate) -> bytes:
    """The binding of type tls-server-end-point; the lab's certificates are signed with SHA-256."""
    digest = hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest()
    return b"tls-server-end-point:" + digest
