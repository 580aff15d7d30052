# SPDX-License-Identifier: GPL-3.0-or-later
"""ASN.1 of enrollment that asn1crypto does not know: RFC 5272, RFC 4556 aside, and MS-WCCE 2.2.2."""

from __future__ import annotations

from typing import List, Tuple

from asn1crypto import core, csr
from cryptography import x509

MALFORMED = (ValueError, TypeError, KeyError, IndexError, x509.InvalidVersion)
"""What asn1crypto and cryptography raise over data that is not what it should be."""


class TemplateExtension(core.Sequence):
    """szOID_CERTIFICATE_TEMPLATE, MS-WCCE 2.2.2.7.7.2."""

    _fields = [("id", core.ObjectIdentifier),
               ("major", core.Integer, {"optional": True}),
               ("minor", core.Integer, {"optional": True})]


class NameValuePair(core.Sequence):
    """szENROLLMENT_NAME_VALUE_PAIR, MS-WCCE 2.2.2.7.10."""

    _fields = [("name", core.BMPString), ("value", core.BMPString)]


class Oids(core.SequenceOf):
    """ExtKeyUsageSyntax."""

    _child_spec = core.ObjectIdentifier


class PolicyInformation(core.Sequence):
    """Without qualifiers."""

    _fields = [("policyIdentifier", core.ObjectIdentifier)]


class Policies(core.SequenceOf):
    """certificatePolicies, and application policies alike (MS-WCCE 2.2.2.7.7.3)."""

    _child_spec = PolicyInformation


class BodyPartIds(core.SequenceOf):
    """bodyList."""

    _child_spec = core.Integer


class PendInfo(core.Sequence):
    """Where a pending request can be asked for; the token is the request's ID."""

    _fields = [("pendToken", core.OctetString), ("pendTime", core.GeneralizedTime)]


class OtherInfo(core.Choice):
    """Reason of a failure, or PendInfo."""

    _alternatives = [("failInfo", core.Integer), ("pendInfo", PendInfo)]


class StatusInfo(core.Sequence):
    """cMCStatusInfo, RFC 5272 6.1."""

    _fields = [("cMCStatus", core.Integer), ("bodyList", BodyPartIds),
               ("statusString", core.UTF8String, {"optional": True}),
               ("otherInfo", OtherInfo, {"optional": True})]


class _Attribute(core.Sequence):
    _fields = [("type", core.ObjectIdentifier), ("values", core.SetOf, {"spec": core.OctetString})]


class _Attributes(core.SetOf):
    _child_spec = _Attribute


class AddAttributes(core.Sequence):
    """szOID_CMC_ADD_ATTRIBUTES, MS-WCCE 2.2.2.8.1.2."""

    _fields = [("pkiDataReference", core.Integer), ("certReferences", BodyPartIds),
               ("attributes", _Attributes)]


class Values(core.SetOf):
    """Values of any kind."""

    _child_spec = core.Any


class Attribute(core.Sequence):
    """An attribute of a PKCS#10 or a SignerInfo, whatever its type: type and DER values."""

    _fields = [("type", core.ObjectIdentifier), ("values", Values)]

    @classmethod
    def read(cls, attribute: core.Asn1Value) -> Tuple[str, List[bytes]]:
        """OID and the DER of each value of an attribute that asn1crypto has its own view of."""
        parsed = cls.load(attribute.dump(), strict=True)
        return parsed["type"].dotted, [value.dump() for value in parsed["values"]]


class Control(core.Sequence):
    """TaggedAttribute, RFC 5272 3.2.1.1."""

    _fields = [("bodyPartID", core.Integer), ("attrType", core.ObjectIdentifier),
               ("attrValues", Values)]


class Controls(core.SequenceOf):
    """controlSequence."""

    _child_spec = Control


class Anything(core.SequenceOf):
    """A sequence whose elements are not looked at."""

    _child_spec = core.Any


class PkiResponse(core.Sequence):
    """PKIResponse, RFC 5272 3.2.2."""

    _fields = [("controlSequence", Controls), ("cmsSequence", Anything),
               ("otherMsgSequence", Anything)]


class TaggedCertificationRequest(core.Sequence):
    """A PKCS#10 in a CMC request."""

    _fields = [("bodyPartID", core.Integer), ("certificationRequest", csr.CertificationRequest)]


class TaggedRequest(core.Choice):
    """TaggedRequest, RFC 5272 3.2.1.2; only the first kind is used by MS-WCCE."""

    _alternatives = [("tcr", TaggedCertificationRequest, {"implicit": 0}),
                     ("crm", Anything, {"implicit": 1}), ("orm", Anything, {"implicit": 2})]


class TaggedRequests(core.SequenceOf):
    """reqSequence."""

    _child_spec = TaggedRequest


class PkiData(core.Sequence):
    """PKIData, RFC 5272 3.2.1."""

    _fields = [("controlSequence", Controls), ("reqSequence", TaggedRequests),
               ("cmsSequence", Anything), ("otherMsgSequence", Anything)]
