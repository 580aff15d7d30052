# SPDX-License-Identifier: GPL-3.0-or-later
"""The HRESULTs with which an enterprise CA refuses a request, MS-WCCE 3.2."""

from __future__ import annotations

from enum import IntEnum


class HResult(IntEnum):
    """Values of MS-ERREF; the text is what a CA writes beside them."""

    ACCESS_DENIED = 0x80070005
    INVALID_DATA = 0x8007000D
    INVALID_ARG = 0x80070057
    NOT_SUPPORTED = 0x80070032
    NO_SUCH_USER = 0x80070525
    BAD_REQUEST_SUBJECT = 0x80094001
    NO_REQUEST = 0x80094002
    PROPERTY_EMPTY = 0x80094004
    RESTRICTED_OFFICER = 0x80094009
    BAD_RENEWAL_CERT_ATTRIBUTE = 0x8009400E
    TEMPLATE_DENIED = 0x80094012
    ADMIN_DENIED_REQUEST = 0x80094014
    UNSUPPORTED_CERT_TYPE = 0x80094800
    NO_CERT_TYPE = 0x80094801
    TEMPLATE_CONFLICT = 0x80094802
    ARCHIVED_KEY_REQUIRED = 0x80094804
    BAD_TEMPLATE_VERSION = 0x80094807
    SIGNATURE_POLICY_REQUIRED = 0x80094809
    SIGNATURE_COUNT = 0x8009480A
    SIGNATURE_REJECTED = 0x8009480B
    SUBJECT_DNS_REQUIRED = 0x8009480F
    SUBJECT_UPN_REQUIRED = 0x8009480D
    KEY_LENGTH = 0x80094811
    SUBJECT_EMAIL_REQUIRED = 0x80094812
    RENEWAL_BAD_PUBLIC_KEY = 0x80094816
    ALGORITHM = 0x80090008
    BAD_SIGNATURE = 0x80090006
    ASN1_BAD_TAG = 0x8009310B
    NO_SIGNER = 0x8009200E
    CERTIFICATE_REVOKED = 0x80092010
    CERTIFICATE_EXPIRED = 0x800B0101
    UNTRUSTED_ROOT = 0x800B0109

    @property
    def signed(self) -> int:
        """As xs:int, which is how it travels in a fault (MS-WSTEP 3.1.4.1.3.7)."""
        return self.value - (1 << 32) if self.value >= 1 << 31 else self.value

    @property
    def text(self) -> str:
        return _TEXT.get(self, "The request is not valid.")


_TEXT = {
    HResult.ACCESS_DENIED: "Access is denied.",
    HResult.INVALID_DATA: "The data is invalid.",
    HResult.INVALID_ARG: "The parameter is incorrect.",
    HResult.NOT_SUPPORTED: "The request is not supported.",
    HResult.NO_SUCH_USER: "The specified account does not exist.",
    HResult.BAD_REQUEST_SUBJECT: "The request subject name is invalid or too long.",
    HResult.NO_REQUEST: "The request does not exist.",
    HResult.PROPERTY_EMPTY: "The requested property value is empty.",
    HResult.RESTRICTED_OFFICER: "The enrollment agent may not enroll for this subject.",
    HResult.BAD_RENEWAL_CERT_ATTRIBUTE: "The renewal certificate attribute is missing or wrong.",
    HResult.TEMPLATE_DENIED: "The requester lacks Enroll on the certificate template.",
    HResult.ADMIN_DENIED_REQUEST: "The request was denied by a certificate manager or administrator.",
    HResult.UNSUPPORTED_CERT_TYPE: "The requested certificate template is not supported by this CA.",
    HResult.NO_CERT_TYPE: "The request contains no certificate template information.",
    HResult.TEMPLATE_CONFLICT: "The request contains conflicting template information.",
    HResult.ARCHIVED_KEY_REQUIRED: "The template requires key archival, which this CA does not do.",
    HResult.BAD_TEMPLATE_VERSION: "The request names a template version newer than this CA knows.",
    HResult.SIGNATURE_POLICY_REQUIRED: "The request lacks a required signature policy.",
    HResult.SIGNATURE_COUNT: "The request lacks one or more required signatures.",
    HResult.SIGNATURE_REJECTED: "A required signature does not satisfy the template's policies.",
    HResult.SUBJECT_DNS_REQUIRED: "The requester has no DNS name in the directory.",
    HResult.SUBJECT_UPN_REQUIRED: "The requester has no user principal name in the directory.",
    HResult.KEY_LENGTH: "The public key is shorter than the template's minimal key size.",
    HResult.SUBJECT_EMAIL_REQUIRED: "The requester has no e-mail address in the directory.",
    HResult.RENEWAL_BAD_PUBLIC_KEY: "The template demands that the renewed certificate keep its key.",
    HResult.ALGORITHM: "The request's algorithm is not accepted.",
    HResult.BAD_SIGNATURE: "The request's signature does not verify.",
    HResult.ASN1_BAD_TAG: "The request cannot be decoded.",
    HResult.NO_SIGNER: "The request is not signed.",
    HResult.CERTIFICATE_REVOKED: "A certificate that signed the request is revoked.",
    HResult.CERTIFICATE_EXPIRED: "A certificate that signed the request is not valid at this time.",
    HResult.UNTRUSTED_ROOT: "A certificate that signed the request is not from a trusted CA.",
}


class Denied(Exception):
    """The CA refuses a request; `reason` adds what the number does not say."""

    def __init__(self, code: HResult, reason: str = "") -> None:
        self.code = code
        self.reason = reason
        super().__init__(self.message)

    @property
    def message(self) -> str:
        head = f"{self.reason} " if self.reason else ""
        return f"{head}{self.code.text} 0x{self.code.value:08x}"
