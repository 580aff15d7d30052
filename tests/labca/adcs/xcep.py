# SPDX-License-Identifier: GPL-3.0-or-later
"""The enrollment policy web service (CEP): MS-XCEP 3.1.4.1.

Every element of an answer is there and in the schema's order: nillable is not optional.
"""

from __future__ import annotations

import base64
import threading
from datetime import datetime, timezone
from typing import FrozenSet, Optional, Sequence
from xml.etree import ElementTree as ET

from . import access, oids, soap
from .authority import Authority
from .certificate import template_extensions
from .directory import DirectoryError, Requester, Snapshot
from .keys import DER
from .soap import Fault, Message, nil, put
from .template import Enrollment, PrivateKey, Template
from .xcep_oids import Group, OidTable
from .xcep_request import XCEP, PolicyRequest, read_get_policies

ACTION = f"{XCEP}/IPolicy/GetPolicies"
ACTIONS = {ACTION}
RESPONSE_ACTION = f"{XCEP}/IPolicy/GetPoliciesResponse"
NEXT_UPDATE_HOURS = 8
_KERBEROS = 2
_ALGORITHMS = {"RSA": "1.2.840.113549.1.1.1", "ECDSA_P256": "1.2.840.10045.3.1.7",
               "ECDSA_P384": "1.3.132.0.34", "ECDSA_P521": "1.3.132.0.35"}
_HASHES = {"SHA1": "1.3.14.3.2.26", "SHA256": oids.SHA256, "SHA384": oids.SHA384,
           "SHA512": oids.SHA512}
_3DES = "1.2.840.113549.3.7"

ET.register_namespace("xcep", XCEP)


def _name(local: str) -> str:
    return f"{{{XCEP}}}{local}"


class PolicyService:
    """Answers GetPolicies for authenticated callers."""

    def __init__(self, authority: Authority, url: str, ces_url: str,
                 by_password: bool = False) -> None:
        self._authority = authority
        self.url = url
        self.by_password = by_password
        self._ces_url = ces_url
        self._lock = threading.Lock()
        self._names: FrozenSet[str] = frozenset()
        self._names_changed = datetime.min.replace(tzinfo=timezone.utc)

    def answer(self, principal: str, message: Message) -> bytes:
        """The serialized answer; raises Fault."""
        try:
            request = read_get_policies(message.body)
            snapshot = self._authority.directory.snapshot()
            caller = self._authority.directory.requester(principal)
        except DirectoryError as error:
            raise Fault(f"The directory does not answer: {error}", "Receiver",
                        relates_to=message.message_id) from error
        except Fault as fault:
            fault.relates_to = message.message_id
            raise
        if request.last_update >= self._last_update(snapshot):
            body = _unchanged(snapshot)
        else:
            body = _Response(self._authority, self._ces_url, snapshot, caller).build(request)
        return soap.build(RESPONSE_ACTION, message.message_id, body)

    def _last_update(self, snapshot: Snapshot) -> datetime:
        """LastUpdateTime: the newest change of an object, or the moment one was seen to be gone."""
        names = frozenset(snapshot.templates)
        with self._lock:
            if self._names - names:
                self._names_changed = datetime.now(timezone.utc)
            self._names = names
            return max(self._names_changed, _directory_time(snapshot.newest_change))


def _directory_time(text: str) -> datetime:
    """whenChanged, such as 20261122094640.0Z."""
    if not text:
        return datetime.now(timezone.utc)
    return datetime.strptime(text.partition(".")[0], "%Y%m%d%H%M%S").replace(tzinfo=timezone.utc)


def _head(snapshot: Snapshot, not_changed: Optional[bool]) -> ET.Element:
    """GetPoliciesResponse with its response element up to the policies, 3.1.4.1.3.23."""
    root = ET.Element(_name("GetPoliciesResponse"))
    response = ET.SubElement(root, _name("response"))
    put(response, _name("policyID"), snapshot.policy_id)
    put(response, _name("policyFriendlyName"), "Active Directory Enrollment Policy")
    put(response, _name("nextUpdateHours"), NEXT_UPDATE_HOURS)
    put(response, _name("policiesNotChanged"), not_changed)
    return root


