# SPDX-License-Identifier: GPL-3.0-or-later
"""What is served: SOAP over HTTPS to authenticated callers, the CRL over plain HTTP to anybody."""

from __future__ import annotations

import base64
import sys
from http import HTTPStatus
from typing import Callable, Dict, Mapping, Optional, Protocol, Set, Tuple

from . import password, soap
from .client_certificate import ClientCertificates, NotAccepted
from .misbehaviour import Misbehaviour, Mode
from .negotiate import Acceptor, Negotiation, Unauthenticated
from .server import Handler
from .soap import Fault, Message
from .tls import Endpoints

_MAX_BODY = 1 << 20
_HUGE_BYTES = 1 << 30
_TLS_MODES = (Mode.WRONG_HOST_CERTIFICATE, Mode.UNTRUSTED_CHAIN)


class Service(Protocol):
    """A SOAP service behind a path."""

    url: str
    by_password: bool  # the message proves who asks, and not HTTP

    def answer(self, principal: str, message: Message) -> bytes: ...


def crl_handler(published: Callable[[], Mapping[str, Tuple[str, bytes]]]) -> type:
    """Serves path -> (content type, content), as it is at the moment, to anybody; nothing else."""

    class CrlHandler(Handler):
        def do_GET(self) -> None:
            content_type, content = published().get(self.path, ("", b""))
            if not content:
                self.reply(HTTPStatus.NOT_FOUND, b"not found\n")
            else:
                self.reply(HTTPStatus.OK, content, content_type)

        do_HEAD = do_GET

    return CrlHandler


