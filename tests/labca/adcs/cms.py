# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests that come wrapped in CMS, MS-WCCE 2.2.2.6.2 and 2.2.2.6.4.

The place for CMC requests (id-cct-PKIData), renewals and requests on behalf of another user
(id-data around a PKCS#10). Not supported yet: said so, with the HRESULT for it.
"""

from __future__ import annotations

from asn1crypto import cms as asn1_cms

from . import oids
from .hresult import Denied, HResult
from .request import Request


def read_cms(token: bytes) -> Request:
    """Read a SignedData that carries a request."""
    try:
        info = asn1_cms.ContentInfo.load(token, strict=True)
        if info["content_type"].dotted != oids.SIGNED_DATA:
            raise Denied(HResult.ASN1_BAD_TAG, "The CMS is not a SignedData.")
        inner = info["content"]["encap_content_info"]["content_type"].dotted
    except (ValueError, TypeError, KeyError) as error:
        raise Denied(HResult.ASN1_BAD_TAG, "The CMS cannot be decoded.") from error
    kind = {oids.PKI_DATA: "CMC requests", oids.DATA: "PKCS#10 in CMS"}.get(inner)
    if kind is None:
        raise Denied(HResult.INVALID_DATA, f"The CMS holds content of type {inner}.")
    raise Denied(HResult.NOT_SUPPORTED, f"{kind} are not supported by this CA yet.")
