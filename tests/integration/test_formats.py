#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each kind of request that cardenroll makes, read and verified by two stacks that it does not use: openssl's command
line (cms -verify, req -verify) and the lab's CA, which is asn1crypto and python3-cryptography.

And what the lab's CA answers is built like what Windows answers, or it would prove little.

usage: test_formats.py MAKE-REQUESTS TEST-GOLDEN [-v]
"""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from cryptography import x509

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "labca"))
sys.dont_write_bytecode = True

import fixtures  # noqa: E402
from adcs import oids  # noqa: E402
from adcs.formats import read_request  # noqa: E402
from adcs.hresult import Denied  # noqa: E402
from adcs.request import Form  # noqa: E402
from adcs.trust import purposes  # noqa: E402

MAKE_REQUESTS, TEST_GOLDEN = sys.argv.pop(1), sys.argv.pop(1)
TEMPLATE_OID = "1.3.6.1.4.1.311.21.8.1.2"
ENROLLMENT_AGENT = "1.3.6.1.4.1.311.20.2.1"

# name: form, how many signers with a certificate, renewal?
KINDS = {
    "new-rsa.pkcs10": (Form.PKCS10, 0, False),
    "new-ec.pkcs10": (Form.PKCS10, 0, False),
    "new-pss.pkcs10": (Form.PKCS10, 0, False),
    "renewal-rsa.cms": (Form.CMS, 1, True),
    "renewal-ec.cms": (Form.CMS, 1, True),
    "renewal-pss.cms": (Form.CMS, 1, True),
    "renewal-new-key.cmc": (Form.CMC, 1, True),
    "renewal-same-key.cmc": (Form.CMC, 1, True),
    "on-behalf.cms": (Form.CMS, 1, False),
    "cosigned.cmc": (Form.CMC, 1, False),
    "attributes.cmc": (Form.CMC, 0, False),
}


class Formats(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="requests-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        subprocess.run([MAKE_REQUESTS, cls.folder], check=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def openssl(self, *arguments):
        done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, f"openssl {arguments}: {done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def test_nothing_is_left_out(self):
        made = {name for name in os.listdir(self.folder) if name.rpartition(".")[2] in ("pkcs10", "cms", "cmc")}
        self.assertEqual(made, set(KINDS))

    def test_the_labs_ca_reads_each(self):
        for name, (form, signers, renewal) in KINDS.items():
            with self.subTest(name):
                request = read_request(self.read(name))
                self.assertEqual((request.form, len(request.signers)), (form, signers))
                self.assertEqual((request.template_oid, request.template_version), (TEMPLATE_OID, (100, 3)))
                self.assertEqual(request.renewal_attribute is not None, renewal)

    def test_the_old_certificate_vouches_for_a_renewal(self):
        for name in (name for name, (_, _, renewal) in KINDS.items() if renewal):
            with self.subTest(name):
                request = read_request(self.read(name))
                old = x509.load_der_x509_certificate(request.renewal_attribute)
                self.assertEqual(list(request.signers), [old])
                self.assertEqual(request.csr.subject, old.subject)
                self.assertIn(oids.ALT_NAME, request.extensions)

    def test_an_agent_says_for_whom_it_asks(self):
        request = read_request(self.read("on-behalf.cms"))
        self.assertEqual(request.on_behalf_of, "LAB\\alice")
        self.assertEqual(purposes(request.first_signer), [ENROLLMENT_AGENT])
        cosigned = read_request(self.read("cosigned.cmc"))
        self.assertIsNone(cosigned.on_behalf_of)
        self.assertEqual([purposes(one) for one in cosigned.signers], [[ENROLLMENT_AGENT]])
        self.assertEqual(dict(cosigned.attributes), {"certificatetemplate": "LabSmartcard"})

    def test_openssl_verifies_each(self):
        for name, (form, _, _) in KINDS.items():
            with self.subTest(name):
                content = self.path(name) if form is Form.PKCS10 else self.verified(name)
                if form is not Form.CMC:
                    self.assertIn("verify OK", self.openssl("req", "-inform", "DER", "-in", content, "-verify", "-noout"))

    def verified(self, name):
        """The content of a CMS whose signatures all are right."""
        content, certificates = self.path("content"), []
        stand_in = self.path(name.rpartition(".")[0] + ".stand-in")
        if os.path.exists(stand_in):
            self.openssl("x509", "-inform", "DER", "-in", stand_in, "-out", self.path("stand-in.pem"))
            certificates = ["-certfile", self.path("stand-in.pem")]
        self.openssl("cms", "-verify", "-binary", "-inform", "DER", "-in", self.path(name), "-noverify", *certificates,
                     "-out", content)
        return content

    def test_the_labs_ca_answers_as_windows_does(self):
        outcome = fixtures.authority(state=Path(self.folder)).submit("alice@LAB.TEST", fixtures.pkcs10(), {})
        with open(self.path("response"), "wb") as file:
            file.write(outcome.response)
        done = subprocess.run([TEST_GOLDEN, self.path("response"), "response.txt", "+"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_neither_takes_one_that_was_changed(self):
        """In its last byte, which belongs to a signature."""
        for name, (form, _, _) in KINDS.items():
            with self.subTest(name):
                token = self.read(name)[:-1] + bytes([self.read(name)[-1] ^ 1])
                with self.assertRaises(Denied):
                    read_request(token)
                command = ["req", "-verify", "-noout"] if form is Form.PKCS10 else ["cms", "-verify", "-binary", "-noverify"]
                done = subprocess.run(["openssl", *command, "-inform", "DER"], input=token, capture_output=True, check=False)
                self.assertNotIn(b"erify OK", done.stderr + done.stdout)
                self.assertNotIn(b"erification successful", done.stderr)


if __name__ == "__main__":
    unittest.main()
