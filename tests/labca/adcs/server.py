# SPDX-License-Identifier: GPL-3.0-or-later
"""Listening sockets that can be closed and opened again, and the base of what they serve."""

from __future__ import annotations

import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import ThreadingMixIn
from typing import Callable, List, Mapping, Optional, Set

from .config import Address

_IDLE_SECONDS = 60


class _Server(ThreadingMixIn, HTTPServer):
    """One listening socket; a thread a connection; shut() ends them all."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: Address, handler: Callable[..., BaseHTTPRequestHandler]) -> None:
        self._open: Set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(address, handler)  # type: ignore[arg-type]
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def server_bind(self) -> None:
        """Without HTTPServer's reverse look-up of the host's name."""
        socket_address = self.server_address
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(socket_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = self.server_address[:2]

    def track(self, connection: socket.socket) -> None:
        """A handler tells of the connection that it serves, as it is after the TLS handshake."""
        with self._open_lock:
            self._open.add(connection)

    def untrack(self, connection: socket.socket) -> None:
        with self._open_lock:
            self._open.discard(connection)

    def handle_error(self, request, client_address) -> None:  # type: ignore[no-untyped-def]
        print(f"labca: connection ended: {sys.exc_info()[1]}", file=sys.stderr, flush=True)

    def shut(self) -> None:
        """Close the listening socket and every connection: from now on they are refused."""
        self.shutdown()
        self.server_close()
        with self._open_lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass


class Handler(BaseHTTPRequestHandler):
    """Answers with a length always, so that connections are kept."""

    protocol_version = "HTTP/1.1"
    server_version = "LabCA"
    sys_version = ""
    timeout = _IDLE_SECONDS

    def setup(self) -> None:
        self.request.settimeout(self.timeout)
        self.server.track(self.request)  # type: ignore[attr-defined]
        super().setup()

    def finish(self) -> None:
        try:
            super().finish()
        finally:
            self.server.untrack(self.request)  # type: ignore[attr-defined]
            self.request.close()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        print("labca:", self.address_string(), format % args, file=sys.stderr, flush=True)

    def reply(self, status: int, body: bytes = b"", content_type: str = "text/plain",
              headers: Optional[Mapping[str, str]] = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if body:
            self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class Listener:
    """The listening sockets, which `ctl down` closes and `ctl up` opens again."""

    def __init__(self, sites: Mapping[Address, type]) -> None:
        self._sites = sites
        self._lock = threading.Lock()
        self._servers: List[_Server] = []

    def up(self) -> None:
        with self._lock:
            if not self._servers:
                self._servers = [_Server(address, handler)
                                 for address, handler in self._sites.items()]

    def down(self) -> None:
        with self._lock:
            servers, self._servers = self._servers, []
        for server in servers:
            server.shut()

    def ports(self) -> List[int]:
        """The ports in use: of interest where 0 was asked for."""
        with self._lock:
            return [server.server_port for server in self._servers]

    @property
    def is_up(self) -> bool:
        with self._lock:
            return bool(self._servers)
