# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests in CMS and CMC: what is read from them, and what refuses them."""

import unittest
from typing import Any

from asn1crypto import cms, core

from adcs import oids
from adcs.asn1 import PkiData
from adcs.formats import read_request
from adcs.hresult import Denied, HResult
from adcs.request import Form
from fixtures import EC_KEY, ISSUER, KEY, TEMPLATE_OID, pkcs10
from wrapping import By, cmc, issue, name_value, null_signed, pki_data, wrap

NEW = By(KEY)


class FormatsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.certificate = issue(key=EC_KEY)
        cls.agent = By(EC_KEY, cls.certificate)

    def refused(self, code: HResult, token: bytes) -> None:
        with self.assertRaises(Denied) as caught:
            read_request(token)
        self.assertEqual(caught.exception.code, code, caught.exception.message)

    def test_a_bare_pkcs10_is_read(self) -> None:
        request = read_request(pkcs10())
        self.assertEqual((request.form, request.template_oid), (Form.PKCS10, TEMPLATE_OID))

    def test_a_cmc_request_signed_by_the_new_key_is_read(self) -> None:
        request = read_request(cmc(pkcs10(), NEW))
        self.assertEqual((request.form, request.template_oid), (Form.CMC, TEMPLATE_OID))
        self.assertEqual((list(request.signers), request.first_signer), ([], None))

    def test_an_elliptic_key_signs_cmc_too(self) -> None:
        self.assertEqual(read_request(cmc(pkcs10(key=EC_KEY), By(EC_KEY))).form, Form.CMC)

    def test_the_null_signature_is_enough_where_the_new_key_signed_the_wrapping(self) -> None:
        der = null_signed(pkcs10())
        self.assertEqual(read_request(cmc(der, NEW)).der, der)
        self.refused(HResult.BAD_SIGNATURE, der)
        self.refused(HResult.BAD_SIGNATURE, cmc(der, self.agent))
        self.refused(HResult.BAD_SIGNATURE, wrap(der, self.agent))
        self.refused(HResult.BAD_SIGNATURE, cmc(der, By(KEY, no_signature=True)))

    def test_a_null_signature_that_is_not_the_hash_is_refused(self) -> None:
        der = null_signed(pkcs10())
        self.refused(HResult.BAD_SIGNATURE, cmc(der[:-1] + bytes([der[-1] ^ 1]), NEW))

    def test_the_no_signature_mechanism_leaves_the_proof_to_the_pkcs10(self) -> None:
        request = read_request(cmc(pkcs10(), By(KEY, no_signature=True)))
        self.assertEqual(list(request.signers), [])

    def test_signers_are_told_in_order(self) -> None:
        request = read_request(cmc(pkcs10(), NEW, self.agent))
        self.assertEqual(list(request.signers), [self.certificate])
        self.assertIsNone(request.first_signer)
        request = read_request(wrap(pkcs10(), self.agent))
        self.assertEqual((request.form, request.first_signer), (Form.CMS, self.certificate))

    def test_pkcs10_in_cms_needs_no_signed_attributes_but_cmc_does(self) -> None:
        read_request(wrap(pkcs10(), By(EC_KEY, self.certificate, bare=True)))
        self.refused(HResult.INVALID_DATA, cmc(pkcs10(), By(KEY, bare=True)))

    def test_reg_info_becomes_attributes(self) -> None:
        request = read_request(cmc(
            pkcs10(), NEW, reg_info="CertificateTemplate=Card&RequesterName=LAB\\alice"))
        self.assertEqual(dict(request.attributes), {
            "certificatetemplate": "Card", "requestername": "LAB\\alice"})
        self.assertEqual(request.on_behalf_of, "LAB\\alice")

    def test_requestername_counts_in_the_first_signers_attributes_only(self) -> None:
        named = {oids.NAME_VALUE_PAIR: name_value("requestername", "LAB\\alice\0")}
        by = By(EC_KEY, self.certificate, named)
        self.assertEqual(read_request(wrap(pkcs10(), by)).on_behalf_of, "LAB\\alice")
        self.assertIsNone(read_request(wrap(pkcs10(), self.agent, by)).on_behalf_of)
        self.assertIsNone(read_request(cmc(pkcs10(), By(KEY, attributes=named))).on_behalf_of)

    def test_a_changed_content_or_signature_is_refused(self) -> None:
        token = wrap(pkcs10(common_name="alice"), self.agent)
        self.refused(HResult.BAD_SIGNATURE, token.replace(b"alice", b"elias", 1))
        broken = cms.ContentInfo.load(cmc(pkcs10(), NEW))
        signer = broken["content"]["signer_infos"][0]
        signer["signature"] = core.OctetString(bytes(256))
        self.refused(HResult.BAD_SIGNATURE, broken.dump(force=True))

    def test_a_signer_whose_certificate_is_missing_is_refused(self) -> None:
        self.refused(HResult.INVALID_DATA, wrap(pkcs10(), self.agent, certificates=[]))

    def test_somebody_elses_certificate_does_not_fit(self) -> None:
        stolen = By(KEY, self.certificate)
        with self.assertRaises(Denied) as caught:
            read_request(wrap(pkcs10(), stolen))
        self.assertIn(caught.exception.code, (HResult.ALGORITHM, HResult.BAD_SIGNATURE))

    def test_sha1_and_unsigned_data_are_refused(self) -> None:
        try:
            old = wrap(pkcs10(), By(KEY, ISSUER.certificate, digest="sha1"))
        except Exception as error:  # newer cryptography may refuse to sign so
            self.skipTest(str(error))
        self.refused(HResult.ALGORITHM, old)
        self.refused(HResult.NO_SIGNER, wrap(pkcs10()))

    def test_exactly_one_pkcs10_is_wanted(self) -> None:
        for content in (pki_data(), pki_data(pkcs10(), pkcs10())):
            self.refused(HResult.INVALID_DATA, wrap(content, NEW, kind=oids.PKI_DATA))

    def test_other_contents_are_refused(self) -> None:
        self.refused(HResult.INVALID_DATA, wrap(b"\x04\x00", NEW, kind="1.2.3.4"))
        self.refused(HResult.ASN1_BAD_TAG, wrap(b"\x30\x00", NEW))
        self.refused(HResult.ASN1_BAD_TAG, wrap(b"\x04\x00", NEW, kind=oids.PKI_DATA))
        other: Any = cms.ContentInfo({"content_type": "data", "content": core.OctetString(b"x")})
        self.refused(HResult.ASN1_BAD_TAG, other.dump())

    def test_every_cut_and_many_changed_bytes_are_refused_or_read_but_never_crash(self) -> None:
        token = cmc(pkcs10(), NEW, self.agent)
        for end in range(0, len(token), 37):
            with self.assertRaises(Denied):
                read_request(token[:end])
        for at in range(0, len(token), 5):
            changed = bytearray(token)
            changed[at] ^= 0x41
            try:
                read_request(bytes(changed))
            except Denied:
                pass


class PkiDataTest(unittest.TestCase):
    def test_the_structure_survives_a_round_trip(self) -> None:
        content = pki_data(pkcs10(), reg_info="a=b")
        self.assertEqual(PkiData.load(content, strict=True).dump(force=True), content)


if __name__ == "__main__":
    unittest.main()
