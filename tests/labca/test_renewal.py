# SPDX-License-Identifier: GPL-3.0-or-later
"""Renewals, signatures of registration authorities, and requests on behalf of others."""

import unittest
from dataclasses import replace
from typing import Any, List, Optional

from asn1crypto import core
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from adcs import oids
from adcs.authority import Refused
from adcs.certificate import Issuer
from adcs.hresult import HResult
from adcs.setup import make_ca
from adcs.template import Enrollment, Name, PrivateKey, Template
from fixtures import (CARD_USERS, EC_KEY, ISSUER, KEY, SMARTCARD, SMARTCARD_V1, FakeDirectory,
                      authority, enroll_descriptor, pkcs10, requester, snapshot, template_v1,
                      template_v2)
from wrapping import By, cmc, issue, name_value, wrap

ALICE, EVA = "alice@LAB.TEST", "eva@LAB.TEST"
AGENTS = "S-1-5-21-1-2-3-1108"
PREVIOUS_APPROVAL = int(Enrollment.PREVIOUS_APPROVAL_VALIDATE_REENROLLMENT)
AGENT = replace(SMARTCARD, cn="EnrollmentAgent", oid="1.2.3.11", minimal_key_size=256,
                extended_key_usage=(oids.ENROLLMENT_AGENT,), application_policies=(),
                security_descriptor=enroll_descriptor(AGENTS))
FOR_AGENTS = replace(SMARTCARD, ra_signatures=1, ra_application_policies=(oids.ENROLLMENT_AGENT,),
                     security_descriptor=enroll_descriptor(CARD_USERS, AGENTS))
WAITING = replace(SMARTCARD, enrollment_flag=int(Enrollment.PEND_ALL_REQUESTS))


def renewing(old: x509.Certificate, *extensions: Any, key: Any = KEY, common_name: str = "",
             attribute: Optional[bytes] = None) -> bytes:
    """A PKCS#10 with the renewal attribute."""
    value = old.public_bytes(Encoding.DER) if attribute is None else attribute
    return pkcs10(*extensions, key=key, common_name=common_name,
                  attributes={oids.RENEWAL_CERTIFICATE: value})


class CaTest(unittest.TestCase):
    def ca(self, *templates: Template) -> Any:
        eva = requester("eva", "S-1-5-21-1-2-3-1109", (AGENTS,))
        return authority(FakeDirectory(snapshot(*templates), requester(), eva))

    def issued(self, ca: Any, token: bytes, caller: str = ALICE) -> x509.Certificate:
        found = ca.submit(caller, token, {}).certificate
        self.assertIsNotNone(found)
        return x509.load_der_x509_certificate(found)

    def refused(self, code: HResult, ca: Any, token: bytes, caller: str = ALICE) -> None:
        with self.assertRaises(Refused) as caught:
            ca.submit(caller, token, {})
        self.assertEqual(caught.exception.code, code, caught.exception.message)


