# SPDX-License-Identifier: GPL-3.0-or-later
"""What the CA reads in the lab's Active Directory: over LDAP, sealed, as its own account."""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Tuple

import gssapi
import ldb
from samba import credentials
from samba.dcerpc import security
from samba.ndr import ndr_unpack
from samba.param import LoadParm
from samba.samdb import SamDB

from .config import Config
from .template import Attributes, Template, parse_template

_SD_FLAGS = "sd_flags:1:7"
_CACHE_SECONDS = 1.0
_TICKET_MARGIN = 300
_EVERYONE, _AUTHENTICATED, _THIS_ORGANIZATION = "S-1-1-0", "S-1-5-11", "S-1-5-15"


@dataclass(frozen=True)
class Requester:
    """The account a certificate is for. `sids`: its own first, then every group's."""

    dn: str
    sam_account_name: str
    sid: str
    sids: Sequence[str] = ()
    upn: str = ""
    mail: str = ""
    cn: str = ""
    dns_host_name: str = ""
    object_guid: bytes = b""
    is_machine: bool = False


@dataclass(frozen=True)
class EnrollmentService:
    """The pKIEnrollmentService object of this CA, MS-WCCE 2.2.2.11.2."""

    cn: str
    templates: Sequence[str] = ()
    security_descriptor: bytes = b""


@dataclass(frozen=True)
class Snapshot:
    """Templates by cn, the CA's own object, and the identity of the policy, read together."""

    templates: Dict[str, Template]
    service: EnrollmentService
    policy_id: str = ""
    newest_change: str = ""


class DirectoryError(Exception):
    """The directory could not be read."""


class NoSuchAccount(DirectoryError):
    """The directory was read, and does not know this name."""


class Directory:
    """One LDAP connection, opened when needed and again after it broke. Safe for threads."""

    def __init__(self, config: Config, state: Path) -> None:
        self._config = config
        self._ccache = f"FILE:{state / 'ca.ccache'}"
        self._lock = threading.Lock()
        self._sam: Optional[SamDB] = None
        self._ticket_until = 0.0
        self._cached: Tuple[float, Optional[Snapshot]] = (0.0, None)

    def snapshot(self) -> Snapshot:
        """Templates and enrollment service as they stand now (at most a second old)."""
        with self._lock:
            read_at, snapshot = self._cached
            if snapshot is None or time.monotonic() - read_at > _CACHE_SECONDS:
                snapshot = self._retry(self._read_snapshot)
                self._cached = (time.monotonic(), snapshot)
            return snapshot

    def requester(self, principal: str) -> Requester:
        """The account behind a Kerberos principal `name@REALM`, or a `DOMAIN\\name`."""
        name = principal.rpartition("\\")[2].partition("@")[0]
        with self._lock:
            return self._retry(lambda sam: self._read_requester(sam, name))

    def _retry(self, read):  # type: ignore[no-untyped-def]
        """Run `read`; if the connection had died meanwhile, once more on a new one."""
        for attempt in (1, 2):
            try:
                return read(self._connection())
            except (ldb.LdbError, gssapi.exceptions.GSSError, RuntimeError) as error:
                self._sam = None
                if attempt == 2:
                    raise DirectoryError(str(error)) from error
        raise AssertionError

    def _connection(self) -> SamDB:
        if self._sam is None or time.time() > self._ticket_until - _TICKET_MARGIN:
            self._fetch_ticket()
            lp = LoadParm()
            lp.load_default()
            lp.set("interfaces", "127.0.0.1/8")  # or Samba warns that it found none
            creds = credentials.Credentials()
            creds.guess(lp)
            creds.set_kerberos_state(credentials.MUST_USE_KERBEROS)
            creds.set_named_ccache(self._ccache, credentials.SPECIFIED, lp)
            self._sam = SamDB(url=f"ldap://{self._config.dc}", credentials=creds, lp=lp)
        return self._sam

    def _fetch_ticket(self) -> None:
        """A TGT of the CA's account from its keytab, as MIT's client keytab does it."""
        name = gssapi.Name(self._principal(), gssapi.NameType.kerberos_principal)
        Path(self._ccache.partition(":")[2]).unlink(missing_ok=True)
        ticket = gssapi.Credentials(
            name=name, usage="initiate",
            store={"client_keytab": self._config.keytab, "ccache": self._ccache})
        self._ticket_until = time.time() + (ticket.lifetime or 0)

    def _principal(self) -> str:
        account = self._config.account
        if not account:
            account = first_user_principal(Path(self._config.keytab).read_bytes())
        return account if "@" in account else f"{account}@{self._config.realm}"

    def _read_snapshot(self, sam: SamDB) -> Snapshot:
        config_dn = str(sam.get_config_basedn())
        pks = f"CN=Public Key Services,CN=Services,{config_dn}"
        found = sam.search(
            f"CN=Certificate Templates,{pks}", ldb.SCOPE_ONELEVEL,
            "(objectClass=pKICertificateTemplate)", ["*", "nTSecurityDescriptor"],
            controls=[_SD_FLAGS])
        templates = [parse_template(_attributes(entry)) for entry in found]
        services = sam.search(
            f"CN=Enrollment Services,{pks}", ldb.SCOPE_ONELEVEL,
            f"(cn={ldb.binary_encode(self._config.name)})", ["*", "nTSecurityDescriptor"],
            controls=[_SD_FLAGS])
        if len(services) != 1:
            raise DirectoryError(f"no enrollment service '{self._config.name}' in the directory")
        root = sam.search(str(sam.get_root_basedn()), ldb.SCOPE_BASE, attrs=["objectGUID"])
        guid = uuid.UUID(bytes_le=bytes(root[0]["objectGUID"][0]))
        changes = [str(entry["whenChanged"]) for entry in [*found, *services]]
        return Snapshot(
            templates={template.cn: template for template in templates},
            service=_parse_service(_attributes(services[0])),
            policy_id="{" + str(guid).upper() + "}",
            newest_change=max(changes, default=""))

    def _read_requester(self, sam: SamDB, name: str) -> Requester:
        found = sam.search(
            str(sam.domain_dn()), ldb.SCOPE_SUBTREE,
            f"(&(objectClass=user)(sAMAccountName={ldb.binary_encode(name)}))",
            ["objectSid", "objectGUID", "objectClass", "sAMAccountName", "userPrincipalName",
             "mail", "cn", "dNSHostName"])
        if len(found) != 1:
            raise NoSuchAccount(f"no account '{name}' in the directory")
        groups = sam.search(found[0].dn, ldb.SCOPE_BASE, attrs=["tokenGroups"])
        return _parse_requester(str(found[0].dn), _attributes(found[0]),
                                [bytes(sid) for sid in groups[0].get("tokenGroups", [])])


