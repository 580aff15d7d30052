# SPDX-License-Identifier: GPL-3.0-or-later
"""Small values for the tests: a domain, templates, an account, requests, a CA."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from asn1crypto import core, csr
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID, ObjectIdentifier
from samba.dcerpc import security
from samba.ndr import ndr_pack

from adcs import oids
from adcs.asn1 import Attribute, TemplateExtension
from adcs.authority import Authority
from adcs.certificate import Issuer
from adcs.config import Config
from adcs.directory import EnrollmentService, NoSuchAccount, Requester, Snapshot
from adcs.misbehaviour import Misbehaviour
from adcs.setup import make_ca
from adcs.store import Store
from adcs.template import Template
from adcs.trust import Trust

DOMAIN = "S-1-5-21-1-2-3"
CARD_USERS = f"{DOMAIN}-1103"
ALICE, BOB = f"{DOMAIN}-1106", f"{DOMAIN}-1107"
AUTHENTICATED = "S-1-5-11"
CLIENT_AUTH, CARD_LOGON = "1.3.6.1.5.5.7.3.2", "1.3.6.1.4.1.311.20.2.2"
TEMPLATE_OID = "1.3.6.1.4.1.311.21.8.1.2.3.4294967296.100"

CONFIG = Config(keytab="")
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
SMALL_KEY = rsa.generate_private_key(public_exponent=65537, key_size=1024)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
_CA = make_ca("LAB-CA", "lab.test")
ISSUER = Issuer(CONFIG, *_CA)
TRUST = Trust([ISSUER.certificate], lambda serial: False)


def descriptor(sddl: str) -> bytes:
    """A security descriptor of the test domain."""
    return ndr_pack(security.descriptor.from_sddl(sddl, security.dom_sid(DOMAIN)))


def enroll_descriptor(*sids: str, auto: Tuple[str, ...] = ()) -> bytes:
    aces = [f"(OA;;CR;{oids.RIGHT_ENROLL};;{sid})" for sid in sids]
    aces += [f"(OA;;CR;{oids.RIGHT_AUTOENROLL};;{sid})" for sid in auto]
    return descriptor("O:DAG:DAD:PAI" + "".join(aces) + "(A;;LCRPLORC;;;AU)")


SMARTCARD = Template(
    cn="LabSmartcard", display_name="Lab Smartcard", oid=TEMPLATE_OID, schema=2, major=100,
    minor=3, flags=0x20220, enrollment_flag=0x28, name_flag=0x82000000,
    private_key_flag=0x01000000, key_spec=1, key_usage=b"\xa0\x00",
    extended_key_usage=(CLIENT_AUTH, CARD_LOGON),
    application_policies=(CLIENT_AUTH, CARD_LOGON), critical_extensions=("2.5.29.15",),
    csps=("Microsoft Base Smart Card Crypto Provider",), minimal_key_size=2048,
    validity=365 * 86400, overlap=42 * 86400, supersedes=("SmartcardLogon",),
    security_descriptor=enroll_descriptor(CARD_USERS, auto=(CARD_USERS,)))

SMARTCARD_V1 = replace(
    SMARTCARD, cn="SmartcardLogon", oid="1.3.6.1.4.1.311.21.8.1.5", schema=1, major=6, minor=1,
    application_policies=(), supersedes=(),
    security_descriptor=enroll_descriptor(CARD_USERS))


def requester(name: str = "alice", sid: str = ALICE, groups: Tuple[str, ...] = (CARD_USERS,),
              **changes: Any) -> Requester:
    made = Requester(
        dn=f"CN={name},OU=Desks,OU=Staff,DC=lab,DC=test", sam_account_name=name, sid=sid,
        sids=(sid, *groups, "S-1-1-0", AUTHENTICATED), upn=f"{name}@lab.test",
        mail=f"{name}@lab.test", cn=name, object_guid=bytes(range(16)))
    return replace(made, **changes)


def snapshot(*templates: Template, published: Optional[List[str]] = None,
             ca_sddl: Optional[bytes] = None) -> Snapshot:
    chosen = templates or (SMARTCARD, SMARTCARD_V1)
    names = [template.cn for template in chosen] if published is None else published
    service = EnrollmentService("LAB-CA", tuple(names),
                                ca_sddl or enroll_descriptor(AUTHENTICATED))
    return Snapshot({template.cn: template for template in chosen}, service,
                    "{00000000-0000-0000-0000-000000000001}")


class FakeDirectory:
    """Holds what a test put into it."""

    def __init__(self, content: Snapshot, *accounts: Requester) -> None:
        self.content = content
        self.accounts: Dict[str, Requester] = {a.sam_account_name: a for a in accounts}

    def snapshot(self) -> Snapshot:
        return self.content

    def requester(self, principal: str) -> Requester:
        name = principal.rpartition("\\")[2].partition("@")[0]
        if name not in self.accounts:
            raise NoSuchAccount(f"no account '{name}'")
        return self.accounts[name]


def scratch() -> Path:
    """A folder that goes with the process."""
    folder = tempfile.mkdtemp(prefix="labca-test-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def authority(directory: Optional[FakeDirectory] = None, state: Optional[Path] = None,
              misbehaviour: Optional[Misbehaviour] = None) -> Authority:
    """A CA in a directory of its own, with alice (may enroll) and bob (may not)."""
    state = state or scratch()
    directory = directory or FakeDirectory(
        snapshot(), requester(), requester("bob", BOB, ()))
    return Authority([ISSUER], Store(state / "requests.sqlite"), directory, state,
                     misbehaviour or Misbehaviour())


def template_v2(oid: str = TEMPLATE_OID, major: Optional[int] = 100,
                minor: Optional[int] = 3) -> Tuple[str, bytes]:
    return oids.TEMPLATE, TemplateExtension({"id": oid, "major": major, "minor": minor}).dump()


def template_v1(name: str = "SmartcardLogon") -> Tuple[str, bytes]:
    return oids.TEMPLATE_NAME, core.BMPString(name).dump()


def encode(tag: int, *contents: bytes) -> bytes:
    """DER of one value, as it is: no sorting, no thinking along."""
    content = b"".join(contents)
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def pkcs10(*extensions: Tuple[str, bytes], key: Any = KEY, common_name: str = "",
           algorithm: Any = None, attributes: Optional[Dict[str, bytes]] = None) -> bytes:
    """DER of a request with these extensions, template_v2() if none are given.

    The attributes are DER values by OID.
    """
    names = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)] if common_name else []
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(names))
    for oid, value in extensions or (template_v2(),):
        builder = builder.add_extension(
            x509.UnrecognizedExtension(ObjectIdentifier(oid), value), critical=False)
    der = builder.sign(key, algorithm or hashes.SHA256()).public_bytes(Encoding.DER)
    return _with_attributes(der, attributes, key) if attributes else der


def _with_attributes(der: bytes, attributes: Dict[str, bytes], key: Any) -> bytes:
    """cryptography puts no attributes of any other syntax into a request, so sign once more."""
    request = csr.CertificationRequest.load(der)
    info = request["certification_request_info"]
    present = [attribute.dump() for attribute in info["attributes"]]
    added = [Attribute({"type": oid, "values": [core.Asn1Value.load(value)]}).dump()
             for oid, value in attributes.items()]
    signed = encode(0x30, info["version"].dump(), info["subject"].dump(),
                    info["subject_pk_info"].dump(),
                    encode(0xA0, *sorted([*present, *added])))
    signature = (key.sign(signed, ec.ECDSA(hashes.SHA256()))
                 if isinstance(key, ec.EllipticCurvePrivateKey)
                 else key.sign(signed, padding.PKCS1v15(), hashes.SHA256()))
    return encode(0x30, signed, request["signature_algorithm"].dump(),
                  encode(0x03, b"\0", signature))
