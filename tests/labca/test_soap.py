# SPDX-License-Identifier: GPL-3.0-or-later
"""Envelopes that are taken, and those that are not."""

import unittest
from xml.etree import ElementTree as ET

from adcs import soap
from adcs.soap import Fault
from messages import MESSAGE_ID, body_of, envelope, names

ACTION, URL = "urn:do", "https://ca1.lab.test/x"
GOOD = envelope(ACTION, URL, "<b/>")


class SoapTest(unittest.TestCase):
    def refused(self, data: bytes, words: str, subcode: str = "") -> Fault:
        with self.assertRaisesRegex(Fault, words) as caught:
            soap.parse(data, URL, {ACTION})
        self.assertEqual(caught.exception.subcode, subcode)
        return caught.exception

    def test_a_good_envelope_is_taken(self) -> None:
        message = soap.parse(GOOD, URL, {ACTION})
        self.assertEqual((message.action, message.message_id, message.body.tag),
                         (ACTION, MESSAGE_ID, "b"))

    def test_the_address_is_compared_without_regard_to_case(self) -> None:
        soap.parse(GOOD.replace(b"/x", b"/X"), URL, {ACTION})

    def test_what_is_no_xml_or_has_a_dtd_is_refused(self) -> None:
        self.refused(b"\x00\x01", "not well-formed")
        self.refused(b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + GOOD, "document type")

    def test_another_root_is_refused(self) -> None:
        self.refused(b"<a/>", "not a SOAP 1.2 envelope", "s:VersionMismatch")
        self.refused(GOOD.replace(soap.S.encode(), b"http://schemas.xmlsoap.org/soap/envelope/"),
                     "not a SOAP 1.2 envelope", "s:VersionMismatch")

    def test_a_body_of_none_or_two_is_refused(self) -> None:
        self.refused(GOOD.replace(b"<b/>", b""), "exactly one")
        self.refused(GOOD.replace(b"<b/>", b"<b/><b/>"), "exactly one")

    def test_an_unknown_action_is_refused(self) -> None:
        fault = self.refused(GOOD.replace(b">urn:do<", b">urn:other<"), "urn:other",
                             "a:ActionNotSupported")
        self.assertEqual(fault.relates_to, MESSAGE_ID)

    def test_a_message_for_another_address_is_refused(self) -> None:
        self.refused(GOOD.replace(b"/x", b"/y"), "is for", "a:DestinationUnreachable")

    def test_a_message_without_id_is_refused(self) -> None:
        self.refused(GOOD.replace(MESSAGE_ID.encode(), b""), "MessageID",
                     "a:MessageAddressingHeaderRequired")

    def test_an_answer_elsewhere_is_refused(self) -> None:
        self.refused(GOOD.replace(b"/anonymous", b"/none"), "on the connection",
                     "a:OnlyAnonymousAddressSupported")

    def test_an_unknown_header_is_refused_if_it_must_be_understood(self) -> None:
        soap.parse(envelope(ACTION, URL, "<b/>", "<h/>"), URL, {ACTION})
        bad = envelope(ACTION, URL, "<b/>", '<h s:mustUnderstand="1"/>')
        self.assertEqual(self.refused(bad, "not understood").code, "MustUnderstand")

    def test_a_fault_has_code_reason_and_detail_in_order(self) -> None:
        answer = soap.build_fault(Fault("why", "Receiver", detail=ET.Element("d"),
                                        relates_to=MESSAGE_ID))
        self.assertEqual(names(body_of(answer)), ["Code", "Reason", "Detail"])
        self.assertIn(MESSAGE_ID.encode(), answer)

    def test_carriage_returns_travel_as_references(self) -> None:
        body = ET.Element("b")
        body.text = "1\r\n2"
        answer = soap.build("urn:a", "", body)
        self.assertIn(b"1&#xD;\n2", answer)
        self.assertEqual(body_of(answer).text, "1\r\n2")


if __name__ == "__main__":
    unittest.main()