def _attributes(entry: ldb.Message) -> Attributes:
    return {name: [bytes(value) for value in entry[name]] for name in entry.keys() if name != "dn"}


def _sid(value: bytes) -> str:
    return str(ndr_unpack(security.dom_sid, value))


def _parse_service(attributes: Attributes) -> EnrollmentService:
    return EnrollmentService(
        cn=attributes["cn"][0].decode(),
        templates=tuple(cn.decode() for cn in attributes.get("certificateTemplates", [])),
        security_descriptor=attributes.get("nTSecurityDescriptor", [b""])[0])


def _parse_requester(dn: str, attributes: Attributes, groups: List[bytes]) -> Requester:
    def text(name: str) -> str:
        return attributes.get(name, [b""])[0].decode()

    own = _sid(attributes["objectSid"][0])
    return Requester(
        dn=dn, sam_account_name=text("sAMAccountName"), sid=own,
        sids=(own, *map(_sid, groups), _EVERYONE, _AUTHENTICATED, _THIS_ORGANIZATION),
        upn=text("userPrincipalName"), mail=text("mail"), cn=text("cn"),
        dns_host_name=text("dNSHostName"), object_guid=attributes["objectGUID"][0],
        is_machine=b"computer" in attributes["objectClass"])


def first_user_principal(keytab: bytes) -> str:
    """The first principal of one component in a keytab (version 0x0502).

    A service principal cannot ask for a ticket of its own in Active Directory; the account can.
    """
    if keytab[:2] != b"\x05\x02":
        raise DirectoryError("the keytab is not of version 5.2")
    at = 2
    while at + 4 <= len(keytab):
        size = int.from_bytes(keytab[at:at + 4], "big", signed=True)
        entry, at = keytab[at + 4:at + 4 + abs(size)], at + 4 + abs(size)
        if size > 0 and int.from_bytes(entry[:2], "big") == 1:
            texts, offset = [], 2
            for _ in range(2):
                length = int.from_bytes(entry[offset:offset + 2], "big")
                texts.append(entry[offset + 2:offset + 2 + length].decode())
                offset += 2 + length
            return f"{texts[1]}@{texts[0]}"
    raise DirectoryError("the keytab holds no account's principal")
