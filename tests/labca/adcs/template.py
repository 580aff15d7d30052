# SPDX-License-Identifier: GPL-3.0-or-later
"""A pKICertificateTemplate object as a value, MS-CRTD 2."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from enum import IntFlag
from typing import Dict, List, Mapping, Sequence

Attributes = Mapping[str, Sequence[bytes]]


class General(IntFlag):
    """`flags`, MS-CRTD 2.4."""

    AUTO_ENROLLMENT = 0x20
    MACHINE_TYPE = 0x40
    IS_CA = 0x80
    ADD_TEMPLATE_NAME = 0x200
    IS_CROSS_CA = 0x800


class Enrollment(IntFlag):
    """`msPKI-Enrollment-Flag`, MS-CRTD 2.26."""

    PEND_ALL_REQUESTS = 0x2
    PUBLISH_TO_DS = 0x8
    AUTO_ENROLLMENT = 0x20
    PREVIOUS_APPROVAL_VALIDATE_REENROLLMENT = 0x40
    ALLOW_ENROLL_ON_BEHALF_OF = 0x800
    NO_REVOCATION_INFO = 0x4000
    INCLUDE_BASIC_CONSTRAINTS = 0x8000
    NO_SECURITY_EXTENSION = 0x80000


class Name(IntFlag):
    """`msPKI-Certificate-Name-Flag`, MS-CRTD 2.28."""

    ENROLLEE_SUPPLIES_SUBJECT = 0x1
    OLD_CERT_SUPPLIES_SUBJECT_AND_ALT_NAME = 0x8
    ENROLLEE_SUPPLIES_SUBJECT_ALT_NAME = 0x10000
    ALT_DOMAIN_DNS = 0x400000
    ALT_SPN = 0x800000
    ALT_DIRECTORY_GUID = 0x1000000
    ALT_UPN = 0x2000000
    ALT_EMAIL = 0x4000000
    ALT_DNS = 0x8000000
    DNS_AS_CN = 0x10000000
    EMAIL = 0x20000000
    COMMON_NAME = 0x40000000
    DIRECTORY_PATH = 0x80000000


class PrivateKey(IntFlag):
    """`msPKI-Private-Key-Flag`, MS-CRTD 2.27."""

    REQUIRE_ARCHIVAL = 0x1
    REQUIRE_SAME_KEY_RENEWAL = 0x80
    USE_LEGACY_PROVIDER = 0x100


@dataclass(frozen=True)
class Template:
    """What the CA needs to know of one template; periods are seconds, flags unsigned."""

    cn: str
    display_name: str = ""
    oid: str = ""
    schema: int = 1
    major: int = 0
    minor: int = 0
    flags: int = 0
    enrollment_flag: int = 0
    name_flag: int = 0
    private_key_flag: int = 0
    key_spec: int = 0
    key_usage: bytes = b""
    extended_key_usage: Sequence[str] = ()
    application_policies: Sequence[str] = ()
    issuance_policies: Sequence[str] = ()
    critical_extensions: Sequence[str] = ()
    csps: Sequence[str] = ()
    minimal_key_size: int = 0
    validity: int = 0
    overlap: int = 0
    ra_signatures: int = 0
    ra_policies: Sequence[str] = ()
    ra_application_policies: Sequence[str] = ()
    supersedes: Sequence[str] = ()
    properties: Mapping[str, str] = field(default_factory=dict)
    security_descriptor: bytes = b""
    max_issuing_depth: int = 0

    @property
    def purposes(self) -> List[str]:
        """EKUs and application policies together, in the order of the EKU attribute."""
        extra = [oid for oid in self.application_policies if oid not in self.extended_key_usage]
        return [*self.extended_key_usage, *extra]

    @property
    def asymmetric_algorithm(self) -> str:
        """`RSA` where nothing else is said, MS-CRTD 2.23.2."""
        return self.properties.get("msPKI-Asymmetric-Algorithm", "RSA")


def parse_period(value: bytes) -> int:
    """Seconds of pKIExpirationPeriod or pKIOverlapPeriod: negative 100 ns units, MS-CRTD 2.11."""
    if len(value) != 8:
        return 0
    return max(0, -struct.unpack("<q", value)[0] // 10**7)


def parse_properties(value: str) -> Dict[str, str]:
    """The triplets Name`Type`Value` of msPKI-RA-Application-Policies, MS-CRTD 2.23.2."""
    parts = value.split("`")
    return {parts[i]: parts[i + 2] for i in range(0, len(parts) - 2, 3)}


