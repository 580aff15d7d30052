/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/x509/cms-asn1.h"

ASN1_SEQUENCE (CeIssuerAndSerial) = {
  ASN1_SIMPLE (CeIssuerAndSerial, issuer, X509_NAME),
  ASN1_SIMPLE (CeIssuerAndSerial, serial, ASN1_INTEGER),
} ASN1_SEQUENCE_END (CeIssuerAndSerial)

ASN1_CHOICE (CeSignerId) = {
  ASN1_SIMPLE (CeSignerId, d.issuer, CeIssuerAndSerial),
  ASN1_IMP (CeSignerId, d.key_id, ASN1_OCTET_STRING, 0),
} static_ASN1_CHOICE_END (CeSignerId)

ASN1_SEQUENCE (CeSignerInfo) = {
  ASN1_SIMPLE (CeSignerInfo, version, ASN1_INTEGER),
  ASN1_SIMPLE (CeSignerInfo, id, CeSignerId),
  ASN1_SIMPLE (CeSignerInfo, digest, X509_ALGOR),
  ASN1_IMP_SET_OF_OPT (CeSignerInfo, signed_attributes, X509_ATTRIBUTE, 0),
  ASN1_SIMPLE (CeSignerInfo, algorithm, X509_ALGOR),
  ASN1_SIMPLE (CeSignerInfo, signature, ASN1_OCTET_STRING),
  ASN1_IMP_SET_OF_OPT (CeSignerInfo, unsigned_attributes, X509_ATTRIBUTE, 1),
} ASN1_SEQUENCE_END (CeSignerInfo)

ASN1_SEQUENCE (CeContent) = {
  ASN1_SIMPLE (CeContent, type, ASN1_OBJECT),
  ASN1_EXP (CeContent, bytes, ASN1_OCTET_STRING, 0),
} static_ASN1_SEQUENCE_END (CeContent)

ASN1_SEQUENCE (CeSignedData) = {
  ASN1_SIMPLE (CeSignedData, version, ASN1_INTEGER),
  ASN1_SET_OF (CeSignedData, digests, X509_ALGOR),
  ASN1_SIMPLE (CeSignedData, content, CeContent),
  ASN1_IMP_SET_OF_OPT (CeSignedData, certificates, X509, 0),
  ASN1_IMP_SET_OF_OPT (CeSignedData, crls, X509_CRL, 1),
  ASN1_SET_OF (CeSignedData, signers, CeSignerInfo),
} static_ASN1_SEQUENCE_END (CeSignedData)

ASN1_SEQUENCE (CeSignedMessage) = {
  ASN1_SIMPLE (CeSignedMessage, type, ASN1_OBJECT),
  ASN1_EXP (CeSignedMessage, data, CeSignedData, 0),
} ASN1_SEQUENCE_END (CeSignedMessage)

ASN1_SEQUENCE (CeCmcControl) = {
  ASN1_SIMPLE (CeCmcControl, id, ASN1_INTEGER),
  ASN1_SIMPLE (CeCmcControl, type, ASN1_OBJECT),
  ASN1_SET_OF (CeCmcControl, values, ASN1_ANY),
} ASN1_SEQUENCE_END (CeCmcControl)

ASN1_SEQUENCE (CeCmcRequest) = {
  ASN1_SIMPLE (CeCmcRequest, id, ASN1_INTEGER),
  ASN1_SIMPLE (CeCmcRequest, request, X509_REQ),
} ASN1_SEQUENCE_END (CeCmcRequest)

ASN1_CHOICE (CeCmcTaggedRequest) = {
  ASN1_IMP (CeCmcTaggedRequest, d.pkcs10, CeCmcRequest, 0),
} ASN1_CHOICE_END (CeCmcTaggedRequest)

ASN1_SEQUENCE (CePkiData) = {
  ASN1_SEQUENCE_OF (CePkiData, controls, CeCmcControl),
  ASN1_SEQUENCE_OF (CePkiData, requests, CeCmcTaggedRequest),
  ASN1_SEQUENCE_OF (CePkiData, cms, ASN1_ANY),
  ASN1_SEQUENCE_OF (CePkiData, other, ASN1_ANY),
} ASN1_SEQUENCE_END (CePkiData)

ASN1_ITEM_TEMPLATE (CeAttributeSet)
    = ASN1_EX_TEMPLATE_TYPE (ASN1_TFLG_SET_ORDER, 0, CeAttributeSet, X509_ATTRIBUTE)
ASN1_ITEM_TEMPLATE_END (CeAttributeSet)

IMPLEMENT_ASN1_FUNCTIONS (CeIssuerAndSerial)
IMPLEMENT_ASN1_FUNCTIONS (CeSignerInfo)
IMPLEMENT_ASN1_FUNCTIONS (CeSignedMessage)
IMPLEMENT_ASN1_FUNCTIONS (CeCmcControl)
IMPLEMENT_ASN1_FUNCTIONS (CeCmcRequest)
IMPLEMENT_ASN1_FUNCTIONS (CeCmcTaggedRequest)
IMPLEMENT_ASN1_FUNCTIONS (CePkiData)
