# SPDX-License-Identifier: GPL-3.0-or-later
"""Renewals, MS-WCCE 3.2.1.4.2.1.4.2 and 3.2.2.6.2.1.4.8. Their place; refused until they are done."""

from __future__ import annotations

from .directory import Requester
from .hresult import Denied, HResult
from .request import Request
from .template import Template


def check(template: Template, requester: Requester, request: Request) -> bool:
    """True where a valid renewal waives RA signatures and the manager's approval."""
    del template, requester
    if request.renewal_certificate is not None:
        raise Denied(HResult.NOT_SUPPORTED, "Renewals are not supported by this CA yet.")
    return False
