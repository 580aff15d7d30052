# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP side on a loopback port: who is let in, keep-alive, and every misbehaviour.

Kerberos is played here by a token that says whom it is for; the real thing runs in the lab.
"""

import base64
import http.client
import shutil
import ssl
import tempfile
import time
import unittest
import urllib.request
from pathlib import Path
from typing import Any, Optional, Tuple

import gssapi

from adcs import setup, soap, wstep
from adcs.keys import load_pair
from adcs.misbehaviour import Misbehaviour, Mode
from adcs.negotiate import tls_server_end_point
from adcs.server import Listener
from adcs.sites import crl_handler, soap_handler
from adcs.tls import Endpoints
from adcs.wstep import EnrollmentService
from fixtures import authority, pkcs10
from messages import body_of, issue, local

HOST = "ca1.lab.test"
PATH = "/LAB-CA_CES_Kerberos/service.svc/CES"
SOAP = {"Content-Type": soap.CONTENT_TYPE}


class PlayedContext:
    """Two legs where the token is 'first', else one; 'bad' fails late, as GSSAPI does."""

    def __init__(self) -> None:
        self.done = False
        self.initiator_name = ""

    @property
    def complete(self) -> bool:
        if self.initiator_name == "bad":
            raise gssapi.exceptions.GSSError(1 << 18, 0)
        return self.done

    def step(self, token: bytes) -> bytes:
        self.done = token != b"first"
        self.initiator_name = token.decode()
        return b"mutual"


class PlayedAcceptor:
    def __init__(self) -> None:
        self.bindings: Optional[bytes] = None

    def context(self, bindings: Optional[bytes]) -> PlayedContext:
        self.bindings = bindings
        return PlayedContext()


def negotiate(token: str = "alice@LAB.TEST") -> Any:
    encoded = base64.b64encode(token.encode()).decode()
    return {**SOAP, "Authorization": f"Negotiate {encoded}"}


class ServerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.state = Path(tempfile.mkdtemp(prefix="labca-test-"))
        setup.setup(cls.state)

    @classmethod
    def tearDownClass(cls) -> None:
        shutil.rmtree(cls.state)

    def setUp(self) -> None:
        self.wrong = Misbehaviour()
        self.ca = authority(misbehaviour=self.wrong)
        self.acceptor: Any = PlayedAcceptor()
        service = EnrollmentService(self.ca, f"https://{HOST}{PATH}")
        self.https = soap_handler({PATH: (service, wstep.ACTIONS)}, self.acceptor,
                                  Endpoints(self.state, HOST), self.wrong, "LAB.TEST")
        self.http = crl_handler(lambda: {"/crl/LAB-CA.crl": ("application/pkix-crl", b"crl")})
        self.listener = Listener({("127.0.0.1", 0): self.https})
        self.listener.up()
        self.addCleanup(self.listener.down)
        self.port = self.listener.ports()[0]

    def connect(self) -> http.client.HTTPSConnection:
        context = ssl.create_default_context(cafile=str(self.state / "ca.pem"))
        real = context.wrap_socket
        context.wrap_socket = (  # type: ignore[method-assign]
            lambda sock, server_hostname=None, **named: real(sock, server_hostname=HOST, **named))
        connection = http.client.HTTPSConnection(
            "127.0.0.1", self.port, context=context, timeout=20)
        self.addCleanup(connection.close)
        return connection

    def post(self, connection: Optional[http.client.HTTPSConnection] = None,
             body: Optional[bytes] = None, headers: Any = None,
             path: str = PATH) -> Tuple[http.client.HTTPResponse, bytes]:
        connection = connection or self.connect()
        connection.request("POST", path, issue(pkcs10()) if body is None else body,
                           negotiate() if headers is None else headers)
        response = connection.getresponse()
        return response, response.read()

    def test_without_a_token_there_is_a_401_and_the_connection_stays(self) -> None:
        connection = self.connect()
        response, _ = self.post(connection, headers=SOAP)
        self.assertEqual((response.status, response.getheader("WWW-Authenticate")),
                         (401, "Negotiate"))
        before = connection.sock
        response, body = self.post(connection)
        self.assertIs(connection.sock, before)
        self.assertEqual(response.status, 200)
        self.assertEqual(local(body_of(body)), "RequestSecurityTokenResponseCollection")
        self.assertEqual(response.getheader("WWW-Authenticate"), "Negotiate bXV0dWFs")

    def test_each_request_needs_its_own_token(self) -> None:
        connection = self.connect()
        self.assertEqual(self.post(connection)[0].status, 200)
        self.assertEqual(self.post(connection, headers=SOAP)[0].status, 401)

    def test_a_second_leg_is_asked_for(self) -> None:
        connection = self.connect()
        response, _ = self.post(connection, headers=negotiate("first"))
        self.assertEqual((response.status, response.getheader("WWW-Authenticate")),
                         (401, "Negotiate bXV0dWFs"))
        self.assertEqual(self.post(connection)[0].status, 200)

    def test_basic_and_broken_tokens_are_not_taken(self) -> None:
        for value in ("Basic eDp5", "Negotiate", "Negotiate ***", "Negotiate YmFk"):
            response, _ = self.post(headers={**SOAP, "Authorization": value})
            self.assertEqual(response.status, 401)
        self.assertEqual(self.ca.store.requests(), [])

    def test_the_exchange_is_bound_to_the_shown_certificate(self) -> None:
        self.post()
        self.assertEqual(self.acceptor.bindings,
                         tls_server_end_point(load_pair(self.state, "web")[0]))

    def test_a_refusal_has_status_500_and_a_fault(self) -> None:
        response, body = self.post(headers=negotiate("bob@LAB.TEST"))
        self.assertEqual((response.status, local(body_of(body))), (500, "Fault"))

    def test_other_paths_types_methods_and_lengths_are_refused(self) -> None:
        plain = {**negotiate(), "Content-Type": "text/xml"}
        self.assertEqual(self.post(path="/other")[0].status, 404)
        self.assertEqual(self.post(headers=plain)[0].status, 415)
        self.assertEqual(self.post(body=b"x" * (1 << 20) + b"x")[0].status, 413)
        connection = self.connect()
        connection.request("GET", PATH, headers=negotiate())
        self.assertEqual(connection.getresponse().status, 405)
        connection = self.connect()
        connection.request("GET", PATH)
        self.assertEqual(connection.getresponse().status, 401)

    def test_the_path_is_compared_without_regard_to_case(self) -> None:
        self.assertEqual(self.post(path=PATH.lower())[0].status, 200)

    def test_down_refuses_and_up_serves_again(self) -> None:
        connection = self.connect()
        self.post(connection)
        self.listener.down()
        with self.assertRaises((http.client.HTTPException, OSError)):
            self.post(connection)
        with self.assertRaises(ConnectionRefusedError):
            self.post(self.connect())
        self.listener.up()
        self.port = self.listener.ports()[0]
        self.assertEqual(self.post()[0].status, 200)

    def test_wrong_certificates_fail_the_handshake_in_their_own_way(self) -> None:
        for mode, words in ((Mode.WRONG_HOST_CERTIFICATE, "[Hh]ostname mismatch"),
                            (Mode.UNTRUSTED_CHAIN, "certificate verify failed")):
            self.wrong.set(mode, times=1)
            with self.subTest(mode=mode), self.assertRaisesRegex(ssl.SSLError, words):
                self.post()
            self.assertEqual(self.post()[0].status, 200)

    def test_a_cut_before_the_answer_leaves_a_processed_request(self) -> None:
        self.wrong.set(Mode.CUT_BEFORE_ANSWER, times=1)
        with self.assertRaises((http.client.RemoteDisconnected, ssl.SSLError)):
            self.post()
        self.assertEqual([row.disposition for row in self.ca.store.requests()], ["issued"])
        self.assertEqual(self.post()[0].status, 200)

    def test_a_cut_in_the_answer_is_noticed(self) -> None:
        self.wrong.set(Mode.CUT_MID_ANSWER, times=1)
        with self.assertRaises((http.client.IncompleteRead, ssl.SSLError)):
            self.post()

    def test_the_service_can_be_unavailable(self) -> None:
        self.wrong.set(Mode.UNAVAILABLE, times=1)
        self.assertEqual([self.post()[0].status for _ in range(2)], [503, 200])

    def test_garbage_is_no_xml(self) -> None:
        self.wrong.set(Mode.GARBAGE)
        response, body = self.post()
        self.assertEqual(response.status, 200)
        self.assertNotIn(b"Envelope", body)

    def test_a_huge_answer_ends_when_the_client_goes(self) -> None:
        self.wrong.set(Mode.HUGE_ANSWER, times=1)
        connection = self.connect()
        connection.request("POST", PATH, issue(pkcs10()), negotiate())
        response = connection.getresponse()
        self.assertGreater(int(response.getheader("Content-Length") or 0), 1 << 29)
        self.assertTrue(response.read(1 << 20).startswith(b"<s:Envelope"))
        connection.close()
        self.assertEqual(self.post()[0].status, 200)

    def test_slow_answers_come_in_the_end(self) -> None:
        self.wrong.set(Mode.SLOW, seconds=0.01)
        self.assertEqual(self.post()[0].status, 200)
        self.assertIs(self.wrong.mode, Mode.SLOW)

    def test_a_slow_answer_comes_at_once_when_all_is_well_again(self) -> None:
        self.wrong.set(Mode.SLOW, seconds=600)
        connection = self.connect()
        connection.request("POST", PATH, issue(pkcs10()), negotiate())
        while not self.ca.store.requests():
            time.sleep(0.01)
        self.wrong.set(Mode.NONE)
        self.assertEqual(connection.getresponse().status, 200)

    def test_the_crl_is_there_for_everybody_and_nothing_else_is(self) -> None:
        plain = Listener({("127.0.0.1", 0): self.http})
        plain.up()
        self.addCleanup(plain.down)
        base = f"http://127.0.0.1:{plain.ports()[0]}"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{base}/crl/LAB-CA.crl") as response:
            self.assertEqual((response.headers["Content-Type"], response.read()),
                             ("application/pkix-crl", b"crl"))
        with self.assertRaisesRegex(OSError, "404"):
            opener.open(f"{base}{PATH}")


if __name__ == "__main__":
    unittest.main()
