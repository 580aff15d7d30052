# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of a request: issued, pending, approved, denied; revocation; the CMC response."""

import hashlib
import unittest
from dataclasses import replace
from typing import Any

from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from adcs import cmc, oids
from adcs.authority import Refused
from adcs.directory import DirectoryError
from adcs.hresult import Denied, HResult
from adcs.misbehaviour import Misbehaviour, Mode
from adcs.template import Enrollment
from adcs.trust import extension
from fixtures import (ISSUER, KEY, SMARTCARD, TRUST, FakeDirectory, authority, pkcs10, requester,
                      snapshot, template_v2)

ALICE, BOB = "alice@LAB.TEST", "bob@LAB.TEST"
WAITS = replace(SMARTCARD, enrollment_flag=int(Enrollment.PEND_ALL_REQUESTS))


def read_response(der: bytes) -> Any:
    """Controls by OID, and the certificates, of a response whose signature is checked here."""
    signed = cms.ContentInfo.load(der, strict=True)["content"]
    assert signed["encap_content_info"]["content_type"].dotted == oids.PKI_RESPONSE
    content = bytes(signed["encap_content_info"]["content"])
    signer = signed["signer_infos"][0]
    attributes = {item["type"].dotted: item["values"][0] for item in signer["signed_attrs"]}
    assert attributes[oids.MESSAGE_DIGEST].native == hashlib.sha256(content).digest()
    ISSUER.certificate.public_key().verify(  # type: ignore[union-attr, call-arg]
        signer["signature"].native, signer["signed_attrs"].untag().dump(), padding.PKCS1v15(),
        hashes.SHA256())
    response = cmc.PkiResponse.load(content, strict=True)
    controls = {item["attrType"].dotted: item["attrValues"][0]
                for item in response["controlSequence"]}
    status = cmc.StatusInfo.load(controls[oids.CMC_STATUS_INFO].dump(), strict=True)
    return status, controls, [item.chosen.dump() for item in signed["certificates"]]


