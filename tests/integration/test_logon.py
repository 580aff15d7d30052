#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who logs on with which card, at a KDC that checks purposes and revocations; and `logon-test` knew it before.

The KDC is MIT's (`lab kdc`). Samba's lets in what a domain controller of Windows would refuse; what is said before anyone is
locked out must not depend on it.
"""

import base64
import datetime
import glob
import os

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID, ObjectIdentifier

from desk import DONE, NOT_FOUND, PIN, REFUSED, Desk, main

CLIENT_AUTH = "1.3.6.1.5.5.7.3.2"
SMART_CARD_LOGON = "1.3.6.1.4.1.311.20.2.2"
UPN = "1.3.6.1.4.1.311.20.2.3"
NT_AUTH = "CN=NTAuthCertificates,CN=Public Key Services,CN=Services,CN=Configuration,DC=lab,DC=test"
DAY = datetime.timedelta(days=1)


def opensc():
    return glob.glob("/usr/lib/*/opensc-pkcs11.so")[0]


class HandMade:
    """A certificate as an administrator's own script might make it, on the card that is in the reader. What is not told is right."""

    def __init__(self, desk, purposes=(CLIENT_AUTH, SMART_CARD_LOGON), upn="alice@lab.test", begin=-DAY / 48, end=DAY):
        self.desk = desk
        self.purposes, self.upn, self.begin, self.end = purposes, upn, begin, end

    def write(self):
        """In place of the one that was there."""
        if not self.desk.card()["keys"]:
            self.tool(f"--login --pin {PIN} --keypairgen --key-type rsa:2048 --id 01 --usage-sign")
            self.tool("--read-object --type pubkey --id 01 --output-file hand.key")
        else:
            self.tool(f"--login --pin {PIN} --delete-object --type cert --id 01")
        with open(self.desk.path("hand.key"), "rb") as file:
            key = serialization.load_der_public_key(file.read())
        with open(self.desk.path("hand.der"), "wb") as file:
            file.write(self.certificate(key).public_bytes(serialization.Encoding.DER))
        self.tool(f"--login --pin {PIN} --write-object hand.der --type cert --id 01")

    def tool(self, arguments):
        answer = self.desk.run_as("alice", "sh", "-c", f"pkcs11-tool --module {opensc()} {arguments}", cwd=self.desk.folder)
        self.desk.assertEqual(answer.status, 0, answer)

    def certificate(self, key):
        issuer, issuer_key = self.authority()
        now = datetime.datetime.utcnow()
        usage = dict.fromkeys(("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign",
                               "crl_sign", "encipher_only", "decipher_only"), False)
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "alice")]))
            .issuer_name(issuer.subject).public_key(key).serial_number(x509.random_serial_number())
            .not_valid_before(now + self.begin).not_valid_after(now + self.end)
            .add_extension(x509.KeyUsage(digital_signature=True, **usage), True))
        if self.upn:
            name = x509.OtherName(ObjectIdentifier(UPN), bytes([0x0C, len(self.upn)]) + self.upn.encode())
            builder = builder.add_extension(x509.SubjectAlternativeName([name]), False)
        if self.purposes:
            builder = builder.add_extension(x509.ExtendedKeyUsage(map(ObjectIdentifier, self.purposes)), False)
        return builder.sign(issuer_key, hashes.SHA256())

    def authority(self):
        with open(self.desk.path("ca/ca.pem"), "rb") as file:
            certificate = x509.load_pem_x509_certificate(file.read())
        with open(self.desk.path("ca/ca.key"), "rb") as file:
            return certificate, serialization.load_pem_private_key(file.read(), None)


class StrictDesk(Desk):
    """With the strict KDC up."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lab("kdc", "up")

    def path(self, name):
        return os.path.join(self.folder, name)

    def enrol(self):
        self.insert_blank()
        answer = self.cardenroll("run", "--json")
        self.assertEqual(answer.status, DONE, answer)

    def log_on(self):
        """At the KDC that is strict, with a program that is not ours."""
        script = (f"kinit -X X509_user_identity=PKCS11:module_name={opensc()} alice@lab.test && klist -s && "
                  "klist | sed -n 's/^Default principal: //p'")
        return self.run_as("alice", "sh", "-c", script, options=["--no-ticket", "--env", "LC_ALL=C"], input=PIN + "\n")

    def assert_logs_on(self):
        answer = self.log_on()
        self.assertEqual(answer.status, 0, answer)
        self.assertIn("alice@lab.test", answer.out)

    def kdc_log(self):
        with open(self.path("log/kdc.log"), encoding="utf-8") as file:
            return file.read()

    def assert_locked_out(self, words):
        """With WORDS as the KDC's reason."""
        before = len(self.kdc_log())
        answer = self.log_on()
        self.assertNotEqual(answer.status, 0, answer)
        self.assertIn(words, self.kdc_log()[before:] + answer.err)

    def checks(self, answer):
        return {check["name"]: check for check in answer.json["checks"]}

    def predicted(self):
        prompts = self.prompts()
        answer = self.cardenroll("logon-test", "--json")
        self.assert_failed(answer, REFUSED, "logon-refused", "this card would not log on")
        checks = self.checks(answer)
        self.assertEqual(checks["logon"]["state"], "skipped", answer)
        self.assertEqual(self.prompts(), prompts, "no PIN is asked for what is known without it")
        return checks

    def assert_predicted(self, name, detail, fix):
        """Exactly one thing is wrong, and it says what to do."""
        checks = self.predicted()
        self.assertEqual([n for n, check in checks.items() if check["state"] == "failed"], [name], checks)
        self.assertIn(detail, checks[name]["detail"])
        self.assertIn(fix, checks[name]["fix"])

    def publish_for_logon(self, value):
        """What NTAuthCertificates holds, in base64."""
        self.modify(NT_AUTH, {"cACertificate": value})


