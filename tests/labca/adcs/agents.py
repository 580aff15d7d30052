# SPDX-License-Identifier: GPL-3.0-or-later
"""Signatures of registration authorities, and requests on behalf of others.

MS-WCCE 3.2.2.6.2.1.4.5.1, .3, .4 (signatures) and 3.2.2.6.2.1.2.1 (on behalf of).
"""

from __future__ import annotations

from . import oids
from .hresult import Denied, HResult
from .request import Form, Request
from .template import Enrollment, Template
from .trust import Trust, is_ca, policies, purposes


def check_signatures(template: Template, request: Request, trust: Trust) -> None:
    """Raise Denied unless the request bears the signatures that the template demands.

    The new key's own SignerInfo has no certificate and does not count.
    """
    if template.ra_signatures == 0:
        return
    if not request.signers:
        raise Denied(HResult.SIGNATURE_POLICY_REQUIRED)
    if len({signer.serial_number for signer in request.signers}) < template.ra_signatures:
        raise Denied(HResult.SIGNATURE_COUNT)
    for signer in request.signers:
        trust.check(signer)
    held = {oid for signer in request.signers for oid in purposes(signer)}
    vouched = {oid for signer in request.signers for oid in policies(signer)}
    if not (set(template.ra_application_policies) <= held
            and set(template.ra_policies) <= vouched):
        raise Denied(HResult.SIGNATURE_REJECTED)


def check_on_behalf_of(template: Template, request: Request, trust: Trust) -> None:
    """Raise Denied unless every certificate around the request is an enrollment agent's.

    That a template of schema 2 or later must say that it is for agents (by its required
    application policy or its flag) is how AD CS behaves; MS-WCCE does not say it.
    """
    if request.on_behalf_of is None:
        return
    if request.form is Form.PKCS10 or not request.signers:
        raise Denied(HResult.SIGNATURE_POLICY_REQUIRED)
    for certificate in [*request.certificates, *request.signers]:
        if not is_ca(certificate) and oids.ENROLLMENT_AGENT not in purposes(certificate):
            raise Denied(HResult.SIGNATURE_REJECTED, "A signer is not an enrollment agent.")
    for signer in request.signers:
        trust.check(signer)
    for_agents = (oids.ENROLLMENT_AGENT in template.ra_application_policies
                  or template.enrollment_flag & Enrollment.ALLOW_ENROLL_ON_BEHALF_OF)
    if template.schema >= 2 and not for_agents:
        raise Denied(HResult.RESTRICTED_OFFICER,
                     f"Template '{template.cn}' is not for enrollment agents.")
