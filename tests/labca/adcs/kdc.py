# SPDX-License-Identifier: GPL-3.0-or-later
"""`labca kdc-certificate`: what the KDC of another realm shows its clients."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509

from . import oids
from .keys import load_pair, write_pair
from .setup import issue_server, kdc_san


def make_kdc(directory: Path, out: Path, realm: str, host: str) -> None:
    """Write kdc.pem and kdc.key into `out`, signed by the CA of `directory`."""
    certificate, key = issue_server(load_pair(directory, "ca"), [x509.DNSName(host), kdc_san(realm)],
                                    host, [oids.KDC_AUTH])
    write_pair(out, "kdc", certificate, key)