class Logon(StrictDesk):

    def test_the_enrolled_card_logs_on_until_its_certificate_is_revoked(self):
        self.enrol()
        answer = self.cardenroll("logon-test", "--json")
        self.assertEqual(answer.status, DONE, answer)
        self.assertEqual({check["state"] for check in answer.json["checks"]}, {"ok"}, answer)
        self.assert_logs_on()
        self.lab("ca", "revoke", self.requests()[-1].split()[4], "keyCompromise")
        self.assert_predicted("revocation", "revoked", "Run 'cardenroll run' to replace it.")
        self.lab("kdc", "up")
        self.assert_locked_out("Revoked certificate")
        self.assertEqual(self.cardenroll("run", "--json").status, DONE)
        self.assertEqual(self.cardenroll("logon-test", "--json").status, DONE)
        self.assert_logs_on()

    def test_what_would_be_refused_is_told_before(self):
        self.insert_blank()
        answer = self.cardenroll("logon-test", "--json")
        self.assertEqual(answer.status, NOT_FOUND, answer)
        self.assertIn("has no certificate to log on with; 'cardenroll run' gets one", answer.error["message"])
        self.hand_made_and_right()
        self.not_for_logon()
        self.for_somebody_else()
        self.without_a_name()
        self.expired()

    def hand_made_and_right(self):
        """Or the others would prove nothing."""
        HandMade(self).write()
        answer = self.cardenroll("logon-test", "--json")
        self.assertEqual(answer.status, DONE, answer)
        self.assertEqual(self.checks(answer)["sid-mapping"]["state"], "warning")
        self.assert_logs_on()

    def not_for_logon(self):
        HandMade(self, purposes=[CLIENT_AUTH]).write()
        self.assert_predicted("extended-key-usage", "smart card logon (1.3.6.1.4.1.311.20.2.2) is missing", "Smart Card Logon")
        self.assert_locked_out("Inconsistent key purpose")

    def for_somebody_else(self):
        HandMade(self, upn="bob@lab.test").write()
        self.assert_predicted("upn", "the certificate is for bob@lab.test, you are alice@lab.test", "Enrol again")
        self.assert_locked_out("Client name mismatch")

    def without_a_name(self):
        HandMade(self, upn=None).write()
        self.assert_predicted("upn", "no user principal name", "Use a template that puts the user principal name")
        self.assert_locked_out("Client name mismatch")

    def expired(self):
        HandMade(self, begin=-DAY / 48, end=-DAY / 96).write()
        self.assert_predicted("validity", "expired on", "Run 'cardenroll run' to replace it.")
        self.assertNotEqual(self.log_on().status, 0)

    def test_an_issuer_that_is_not_in_nt_auth_is_found_out(self):
        """Neither KDC of the lab looks there; a domain controller of Windows does."""
        self.insert_blank()
        HandMade(self).write()
        with open(self.path("ca/ca.der"), "rb") as file:
            self.addCleanup(self.publish_for_logon, base64.b64encode(file.read()))
        self.publish_for_logon(b"AA==")
        self.assert_predicted("nt-auth", "the issuer CN=LAB-CA,DC=lab,DC=test is not in NTAuthCertificates", "certutil -dspublish")


class Renewed(StrictDesk):

    def assert_allowed(self):
        """All is well, says the product; part of it is a trial logon at Samba's KDC."""
        answer = self.cardenroll("logon-test", "--json")
        self.assertEqual(answer.status, DONE, answer)
        self.assertEqual({check["name"]: check["state"] for check in answer.json["checks"] if check["state"] != "ok"}, {}, answer)

    def test_what_a_renewed_ca_issues_logs_on_at_both_kdcs(self):
        self.enrol()
        self.assert_logs_on()
        self.lab("ca", "renew")
        # MIT's KDC has no list for the old key any more.
        self.assert_allowed()
        answer = self.cardenroll("renew", "--json")
        self.assertEqual(answer.status, DONE, answer)
        self.assert_issued_by("ca-1.pem")
        self.assert_allowed()
        self.assert_logs_on()
        self.lab("ca", "revoke", self.requests()[-1].split()[4], "keyCompromise")
        self.lab("kdc", "up")
        self.assert_locked_out("Revoked certificate")


if __name__ == "__main__":
    main()
