# SPDX-License-Identifier: GPL-3.0-or-later
"""`labca setup DIR`: the CA's own certificate, the domain controller's and the web server's."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import List, Optional, Tuple

from asn1crypto import core
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID, ObjectIdentifier

from . import oids
from .keys import DER, PEM, new_key, now, replace_file, write_key

_TEN_YEARS = timedelta(days=3650)
_Pair = Tuple[x509.Certificate, rsa.RSAPrivateKey]


class _Strings(core.SequenceOf):
    _child_spec = core.GeneralString


class _PrincipalName(core.Sequence):
    _fields = [("type", core.Integer, {"explicit": 0}), ("strings", _Strings, {"explicit": 1})]


class _KerberosName(core.Sequence):
    """KRB5PrincipalName, RFC 4556 3.2.2."""

    _fields = [("realm", core.GeneralString, {"explicit": 0}),
               ("name", _PrincipalName, {"explicit": 1})]


def kdc_san(realm: str) -> x509.OtherName:
    """id-pkinit-san of the ticket-granting service, RFC 4556 3.2.4."""
    value = _KerberosName(
        {"realm": realm, "name": {"type": 2, "strings": ["krbtgt", realm]}})
    return x509.OtherName(ObjectIdentifier(oids.PKINIT_SAN), value.dump())


def make_ca(name: str, domain: str) -> _Pair:
    """A root `CN=NAME` in the domain's name space, as an enterprise root CA has it."""
    key = new_key()
    parts = [x509.NameAttribute(NameOID.DOMAIN_COMPONENT, part)
             for part in reversed(domain.split("."))]
    subject = x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = _builder(subject, subject, key).add_extension(
        x509.BasicConstraints(ca=True, path_length=None), critical=True)
    builder = builder.add_extension(_usage(signs_certificates=True), critical=True)
    return builder.sign(key, hashes.SHA256()), key


def issue_server(ca: _Pair, names: List[x509.GeneralName], common_name: str,
                 purposes: List[str], crl_url: Optional[str] = None) -> _Pair:
    """A server's key and certificate."""
    key = new_key()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca[1].public_key())
    builder = (
        _builder(subject, ca[0].subject, key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(), critical=True)
        .add_extension(x509.ExtendedKeyUsage(map(ObjectIdentifier, purposes)), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(authority, critical=False))
    if crl_url is not None:
        point = x509.DistributionPoint(
            [x509.UniformResourceIdentifier(crl_url)], None, None, None)
        builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
    return builder.sign(ca[1], hashes.SHA256()), key


def _builder(subject: x509.Name, issuer: x509.Name,
             key: rsa.RSAPrivateKey) -> x509.CertificateBuilder:
    begin = now() - timedelta(hours=1)
    return (
        x509.CertificateBuilder()
        .subject_name(subject).issuer_name(issuer).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin).not_valid_after(begin + _TEN_YEARS)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False))


def _usage(signs_certificates: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True, content_commitment=False,
        key_encipherment=not signs_certificates, data_encipherment=False, key_agreement=False,
        key_cert_sign=signs_certificates, crl_sign=signs_certificates,
        encipher_only=False, decipher_only=False)


def setup(directory: Path, name: str = "LAB-CA", realm: str = "LAB.TEST",
          dc: str = "dc1.lab.test", host: str = "ca1.lab.test") -> None:
    """Write ca, dc and web as .pem and .key into `directory`, the CA's certificate as .der too."""
    directory.mkdir(parents=True, exist_ok=True)
    domain = realm.lower()
    ca = make_ca(name, domain)
    crl = f"http://{host}/crl/{name}.crl"
    dc_names: List[x509.GeneralName] = [x509.DNSName(dc), x509.DNSName(domain), kdc_san(realm)]
    pairs = {
        "ca": ca,
        "dc": issue_server(ca, dc_names, dc,
                           [oids.SERVER_AUTH, oids.CLIENT_AUTH, oids.KDC_AUTH], crl),
        "web": issue_server(ca, [x509.DNSName(host)], host, [oids.SERVER_AUTH], crl),
    }
    for stem, (certificate, key) in pairs.items():
        replace_file(directory / f"{stem}.pem", certificate.public_bytes(PEM))
        write_key(directory / f"{stem}.key", key)
    replace_file(directory / "ca.der", ca[0].public_bytes(DER))
