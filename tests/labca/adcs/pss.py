# SPDX-License-Identifier: GPL-3.0-or-later
"""RSA-PSS, the alternate signature algorithm of a template: older python3-cryptography does not read it in requests."""

from __future__ import annotations

from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from .hresult import Denied, HResult

OID = "1.2.840.113549.1.1.10"
_HASHES = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}


def verify(key: rsa.RSAPublicKey, signature: bytes, covered: bytes, algorithm: Any) -> None:
    """`algorithm` is asn1crypto's; one hash for both uses, SHA-2, the salt as long as it says. RFC 4055 3.1."""
    parameters = algorithm["parameters"]
    name = parameters["hash_algorithm"]["algorithm"].native
    mask = parameters["mask_gen_algorithm"]
    if (name not in _HASHES or mask["algorithm"].native != "mgf1"
            or mask["parameters"]["algorithm"].native != name):
        raise Denied(HResult.ALGORITHM, "RSA-PSS with these parameters is not accepted.")
    salt = parameters["salt_length"].native
    try:
        key.verify(signature, covered, padding.PSS(padding.MGF1(_HASHES[name]), salt), _HASHES[name])
    except InvalidSignature as error:
        raise Denied(HResult.BAD_SIGNATURE) from error