def soap_handler(services: Mapping[str, Tuple[Service, Set[str]]], acceptor: Acceptor,
                 endpoints: Endpoints, misbehaviour: Misbehaviour, realm: str,
                 certificates: Optional[ClientCertificates] = None) -> type:
    """Serves path -> (service, its actions) over TLS to callers with a ticket, or with one of the certificates."""
    by_path = {path.lower(): entry for path, entry in services.items()}

    class SoapHandler(Handler):
        def setup(self) -> None:
            """The TLS handshake, in this connection's own thread."""
            mode = misbehaviour.mode
            endpoint = endpoints.endpoint(mode)
            if mode in _TLS_MODES:
                misbehaviour.take(mode)
            self.request.settimeout(self.timeout)
            self.request = endpoint.context.wrap_socket(self.request, server_side=True)
            self.negotiation = Negotiation(acceptor, endpoint.binding)
            super().setup()

        def do_POST(self) -> None:
            body = self._read_body()
            if body is None:
                return
            service, actions = by_path.get(self.path.lower(), (None, set()))
            by_password = service is not None and service.by_password
            principal = "" if by_password else self._authenticate()
            if principal is None:
                return
            if service is None:
                self.reply(HTTPStatus.NOT_FOUND, b"no such service\n")
            elif not self._content_type_fits():
                self.reply(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, b"application/soap+xml is wanted\n")
            else:
                self._send(*_call(service, actions, principal, body, realm))

        def do_GET(self) -> None:
            if self._authenticate() is not None:
                self.reply(HTTPStatus.METHOD_NOT_ALLOWED, b"", headers={"Allow": "POST"})

        do_HEAD = do_GET

        def _read_body(self) -> Optional[bytes]:
            """Read before anything is answered, or keep-alive would break."""
            length = self.headers.get("Content-Length", "")
            if not length.isdigit():
                self.close_connection = True
                self.reply(HTTPStatus.LENGTH_REQUIRED)
            elif int(length) > _MAX_BODY:
                self.close_connection = True
                self._drain(int(length))
                self.reply(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            else:
                return self.rfile.read(int(length))
            return None

        def _drain(self, length: int) -> None:
            """Closing with input unread would reset the connection before the answer is read."""
            left = min(length, 64 * _MAX_BODY)
            while left > 0:
                left -= len(self.rfile.read(min(left, 1 << 16))) or left

        def _authenticate(self) -> Optional[str]:
            if certificates is not None:
                return self._authenticate_by(certificates)
            try:
                return self.negotiation.authenticate(self.headers.get("Authorization", ""))
            except Unauthenticated as error:
                self.log_message("401: %s", error)
                encoded = _negotiate_header(error.token)
                self.reply(HTTPStatus.UNAUTHORIZED, headers={"WWW-Authenticate": encoded})
            return None

        def _authenticate_by(self, accepted: ClientCertificates) -> Optional[str]:
            """Who shows none gets 403.7 from IIS, and who is not known 403.16."""
            try:
                return accepted.principal(self.request)
            except NotAccepted as error:
                self.log_message("403: %s", error)
                self.reply(HTTPStatus.FORBIDDEN, b"a client certificate is wanted\n")
            return None

        def _content_type_fits(self) -> bool:
            kind = self.headers.get_content_type()
            charset = self.headers.get_content_charset("utf-8")
            return kind == "application/soap+xml" and charset == "utf-8"

        def _send(self, status: int, body: bytes) -> None:
            """The answer, or what the present misbehaviour makes of it."""
            headers = {"WWW-Authenticate": _negotiate_header(self.negotiation.answer)}
            misbehaviour.dawdle()
            if misbehaviour.take(Mode.CUT_BEFORE_ANSWER):
                self.close_connection = True
            elif misbehaviour.take(Mode.CUT_MID_ANSWER):
                self._send_part(status, body, headers)
            elif misbehaviour.take(Mode.HUGE_ANSWER):
                self._send_huge(headers)
            elif misbehaviour.take(Mode.UNAVAILABLE):
                self.reply(HTTPStatus.SERVICE_UNAVAILABLE, b"try later\n", headers=headers)
            elif misbehaviour.take(Mode.GARBAGE):
                self.reply(HTTPStatus.OK, bytes(range(256)) * 16, soap.CONTENT_TYPE, headers)
            else:
                self.reply(status, body, soap.CONTENT_TYPE, headers)

        def _start(self, status: int, length: int, headers: Dict[str, str]) -> None:
            self.close_connection = True
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", soap.CONTENT_TYPE)
            self.send_header("Content-Length", str(length))
            self.end_headers()

        def _send_part(self, status: int, body: bytes, headers: Dict[str, str]) -> None:
            self._start(status, len(body), headers)
            self.wfile.write(body[:len(body) // 2])

        def _send_huge(self, headers: Dict[str, str]) -> None:
            """Well-formed as far as it goes, and it goes on for a gigabyte."""
            self._start(HTTPStatus.OK, _HUGE_BYTES, headers)
            start = (f'<s:Envelope xmlns:s="{soap.S}"><s:Header/><s:Body><x>').encode("ascii")
            self.wfile.write(start)
            left = _HUGE_BYTES - len(start)
            while left > 0:
                left -= self.wfile.write(b"A" * min(left, 1 << 16))

    return SoapHandler


def _negotiate_header(token: bytes) -> str:
    """The value of WWW-Authenticate."""
    return f"Negotiate {base64.b64encode(token).decode('ascii')}" if token else "Negotiate"


def _call(service: Service, actions: Set[str], principal: str, body: bytes,
          realm: str) -> Tuple[int, bytes]:
    """Faults travel with status 500, MS-WSTEP 3.1.4.2 by way of SOAP's HTTP binding."""
    understood = frozenset({password.SECURITY}) if service.by_password else frozenset()
    try:
        message = soap.parse(body, service.url, actions, understood)
        if service.by_password:
            principal = password.authenticate(message.header, realm)
        return HTTPStatus.OK, service.answer(principal, message)
    except Fault as fault:
        return HTTPStatus.INTERNAL_SERVER_ERROR, soap.build_fault(fault)
    except Exception as error:  # the server must live on, and the test must see it
        print(f"labca: internal error: {error!r}", file=sys.stderr, flush=True)
        return (HTTPStatus.INTERNAL_SERVER_ERROR,
                soap.build_fault(Fault("The server failed internally.", "Receiver",
                                       "a:InternalServiceFault")))
