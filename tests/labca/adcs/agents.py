# SPDX-License-Identifier: GPL-3.0-or-later
"""Signatures of registration authorities and requests on behalf of others.

MS-WCCE 3.2.2.6.2.1.4.5.1, .3, .4 and 3.2.2.6.2.1.2.1. Their place; a request cannot carry such
signatures yet, so a template that wants them is refused as one whose signatures are missing.
"""

from __future__ import annotations

from .hresult import Denied, HResult
from .request import Request
from .template import Template


def check(template: Template, request: Request) -> None:
    """Raise Denied unless the request bears the signatures that the template demands."""
    if request.on_behalf_of is not None:
        raise Denied(HResult.NOT_SUPPORTED,
                     "Requests on behalf of others are not supported by this CA yet.")
    if template.ra_signatures > 0 and not request.signers:
        raise Denied(HResult.SIGNATURE_POLICY_REQUIRED)
    if len(request.signers) < template.ra_signatures:
        raise Denied(HResult.SIGNATURE_COUNT)