class AuthorityTest(unittest.TestCase):
    def refused(self, code: HResult, call: Any, *arguments: Any) -> Refused:
        with self.assertRaises(Refused) as caught:
            call(*arguments)
        self.assertEqual(caught.exception.code, code)
        return caught.exception

    def waiting(self) -> Any:
        return authority(FakeDirectory(snapshot(WAITS), requester(), requester("bob")))

    def test_an_issued_certificate_comes_with_its_chain_and_its_hash(self) -> None:
        outcome = authority().submit(ALICE, pkcs10(), {})
        self.assertEqual((outcome.request_id, outcome.message), (1, "Issued"))
        assert outcome.certificate is not None
        status, controls, certificates = read_response(outcome.response)
        self.assertEqual(status["cMCStatus"].native, 0)
        self.assertEqual(len(certificates), 2)
        self.assertIn(outcome.certificate, certificates)
        added = cmc.AddAttributes.load(controls[oids.CMC_ADD_ATTRIBUTES].dump())
        digest = added["attributes"][0]["values"][0].native
        self.assertEqual(digest, hashlib.sha1(outcome.certificate).digest())

    def test_a_refusal_is_recorded_under_its_id(self) -> None:
        ca = authority()
        refused = self.refused(HResult.TEMPLATE_DENIED, ca.submit, BOB, pkcs10(), {})
        self.assertEqual(refused.request_id, 1)
        self.assertIn("0x80094012", refused.message)
        status, _, _ = read_response(refused.response)
        self.assertEqual(status["cMCStatus"].native, 2)
        row = ca.store.request(1)
        assert row is not None
        self.assertEqual((row.disposition, row.code, row.certificate), ("denied", 0x80094012, None))
        self.assertEqual(row.template, "LabSmartcard")

    def test_a_pending_request_names_its_id_in_the_response(self) -> None:
        outcome = self.waiting().submit(ALICE, pkcs10(), {})
        self.assertIsNone(outcome.certificate)
        status, _, _ = read_response(outcome.response)
        self.assertEqual(status["cMCStatus"].native, 3)
        token = status["otherInfo"].chosen["pendToken"].native
        self.assertEqual(token, str(outcome.request_id).encode())

    def test_a_pending_request_is_issued_when_approved(self) -> None:
        ca = self.waiting()
        number = ca.submit(ALICE, pkcs10(), {}).request_id
        self.assertIsNone(ca.query(ALICE, number).certificate)
        ca.approve(number)
        found = ca.query(ALICE, number).certificate
        assert found is not None
        self.assertEqual(x509.load_der_x509_certificate(found).public_key().public_numbers(),
                         KEY.public_key().public_numbers())
        with self.assertRaisesRegex(ValueError, "not pending but issued"):
            ca.approve(number)

    def test_a_pending_request_is_refused_when_denied(self) -> None:
        ca = self.waiting()
        number = ca.submit(ALICE, pkcs10(), {}).request_id
        ca.deny(number, "Ask your manager first.")
        refused = self.refused(HResult.ADMIN_DENIED_REQUEST, ca.query, ALICE, number)
        self.assertIn("Ask your manager first.", refused.message)

    def test_only_its_requester_may_ask_for_a_request(self) -> None:
        ca = self.waiting()
        number = ca.submit(ALICE, pkcs10(), {}).request_id
        self.refused(HResult.ACCESS_DENIED, ca.query, BOB, number)
        self.refused(HResult.NO_REQUEST, ca.query, ALICE, number + 1)

    def test_a_request_is_kept_when_the_directory_fails(self) -> None:
        ca = authority(FakeDirectory(snapshot()))
        with self.assertRaises(DirectoryError):
            ca.submit(ALICE, pkcs10(), {})
        self.assertEqual([row.disposition for row in ca.store.requests()], ["failed"])

    def misissued(self, mode: Mode) -> x509.Certificate:
        """A certificate made in this mode; the next one must be right again."""
        wrong = Misbehaviour()
        wrong.set(mode, times=1)
        ca = authority(misbehaviour=wrong)
        made = [x509.load_der_x509_certificate(ca.submit(ALICE, pkcs10(), {}).certificate or b"")
                for _ in range(2)]
        TRUST.check(made[1])
        self.assertEqual(extension(made[1], oids.TEMPLATE), template_v2()[1])
        self.assertEqual(made[1].public_key().public_numbers(), KEY.public_key().public_numbers())
        return made[0]

    def test_the_wrong_key_can_be_certified(self) -> None:
        made = self.misissued(Mode.WRONG_KEY)
        self.assertNotEqual(made.public_key().public_numbers(), KEY.public_key().public_numbers())

    def test_the_template_in_a_certificate_can_be_wrong(self) -> None:
        made = self.misissued(Mode.WRONG_TEMPLATE)
        self.assertNotEqual(extension(made, oids.TEMPLATE), template_v2()[1])

    def test_another_ca_of_the_same_name_can_issue(self) -> None:
        made = self.misissued(Mode.FOREIGN_ISSUER)
        self.assertEqual(made.issuer, ISSUER.certificate.subject)
        with self.assertRaises(Denied):
            TRUST.check(made)

    def test_revocation_appears_in_a_new_crl(self) -> None:
        ca = authority()
        ca.publish_crl()
        found = ca.submit(ALICE, pkcs10(), {}).certificate
        assert found is not None
        serial = x509.load_der_x509_certificate(found).serial_number
        before = x509.load_der_x509_crl(ca.published()[ca.issuer.crl_path][1])
        self.assertIsNone(before.get_revoked_certificate_by_serial_number(serial))
        ca.revoke(serial, "keyCompromise")
        after = x509.load_der_x509_crl(ca.published()[ca.issuer.crl_path][1])
        entry = after.get_revoked_certificate_by_serial_number(serial)
        assert entry is not None
        reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
        self.assertEqual(reason, x509.ReasonFlags.key_compromise)
        self.assertTrue(after.is_signature_valid(
            ISSUER.certificate.public_key()))  # type: ignore[arg-type]
        numbers = [crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
                   for crl in (before, after)]
        self.assertEqual(numbers, [1, 2])
        self.assertTrue(ca.store.is_revoked(serial))

    def test_after_its_renewal_the_ca_issues_with_the_new_key_and_stands_by_the_old_one(self) -> None:
        ca = authority()
        old = self.issued_by(ca)
        ca.renew()
        new = self.issued_by(ca)
        self.assertEqual([issuer.generation for issuer in ca.issuers], [0, 1])
        self.assertEqual(old.issuer, new.issuer)
        for certificate, issuer in ((old, ca.issuers[0]), (new, ca.issuers[1])):
            key = issuer.certificate.public_key()
            key.verify(certificate.signature, certificate.tbs_certificate_bytes, padding.PKCS1v15(),  # type: ignore
                       certificate.signature_hash_algorithm)
            ca.trust.check(certificate)
            self.assertIn(f"http://ca1.lab.test{issuer.crl_path}".encode(), extension(certificate, "2.5.29.31"))
            crl = x509.load_der_x509_crl(ca.published()[issuer.crl_path][1])
            self.assertTrue(crl.is_signature_valid(key))  # type: ignore[arg-type]
        self.assertEqual(sorted(path for path in ca.published() if path.endswith(".crl")),
                         ["/crl/LAB-CA(1).crl", "/crl/LAB-CA.crl"])

    def issued_by(self, ca: Any) -> x509.Certificate:
        return x509.load_der_x509_certificate(ca.submit(ALICE, pkcs10(), {}).certificate)

    def test_what_cannot_be_revoked_is_said(self) -> None:
        ca = authority()
        with self.assertRaisesRegex(ValueError, "no certificate 2a"):
            ca.revoke(42, "unspecified")
        with self.assertRaisesRegex(ValueError, "unknown reason 'boredom'"):
            ca.revoke(42, "boredom")


if __name__ == "__main__":
    unittest.main()
