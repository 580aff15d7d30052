# SPDX-License-Identifier: GPL-3.0-or-later
"""Renewals: MS-WCCE 3.2.1.4.2.1.4.2, 3.2.2.6.2.1.4.5.7 and 3.2.2.6.2.1.4.8."""

from __future__ import annotations

from typing import Optional, Set, Tuple

from asn1crypto import x509 as asn1_x509
from cryptography import x509

from . import oids
from .asn1 import MALFORMED, TemplateExtension
from .directory import Requester
from .hresult import Denied, HResult
from .keys import DER
from .request import Form, Request
from .template import Enrollment, Name, PrivateKey, Template
from .trust import Trust, extension


def check(template: Template, requester: Requester, request: Request,
          trust: Trust) -> Optional[x509.Certificate]:
    """The old certificate where it waives RA signatures and the manager's approval, else None.

    A renewal that breaks a rule is refused; one that merely does not fulfil the conditions of
    CT_FLAG_PREVIOUS_APPROVAL_VALIDATE_REENROLLMENT goes on like a new request.
    """
    if not request.is_renewal:
        return None
    old = _old_certificate(request)
    trust.check(old)
    same_key = old.public_key().public_numbers() == request.csr.public_key().public_numbers()
    if template.private_key_flag & PrivateKey.REQUIRE_SAME_KEY_RENEWAL and not same_key:
        raise Denied(HResult.RENEWAL_BAD_PUBLIC_KEY)
    approved = bool(
        template.enrollment_flag & Enrollment.PREVIOUS_APPROVAL_VALIDATE_REENROLLMENT
        and _is_of_template(old, template)
        and _names_fit(old, template, requester, request))
    return old if approved else None


def _old_certificate(request: Request) -> x509.Certificate:
    """The attribute's certificate, which must be included, and whose key must have signed.

    With PKCS#10 in CMS it is the first signer; in CMC the new key comes first.
    """
    try:
        old = x509.load_der_x509_certificate(request.renewal_attribute or b"")
    except MALFORMED as error:
        raise Denied(HResult.BAD_RENEWAL_CERT_ATTRIBUTE) from error
    if old not in request.certificates:
        raise Denied(HResult.BAD_RENEWAL_CERT_ATTRIBUTE, "The old certificate is not included.")
    signed = old == request.first_signer if request.form is Form.CMS else old in request.signers
    if not signed:
        raise Denied(HResult.BAD_RENEWAL_CERT_ATTRIBUTE, "The old key did not sign the request.")
    return old


def _is_of_template(old: x509.Certificate, template: Template) -> bool:
    value = extension(old, oids.TEMPLATE)
    return bool(value) and TemplateExtension.load(value)["id"].dotted == template.oid


def _names_fit(old: x509.Certificate, template: Template, requester: Requester,
               request: Request) -> bool:
    if template.name_flag & Name.ENROLLEE_SUPPLIES_SUBJECT:
        return bool(list(request.csr.subject)) and request.csr.subject == old.subject
    upns, mails = alt_names(old)
    return (bool(upns or mails) and upns <= {requester.upn.lower()}
            and mails <= {requester.mail.lower()})


def alt_names(certificate: x509.Certificate) -> Tuple[Set[str], Set[str]]:
    """UPNs and mail addresses in the subject alternative name, in lower case."""
    names = asn1_x509.Certificate.load(certificate.public_bytes(DER)).subject_alt_name_value
    upns, mails = set(), set()
    for name in names or []:
        if name.name == "other_name" and name.chosen["type_id"].dotted == oids.UPN:
            upns.add(str(name.chosen["value"].native).lower())
        elif name.name == "rfc822_name":
            mails.add(str(name.native).lower())
    return upns, mails
