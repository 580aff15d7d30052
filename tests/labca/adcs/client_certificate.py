# SPDX-License-Identifier: GPL-3.0-or-later
"""Who a TLS client is, by the certificate that it shows: of this CA, in force, with a user principal name."""

from __future__ import annotations

import ssl
from typing import Callable

from cryptography import x509

from . import oids
from .asn1 import MALFORMED
from .hresult import Denied
from .renewal import alt_names
from .trust import Trust, purposes


class NotAccepted(Exception):
    """There is no certificate, or not one that lets anybody in."""


class ClientCertificates:
    """The mapping of certificates to accounts, as the domain controller does it for a web server."""

    def __init__(self, trust: Callable[[], Trust], realm: str) -> None:
        self._trust = trust
        self._realm = realm

    def principal(self, connection: ssl.SSLSocket) -> str:
        """Raises NotAccepted."""
        der = connection.getpeercert(binary_form=True)
        if not der:
            raise NotAccepted("no client certificate")
        try:
            certificate = x509.load_der_x509_certificate(der)
            self._trust().check(certificate)
        except (Denied, *MALFORMED) as error:
            raise NotAccepted(str(error)) from error
        upns, _ = alt_names(certificate)
        if len(upns) != 1 or oids.CLIENT_AUTH not in purposes(certificate):
            raise NotAccepted("the certificate is not one to log on with")
        return f"{upns.pop().partition('@')[0]}@{self._realm}"
