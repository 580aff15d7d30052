# SPDX-License-Identifier: GPL-3.0-or-later
"""GetPolicies as it comes in, MS-XCEP 3.1.4.1.2.1: every element there, and in order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Iterator, Optional, Sequence, Tuple
from xml.etree import ElementTree as ET

from .soap import Fault, is_nil, text_of
from .template import Template

XCEP = "http://schemas.microsoft.com/windows/pki/2009/01/enrollmentpolicy"
_NEVER = datetime.min.replace(tzinfo=timezone.utc)


@dataclass(frozen=True)
class PolicyRequest:
    """When the client last asked, and which policies it wants; None is no filter."""

    last_update: datetime = _NEVER
    policy_oids: Optional[Sequence[str]] = None
    client_version: Optional[int] = None
    server_version: Optional[int] = None

    def wants(self, template: Template) -> bool:
        """RequestFilter, 3.1.4.1.3.22: versions stand in two nibbles of the key flags."""
        flag = template.private_key_flag
        if self.policy_oids is not None and template.oid not in self.policy_oids:
            return False
        if self.client_version is not None and flag & 0x0F000000 > self.client_version << 24:
            return False
        return self.server_version is None or flag & 0x000F0000 <= self.server_version << 16


class _Children:
    """Takes the children of an element one after another, as the schema's sequence names them."""

    def __init__(self, parent: ET.Element) -> None:
        self._parent = _local(parent)
        self._rest: Iterator[ET.Element] = iter(parent)
        self._next = next(self._rest, None)

    def take(self, name: str, nillable: bool = True) -> Optional[ET.Element]:
        """The next child, which must have this name; None where it is nil."""
        child = self.take_optional(name)
        if child is None:
            got = _local(self._next) if self._next is not None else "nothing"
            raise Fault(f"'{self._parent}' wants '{name}' where it has {got}.")
        if not is_nil(child):
            return child
        if not nillable:
            raise Fault(f"'{name}' must not be nil.")
        return None

    def take_optional(self, name: str) -> Optional[ET.Element]:
        """The next child if it has this name (nil or not), else None."""
        child = self._next
        if child is None or child.tag != f"{{{XCEP}}}{name}":
            return None
        self._next = next(self._rest, None)
        return child

    def end(self) -> None:
        """Only extensions may follow: elements of another name space."""
        while self._next is not None:
            if self._next.tag.startswith(f"{{{XCEP}}}"):
                raise Fault(f"'{_local(self._next)}' does not belong there in '{self._parent}'.")
            self._next = next(self._rest, None)


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def read_get_policies(body: ET.Element) -> PolicyRequest:
    """Read the body's element; raises Fault where it breaks the schema."""
    if body.tag != f"{{{XCEP}}}GetPolicies":
        raise Fault(f"'{_local(body)}' is not GetPolicies.")
    children = _Children(body)
    client = children.take("client", nillable=False)
    if client is None or len(client) == 0:
        raise Fault("'client' must not be empty.")
    request_filter = children.take("requestFilter")
    children.end()
    last_update = _read_client(client)
    if request_filter is None or len(request_filter) == 0:
        return PolicyRequest(last_update)
    return PolicyRequest(last_update, *_read_filter(request_filter))


def _read_client(client: ET.Element) -> datetime:
    """Client, 3.1.4.1.3.9; the language is read and ignored: there is one."""
    children = _Children(client)
    moment = children.take("lastUpdate")
    children.take("preferredLanguage")
    children.end()
    if moment is None:
        return _NEVER
    try:
        parsed = datetime.fromisoformat(text_of(moment).replace("Z", "+00:00"))
    except ValueError as error:
        raise Fault(f"lastUpdate is not a dateTime: {error}.") from error
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=timezone.utc)


def _read_filter(
        element: ET.Element) -> Tuple[Optional[Sequence[str]], Optional[int], Optional[int]]:
    """RequestFilter. Older schemas end after the OIDs, so the two versions may be missing."""
    children = _Children(element)
    wanted = children.take("policyOIDs")
    client = children.take_optional("clientVersion")
    server = children.take_optional("serverVersion")
    children.end()
    found = None
    if wanted is not None:
        found = [text_of(child) for child in wanted]
        if not found or any(child.tag != f"{{{XCEP}}}oid" for child in wanted):
            raise Fault("'policyOIDs' holds one or more 'oid'.")
    return found, _version(client), _version(server)


def _version(element: Optional[ET.Element]) -> Optional[int]:
    if element is None or is_nil(element):
        return None
    text = text_of(element)
    if not text.isascii() or not text.isdigit() or int(text) > 15:
        raise Fault(f"'{_local(element)}' must be a number from 0 to 15.")
    return int(text)
