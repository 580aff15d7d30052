# SPDX-License-Identifier: GPL-3.0-or-later
"""RequestSecurityToken and what comes back, MS-WSTEP 3.1.4."""

import base64
import unittest
from dataclasses import replace
from typing import Any, Optional
from xml.etree import ElementTree as ET

from asn1crypto import cms

from adcs import soap, wstep
from adcs.hresult import HResult
from adcs.soap import Fault
from adcs.template import Enrollment
from adcs.wstep import EnrollmentService
from fixtures import SMARTCARD, FakeDirectory, authority, pkcs10, requester, snapshot
from messages import (CES_URL, MESSAGE_ID, body_of, envelope, issue, local, names, query,
                      request_id, rst, token)

ALICE, BOB = "alice@LAB.TEST", "bob@LAB.TEST"
WAITS = replace(SMARTCARD, enrollment_flag=int(Enrollment.PEND_ALL_REQUESTS))
ORDER = ["TokenType", "DispositionMessage", "BinarySecurityToken", "RequestedSecurityToken",
         "RequestID"]


class WstepTest(unittest.TestCase):
    def setUp(self) -> None:
        self.ca = authority()
        self.service = EnrollmentService(self.ca, CES_URL)

    def ask(self, data: bytes, principal: str = ALICE) -> ET.Element:
        """The one RequestSecurityTokenResponse of the answer."""
        message = soap.parse(data, CES_URL, wstep.ACTIONS)
        collection = body_of(self.service.answer(principal, message))
        self.assertEqual(local(collection), "RequestSecurityTokenResponseCollection")
        self.assertEqual(names(collection), ["RequestSecurityTokenResponse"])
        return collection[0]

    def refused(self, data: bytes, words: str, principal: str = ALICE) -> Optional[ET.Element]:
        with self.assertRaisesRegex(Fault, words) as caught:
            self.ask(data, principal)
        self.assertEqual(caught.exception.relates_to, MESSAGE_ID)
        return caught.exception.detail

    def issue_with(self, *children: str, **named: Any) -> bytes:
        return envelope(wstep.ACTION, CES_URL, rst(*children, **named))

    def test_an_issued_answer_has_its_children_in_order(self) -> None:
        response = self.ask(issue(pkcs10()))
        self.assertEqual(names(response), ORDER)
        self.assertEqual(response[2].get("ValueType"), wstep.PKCS7)
        cms.ContentInfo.load(base64.b64decode(response[2].text or ""), strict=True)
        self.assertEqual(response[3][0].get("ValueType"), wstep.X509V3)
        stored = self.ca.store.request(1)
        assert stored is not None
        self.assertEqual(base64.b64decode(response[3][0].text or ""), stored.certificate)
        self.assertEqual(response[4].text, "1")

    def test_a_pkcs10_may_be_labelled_pkcs7(self) -> None:
        self.ask(self.issue_with(token(pkcs10(), wstep.PKCS7)))

    def test_both_spellings_of_the_encoding_are_taken(self) -> None:
        other = wstep.BASE64.replace("base64binary", "Base64Binary")
        self.ask(self.issue_with(token(pkcs10(), encoding=other)))

    def test_wrapped_base64_is_taken(self) -> None:
        data = issue(pkcs10()).replace(b">MII", b">\r\n M&#xD;\nII")
        self.ask(data)

    def test_the_context_may_name_the_template(self) -> None:
        context = (f'<AdditionalContext xmlns="{wstep.AUTH}"><ContextItem '
                   'Name="CertificateTemplate"><Value>LabSmartcard</Value></ContextItem>'
                   '</AdditionalContext>')
        bare = pkcs10(("2.5.29.15", bytes.fromhex("030205a0")))
        self.ask(issue(bare, context))

    def test_a_pending_answer_says_where_to_ask_again(self) -> None:
        self.ca.directory = FakeDirectory(snapshot(WAITS), requester())
        response = self.ask(issue(pkcs10()))
        self.assertEqual(names(response), ORDER)
        self.assertEqual([local(item) for item in response[3].iter()][1:],
                         ["SecurityTokenReference", "Reference"])
        self.assertEqual(response[3][0][0].get("URI"), CES_URL)
        number = response[4].text
        self.assertEqual(names(self.ask(query(number))[3]), ["SecurityTokenReference"])
        self.ca.approve(int(number or 0))
        self.assertEqual(names(self.ask(query(number))[3]), ["BinarySecurityToken"])

    def test_a_refusal_is_a_fault_with_its_details(self) -> None:
        detail = self.refused(issue(pkcs10()), "0x80094012", BOB)
        assert detail is not None
        self.assertEqual(local(detail), "CertificateEnrollmentWSDetail")
        self.assertEqual(names(detail),
                         ["BinaryResponse", "ErrorCode", "InvalidRequest", "RequestID"])
        cms.ContentInfo.load(base64.b64decode(detail[0].text or ""), strict=True)
        self.assertEqual(int(detail[1].text or 0), HResult.TEMPLATE_DENIED - (1 << 32))
        self.assertEqual([detail[2].text, detail[3].text], ["true", "1"])

    def test_asking_for_an_unknown_request_is_a_fault_without_id(self) -> None:
        detail = self.refused(query(7), "0x80094002|does not exist")
        assert detail is not None
        self.assertTrue(soap.is_nil(detail[3]))

    def test_a_directory_that_does_not_answer_is_a_fault_without_details(self) -> None:
        self.ca.directory = FakeDirectory(snapshot())
        self.assertIsNone(self.refused(issue(pkcs10()), "directory does not answer"))

    def test_what_breaks_the_rules_is_refused(self) -> None:
        good = token(pkcs10())
        for data, words in (
                (self.issue_with(), "BinarySecurityToken is missing"),
                (self.issue_with(good, good), "more than one"),
                (self.issue_with(good, token_type="urn:x"), "TokenType"),
                (self.issue_with(good, kind=f"{wstep.WST}/Renew"), "RequestType"),
                (self.issue_with(token(pkcs10(), "urn:x")), "ValueType"),
                (self.issue_with(token(pkcs10(), encoding="urn:x")), "EncodingType"),
                (issue(pkcs10()).replace(b">MII", b">*MII"), "not base64"),
                (self.issue_with(kind=wstep.QUERY), "RequestID"),
                (self.issue_with(request_id(None), kind=wstep.QUERY), "RequestID"),
                (query("-1"), "RequestID"), (query("1e3"), "RequestID"),
                (query("9" * 30), "RequestID"),
                (envelope(wstep.ACTION, CES_URL, "<x/>"), "not a RequestSecurityToken"),
                (envelope(wstep.KET_ACTION, CES_URL, rst(kind=f"{wstep.WST}/KET")), "archives")):
            with self.subTest(words=words):
                self.refused(data, words)
        self.assertEqual(self.ca.store.requests(), [])


if __name__ == "__main__":
    unittest.main()
