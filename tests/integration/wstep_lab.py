#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The WSTEP client against the lab's CA, with a key in software.  usage: wstep_lab.py WSTEP-TRY [-v]"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.realpath(__file__))
LAB = os.path.join(HERE, "..", "lab", "lab")
URL = "https://ca1.lab.test/LAB-CA_CES_Kerberos/service.svc/CES"
TRY = None
SKIPPED = 77


def lab(verb, *arguments, check=True):
    done = subprocess.run([LAB, verb, FOLDER, *arguments], capture_output=True, text=True, timeout=300)
    if check and done.returncode != 0:
        raise AssertionError(f"lab {verb} {arguments}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done


class Outcome:
    """What one run of wstep-try said."""

    def __init__(self, done):
        self.code, self.message = done.returncode, done.stderr.strip()
        self.lines = re.findall(r"^([a-z-]+): ?(.*)$", done.stdout, re.M)
        self.values = dict(self.lines)

    def __getitem__(self, name):
        return self.values.get(name, "")

    def __str__(self):
        return f"{self.code} {self.values} {self.message}"


class Wstep(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        lab("up")
        found = lab("run", "--", "ldapsearch", "-Q", "-LLL", "-o", "ldif-wrap=no", "-Y", "GSSAPI", "-H", "ldap://dc1.lab.test",
                    "-b", "CN=Certificate Templates,CN=Public Key Services,CN=Services,CN=Configuration,DC=lab,DC=test",
                    "(cn=LabSmartcard*)", "cn", "msPKI-Cert-Template-OID", "revision", "msPKI-Template-Minor-Revision")
        cls.templates = {}
        for entry in found.stdout.split("\n\n"):
            values = dict(re.findall(r"^(\S+): (.*)$", entry, re.M))
            if "cn" in values:
                version = values["revision"] + "." + values["msPKI-Template-Minor-Revision"]
                cls.templates[values["cn"]] = ["--template", values["cn"], "--oid", values["msPKI-Cert-Template-OID"],
                                               "--version", version]

    @classmethod
    def tearDownClass(cls):
        lab("down", check=False)

    def tearDown(self):
        lab("ca", "fault", "none", check=False)
        lab("ca", "up", check=False)

    def ask(self, *arguments, who=("--user", "alice"), url=URL, template="LabSmartcard", root="ca/ca.der"):
        root = ["--root", os.path.join(FOLDER, root)] if root else []
        done = lab("run", *who, "--", TRY, "--url", url, "--name", "LAB-CA", *root, *self.templates[template],
                   *arguments, check=False)
        return Outcome(done)

    def assert_error(self, outcome, name, message):
        self.assertEqual(outcome["error"], name, outcome)
        self.assertRegex(outcome.message, message)
        self.assertTrue(outcome.message.startswith("CA 'LAB-CA': "), outcome)

    def test_alice_is_issued_what_a_logon_needs(self):
        outcome = self.ask("--again", "2")
        self.assertEqual(outcome.code, 0, outcome)
        self.assertEqual([value for name, value in outcome.lines if name == "outcome"], ["issued"] * 3)
        self.assertEqual(outcome["upn"], "alice@lab.test")
        self.assertRegex(outcome["sid"], r"^S-1-5-21-\d+-\d+-\d+-\d+$")
        self.assertIn(self.templates["LabSmartcard"][3], outcome["template"])

    def test_bob_is_denied_with_the_reason(self):
        outcome = self.ask(who=("--user", "bob"))
        self.assertEqual((outcome.code, outcome["outcome"]), (0, "denied"), outcome)
        self.assertIn("0x80094012 CERTSRV_E_TEMPLATE_DENIED: you may not enrol for this template", outcome["hresult"])

    def test_pending_then_approved_then_issued(self):
        key = os.path.join(FOLDER, "approved.pem")
        pending = self.ask("--key", key, template="LabSmartcardPending")
        self.assertEqual(pending["outcome"], "pending", pending)
        self.assertEqual(pending["poll"], URL)
        self.assertEqual(self.ask("--key", key, "--query", pending["request"])["outcome"], "pending")
        lab("ca", "approve", pending["request"])
        self.assertEqual(self.ask("--key", key, "--query", pending["request"])["outcome"], "issued")
        other = self.ask("--query", pending["request"])
        self.assert_error(other, "protocol", "for another key")

    def test_pending_then_denied(self):
        key = os.path.join(FOLDER, "denied.pem")
        pending = self.ask("--key", key, template="LabSmartcardPending")
        lab("ca", "deny", pending["request"])
        denied = self.ask("--key", key, "--query", pending["request"])
        self.assertEqual(denied["outcome"], "denied", denied)
        self.assertNotEqual(denied["reason"], "")

    def test_an_unknown_request_is_denied(self):
        outcome = self.ask("--query", "4711")
        self.assertEqual(outcome["outcome"], "denied", outcome)
        self.assertIn("CERTSRV_E_NO_REQUEST", outcome["hresult"])

    def test_no_ticket(self):
        outcome = self.ask(who=("--user", "alice", "--no-ticket"))
        self.assert_error(outcome, "no-ticket", "no Kerberos ticket for HTTP/ca1.lab.test")
        self.assertEqual(outcome.code, 7)

    def test_the_ca_is_down(self):
        lab("ca", "down")
        outcome = self.ask()
        self.assert_error(outcome, "ca-unreachable", "cannot connect to ca1.lab.test: Connection refused")
        self.assertEqual((outcome.code, outcome["maybe-sent"]), (7, "no"))
        lab("ca", "up")
        self.assertEqual(self.ask()["outcome"], "issued")

    def test_a_wrong_host_is_not_trusted(self):
        lab("ca", "fault", "wrong-host-certificate")
        outcome = self.ask()
        self.assert_error(outcome, "not-trusted", "the TLS certificate of ca1.lab.test is not for that name")
        self.assertEqual(outcome["maybe-sent"], "no")

    def test_an_unknown_chain_is_not_trusted(self):
        lab("ca", "fault", "untrusted-chain")
        self.assert_error(self.ask(), "not-trusted", "the TLS certificate of ca1.lab.test is not trusted: ")

    def test_what_is_issued_must_chain_to_the_given_roots(self):
        # The lab's CA is among the system's roots, which count for TLS alone.
        outcome = self.ask(root=None)
        self.assertEqual((outcome["outcome"], outcome["error"]), ("issued", "not-trusted"), outcome)
        self.assertIn("the certificate issued by 'CN=LAB-CA,DC=lab,DC=test' is not trusted: self", outcome.message)

    def test_a_cut_answer_may_have_been_sent(self):
        for fault in "cut-before-answer", "cut-mid-answer":
            with self.subTest(fault):
                lab("ca", "fault", fault)
                outcome = self.ask()
                self.assert_error(outcome, "ca-unreachable", "the connection to ca1.lab.test broke")
                self.assertEqual(outcome["maybe-sent"], "yes")

    def test_a_slow_answer_may_have_been_sent(self):
        lab("ca", "fault", "slow", "600")
        outcome = self.ask("--timeout", "6")
        self.assert_error(outcome, "ca-unreachable", "did not answer within 6 s")
        self.assertEqual(outcome["maybe-sent"], "yes")

    def test_an_answer_that_is_none_is_refused(self):
        for fault, message in (("wrong-key", "for another key"), ("huge-answer", "more than 4 MiB"),
                               ("garbage", "not usable XML")):
            with self.subTest(fault):
                lab("ca", "fault", fault)
                self.assert_error(self.ask(), "protocol", message)


if __name__ == "__main__":
    if os.geteuid() != 0 and shutil.which("unshare") is None:
        print("neither root nor unshare: skipped")
        sys.exit(SKIPPED)
    TRY = os.path.realpath(sys.argv.pop(1))
    FOLDER = tempfile.mkdtemp(prefix="wstep-lab-")
    try:
        unittest.main(verbosity=2)
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)