class RenewalTest(CaTest):
    @classmethod
    def setUpClass(cls) -> None:
        cls.old = issue(SMARTCARD, key=EC_KEY)
        cls.by_old = By(EC_KEY, cls.old)

    def both(self, der: bytes) -> List[bytes]:
        """The two formats of a renewal."""
        return [wrap(der, replace(self.by_old, bare=True)), cmc(der, By(KEY), self.by_old)]

    def test_both_formats_are_issued(self) -> None:
        for token in self.both(renewing(self.old)):
            made = self.issued(self.ca(), token)
            self.assertEqual(made.subject, self.old.subject)
            self.assertEqual(made.public_key().public_numbers(),
                             KEY.public_key().public_numbers())

    def test_approval_is_waived_where_the_template_says_so(self) -> None:
        waives = replace(FOR_AGENTS, enrollment_flag=PREVIOUS_APPROVAL | WAITING.enrollment_flag)
        for token in self.both(renewing(self.old)):
            self.issued(self.ca(waives), token)
            self.assertIsNone(self.ca(WAITING).submit(ALICE, token, {}).certificate)
            self.refused(HResult.SIGNATURE_REJECTED, self.ca(FOR_AGENTS), token)

    def test_it_is_not_waived_for_a_certificate_of_another_template_or_name(self) -> None:
        waives = replace(WAITING, enrollment_flag=PREVIOUS_APPROVAL | WAITING.enrollment_flag)
        other = issue(replace(SMARTCARD, oid="1.2.3.4"), key=EC_KEY)
        bobs = issue(SMARTCARD, key=EC_KEY, account=requester("bob"))
        nameless = issue(replace(SMARTCARD, name_flag=int(Name.COMMON_NAME)), key=EC_KEY)
        for old in (other, bobs, nameless):
            token = wrap(renewing(old), By(EC_KEY, old))
            self.assertIsNone(self.ca(waives).submit(ALICE, token, {}).certificate)

    def test_a_supplied_subject_must_stay_and_takes_its_alternative_names_along(self) -> None:
        supplied = replace(SMARTCARD, name_flag=int(Name.ENROLLEE_SUPPLIES_SUBJECT),
                           enrollment_flag=PREVIOUS_APPROVAL | WAITING.enrollment_flag)
        san = x509.SubjectAlternativeName([x509.DNSName("x.lab.test")])
        old = self.issued(self.ca(replace(supplied, enrollment_flag=0)), pkcs10(
            template_v2(), (oids.ALT_NAME, san.public_bytes()), common_name="x"))
        token = wrap(renewing(old, common_name="x"), By(KEY, old))
        made = self.issued(self.ca(supplied), token)
        names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        self.assertEqual(names, san)
        changed = wrap(renewing(old, common_name="y"), By(KEY, old))
        self.assertIsNone(self.ca(supplied).submit(ALICE, changed, {}).certificate)

    def test_the_same_key_may_be_demanded(self) -> None:
        same = replace(SMARTCARD, private_key_flag=int(PrivateKey.REQUIRE_SAME_KEY_RENEWAL))
        old = issue(SMARTCARD, key=KEY)
        self.refused(HResult.RENEWAL_BAD_PUBLIC_KEY, self.ca(same), self.both(
            renewing(self.old))[0])
        self.issued(self.ca(same), wrap(renewing(old), By(KEY, old)))

    def test_the_old_certificate_must_be_named_included_and_the_signer(self) -> None:
        other = issue(SMARTCARD, key=KEY)
        der = renewing(self.old)
        bad = HResult.BAD_RENEWAL_CERT_ATTRIBUTE
        for token in (
                wrap(renewing(self.old, attribute=core.Null().dump()), self.by_old),
                wrap(der, By(KEY, other)),
                wrap(der, By(KEY, other), certificates=[other, self.old]),
                wrap(der, By(KEY, other), self.by_old),
                cmc(der, By(KEY)),
                cmc(der, By(KEY), certificates=[self.old])):
            self.refused(bad, self.ca(), token)

    def test_a_revoked_expired_or_foreign_certificate_renews_nothing(self) -> None:
        ca = self.ca()
        revoked = self.issued(ca, pkcs10())
        ca.revoke(revoked.serial_number, "superseded")
        self.refused(HResult.CERTIFICATE_REVOKED, ca,
                     wrap(renewing(revoked), By(KEY, revoked)))
        years_ago = replace(ISSUER, config=replace(ISSUER.config, backdate=2 * 365 * 86400))
        expired = issue(SMARTCARD, key=EC_KEY, issuer=years_ago)
        self.refused(HResult.CERTIFICATE_EXPIRED, ca,
                     wrap(renewing(expired), By(EC_KEY, expired)))
        for name in ("LAB-CA", "Other"):
            foreign_ca = Issuer(ISSUER.config, *make_ca(name, "lab.test"))
            foreign = issue(SMARTCARD, key=EC_KEY, issuer=foreign_ca)
            self.refused(HResult.UNTRUSTED_ROOT, ca, wrap(renewing(foreign), By(EC_KEY, foreign)))

    def test_a_bare_pkcs10_is_a_new_request_whatever_it_says(self) -> None:
        self.issued(self.ca(), renewing(self.old))
        self.assertIsNone(self.ca(WAITING).submit(ALICE, renewing(self.old), {}).certificate)


class AgentTest(CaTest):
    @classmethod
    def setUpClass(cls) -> None:
        cls.certificate = issue(AGENT, key=EC_KEY)
        cls.agent = By(EC_KEY, cls.certificate)
        cls.second = By(KEY, issue(AGENT, key=KEY))

    def test_an_agents_signature_is_enough_for_a_template_that_wants_one(self) -> None:
        for token in (wrap(pkcs10(), self.agent), cmc(pkcs10(), By(KEY), self.agent)):
            self.issued(self.ca(FOR_AGENTS), token)

    def test_signatures_are_counted_by_certificate(self) -> None:
        two = replace(FOR_AGENTS, ra_signatures=2)
        self.refused(HResult.SIGNATURE_POLICY_REQUIRED, self.ca(two), pkcs10())
        self.refused(HResult.SIGNATURE_POLICY_REQUIRED, self.ca(two), cmc(pkcs10(), By(KEY)))
        self.refused(HResult.SIGNATURE_COUNT, self.ca(two), wrap(pkcs10(), self.agent))
        self.refused(HResult.SIGNATURE_COUNT, self.ca(two),
                     wrap(pkcs10(), self.agent, self.agent))
        self.issued(self.ca(two), wrap(pkcs10(), self.agent, self.second))

    def test_policies_may_be_spread_over_the_signers(self) -> None:
        wants = replace(FOR_AGENTS, ra_signatures=2, ra_policies=("1.2.3.9",))
        self.refused(HResult.SIGNATURE_REJECTED, self.ca(wants),
                     wrap(pkcs10(), self.agent, self.second))
        vouching = By(EC_KEY, issue(replace(SMARTCARD, minimal_key_size=256,
                                            issuance_policies=("1.2.3.9",)), key=EC_KEY))
        self.issued(self.ca(wants), wrap(pkcs10(), self.second, vouching))

    def test_another_purpose_is_rejected(self) -> None:
        card = By(EC_KEY, issue(SMARTCARD, key=EC_KEY))
        self.refused(HResult.SIGNATURE_REJECTED, self.ca(FOR_AGENTS), wrap(pkcs10(), card))

    def test_a_revoked_agent_does_not_count(self) -> None:
        ca = self.ca(FOR_AGENTS, AGENT)
        made = self.issued(ca, pkcs10(template_v2("1.2.3.11")), EVA)
        ca.revoke(made.serial_number, "keyCompromise")
        self.refused(HResult.CERTIFICATE_REVOKED, ca, wrap(pkcs10(), By(KEY, made)))


