# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in a certificate, and where it comes from."""

import unittest
from dataclasses import replace
from typing import Any, List, Optional

from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding

from adcs import certificate, oids
from adcs.asn1 import TemplateExtension
from adcs.formats import read_request
from adcs.hresult import Denied, HResult
from adcs.keys import DER, not_after, not_before
from adcs.template import Enrollment, General, Name, Template
from fixtures import (ALICE, CARD_LOGON, CLIENT_AUTH, ISSUER, KEY, SMARTCARD, SMARTCARD_V1,
                      TEMPLATE_OID, pkcs10, requester, template_v1, template_v2)


def build(template: Template = SMARTCARD, account: Any = None, token: Optional[bytes] = None,
          **named: Any) -> x509.Certificate:
    request = read_request(token or pkcs10())
    return certificate.build(ISSUER, template, account or requester(), request, **named)


def value_of(made: x509.Certificate, oid: str) -> Optional[bytes]:
    parsed = asn1.Certificate.load(made.public_bytes(DER), strict=True)
    found = [extension["extn_value"].contents
             for extension in parsed["tbs_certificate"]["extensions"]
             if extension["extn_id"].dotted == oid]
    return found[0] if found else None


def critical(made: x509.Certificate) -> List[str]:
    return [item.oid.dotted_string for item in made.extensions if item.critical]


def with_names(flag: int) -> Template:
    return replace(SMARTCARD, name_flag=flag)


