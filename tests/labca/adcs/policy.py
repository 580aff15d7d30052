# SPDX-License-Identifier: GPL-3.0-or-later
"""The policy module: whether this requester gets a certificate for this request.

Follows MS-WCCE 3.2.2.6.2.1.4. The rules for signatures of registration authorities, for requests
on behalf of others and for renewals stand in agents.py and renewal.py.

Two accounts may be concerned: the caller, who is authenticated and needs Enroll, and the subject,
whose names go into the certificate; they differ where an enrollment agent asks for another.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Dict, Mapping, Set

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from . import access, agents, oids, renewal
from .directory import Requester, Snapshot
from .hresult import Denied, HResult
from .request import Request
from .template import Enrollment, General, Name, PrivateKey, Template
from .trust import Trust, extension

_CURVES = {"ECDSA_P256": "secp256r1", "ECDSA_P384": "secp384r1", "ECDSA_P521": "secp521r1",
           "ECDH_P256": "secp256r1", "ECDH_P384": "secp384r1", "ECDH_P521": "secp521r1"}


@dataclass(frozen=True)
class Decision:
    """Issue by this template, at once or after a manager's approval.

    `request` is the one that came in; an approved renewal whose enrollee supplies the subject has
    its old certificate's alternative names in it.
    """

    template: Template
    pending: bool
    request: Request


def decide(snapshot: Snapshot, caller: Requester, subject: Requester, request: Request,
           attributes: Mapping[str, str], trust: Trust) -> Decision:
    """Decide, or raise Denied with the code that a Windows CA would give."""
    template = find_template(snapshot, request, attributes)
    _check_published(snapshot, template)
    _check_enroll(snapshot, caller, template)
    _check_version(template, request)
    _check_kind(template)
    _check_key(template, request)
    old = renewal.check(template, subject, request, trust)
    agents.check_on_behalf_of(template, request, trust)
    if old is not None:
        return Decision(template, False, _with_old_names(template, request, old))
    agents.check_signatures(template, request, trust)
    pending = bool(template.enrollment_flag & Enrollment.PEND_ALL_REQUESTS)
    return Decision(template, pending, request)


def _with_old_names(template: Template, request: Request, old: x509.Certificate) -> Request:
    """MS-WCCE 3.2.2.6.2.1.4.5.6."""
    names = extension(old, oids.ALT_NAME)
    if not names or not template.name_flag & Name.ENROLLEE_SUPPLIES_SUBJECT:
        return request
    return replace(request, extensions={**request.extensions, oids.ALT_NAME: names})


def find_template(snapshot: Snapshot, request: Request,
                  attributes: Mapping[str, str]) -> Template:
    """Every mention of a template must mean the same one, MS-WCCE 3.2.2.6.2.1.4.1."""
    by_oid: Dict[str, Template] = {t.oid: t for t in snapshot.templates.values() if t.oid}
    by_name = {t.cn.lower(): t for t in snapshot.templates.values()}
    mentions = [by_name.get(name.lower()) or by_oid.get(name) for name in (
        request.template_name, request.name_values.get("certificatetemplate"),
        request.attributes.get("certificatetemplate"), attributes.get("certificatetemplate"))
        if name is not None]
    if request.template_oid is not None:
        mentions.append(by_oid.get(request.template_oid))
    if not mentions:
        raise Denied(HResult.UNSUPPORTED_CERT_TYPE, "The request names no certificate template.")
    named: Set[str] = {template.cn for template in mentions if template is not None}
    if len(named) > 1:
        raise Denied(HResult.TEMPLATE_CONFLICT)
    if None in mentions or not named:
        raise Denied(HResult.UNSUPPORTED_CERT_TYPE, "No such template in the directory.")
    return snapshot.templates[named.pop()]


def _check_published(snapshot: Snapshot, template: Template) -> None:
    published = {cn.lower() for cn in snapshot.service.templates}
    if template.cn.lower() not in published:
        raise Denied(HResult.UNSUPPORTED_CERT_TYPE, f"Template '{template.cn}' is not published.")


def _check_enroll(snapshot: Snapshot, caller: Requester, template: Template) -> None:
    """Enroll on the CA, then on the template."""
    if not access.may(snapshot.service.security_descriptor, caller.sids, oids.RIGHT_ENROLL):
        raise Denied(HResult.ACCESS_DENIED, "The requester may not request certificates here.")
    if not access.may(template.security_descriptor, caller.sids, oids.RIGHT_ENROLL):
        raise Denied(HResult.TEMPLATE_DENIED, f"Template '{template.cn}':")


def _check_version(template: Template, request: Request) -> None:
    """Major and minor each compared by itself, MS-WCCE 3.2.2.6.2.1.4.2; schema 1 has none."""
    if template.schema < 2:
        return
    major, minor = request.template_version
    if major > template.major or minor > template.minor:
        raise Denied(HResult.BAD_TEMPLATE_VERSION,
                     f"{major}.{minor} is newer than {template.major}.{template.minor}.")


def _check_kind(template: Template) -> None:
    if template.flags & (General.IS_CA | General.IS_CROSS_CA):
        raise Denied(HResult.NOT_SUPPORTED, "This CA issues to end entities only.")
    if template.private_key_flag & PrivateKey.REQUIRE_ARCHIVAL:
        raise Denied(HResult.ARCHIVED_KEY_REQUIRED)


def _check_key(template: Template, request: Request) -> None:
    """Algorithm and size, MS-WCCE 3.2.2.6.2.1.4.5.2."""
    key = request.csr.public_key()
    algorithm = template.asymmetric_algorithm
    if algorithm == "RSA" and not isinstance(key, rsa.RSAPublicKey):
        raise Denied(HResult.ALGORITHM, "The template wants an RSA key.")
    curve = _CURVES.get(algorithm)
    if curve and not (isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name == curve):
        raise Denied(HResult.ALGORITHM, f"The template wants a key on {curve}.")
    if request.key_bits < template.minimal_key_size:
        raise Denied(HResult.KEY_LENGTH,
                     f"{request.key_bits} bits; at least {template.minimal_key_size} are wanted.")