def _sorted_csps(values: Sequence[str]) -> List[str]:
    """Provider names by the number in front; LDAP keeps no order, MS-CRTD 2.8."""
    pairs = [value.partition(",") for value in values]
    return [name for _, name in sorted((int(number or 0), name) for number, _, name in pairs)]


class _Reader:
    """Typed access to the attributes of an LDAP entry, names without regard to case."""

    def __init__(self, attributes: Attributes) -> None:
        self._values = {name.lower(): list(values) for name, values in attributes.items()}

    def raw(self, name: str) -> bytes:
        return next(iter(self._values.get(name.lower(), [])), b"")

    def text(self, name: str) -> str:
        return self.raw(name).decode("utf-8")

    def texts(self, name: str) -> List[str]:
        return [value.decode("utf-8") for value in self._values.get(name.lower(), [])]

    def number(self, name: str, default: int = 0) -> int:
        """LDAP integers are signed; flags are wanted unsigned."""
        text = self.text(name)
        return int(text) & 0xFFFFFFFF if text else default


def _ra_application_policies(
        values: Sequence[str], properties: Mapping[str, str], syntax_b: bool) -> List[str]:
    if not syntax_b:
        return list(values)
    joined = properties.get("msPKI-RA-Application-Policies", "")
    return [oid for oid in joined.split(",") if oid]


def parse_template(attributes: Attributes) -> Template:
    """Build a Template from the attributes of its directory object, MS-CRTD 2.1 to 2.28."""
    read = _Reader(attributes)
    schema = read.number("msPKI-Template-Schema-Version", 1)
    key_flag = read.number("msPKI-Private-Key-Flag")
    legacy = bool(key_flag & PrivateKey.USE_LEGACY_PROVIDER)
    syntax_b = schema == 3 or (schema == 4 and not legacy)
    ra_values = read.texts("msPKI-RA-Application-Policies")
    properties: Dict[str, str] = parse_properties(ra_values[0]) if syntax_b and ra_values else {}
    return Template(
        cn=read.text("cn"),
        display_name=read.text("displayName"),
        oid=read.text("msPKI-Cert-Template-OID"),
        schema=schema,
        major=read.number("revision"),
        minor=read.number("msPKI-Template-Minor-Revision"),
        flags=read.number("flags"),
        enrollment_flag=read.number("msPKI-Enrollment-Flag"),
        name_flag=read.number("msPKI-Certificate-Name-Flag"),
        private_key_flag=key_flag,
        key_spec=read.number("pKIDefaultKeySpec"),
        key_usage=read.raw("pKIKeyUsage"),
        extended_key_usage=tuple(read.texts("pKIExtendedKeyUsage")),
        application_policies=tuple(read.texts("msPKI-Certificate-Application-Policy")),
        issuance_policies=tuple(read.texts("msPKI-Certificate-Policy")),
        critical_extensions=tuple(read.texts("pKICriticalExtensions")),
        csps=tuple(_sorted_csps(read.texts("pKIDefaultCSPs"))),
        minimal_key_size=read.number("msPKI-Minimal-Key-Size"),
        validity=parse_period(read.raw("pKIExpirationPeriod")),
        overlap=parse_period(read.raw("pKIOverlapPeriod")),
        ra_signatures=read.number("msPKI-RA-Signature"),
        ra_policies=tuple(read.texts("msPKI-RA-Policies")),
        ra_application_policies=tuple(_ra_application_policies(ra_values, properties, syntax_b)),
        supersedes=tuple(read.texts("msPKI-Supersede-Templates")),
        properties=properties,
        security_descriptor=read.raw("nTSecurityDescriptor"),
        max_issuing_depth=read.number("pKIMaxIssuingDepth"),
    )