class CertificateTest(unittest.TestCase):
    def refused(self, code: HResult, *arguments: Any, **named: Any) -> None:
        with self.assertRaises(Denied) as caught:
            build(*arguments, **named)
        self.assertEqual(caught.exception.code, code)

    def test_it_is_for_the_requests_key_and_signed_by_the_ca_with_sha256(self) -> None:
        made = build()
        self.assertEqual(made.public_key().public_numbers(), KEY.public_key().public_numbers())
        self.assertEqual(made.issuer, ISSUER.certificate.subject)
        assert made.signature_hash_algorithm is not None
        self.assertEqual(made.signature_hash_algorithm.name, "sha256")
        ISSUER.certificate.public_key().verify(  # type: ignore[union-attr, call-arg]
            made.signature, made.tbs_certificate_bytes, padding.PKCS1v15(),
            made.signature_hash_algorithm)

    def test_the_directory_path_is_turned_into_the_order_of_x500(self) -> None:
        self.assertEqual(build().subject.rfc4514_string(),
                         "CN=alice,OU=Desks,OU=Staff,DC=lab,DC=test")
        first = list(build().subject)[0]
        self.assertEqual((first.oid.dotted_string, first.value),
                         ("0.9.2342.19200300.100.1.25", "test"))

    def test_a_comma_in_a_name_stays_in_it(self) -> None:
        account = requester(dn="CN=Lab\\, Alice,DC=lab,DC=test")
        self.assertEqual(list(build(account=account).subject)[-1].value, "Lab, Alice")

    def test_the_common_name_alone_or_nothing_may_be_wanted(self) -> None:
        only_cn = build(with_names(Name.COMMON_NAME | Name.ALT_UPN))
        self.assertEqual(only_cn.subject.rfc4514_string(), "CN=alice")
        self.assertNotIn(oids.ALT_NAME, critical(only_cn))
        nothing = build(with_names(Name.ALT_UPN))
        self.assertEqual(list(nothing.subject), [])
        self.assertIn(oids.ALT_NAME, critical(nothing))

    def test_the_e_mail_address_follows_in_subject_and_alternative_name(self) -> None:
        made = build(with_names(0xA6000000))
        self.assertEqual(list(made.subject)[-1].value, "alice@lab.test")
        names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        self.assertEqual(names.get_values_for_type(x509.RFC822Name), ["alice@lab.test"])

    def test_a_missing_e_mail_address_is_refused(self) -> None:
        self.refused(HResult.SUBJECT_EMAIL_REQUIRED, with_names(0xA6000000), requester(mail=""))

    def test_the_upn_is_an_other_name_of_utf8(self) -> None:
        self.assertEqual(value_of(build(), oids.ALT_NAME), bytes.fromhex(
            "3020a01e060a2b060104018237140203a0100c0e") + b"alice@lab.test")

    def test_an_account_without_upn_has_the_one_of_its_name(self) -> None:
        found = value_of(build(account=requester(upn="")), oids.ALT_NAME)
        assert found is not None
        self.assertTrue(found.endswith(b"alice@lab.test"))

    def test_the_sid_extension_holds_the_sid_as_text(self) -> None:
        found = value_of(build(), oids.SID)
        assert found is not None
        sid = ALICE.encode()
        self.assertEqual(found.hex(), (
            bytes([0x30, len(sid) + 18, 0xA0, len(sid) + 16, 0x06, 10])
            + bytes.fromhex("2b060104018237190201")
            + bytes([0xA0, len(sid) + 2, 0x04, len(sid)]) + sid).hex())

    def test_a_template_may_leave_the_sid_extension_out(self) -> None:
        made = build(replace(SMARTCARD, enrollment_flag=int(Enrollment.NO_SECURITY_EXTENSION)))
        self.assertIsNone(value_of(made, oids.SID))

    def test_schema_2_has_the_templates_oid_and_version(self) -> None:
        made = build()
        found = TemplateExtension.load(value_of(made, oids.TEMPLATE))
        self.assertEqual(found.native, {"id": TEMPLATE_OID, "major": 100, "minor": 3})
        self.assertIsNone(value_of(made, oids.TEMPLATE_NAME))
        self.assertIsNotNone(value_of(made, oids.APPLICATION_POLICIES))

    def test_schema_1_has_the_templates_bare_name(self) -> None:
        made = build(SMARTCARD_V1, token=pkcs10(template_v1()))
        self.assertEqual(value_of(made, oids.TEMPLATE_NAME),
                         b"\x1e\x1c" + "SmartcardLogon".encode("utf-16-be"))
        self.assertIsNone(value_of(made, oids.TEMPLATE))
        self.assertIsNone(value_of(made, oids.APPLICATION_POLICIES))

    def test_usages_come_from_the_template_not_from_the_request(self) -> None:
        token = pkcs10(template_v2(), (oids.KEY_USAGE, bytes.fromhex("03020106")))
        made = build(token=token)
        usage = made.extensions.get_extension_for_class(x509.KeyUsage)
        self.assertTrue(usage.critical and usage.value.digital_signature
                        and usage.value.key_encipherment)
        self.assertFalse(usage.value.key_cert_sign)
        purposes = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        self.assertEqual([item.dotted_string for item in purposes], [CLIENT_AUTH, CARD_LOGON])

    def test_the_enrollee_may_have_to_supply_the_subject(self) -> None:
        supplied = with_names(Name.ENROLLEE_SUPPLIES_SUBJECT)
        san = x509.SubjectAlternativeName([x509.DNSName("x.lab.test")]).public_bytes()
        token = pkcs10(template_v2(), (oids.ALT_NAME, san), common_name="whoever")
        made = build(supplied, token=token)
        self.assertEqual(made.subject.rfc4514_string(), "CN=whoever")
        self.assertEqual(value_of(made, oids.ALT_NAME), san)
        self.assertIsNone(value_of(made, oids.SID))
        self.refused(HResult.BAD_REQUEST_SUBJECT, supplied)

    def test_else_the_subject_in_the_request_is_not_heeded(self) -> None:
        made = build(token=pkcs10(common_name="root"))
        self.assertEqual(made.subject.rfc4514_string(),
                         "CN=alice,OU=Desks,OU=Staff,DC=lab,DC=test")

    def test_a_machines_dns_name_and_guid(self) -> None:
        template = replace(with_names(Name.ALT_DNS | Name.ALT_DIRECTORY_GUID | Name.COMMON_NAME),
                           flags=int(General.MACHINE_TYPE))
        made = build(template, requester(dns_host_name="pc.lab.test", is_machine=True))
        self.assertEqual(made.subject.rfc4514_string(), "CN=pc.lab.test")
        found = value_of(made, oids.ALT_NAME)
        assert found is not None
        self.assertIn(b"\x82\x0bpc.lab.test", found)
        self.assertIn(b"\x04\x10" + bytes(range(16)), found)
        self.refused(HResult.SUBJECT_DNS_REQUIRED, template)

    def test_validity_is_the_templates_and_begins_a_little_earlier(self) -> None:
        made = build()
        self.assertEqual((not_after(made) - not_before(made)).total_seconds(), 365 * 86400)

    def test_a_short_validity_can_be_asked_for(self) -> None:
        made = build(seconds=30)
        self.assertEqual((not_after(made) - not_before(made)).total_seconds(), 30)

    def test_it_does_not_outlive_the_ca(self) -> None:
        made = build(replace(SMARTCARD, validity=100 * 365 * 86400))
        self.assertEqual(not_after(made), not_after(ISSUER.certificate))

    def test_it_says_where_the_crl_and_the_ca_are(self) -> None:
        point = build().extensions.get_extension_for_class(x509.CRLDistributionPoints).value[0]
        assert point.full_name is not None
        self.assertEqual(point.full_name[0].value, "http://ca1.lab.test/crl/LAB-CA.crl")
        without = build(replace(SMARTCARD, enrollment_flag=int(Enrollment.NO_REVOCATION_INFO)))
        self.assertIsNone(value_of(without, "2.5.29.31"))

    def test_it_names_its_key_and_its_issuers(self) -> None:
        made = build().extensions
        authority = made.get_extension_for_class(x509.AuthorityKeyIdentifier).value
        own = ISSUER.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
        self.assertEqual(authority.key_identifier, own.value.digest)
        self.assertTrue(made.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest)


if __name__ == "__main__":
    unittest.main()
