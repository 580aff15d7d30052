#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTPS servers that misbehave, for test-http: what is done is told by the path.

usage: http-server.py CERTIFICATE.pem KEY.pem

Prints the ports of three servers (TLS, TLS 1.1 only, no TLS at all) and serves until its input ends.
"""

import http.server
import socket
import ssl
import sys
import threading
import time
import warnings

SOAP = "application/soap+xml; charset=utf-8"
STATUSES = {"401": "text/html", "403": "text/html", "404": "text/html", "500": "text/html", "503": "text/html",
            "202": SOAP, "500-soap": SOAP, "400-soap": SOAP}
asked = {}
connections = 0


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        global connections
        super().setup()
        connections += 1

    def answer(self, status, kind, body, **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        mode = self.path.strip("/")
        asked[mode] = asked.get(mode, 0) + 1
        getattr(self, "do_" + mode.replace("-", "_"), self.status)(mode, body)

    def status(self, mode, _body):
        kind = STATUSES[mode]
        extra = {"WWW_Authenticate": "Negotiate"} if mode == "401" else {}
        self.answer(int(mode[:3]), kind, b"<a>said " + mode.encode() + b"</a>", **extra)

    def do_echo(self, _mode, body):
        self.answer(200, SOAP, body)

    def do_type(self, _mode, _body):
        self.answer(200, SOAP, self.headers["Content-Type"].encode())

    def do_count(self, _mode, _body):
        self.answer(200, SOAP, f"{connections} {asked.get('elsewhere', 0)} {asked.get('cut-second', 0)}".encode())

    def do_redirect(self, _mode, _body):
        self.answer(302, "text/html", b"", Location="/elsewhere")

    def do_elsewhere(self, _mode, _body):
        self.answer(200, SOAP, b"here")

    def do_cut(self, _mode, _body):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def do_cut_second(self, mode, body):
        if getattr(self, "served", False):
            self.do_cut(mode, body)
        else:
            self.served = True
            self.do_echo(mode, body)

    def do_cut_mid_answer(self, _mode, _body):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
        self.close_connection = True

    def do_slow(self, _mode, _body):
        time.sleep(60)

    def do_drip(self, _mode, _body):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(300):
            self.wfile.write(b"x")
            time.sleep(0.1)

    def do_huge(self, _mode, _body):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        for _ in range(1 << 20):
            self.wfile.write(b"x" * 65536)

    def do_headers(self, _mode, _body):
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for n in range(1 << 20):
            self.wfile.write(b"X-%d: %s\r\n" % (n, b"x" * 1000))

    def do_garbage(self, _mode, _body):
        self.wfile.write(b"\0\1\2 not HTTP \xff\r\n\r\n")
        self.close_connection = True

    def log_message(self, *_arguments):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, _request, _client):
        pass


def serve(context):
    server = Server(("127.0.0.1", 0), Handler)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def tls(certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def old_tls(certificate, key):
    warnings.simplefilter("ignore", DeprecationWarning)
    context = tls(certificate, key)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


def main():
    files = sys.argv[1:3]
    print(serve(tls(*files)), serve(old_tls(*files)), serve(None), flush=True)
    sys.stdin.read()


main()
