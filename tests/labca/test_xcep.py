# SPDX-License-Identifier: GPL-3.0-or-later
"""GetPolicies and what comes back, MS-XCEP 3.1.4.1."""

import base64
import unittest
from dataclasses import replace
from typing import Dict, List, Optional
from xml.etree import ElementTree as ET

from adcs import soap, xcep
from adcs.soap import Fault, is_nil
from adcs.template import PrivateKey
from adcs.xcep import PolicyService
from adcs.xcep_request import XCEP
from fixtures import (SMARTCARD, SMARTCARD_V1, TEMPLATE_OID, FakeDirectory, authority, requester,
                      snapshot)
from messages import CEP_URL, CES_URL, NIL, body_of, get_policies, local, names

# Children in the order of the published schema.
ORDER: Dict[str, List[str]] = {
    "GetPoliciesResponse": ["response", "cAs", "oIDs"],
    "response": ["policyID", "policyFriendlyName", "nextUpdateHours", "policiesNotChanged",
                 "policies"],
    "policy": ["policyOIDReference", "cAs", "attributes"],
    "attributes": [
        "commonName", "policySchema", "certificateValidity", "permission", "privateKeyAttributes",
        "revision", "supersededPolicies", "privateKeyFlags", "subjectNameFlags", "enrollmentFlags",
        "generalFlags", "hashAlgorithmOIDReference", "rARequirements", "keyArchivalAttributes",
        "extensions"],
    "certificateValidity": ["validityPeriodSeconds", "renewalPeriodSeconds"],
    "permission": ["enroll", "autoEnroll"],
    "privateKeyAttributes": ["minimalKeyLength", "keySpec", "keyUsageProperty", "permissions",
                             "algorithmOIDReference", "cryptoProviders"],
    "revision": ["majorRevision", "minorRevision"],
    "rARequirements": ["rASignatures", "rAEKUs", "rAPolicies"],
    "keyArchivalAttributes": ["symmetricAlgorithmOIDReference", "symmetricAlgorithmKeyLength"],
    "extension": ["oIDReference", "critical", "value"],
    "cA": ["uris", "certificate", "enrollPermission", "cAReferenceID"],
    "cAURI": ["clientAuthentication", "uri", "priority", "renewalOnly"],
    "oID": ["value", "group", "oIDReferenceID", "defaultName"],
}
RICH = replace(
    SMARTCARD, cn="Rich", oid="1.2.3.4.5", schema=4, ra_signatures=1, private_key_flag=0x05040000,
    ra_application_policies=("1.3.6.1.4.1.311.20.2.1",), issuance_policies=("1.2.3",),
    properties={"msPKI-Asymmetric-Algorithm": "ECDSA_P256", "msPKI-Hash-Algorithm": "SHA256"})


