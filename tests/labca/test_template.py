# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a template's directory object."""

import unittest

from adcs.certificate import key_usage
from adcs.template import parse_period, parse_properties, parse_template

MINIMAL = {"cn": [b"Card"], "revision": [b"100"], "msPKI-Template-Minor-Revision": [b"3"]}


class TemplateTest(unittest.TestCase):
    def test_a_template_without_schema_version_is_of_version_1(self) -> None:
        self.assertEqual(parse_template(MINIMAL).schema, 1)

    def test_negative_flags_become_unsigned(self) -> None:
        parsed = parse_template({**MINIMAL, "msPKI-Certificate-Name-Flag": [b"-2113929216"]})
        self.assertEqual(parsed.name_flag, 0x82000000)

    def test_attribute_names_are_matched_without_regard_to_case(self) -> None:
        self.assertEqual(parse_template({**MINIMAL, "MSPKI-minimal-KEY-size": [b"2048"]})
                         .minimal_key_size, 2048)

    def test_a_year_and_six_weeks_are_read_from_their_eight_bytes(self) -> None:
        self.assertEqual(parse_period(bytes.fromhex("004039872EE1FEFF")), 365 * 86400)
        self.assertEqual(parse_period(bytes.fromhex("0080A60AFFDEFFFF")), 42 * 86400)

    def test_a_period_of_another_length_is_none(self) -> None:
        self.assertEqual(parse_period(b"\0" * 7), 0)

    def test_providers_are_sorted_by_their_number(self) -> None:
        parsed = parse_template({**MINIMAL, "pKIDefaultCSPs": [b"2,Base", b"10,Last", b"1,First"]})
        self.assertEqual(parsed.csps, ("First", "Base", "Last"))

    def test_schema_3_reads_triplets(self) -> None:
        value = ("msPKI-Asymmetric-Algorithm`PZPWSTR`ECDSA_P256`"
                 "msPKI-RA-Application-Policies`PZPWSTR`1.2.3,1.2.4`msPKI-Key-Usage`DWORD`2`")
        parsed = parse_template({**MINIMAL, "msPKI-Template-Schema-Version": [b"3"],
                                 "msPKI-RA-Application-Policies": [value.encode()]})
        self.assertEqual(parsed.asymmetric_algorithm, "ECDSA_P256")
        self.assertEqual(parsed.ra_application_policies, ("1.2.3", "1.2.4"))

    def test_schema_4_with_a_legacy_provider_reads_plain_oids(self) -> None:
        parsed = parse_template({**MINIMAL, "msPKI-Template-Schema-Version": [b"4"],
                                 "msPKI-Private-Key-Flag": [b"256"],
                                 "msPKI-RA-Application-Policies": [b"1.2.3", b"1.2.4"]})
        self.assertEqual(parsed.ra_application_policies, ("1.2.3", "1.2.4"))
        self.assertEqual(parsed.asymmetric_algorithm, "RSA")

    def test_a_triplet_that_is_cut_off_is_left_out(self) -> None:
        self.assertEqual(parse_properties("a`DWORD`1`b`DWORD"), {"a": "1"})

    def test_key_usage_loses_its_trailing_zero_bits(self) -> None:
        self.assertEqual(key_usage(b"\xa0\x00").hex(), "030205a0")
        self.assertEqual(key_usage(b"\x80\x00").hex(), "03020780")
        self.assertEqual(key_usage(b"\x00\x80").hex(), "0303070080")
        self.assertEqual(key_usage(b"\x00").hex(), "030100")


if __name__ == "__main__":
    unittest.main()
