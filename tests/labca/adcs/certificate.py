# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate itself, built from template, requester and request. MS-WCCE 3.2.2.6.2.1.4.5."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import List, Optional, Tuple

from asn1crypto import core
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ObjectIdentifier

from . import oids, subject
from .asn1 import Oids, Policies, TemplateExtension
from .config import Config
from .directory import Requester
from .keys import not_after, now
from .request import Request
from .template import Enrollment, Template


@dataclass(frozen=True)
class Issuer:
    """The CA's certificate and key, and the configuration that names its URLs.

    `generation` counts how often the CA was renewed with a new key: each has a CRL of its own, MS-CERSOD 2.3.
    """

    config: Config
    certificate: x509.Certificate
    key: rsa.RSAPrivateKey
    generation: int = 0

    @property
    def crl_path(self) -> str:
        return self._numbered(self.config.crl_path)

    @property
    def aia_path(self) -> str:
        return self._numbered(self.config.aia_path)

    def _numbered(self, path: str) -> str:
        """As AD CS does it: LAB-CA.crl, then LAB-CA(1).crl."""
        stem, dot, suffix = path.rpartition(".")
        return f"{stem}({self.generation}){dot}{suffix}" if self.generation else path


def key_usage(octets: bytes) -> bytes:
    """pKIKeyUsage holds a BIT STRING's content; DER wants its trailing zero bits cut off."""
    bits = octets.rstrip(b"\0")
    if not bits:
        return b"\x03\x01\x00"
    unused = (bits[-1] & -bits[-1]).bit_length() - 1
    return bytes([3, len(bits) + 1, unused]) + bits


def template_extension(template: Template) -> Tuple[str, bytes]:
    """The OID with version for schema 2 and later, the name for schema 1."""
    if template.schema < 2:
        return oids.TEMPLATE_NAME, core.BMPString(template.cn).dump()
    value = TemplateExtension(
        {"id": template.oid, "major": template.major, "minor": template.minor})
    return oids.TEMPLATE, value.dump()


def template_extensions(template: Template) -> List[Tuple[str, bytes]]:
    """The extensions that depend on the template alone: also what XCEP hands out."""
    found = [template_extension(template)]
    if template.purposes:
        found.append((oids.EXTENDED_KEY_USAGE, Oids(template.purposes).dump()))
    if template.key_usage.rstrip(b"\0"):
        found.append((oids.KEY_USAGE, key_usage(template.key_usage)))
    if template.purposes and template.schema >= 2:
        found.append((oids.APPLICATION_POLICIES, _policies(template.purposes)))
    if template.issuance_policies:
        found.append((oids.CERTIFICATE_POLICIES, _policies(list(template.issuance_policies))))
    return found


def _policies(identifiers: List[str]) -> bytes:
    return Policies([{"policyIdentifier": oid} for oid in identifiers]).dump()


def validity(issuer: Issuer, template: Template,
             seconds: Optional[int]) -> Tuple[datetime, datetime]:
    """From some minutes ago (clocks differ) for the template's period, within the CA's own.

    With `seconds` (`ctl validity`) it runs from now, so that tests can wait for its end.
    """
    if seconds is not None:
        begin = now()
        end = begin + timedelta(seconds=seconds)
    else:
        begin = now() - timedelta(seconds=issuer.config.backdate)
        end = begin + timedelta(seconds=template.validity)
    return begin, min(end, not_after(issuer.certificate))


def build(issuer: Issuer, template: Template, requester: Requester, request: Request,
          seconds: Optional[int] = None, other_key: Optional[rsa.RSAPublicKey] = None,
          points: str = "http") -> x509.Certificate:
    """Sign a certificate. `other_key` is for misbehaving: it takes the place of the request's.

    `points`: where its revocation list is: at "http", in the directory ("ldap"), or at "both".
    """
    name = subject.build_subject(template, requester, request)
    public_key = other_key or request.csr.public_key()
    begin, end = validity(issuer, template, seconds)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.certificate.subject)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), False)
        .add_extension(_authority_key(issuer), False))
    for oid, value in template_extensions(template):
        builder = _add(builder, oid, value, oid in template.critical_extensions)
    alt_names = subject.alt_name_extension(
        template, requester, request, issuer.config.realm.lower())
    if alt_names is not None:
        critical = oids.ALT_NAME in template.critical_extensions or not list(name)
        builder = _add(builder, oids.ALT_NAME, alt_names, critical)
    sid = subject.sid_extension(template, requester, request)
    if sid is not None:
        builder = _add(builder, oids.SID, sid, False)
    builder = _add_revocation_info(builder, issuer, template, points)
    if template.enrollment_flag & Enrollment.INCLUDE_BASIC_CONSTRAINTS:
        builder = builder.add_extension(x509.BasicConstraints(False, None), True)
    return builder.sign(issuer.key, hashes.SHA256())


def _add(builder: x509.CertificateBuilder, oid: str, value: bytes,
         critical: bool) -> x509.CertificateBuilder:
    return builder.add_extension(
        x509.UnrecognizedExtension(ObjectIdentifier(oid), value), critical)


def _authority_key(issuer: Issuer) -> x509.AuthorityKeyIdentifier:
    own = issuer.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own.value)


def directory_point(issuer: Issuer) -> str:
    """Where an enterprise CA publishes its list by default, MS-WCCE 2.2.2.7.9."""
    domain = ",".join(f"DC={part}" for part in issuer.config.realm.lower().split("."))
    return (f"ldap:///CN={issuer.config.name},CN={issuer.config.host.partition('.')[0]},CN=CDP,"
            f"CN=Public%20Key%20Services,CN=Services,CN=Configuration,{domain}"
            "?certificateRevocationList?base?objectClass=cRLDistributionPoint")


def _add_revocation_info(builder: x509.CertificateBuilder, issuer: Issuer, template: Template,
                         points: str) -> x509.CertificateBuilder:
    config = issuer.config
    if not template.enrollment_flag & Enrollment.NO_REVOCATION_INFO:
        urls = {"ldap": [directory_point(issuer)], "http": [config.http_url(issuer.crl_path)]}
        names = [x509.UniformResourceIdentifier(url)
                 for url in urls.get(points, [*urls["ldap"], *urls["http"]])]
        builder = builder.add_extension(
            x509.CRLDistributionPoints([x509.DistributionPoint(names, None, None, None)]), False)
    aia = x509.UniformResourceIdentifier(config.http_url(issuer.aia_path))
    return builder.add_extension(
        x509.AuthorityInformationAccess(
            [x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, aia)]), False)
