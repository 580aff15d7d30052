/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "agent/base/openssl.h"

/* SignedData of RFC 5652 and PKIData of RFC 5272 as far as requests need them. OpenSSL's own CMS cannot name
 * a signer without a certificate, compares private keys with certificates, and may sign to learn a length. */

typedef struct
{
  X509_NAME *issuer;
  ASN1_INTEGER *serial;
} CeIssuerAndSerial;

typedef struct
{
  int type; /* 0: issuer, 1: key_id */
  union
  {
    CeIssuerAndSerial *issuer;
    ASN1_OCTET_STRING *key_id;
  } d;
} CeSignerId;

typedef struct
{
  ASN1_INTEGER *version;
  CeSignerId *id;
  X509_ALGOR *digest;
  STACK_OF (X509_ATTRIBUTE) * signed_attributes;
  X509_ALGOR *algorithm;
  ASN1_OCTET_STRING *signature;
  STACK_OF (X509_ATTRIBUTE) * unsigned_attributes;
} CeSignerInfo;

DEFINE_STACK_OF (CeSignerInfo)

typedef struct
{
  ASN1_OBJECT *type;
  ASN1_OCTET_STRING *bytes;
} CeContent;

typedef struct
{
  ASN1_INTEGER *version;
  STACK_OF (X509_ALGOR) * digests;
  CeContent *content;
  STACK_OF (X509) * certificates;
  STACK_OF (X509_CRL) * crls;
  STACK_OF (CeSignerInfo) * signers;
} CeSignedData;

typedef struct
{
  ASN1_OBJECT *type;
  CeSignedData *data;
} CeSignedMessage;

typedef struct
{
  ASN1_INTEGER *id;
  ASN1_OBJECT *type;
  STACK_OF (ASN1_TYPE) * values;
} CeCmcControl;

DEFINE_STACK_OF (CeCmcControl)

typedef struct
{
  ASN1_INTEGER *id;
  X509_REQ *request;
} CeCmcRequest;

typedef struct
{
  int type; /* 0 */
  union
  {
    CeCmcRequest *pkcs10;
  } d;
} CeCmcTaggedRequest;

DEFINE_STACK_OF (CeCmcTaggedRequest)

typedef struct
{
  STACK_OF (CeCmcControl) * controls;
  STACK_OF (CeCmcTaggedRequest) * requests;
  STACK_OF (ASN1_TYPE) * cms;
  STACK_OF (ASN1_TYPE) * other;
} CePkiData;

DECLARE_ASN1_FUNCTIONS (CeIssuerAndSerial)
DECLARE_ASN1_FUNCTIONS (CeSignerInfo)
DECLARE_ASN1_FUNCTIONS (CeSignedMessage)
DECLARE_ASN1_FUNCTIONS (CeCmcControl)
DECLARE_ASN1_FUNCTIONS (CeCmcRequest)
DECLARE_ASN1_FUNCTIONS (CeCmcTaggedRequest)
DECLARE_ASN1_FUNCTIONS (CePkiData)
/* A SET OF Attribute by itself, as it is signed. */
DECLARE_ASN1_ITEM (CeAttributeSet)

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeSignerInfo, CeSignerInfo_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeSignedMessage, CeSignedMessage_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeCmcControl, CeCmcControl_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeCmcTaggedRequest, CeCmcTaggedRequest_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CePkiData, CePkiData_free)