class OnBehalfOfTest(CaTest):
    @classmethod
    def setUpClass(cls) -> None:
        cls.certificate = issue(AGENT, key=EC_KEY, account=requester("eva"))

    def by(self, name: str = "LAB\\alice") -> By:
        pair = {oids.NAME_VALUE_PAIR: name_value("requestername", name)}
        return By(EC_KEY, self.certificate, pair)

    def test_the_certificate_is_the_subjects_and_the_request_the_agents(self) -> None:
        for token in (wrap(pkcs10(), self.by()),
                      cmc(pkcs10(), By(KEY), By(EC_KEY, self.certificate),
                          reg_info="RequesterName=LAB\\alice")):
            ca = self.ca(FOR_AGENTS)
            made = self.issued(ca, token, EVA)
            self.assertIn("CN=alice", made.subject.rfc4514_string())
            row = ca.store.request(1)
            self.assertEqual((row.requester, row.subject), (EVA, "LAB\\alice"))

    def test_it_may_have_to_wait_and_is_the_subjects_still(self) -> None:
        ca = self.ca(replace(FOR_AGENTS, enrollment_flag=WAITING.enrollment_flag))
        number = ca.submit(EVA, wrap(pkcs10(), self.by()), {}).request_id
        ca.approve(number)
        found = x509.load_der_x509_certificate(ca.query(EVA, number).certificate)
        self.assertIn("CN=alice", found.subject.rfc4514_string())

    def test_schema_1_is_open_to_agents_and_schema_2_only_where_it_says_so(self) -> None:
        old = replace(SMARTCARD_V1, security_descriptor=enroll_descriptor(AGENTS))
        self.issued(self.ca(old), wrap(pkcs10(template_v1()), self.by()), EVA)
        plain = replace(SMARTCARD, security_descriptor=enroll_descriptor(AGENTS))
        self.refused(HResult.RESTRICTED_OFFICER, self.ca(plain), wrap(pkcs10(), self.by()), EVA)
        flagged = replace(plain, enrollment_flag=int(Enrollment.ALLOW_ENROLL_ON_BEHALF_OF))
        self.issued(self.ca(flagged), wrap(pkcs10(), self.by()), EVA)

    def test_the_caller_needs_enroll_not_the_subject(self) -> None:
        ca = self.ca(replace(FOR_AGENTS, security_descriptor=enroll_descriptor(CARD_USERS)))
        self.refused(HResult.TEMPLATE_DENIED, ca, wrap(pkcs10(), self.by()), EVA)

    def test_every_certificate_must_be_an_agents_but_for_the_ca(self) -> None:
        other = issue(SMARTCARD, key=KEY)
        certificates = [self.certificate, ISSUER.certificate]
        ca = self.ca(FOR_AGENTS)
        self.issued(ca, wrap(pkcs10(), self.by(), certificates=certificates), EVA)
        self.refused(HResult.SIGNATURE_REJECTED, ca,
                     wrap(pkcs10(), self.by(), certificates=[*certificates, other]), EVA)
        self.refused(HResult.SIGNATURE_REJECTED, ca,
                     wrap(pkcs10(), self.by(), By(KEY, other)), EVA)

    def test_an_unknown_subject_is_refused(self) -> None:
        self.refused(HResult.NO_SUCH_USER, self.ca(FOR_AGENTS),
                     wrap(pkcs10(), self.by("LAB\\nobody")), EVA)

    def test_a_name_in_the_pkcs10_or_the_context_is_not_heeded(self) -> None:
        inside = pkcs10(attributes={oids.NAME_VALUE_PAIR: name_value("requestername", "LAB\\bob")})
        ca = self.ca()
        found = ca.submit(ALICE, inside, {"requestername": "LAB\\bob"}).certificate
        self.assertIn("CN=alice", x509.load_der_x509_certificate(found).subject.rfc4514_string())

    def test_the_new_key_alone_cannot_speak_for_another(self) -> None:
        token = cmc(pkcs10(), By(KEY), reg_info="RequesterName=LAB\\alice")
        self.refused(HResult.SIGNATURE_POLICY_REQUIRED, self.ca(FOR_AGENTS), token, EVA)


if __name__ == "__main__":
    unittest.main()
