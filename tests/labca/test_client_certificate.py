# SPDX-License-Identifier: GPL-3.0-or-later
"""Who a client certificate lets in; on a loopback port."""

import http.client
import shutil
import ssl
import tempfile
import unittest
from pathlib import Path
from typing import List, Optional

from asn1crypto import core
from cryptography import x509
from cryptography.x509.oid import ObjectIdentifier

from adcs import oids, setup, soap, wstep
from adcs.client_certificate import ClientCertificates
from adcs.keys import PEM, load_pair, write_key
from adcs.misbehaviour import Misbehaviour
from adcs.server import Listener
from adcs.sites import soap_handler
from adcs.tls import Endpoints
from adcs.trust import Trust
from adcs.wstep import EnrollmentService
from fixtures import authority, pkcs10
from messages import issue

HOST = "ca1.lab.test"
PATH = "/LAB-CA_CES_Kerberos/service.svc/CES"


def upn(name: str) -> x509.GeneralName:
    return x509.OtherName(ObjectIdentifier(oids.UPN), core.UTF8String(name).dump())


class ClientCertificateTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.state = Path(tempfile.mkdtemp(prefix="labca-test-"))
        setup.setup(cls.state)

    @classmethod
    def tearDownClass(cls) -> None:
        shutil.rmtree(cls.state)

    def setUp(self) -> None:
        self.ca = authority()
        self.revoked: List[int] = []
        trust = Trust([load_pair(self.state, "ca")[0]], self.revoked.__contains__)
        service = EnrollmentService(self.ca, f"https://{HOST}{PATH}")
        handler = soap_handler({PATH: (service, wstep.ACTIONS)}, None,  # type: ignore[arg-type]
                               Endpoints(self.state, HOST, ask_for_certificate=True), Misbehaviour(),
                               "LAB.TEST", ClientCertificates(lambda: trust, "LAB.TEST"))
        self.listener = Listener({("127.0.0.1", 0): handler})
        self.listener.up()
        self.addCleanup(self.listener.down)

    def certificate(self, names: List[x509.GeneralName], purpose: str = oids.CLIENT_AUTH,
                    ca: Optional[str] = "ca") -> x509.Certificate:
        issuer = load_pair(self.state, ca) if ca else setup.make_ca("Other", "elsewhere.test")
        made, key = setup.issue_server(issuer, names, "alice", [purpose])
        (self.state / "client.pem").write_bytes(made.public_bytes(PEM))
        write_key(self.state / "client.key", key)
        return made

    def post(self, shown: bool = True) -> int:
        context = ssl.create_default_context(cafile=str(self.state / "ca.pem"))
        context.check_hostname = False
        if shown:
            context.load_cert_chain(self.state / "client.pem", self.state / "client.key")
        connection = http.client.HTTPSConnection(
            "127.0.0.1", self.listener.ports()[0], context=context, timeout=20)
        self.addCleanup(connection.close)
        connection.request("POST", PATH, issue(pkcs10()),
                           {"Content-Type": soap.CONTENT_TYPE})
        return connection.getresponse().status

    def test_a_certificate_says_who_asks(self) -> None:
        self.certificate([upn("Alice@lab.test")])
        self.assertEqual(self.post(), 200)
        self.assertEqual([row.requester for row in self.ca.store.requests()], ["alice@LAB.TEST"])

    def test_nobody_else_comes_in(self) -> None:
        self.assertEqual(self.post(shown=False), 403)
        self.certificate([x509.DNSName("alice")])
        self.assertEqual(self.post(), 403)
        self.revoked.append(self.certificate([upn("alice@lab.test")]).serial_number)
        self.assertEqual(self.post(), 403)
        self.assertEqual(self.ca.store.requests(), [])

    def test_tls_itself_turns_strangers_away(self) -> None:
        for purpose, ca in ((oids.CLIENT_AUTH, None), (oids.SERVER_AUTH, "ca")):
            self.certificate([upn("alice@lab.test")], purpose, ca)
            with self.subTest(purpose=purpose), self.assertRaises((ssl.SSLError, ConnectionError)):
                self.post()


if __name__ == "__main__":
    unittest.main()
