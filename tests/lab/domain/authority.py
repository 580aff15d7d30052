# SPDX-License-Identifier: GPL-3.0-or-later
"""How LAB-CA appears in the directory: enrollment service, NTAuth, AIA and trusted roots."""

from directory import ENROLL, FULL_CONTROL, READ
import templates

NAME = "LAB-CA"
HOST = "ca1.lab.test"
SUPPORTS_NT_AUTHENTICATION_AND_ADVANCED = "10"
# priority, Kerberos, not for renewal only, address, no key-based renewal
CES = f"1\n2\n0\nhttps://{HOST}/{NAME}_CES_Kerberos/service.svc/CES\n0"


def create(directory, certificate):
    directory.add(
        f"CN={NAME},CN=Enrollment Services,{directory.services}",
        {
            "objectClass": ["top", "pKIEnrollmentService"],
            "cn": NAME,
            "displayName": NAME,
            "dNSHostName": HOST,
            "cACertificate": certificate,
            "cACertificateDN": f"CN={NAME},{directory.base}",
            "certificateTemplates": templates.published(),
            "msPKI-Enrollment-Servers": CES,
            "flags": SUPPORTS_NT_AUTHENTICATION_AND_ADVANCED,
            "nTSecurityDescriptor": directory.security_descriptor(
                f"O:EAG:EAD:PAI(OA;;CR;{ENROLL};;AU)"
                f"(A;;{FULL_CONTROL};;;DA)(A;;{FULL_CONTROL};;;EA)(A;;{READ};;;AU)"
            ),
        },
    )
    for dn in ("CN=NTAuthCertificates", f"CN={NAME},CN=Certification Authorities", f"CN={NAME},CN=AIA"):
        directory.add(
            f"{dn},{directory.services}",
            {
                "objectClass": ["top", "certificationAuthority"],
                "cn": dn.split(",")[0][3:],
                "cACertificate": certificate,
                "authorityRevocationList": b"\x00",
                "certificateRevocationList": b"\x00",
            },
        )
