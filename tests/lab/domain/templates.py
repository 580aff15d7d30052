# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate templates of LAB.TEST.

The v1 and computer templates carry the values that Windows installs ([MS-CRTD], product note 42);
those whose names begin with Lab are what an administrator would make for smart cards.
"""

from dataclasses import dataclass, field

from directory import AUTOENROLL, ENROLL, FULL_CONTROL, READ

DAY = 86400
YEAR = 365 * DAY
SIX_WEEKS = 42 * DAY

CLIENT_AUTH = "1.3.6.1.5.5.7.3.2"
SERVER_AUTH = "1.3.6.1.5.5.7.3.1"
EMAIL = "1.3.6.1.5.5.7.3.4"
EFS = "1.3.6.1.4.1.311.10.3.4"
SMARTCARD_LOGON = "1.3.6.1.4.1.311.20.2.2"
ENROLLMENT_AGENT = "1.3.6.1.4.1.311.20.2.1"
KPKDC = "1.3.6.1.5.2.3.5"

OID_BASE = "1.3.6.1.4.1.311.21.8.1234567.7654321.1111111.2222222.3333333"

SIGN_AND_ENCIPHER = b"\xa0\x00"
SIGN = b"\x80\x00"

CARD_CSP = ["1,Microsoft Base Smart Card Crypto Provider"]
CARD_KSP = ["1,Microsoft Smart Card Key Storage Provider"]
AGENT_CSPS = [
    "3,Microsoft Base DSS Cryptographic Provider",
    "2,Microsoft Base Cryptographic Provider v1.0",
    "1,Microsoft Enhanced Cryptographic Provider v1.0",
]
USER_CSPS = AGENT_CSPS[1:]
SCHANNEL = ["1,Microsoft RSA SChannel Cryptographic Provider"]

# flags
AUTO = 0x20
MACHINE = 0x40
DEFAULT = 0x10000
MODIFIED = 0x20000
ADD_TEMPLATE_NAME = 0x200

# msPKI-Certificate-Name-Flag
PATH_AND_UPN = 0x82000000
PATH_UPN_AND_EMAIL = 0xA6000000

# msPKI-Enrollment-Flag
PEND_ALL_REQUESTS = 0x2
PUBLISH_TO_DS = 0x8
AUTO_ENROLLMENT = 0x20

# msPKI-Private-Key-Flag: the oldest client and server, in nibbles 6 and 4
CLIENT_XP = 0x01000000
SAME_KEY_RENEWAL = 0x80
CLIENT_AND_SERVER_8_1 = 0x05050000


@dataclass
class Template:
    name: str
    display_name: str
    oid: str
    version: tuple
    ekus: list
    schema: int = 2
    flags: int = MODIFIED | ADD_TEMPLATE_NAME
    name_flags: int = PATH_AND_UPN
    enrollment_flags: int = 0
    key_flags: int = 0
    key_bits: int = 2048
    key_spec: int = 1
    key_usage: bytes = SIGN_AND_ENCIPHER
    providers: list = field(default_factory=lambda: CARD_CSP)
    validity: int = YEAR
    overlap: int = SIX_WEEKS
    may_enroll: tuple = ()
    may_autoenroll: tuple = ()
    signatures: int = 0
    signature_policies: list = field(default_factory=list)
    supersedes: list = field(default_factory=list)
    published: bool = True


TEMPLATES = (
    Template(
        "SmartcardLogon", "Smartcard Logon", "1.5", (6, 1), [CLIENT_AUTH, SMARTCARD_LOGON],
        schema=1, flags=DEFAULT | ADD_TEMPLATE_NAME, key_bits=512, providers=[],
        may_enroll=("Card Users",),
    ),
    Template(
        "SmartcardUser", "Smartcard User", "1.3", (11, 1), [EMAIL, CLIENT_AUTH, SMARTCARD_LOGON],
        schema=1, flags=0x1020A, name_flags=PATH_UPN_AND_EMAIL, enrollment_flags=0x9, key_bits=512,
        providers=[], may_enroll=("Card Users",),
    ),
    Template(
        "EnrollmentAgent", "Enrollment Agent", "1.11", (4, 1), [ENROLLMENT_AGENT],
        schema=1, flags=0x10220, enrollment_flags=AUTO_ENROLLMENT, key_spec=2, key_usage=SIGN,
        providers=AGENT_CSPS, validity=2 * YEAR, may_enroll=("Enrollment Agents",),
    ),
    Template(
        "User", "User", "1.1", (3, 1), [EFS, EMAIL, CLIENT_AUTH],
        schema=1, flags=0x1023A, name_flags=PATH_UPN_AND_EMAIL, enrollment_flags=0x29, key_flags=0x10,
        providers=USER_CSPS, may_enroll=("Domain Users",),
    ),
    Template(
        "Workstation", "Workstation Authentication", "1.30", (101, 0), [CLIENT_AUTH],
        flags=0x10060 | ADD_TEMPLATE_NAME, name_flags=0x08000000, enrollment_flags=AUTO_ENROLLMENT,
        providers=SCHANNEL, may_enroll=("Domain Computers",), may_autoenroll=("Domain Computers",),
    ),
    Template(
        "KerberosAuthentication", "Kerberos Authentication", "1.33", (110, 0),
        [CLIENT_AUTH, SERVER_AUTH, SMARTCARD_LOGON, KPKDC],
        flags=0x10060, name_flags=0x08400000, enrollment_flags=AUTO_ENROLLMENT, providers=SCHANNEL,
        may_enroll=("Domain Controllers",), may_autoenroll=("Domain Controllers",), published=False,
    ),
    Template(
        "LabSmartcard", "Lab Smartcard", "100", (100, 3), [CLIENT_AUTH, SMARTCARD_LOGON],
        flags=MODIFIED | ADD_TEMPLATE_NAME | AUTO, enrollment_flags=PUBLISH_TO_DS | AUTO_ENROLLMENT,
        key_flags=CLIENT_XP, may_enroll=("Card Users",), may_autoenroll=("Card Users",),
        supersedes=["SmartcardLogon", "SmartcardUser"],
    ),
    Template(
        "LabSmartcardEOBO", "Lab Smartcard (on behalf of)", "101", (100, 2), [CLIENT_AUTH, SMARTCARD_LOGON],
        enrollment_flags=PUBLISH_TO_DS, may_enroll=("Enrollment Agents",),
        signatures=1, signature_policies=[ENROLLMENT_AGENT],
    ),
    Template(
        "LabSmartcardPending", "Lab Smartcard (with approval)", "102", (100, 1), [CLIENT_AUTH, SMARTCARD_LOGON],
        flags=MODIFIED | ADD_TEMPLATE_NAME | AUTO,
        enrollment_flags=PEND_ALL_REQUESTS | PUBLISH_TO_DS | AUTO_ENROLLMENT, may_enroll=("Card Users",),
    ),
    Template(
        "LabSmartcardEC", "Lab Smartcard (EC)", "103", (100, 1), [CLIENT_AUTH, SMARTCARD_LOGON],
        schema=4, flags=MODIFIED | ADD_TEMPLATE_NAME | AUTO, enrollment_flags=AUTO_ENROLLMENT,
        key_flags=CLIENT_AND_SERVER_8_1, key_bits=256, key_usage=SIGN, providers=CARD_KSP,
        may_enroll=("Card Users",),
        signature_policies=[
            "msPKI-Asymmetric-Algorithm`PZPWSTR`ECDSA_P256`"
            "msPKI-Hash-Algorithm`PZPWSTR`SHA256`"
            "msPKI-Key-Usage`DWORD`2`"
        ],
    ),
    Template(
        "LabSmartcardSameKey", "Lab Smartcard (renewed with its key)", "104", (100, 1), [CLIENT_AUTH, SMARTCARD_LOGON],
        flags=MODIFIED | ADD_TEMPLATE_NAME | AUTO, enrollment_flags=AUTO_ENROLLMENT,
        key_flags=CLIENT_XP | SAME_KEY_RENEWAL, may_enroll=("Card Users",),
    ),
)


def int32(value):
    """LDAP integers are signed."""
    return str(value - (1 << 32) if value >= 1 << 31 else value)


def period(seconds):
    return (-seconds * 10**7).to_bytes(8, "little", signed=True)


def sddl(directory, template):
    """Owner and order as certtmpl.msc writes them: extended rights, then full control, then read."""
    aces = [f"(OA;;CR;{ENROLL};;{directory.sid_of(name)})" for name in template.may_enroll]
    aces += [f"(OA;;CR;{AUTOENROLL};;{directory.sid_of(name)})" for name in template.may_autoenroll]
    for admins in ("DA", "EA"):
        aces.append(f"(OA;;RPWPCR;{ENROLL};;{admins})(A;;{FULL_CONTROL};;;{admins})")
    aces.append(f"(A;;{READ};;;AU)")
    return "O:EAG:EAD:PAI" + "".join(aces)


def attributes(directory, template):
    major, minor = template.version
    values = {
        "objectClass": ["top", "pKICertificateTemplate"],
        "cn": template.name,
        "displayName": template.display_name,
        "flags": int32(template.flags),
        "revision": str(major),
        "pKIDefaultKeySpec": str(template.key_spec),
        "pKIKeyUsage": template.key_usage,
        "pKIMaxIssuingDepth": "0",
        "pKICriticalExtensions": ["2.5.29.15"],
        "pKIExpirationPeriod": period(template.validity),
        "pKIOverlapPeriod": period(template.overlap),
        "pKIExtendedKeyUsage": template.ekus,
        "msPKI-RA-Signature": str(template.signatures),
        "msPKI-Enrollment-Flag": int32(template.enrollment_flags),
        "msPKI-Private-Key-Flag": int32(template.key_flags),
        "msPKI-Certificate-Name-Flag": int32(template.name_flags),
        "msPKI-Minimal-Key-Size": str(template.key_bits),
        "msPKI-Template-Schema-Version": str(template.schema),
        "msPKI-Template-Minor-Revision": str(minor),
        "msPKI-Cert-Template-OID": f"{OID_BASE}.{template.oid}",
        "nTSecurityDescriptor": directory.security_descriptor(sddl(directory, template)),
    }
    if template.providers:
        values["pKIDefaultCSPs"] = template.providers
    if template.schema >= 2:
        values["msPKI-Certificate-Application-Policy"] = template.ekus
    if template.signature_policies:
        values["msPKI-RA-Application-Policies"] = template.signature_policies
    if template.supersedes:
        values["msPKI-Supersede-Templates"] = template.supersedes
    return values


def create(directory):
    for template in TEMPLATES:
        directory.add(
            f"CN={template.name},CN=Certificate Templates,{directory.services}",
            attributes(directory, template),
        )
        if template.schema >= 2:
            create_oid(directory, template)


def create_oid(directory, template):
    name = f"{template.oid.split('.')[-1]}.0123456789ABCDEF0123456789ABCDEF"
    directory.add(
        f"CN={name},CN=OID,{directory.services}",
        {
            "objectClass": ["top", "msPKI-Enterprise-Oid"],
            "cn": name,
            "flags": "1",
            "displayName": template.display_name,
            "msPKI-Cert-Template-OID": f"{OID_BASE}.{template.oid}",
        },
    )


def published():
    return [template.name for template in TEMPLATES if template.published]
