# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of keys and certificates, and the few moments at which both cryptography versions differ."""

from __future__ import annotations

import os
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Tuple

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

PEM = serialization.Encoding.PEM
DER = serialization.Encoding.DER


_ahead = timedelta()


def set_clock(seconds: int) -> None:
    """From now on it is so many seconds later than the computer says."""
    global _ahead
    _ahead = timedelta(seconds=seconds)


def now() -> datetime:
    """The present second: X.509 times hold no fractions."""
    return datetime.now(timezone.utc).replace(microsecond=0) + _ahead


def not_after(certificate: x509.Certificate) -> datetime:
    """End of validity, aware of its zone (cryptography < 42 has naive times only)."""
    aware = getattr(certificate, "not_valid_after_utc", None)
    return aware or certificate.not_valid_after.replace(tzinfo=timezone.utc)


def not_before(certificate: x509.Certificate) -> datetime:
    """Begin of validity, aware of its zone."""
    aware = getattr(certificate, "not_valid_before_utc", None)
    return aware or certificate.not_valid_before.replace(tzinfo=timezone.utc)


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def write_key(path: Path, key: rsa.RSAPrivateKey) -> None:
    """Mode 0600 from the start: Samba refuses a TLS key that others may read."""
    data = key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(data)


def load_pair(directory: Path, stem: str) -> Tuple[x509.Certificate, rsa.RSAPrivateKey]:
    """STEM.pem and STEM.key of a directory that `setup` made."""
    certificate = x509.load_pem_x509_certificate((directory / f"{stem}.pem").read_bytes())
    key = serialization.load_pem_private_key((directory / f"{stem}.key").read_bytes(), None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError(f"{stem}.key: not an RSA key")
    return certificate, key


def issuer_stem(generation: int) -> str:
    """The CA's files: ca.pem, after its first renewal also ca-1.pem …"""
    return f"ca-{generation}" if generation else "ca"


def write_pair(directory: Path, stem: str, certificate: x509.Certificate, key: rsa.RSAPrivateKey) -> None:
    """Write STEM.pem and STEM.key."""
    replace_file(directory / f"{stem}.pem", certificate.public_bytes(PEM))
    write_key(directory / f"{stem}.key", key)


def replace_file(path: Path, data: bytes) -> None:
    """Readers see the old content or the new, never a part."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_bytes(data)
    fresh.replace(path)
