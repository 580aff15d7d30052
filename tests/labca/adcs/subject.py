# SPDX-License-Identifier: GPL-3.0-or-later
"""Subject and subject alternative name from the directory, MS-WCCE 3.2.2.6.2.1.4.5.9."""

from __future__ import annotations

from typing import Dict, List, Optional, Sequence

import ldb
from asn1crypto import core
from cryptography import x509
from cryptography.x509.oid import NameOID, ObjectIdentifier

from . import oids
from .directory import Requester
from .hresult import Denied, HResult
from .request import Request
from .template import Enrollment, General, Name, Template

_ATTRIBUTE_TYPES: Dict[str, ObjectIdentifier] = {
    "CN": NameOID.COMMON_NAME, "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "O": NameOID.ORGANIZATION_NAME, "DC": NameOID.DOMAIN_COMPONENT,
    "L": NameOID.LOCALITY_NAME, "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "C": NameOID.COUNTRY_NAME,
}


def build_subject(template: Template, requester: Requester, request: Request) -> x509.Name:
    """The subject that the template's name flags ask for; what the request says counts only
    where the enrollee supplies the subject."""
    flag = template.name_flag
    if flag & Name.ENROLLEE_SUPPLIES_SUBJECT:
        if not list(request.csr.subject):
            raise Denied(HResult.BAD_REQUEST_SUBJECT, "The template wants the subject in the request.")
        return request.csr.subject
    try:
        parts: List[x509.NameAttribute] = []
        if flag & Name.DIRECTORY_PATH:
            parts += _directory_path(requester.dn)
        elif flag & (Name.COMMON_NAME | Name.DNS_AS_CN):
            machine = template.flags & General.MACHINE_TYPE
            name = _dns_name(requester) if machine else requester.cn
            parts.append(x509.NameAttribute(NameOID.COMMON_NAME, name))
        if flag & Name.EMAIL:
            parts.append(x509.NameAttribute(NameOID.EMAIL_ADDRESS, _mail(requester)))
        return x509.Name(parts)
    except ValueError as error:
        raise Denied(HResult.BAD_REQUEST_SUBJECT, str(error)) from error


def build_alt_names(template: Template, requester: Requester,
                    domain_dns: str) -> Sequence[x509.GeneralName]:
    """The alternative names that the template's name flags ask for."""
    flag = template.name_flag
    names: List[x509.GeneralName] = []
    if flag & (Name.ALT_UPN | Name.ALT_SPN):
        names.append(_other_name(oids.UPN, core.UTF8String(_upn(requester, domain_dns))))
    if flag & Name.ALT_EMAIL:
        names.append(x509.RFC822Name(_mail(requester)))
    if flag & Name.ALT_DNS:
        names.append(x509.DNSName(_dns_name(requester)))
    if flag & Name.ALT_DOMAIN_DNS:
        names.append(x509.DNSName(domain_dns))
    if flag & Name.ALT_DIRECTORY_GUID:
        names.append(_other_name(oids.DIRECTORY_GUID, core.OctetString(requester.object_guid)))
    return names


def alt_name_extension(template: Template, requester: Requester, request: Request,
                       domain_dns: str) -> Optional[bytes]:
    """DER of the extension's value, or None where there is nothing to say."""
    if template.name_flag & Name.ENROLLEE_SUPPLIES_SUBJECT:
        return request.extensions.get(oids.ALT_NAME)
    names = build_alt_names(template, requester, domain_dns)
    return x509.SubjectAlternativeName(names).public_bytes() if names else None


def sid_extension(template: Template, requester: Requester, request: Request) -> Optional[bytes]:
    """szOID_NTDS_CA_SECURITY_EXT, MS-WCCE 2.2.2.7.7.4: the SID that a KDC maps strongly.

    Taken from the request only where the enrollee supplies the subject.
    """
    if template.enrollment_flag & Enrollment.NO_SECURITY_EXTENSION:
        return None
    if template.name_flag & Name.ENROLLEE_SUPPLIES_SUBJECT:
        return request.extensions.get(oids.SID)
    name = _other_name(oids.SID_VALUE, core.OctetString(requester.sid.encode("ascii")))
    return x509.SubjectAlternativeName([name]).public_bytes()


def _directory_path(dn: str) -> List[x509.NameAttribute]:
    """An LDAP DN, whose first RDN is the object, in the order of X.500: root first."""
    parsed = ldb.Dn(ldb.Ldb(), dn)
    parts = []
    for index in reversed(range(len(parsed))):
        kind = _ATTRIBUTE_TYPES.get(parsed.get_component_name(index).upper())
        if kind is None:
            raise ValueError(f"RDN type '{parsed.get_component_name(index)}' is not known.")
        parts.append(x509.NameAttribute(kind, str(parsed.get_component_value(index))))
    return parts


def _other_name(oid: str, value: core.Asn1Value) -> x509.OtherName:
    return x509.OtherName(ObjectIdentifier(oid), value.dump())


def _upn(requester: Requester, domain_dns: str) -> str:
    """userPrincipalName, or the name it has by default where the account carries none."""
    if requester.upn:
        return requester.upn
    if requester.is_machine:
        raise Denied(HResult.SUBJECT_UPN_REQUIRED)
    return f"{requester.sam_account_name}@{domain_dns}"


def _mail(requester: Requester) -> str:
    if not requester.mail:
        raise Denied(HResult.SUBJECT_EMAIL_REQUIRED)
    return requester.mail


def _dns_name(requester: Requester) -> str:
    if not requester.dns_host_name:
        raise Denied(HResult.SUBJECT_DNS_REQUIRED)
    return requester.dns_host_name