class XcepTest(unittest.TestCase):
    def setUp(self) -> None:
        self.ca = authority(FakeDirectory(
            replace(snapshot(SMARTCARD, SMARTCARD_V1, RICH, published=["LabSmartcard", "Rich"]),
                    newest_change="20260301120000.0Z"),
            requester(), requester("bob", "S-1-5-21-1-2-3-1107", ())))
        self.service = PolicyService(self.ca, CEP_URL, CES_URL)

    def ask(self, data: bytes, name: str = "alice") -> ET.Element:
        message = soap.parse(data, CEP_URL, xcep.ACTIONS)
        return body_of(self.service.answer(f"{name}@LAB.TEST", message))

    def policy(self, root: ET.Element, cn: str) -> ET.Element:
        return next(policy for policy in root.iter(f"{{{XCEP}}}policy")
                    if self.text(policy, "attributes/commonName") == cn)

    def find(self, element: ET.Element, path: str) -> ET.Element:
        found = element.find("/".join(f"{{{XCEP}}}{part}" for part in path.split("/")))
        assert found is not None, path
        return found

    def text(self, element: ET.Element, path: str) -> Optional[str]:
        return self.find(element, path).text

    def test_every_element_is_there_and_in_the_schemas_order(self) -> None:
        root = self.ask(get_policies())
        seen = set()
        for element in root.iter():
            wanted = ORDER.get(local(element))
            if wanted is not None and not is_nil(element):
                seen.add(local(element))
                self.assertEqual(names(element), wanted)
        self.assertEqual(set(ORDER) - seen, {"keyArchivalAttributes"})

    def test_permissions_are_the_callers(self) -> None:
        for name, cn, wanted in (("alice", "LabSmartcard", ["true", "true"]),
                                 ("alice", "SmartcardLogon", ["true", "false"]),
                                 ("bob", "LabSmartcard", ["false", "false"])):
            policy = self.policy(self.ask(get_policies(), name), cn)
            permission = self.find(policy, "attributes/permission")
            self.assertEqual([child.text for child in permission], wanted)

    def test_a_template_that_is_not_published_has_no_ca(self) -> None:
        root = self.ask(get_policies())
        self.assertTrue(is_nil(self.find(self.policy(root, "SmartcardLogon"), "cAs")))
        self.assertEqual(self.text(self.policy(root, "Rich"), "cAs/cAReference"), "0")
        self.assertEqual(self.text(root, "cAs/cA/uris/cAURI/uri"), CES_URL)

    def test_references_lead_to_oids_of_the_right_group(self) -> None:
        root = self.ask(get_policies())
        table = {self.text(oid, "oIDReferenceID"): (self.text(oid, "value"),
                                                    self.text(oid, "group"))
                 for oid in self.find(root, "oIDs")}
        rich = self.policy(root, "Rich")
        for path, wanted in (
                ("policyOIDReference", ("1.2.3.4.5", "9")),
                ("attributes/privateKeyAttributes/algorithmOIDReference",
                 ("1.2.840.10045.3.1.7", "3")),
                ("attributes/hashAlgorithmOIDReference", ("2.16.840.1.101.3.4.2.1", "1")),
                ("attributes/rARequirements/rAEKUs/oIDReference", ("1.3.6.1.4.1.311.20.2.1", "7"))):
            self.assertEqual(table[self.text(rich, path)], wanted)
        used = {element.text for element in root.iter()
                if local(element).lower().endswith("oidreference") and not is_nil(element)}
        self.assertEqual(used, set(table))

    def test_flags_are_unsigned_and_extensions_are_der(self) -> None:
        policy = self.policy(self.ask(get_policies()), "LabSmartcard")
        self.assertEqual(self.text(policy, "attributes/subjectNameFlags"), str(0x82000000))
        values = [base64.b64decode(self.text(extension, "value") or "")
                  for extension in self.find(policy, "attributes/extensions")]
        self.assertIn(bytes.fromhex("030205a0"), values)

    def test_a_filter_of_oids_and_versions_is_applied(self) -> None:
        def asked(request_filter: str) -> List[Optional[str]]:
            root = self.ask(get_policies(
                request_filter=f"<requestFilter>{request_filter}</requestFilter>"))
            return [element.text for element in root.iter(f"{{{XCEP}}}commonName")
                    if element.text in ("LabSmartcard", "Rich")]

        both = f"<clientVersion {NIL}/><serverVersion {NIL}/>"
        only = f"<policyOIDs><oid>{TEMPLATE_OID}</oid></policyOIDs>"
        self.assertEqual(asked(f"<policyOIDs {NIL}/>{both}"), ["LabSmartcard", "Rich"])
        self.assertEqual(asked(f"{only}{both}"), ["LabSmartcard"])
        self.assertEqual(asked(only), ["LabSmartcard"])
        versions = "<clientVersion>4</clientVersion><serverVersion>6</serverVersion>"
        self.assertEqual(asked(f"<policyOIDs {NIL}/>{versions}"), ["LabSmartcard"])

    def test_nothing_new_since_the_clients_last_time_is_said_so(self) -> None:
        def asked(moment: str) -> ET.Element:
            return self.ask(get_policies(
                f"<lastUpdate>{moment}</lastUpdate><preferredLanguage>en-US</preferredLanguage>"))

        root = asked("2026-03-01T12:00:00Z")
        self.assertEqual(self.text(root, "response/policiesNotChanged"), "true")
        for path in ("response/policies", "cAs", "oIDs"):
            self.assertTrue(is_nil(self.find(root, path)))
        for moment in ("2026-03-01T11:59:59Z", "0001-01-01T00:00:00"):
            self.assertTrue(is_nil(self.find(asked(moment), "response/policiesNotChanged")))
        directory = self.ca.directory
        assert isinstance(directory, FakeDirectory)
        directory.content = replace(directory.content, templates={"Rich": RICH})
        self.assertTrue(is_nil(self.find(asked("2026-03-01T12:00:00Z"),
                                         "response/policiesNotChanged")))

    def test_key_archival_is_announced(self) -> None:
        archived = replace(SMARTCARD, private_key_flag=int(PrivateKey.REQUIRE_ARCHIVAL))
        self.ca.directory = FakeDirectory(snapshot(archived), requester())
        policy = self.policy(self.ask(get_policies()), "LabSmartcard")
        self.assertEqual(names(self.find(policy, "attributes/keyArchivalAttributes")),
                         ORDER["keyArchivalAttributes"])

    def test_what_breaks_the_schema_is_refused(self) -> None:
        update, language = f"<lastUpdate {NIL}/>", f"<preferredLanguage {NIL}/>"
        nothing = f"<requestFilter {NIL}/>"
        for data, words in (
                (get_policies(""), "'client' must not be empty"),
                (get_policies(update), "wants 'preferredLanguage' where it has nothing"),
                (get_policies(language + update), "wants 'lastUpdate'"),
                (get_policies("<lastUpdate>yesterday</lastUpdate>" + language), "not a dateTime"),
                (get_policies(request_filter=""), "wants 'requestFilter'"),
                (get_policies(request_filter=nothing * 2), "does not belong"),
                (get_policies(request_filter="<requestFilter><oid/></requestFilter>"),
                 "wants 'policyOIDs'"),
                (get_policies(request_filter="<requestFilter><policyOIDs/></requestFilter>"),
                 "one or more"),
                (get_policies().replace(b"<client>", f"<client {NIL}>".encode()),
                 "must not be nil")):
            with self.subTest(words=words), self.assertRaisesRegex(Fault, words):
                self.ask(data)


if __name__ == "__main__":
    unittest.main()