def _unchanged(snapshot: Snapshot) -> ET.Element:
    root = _head(snapshot, True)
    nil(root[0], _name("policies"))
    nil(root, _name("cAs"))
    nil(root, _name("oIDs"))
    return root


class _Response:
    """One answer in the making; it collects the OIDs that its parts refer to."""

    def __init__(self, authority: Authority, ces_url: str, snapshot: Snapshot,
                 caller: Requester) -> None:
        self._authority = authority
        self._ces_url = ces_url
        self._snapshot = snapshot
        self._caller = caller
        self._oids = OidTable()

    def build(self, request: PolicyRequest) -> ET.Element:
        root = _head(self._snapshot, None)
        chosen = [template for template in self._snapshot.templates.values()
                  if template.oid and request.wants(template)]
        if chosen:
            policies = ET.SubElement(root[0], _name("policies"))
            for template in sorted(chosen, key=lambda item: item.cn.lower()):
                self._put_policy(policies, template)
        else:
            nil(root[0], _name("policies"))
        self._put_ca(ET.SubElement(root, _name("cAs")))
        self._put_oids(root)
        return root

    def _may(self, descriptor: bytes, right: str) -> bool:
        return access.may(descriptor, self._caller.sids, right)

    def _put_policy(self, parent: ET.Element, template: Template) -> None:
        """CertificateEnrollmentPolicy, 3.1.4.1.3.7."""
        policy = ET.SubElement(parent, _name("policy"))
        reference = self._oids.refer(template.oid, Group.ENROLLMENT, template.display_name)
        put(policy, _name("policyOIDReference"), reference)
        published = {cn.lower() for cn in self._snapshot.service.templates}
        if template.cn.lower() in published:
            put(ET.SubElement(policy, _name("cAs")), _name("cAReference"), 0)
        else:
            nil(policy, _name("cAs"))
        self._put_attributes(ET.SubElement(policy, _name("attributes")), template)

    def _put_attributes(self, parent: ET.Element, template: Template) -> None:
        """Attributes, 3.1.4.1.3.1."""
        put(parent, _name("commonName"), template.cn)
        put(parent, _name("policySchema"), template.schema)
        validity = ET.SubElement(parent, _name("certificateValidity"))
        put(validity, _name("validityPeriodSeconds"), template.validity)
        put(validity, _name("renewalPeriodSeconds"), template.overlap)
        self._put_permission(ET.SubElement(parent, _name("permission")), template)
        self._put_key_attributes(ET.SubElement(parent, _name("privateKeyAttributes")), template)
        revision = ET.SubElement(parent, _name("revision"))
        put(revision, _name("majorRevision"), template.major)
        put(revision, _name("minorRevision"), template.minor)
        _put_list(parent, "supersededPolicies", "commonName", template.supersedes)
        put(parent, _name("privateKeyFlags"), template.private_key_flag)
        put(parent, _name("subjectNameFlags"), template.name_flag)
        put(parent, _name("enrollmentFlags"), template.enrollment_flag)
        put(parent, _name("generalFlags"), template.flags)
        put(parent, _name("hashAlgorithmOIDReference"), self._hash_reference(template))
        self._put_ra_requirements(parent, template)
        self._put_key_archival(parent, template)
        self._put_extensions(ET.SubElement(parent, _name("extensions")), template)

    def _put_permission(self, parent: ET.Element, template: Template) -> None:
        """AutoEnroll takes the flag of a schema that knows it, besides both rights."""
        enroll = self._may(template.security_descriptor, oids.RIGHT_ENROLL)
        auto = (enroll and template.schema >= 2
                and bool(template.enrollment_flag & Enrollment.AUTO_ENROLLMENT)
                and self._may(template.security_descriptor, oids.RIGHT_AUTOENROLL))
        put(parent, _name("enroll"), enroll)
        put(parent, _name("autoEnroll"), auto)

    def _put_key_attributes(self, parent: ET.Element, template: Template) -> None:
        """PrivateKeyAttributes, 3.1.4.1.3.20."""
        properties = template.properties
        put(parent, _name("minimalKeyLength"), template.minimal_key_size or 2048)
        put(parent, _name("keySpec"), template.key_spec or None)
        put(parent, _name("keyUsageProperty"), properties.get("msPKI-Key-Usage"))
        put(parent, _name("permissions"), properties.get("msPKI-Key-Security-Descriptor"))
        algorithm = _ALGORITHMS.get(template.asymmetric_algorithm) if template.schema >= 3 else None
        reference = self._oids.refer(algorithm, Group.PUBLIC_KEY) if algorithm else None
        put(parent, _name("algorithmOIDReference"), reference)
        _put_list(parent, "cryptoProviders", "provider", template.csps)

    def _hash_reference(self, template: Template) -> Optional[int]:
        """Schema 3 and later only, and only where the template names one."""
        oid = _HASHES.get(template.properties.get("msPKI-Hash-Algorithm", ""))
        return self._oids.refer(oid, Group.HASH) if oid and template.schema >= 3 else None

    def _put_ra_requirements(self, parent: ET.Element, template: Template) -> None:
        if template.ra_signatures == 0:
            nil(parent, _name("rARequirements"))
            return
        requirements = ET.SubElement(parent, _name("rARequirements"))
        put(requirements, _name("rASignatures"), template.ra_signatures)
        ekus = [self._oids.refer(oid, Group.EKU) for oid in template.ra_application_policies]
        policies = [self._oids.refer(oid, Group.POLICY) for oid in template.ra_policies]
        _put_list(requirements, "rAEKUs", "oIDReference", ekus)
        _put_list(requirements, "rAPolicies", "oIDReference", policies)

    def _put_key_archival(self, parent: ET.Element, template: Template) -> None:
        if not template.private_key_flag & PrivateKey.REQUIRE_ARCHIVAL:
            nil(parent, _name("keyArchivalAttributes"))
            return
        archival = ET.SubElement(parent, _name("keyArchivalAttributes"))
        put(archival, _name("symmetricAlgorithmOIDReference"),
            self._oids.refer(_3DES, Group.ENCRYPTION))
        put(archival, _name("symmetricAlgorithmKeyLength"), 168)

    def _put_extensions(self, parent: ET.Element, template: Template) -> None:
        """What a client puts into its request as it is, 3.1.4.1.3.12."""
        for oid, value in template_extensions(template):
            extension = ET.SubElement(parent, _name("extension"))
            put(extension, _name("oIDReference"), self._oids.refer(oid, Group.EXTENSION))
            put(extension, _name("critical"), oid in template.critical_extensions)
            put(extension, _name("value"), base64.b64encode(value).decode("ascii"))

    def _put_ca(self, parent: ET.Element) -> None:
        """This CA, 3.1.4.1.3.2."""
        ca = ET.SubElement(parent, _name("cA"))
        uri = ET.SubElement(ET.SubElement(ca, _name("uris")), _name("cAURI"))
        put(uri, _name("clientAuthentication"), _KERBEROS)
        put(uri, _name("uri"), self._ces_url)
        put(uri, _name("priority"), 1)
        put(uri, _name("renewalOnly"), False)
        der = self._authority.issuer.certificate.public_bytes(DER)
        put(ca, _name("certificate"), base64.b64encode(der).decode("ascii"))
        allowed = self._may(self._snapshot.service.security_descriptor, oids.RIGHT_ENROLL)
        put(ca, _name("enrollPermission"), allowed)
        put(ca, _name("cAReferenceID"), 0)

    def _put_oids(self, root: ET.Element) -> None:
        if not self._oids.entries:
            nil(root, _name("oIDs"))
            return
        parent = ET.SubElement(root, _name("oIDs"))
        for entry in self._oids.entries:
            element = ET.SubElement(parent, _name("oID"))
            put(element, _name("value"), entry.value)
            put(element, _name("group"), int(entry.group))
            put(element, _name("oIDReferenceID"), entry.reference)
            put(element, _name("defaultName"), entry.name)


def _put_list(parent: ET.Element, name: str, child: str, values: Sequence[object]) -> None:
    """A collection of at least one; an empty one is nil."""
    if not values:
        nil(parent, _name(name))
        return
    collection = ET.SubElement(parent, _name(name))
    for value in values:
        put(collection, _name(child), value)
