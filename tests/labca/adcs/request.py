# SPDX-License-Identifier: GPL-3.0-or-later
"""What a client asks for, whatever the format it came in. MS-WCCE 2.2.2.6."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Mapping, Optional, Sequence, Tuple

from cryptography import x509


class Form(Enum):
    """MS-WCCE 2.2.2.6: the wrapping decides what a request may be."""

    PKCS10 = "PKCS#10"
    CMS = "CMS with PKCS#10"
    CMC = "CMS with CMC"


@dataclass(frozen=True)
class Request:
    """A certification request; possession of its key was proved when it was read.

    `signers`: certificates whose keys signed the wrapping, in order, signatures verified (but not
    yet the certificates). `first_signer` is that of the first SignerInfo, None where that one has
    no certificate. `attributes`: what a CMC regInfo says, names in lower case.
    """

    der: bytes
    csr: x509.CertificateSigningRequest
    form: Form = Form.PKCS10
    template_name: Optional[str] = None
    template_oid: Optional[str] = None
    template_version: Tuple[int, int] = (0, 0)
    name_values: Mapping[str, str] = field(default_factory=dict)
    extensions: Mapping[str, bytes] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    renewal_attribute: Optional[bytes] = None
    certificates: Sequence[x509.Certificate] = ()
    signers: Sequence[x509.Certificate] = ()
    first_signer: Optional[x509.Certificate] = None
    on_behalf_of: Optional[str] = None

    @property
    def key_bits(self) -> int:
        return int(self.csr.public_key().key_size)  # type: ignore[union-attr]

    @property
    def is_renewal(self) -> bool:
        """A bare PKCS#10 is a new request, whatever it says (MS-WCCE 3.2.1.4.2.1.4)."""
        return self.form is not Form.PKCS10 and self.renewal_attribute is not None
