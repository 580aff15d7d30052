# SPDX-License-Identifier: GPL-3.0-or-later
"""The TLS side of the server, with the certificates it shows when it is told to misbehave."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Dict

from cryptography import x509

from . import oids
from .keys import PEM, load_pair, write_key
from .misbehaviour import Mode
from .negotiate import tls_server_end_point
from .setup import issue_server, make_ca

_WRONG_HOST = "elsewhere.lab.test"


@dataclass(frozen=True)
class Endpoint:
    """A TLS context and the channel binding of the certificate in it."""

    context: ssl.SSLContext
    binding: bytes


class Endpoints:
    """The server's real endpoint, and false ones made when first asked for."""

    def __init__(self, state: Path, host: str, ask_for_certificate: bool = False) -> None:
        self._state = state
        self._host = host
        self._ask = ask_for_certificate
        self._made: Dict[str, Endpoint] = {"web": self._load("web")}

    def endpoint(self, mode: Mode) -> Endpoint:
        """What to show in this mode."""
        if mode is Mode.WRONG_HOST_CERTIFICATE:
            return self._false("false-host", _WRONG_HOST, load_pair(self._state, "ca"))
        if mode is Mode.UNTRUSTED_CHAIN:
            return self._false("false-chain", self._host, None)
        if self._ask:
            for path in self._state.glob("ca*.pem"):  # one more after each renewal of the CA
                self._made["web"].context.load_verify_locations(path)
        return self._made["web"]

    def _false(self, stem: str, host: str, ca) -> Endpoint:  # type: ignore[no-untyped-def]
        if stem not in self._made:
            issuer = ca or make_ca("Untrusted CA", "elsewhere.test")
            certificate, key = issue_server(
                issuer, [x509.DNSName(host)], host, [oids.SERVER_AUTH])
            (self._state / f"{stem}.pem").write_bytes(certificate.public_bytes(PEM))
            write_key(self._state / f"{stem}.key", key)
            self._made[stem] = self._load(stem)
        return self._made[stem]

    def _load(self, stem: str) -> Endpoint:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self._state / f"{stem}.pem", self._state / f"{stem}.key")
        if self._ask:
            context.verify_mode = ssl.CERT_OPTIONAL
        certificate, _ = load_pair(self._state, stem)
        return Endpoint(context, tls_server_end_point(certificate))
