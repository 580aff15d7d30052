# SPDX-License-Identifier: GPL-3.0-or-later
"""The OIDs of an MS-XCEP answer, which its parts refer to by number (3.1.4.1.3.16)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Dict, List, Tuple

from . import oids


class Group(IntEnum):
    """What an OID stands for."""

    HASH = 1
    ENCRYPTION = 2
    PUBLIC_KEY = 3
    EXTENSION = 6
    EKU = 7
    POLICY = 8
    ENROLLMENT = 9


_NAMES = {
    oids.TEMPLATE_NAME: "Certificate Template Name",
    oids.TEMPLATE: "Certificate Template Information",
    oids.APPLICATION_POLICIES: "Application Policies",
    oids.KEY_USAGE: "Key Usage",
    oids.EXTENDED_KEY_USAGE: "Enhanced Key Usage",
    oids.CERTIFICATE_POLICIES: "Certificate Policies",
    oids.ENROLLMENT_AGENT: "Certificate Request Agent",
    oids.SHA256: "sha256",
    "1.2.840.113549.1.1.1": "RSA",
    "1.2.840.10045.3.1.7": "ECDSA_P256",
    "1.2.840.113549.3.7": "3des",
}


@dataclass(frozen=True)
class Entry:
    """One oID element."""

    value: str
    group: Group
    reference: int
    name: str


class OidTable:
    """Gives each pair of OID and group one number, from 0 upwards."""

    def __init__(self) -> None:
        self.entries: List[Entry] = []
        self._known: Dict[Tuple[str, Group], int] = {}

    def refer(self, oid: str, group: Group, name: str = "") -> int:
        """The number of an OID, which is entered when it is first asked for."""
        if (oid, group) not in self._known:
            self._known[oid, group] = len(self.entries)
            self.entries.append(
                Entry(oid, group, len(self.entries), name or _NAMES.get(oid, oid)))
        return self._known[oid, group]
