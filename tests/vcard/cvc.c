/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/vcard/cvc.h"
#include "tests/vcard/keys.h"
#include "tests/vcard/tlv.h"

#include <stdio.h>

#define TAG_OID 0x06
#define TAG_MODULUS 0x81
#define TAG_EXPONENT 0x82
#define TAG_POINT 0x86
#define TAG_COFACTOR 0x87

/* id-TA-ECDSA-SHA-256 */
static const uint8_t ecdsa_sha256[] = { 0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x02, 0x02, 0x03 };

static VcBytes
holder_reference (const char *serial, char text[32])
{
  (void) snprintf (text, 32, "%.16s00001", serial);
  return vc_bytes_from_text (text);
}

/* 7F21 { body, signature of the body by @signer } */
static bool
append_certificate (VcBuf *out, VcBytes authority, VcBytes public_key, VcBytes holder, EVP_PKEY *signer)
{
  VC_AUTOBUF fields = { 0 };
  VC_AUTOBUF content = { 0 };
  VC_AUTOBUF signature = { 0 };
  const uint8_t profile = 0;

  vc_tlv_append (&fields, VC_TAG_PROFILE, (VcBytes){ &profile, 1 });
  vc_tlv_append (&fields, VC_TAG_CAR, authority);
  vc_tlv_append (&fields, VC_TAG_PUBLIC_KEY, public_key);
  vc_tlv_append (&fields, VC_TAG_CHR, holder);
  vc_tlv_append (&content, VC_TAG_CVC_BODY, vc_buf_bytes (&fields));
  if (!vc_key_sign_cvc (signer, vc_buf_bytes (&content), &signature))
    return false;
  vc_tlv_append (&content, VC_TAG_SIGNATURE, vc_buf_bytes (&signature));
  vc_tlv_append (out, VC_TAG_CVC, vc_buf_bytes (&content));
  return true;
}

static bool
append_rsa_public_key (VcBuf *out, const EVP_PKEY *key, VcBytes template_public_key)
{
  VC_AUTOBUF modulus = { 0 };
  VC_AUTOBUF exponent = { 0 };
  VcBytes oid;

  if (!vc_tlv_find (template_public_key, TAG_OID, &oid) || !vc_key_append_modulus (key, &modulus)
      || !vc_key_append_exponent (key, &exponent))
    return false;
  vc_tlv_append (out, TAG_OID, oid);
  vc_tlv_append (out, TAG_MODULUS, vc_buf_bytes (&modulus));
  vc_tlv_append (out, TAG_EXPONENT, vc_buf_bytes (&exponent));
  return true;
}

static bool
append_ec_public_key (VcBuf *out, const EVP_PKEY *key, VcBytes template_public_key)
{
  VC_AUTOBUF point = { 0 };
  VcBytes rest = template_public_key;
  VcBytes value;
  unsigned tag;
  bool placed = false;

  if (!vc_key_append_point (key, &point))
    return false;
  while (vc_tlv_next (&rest, &tag, &value))
    {
      if (tag == TAG_POINT)
        continue;
      if (tag == TAG_COFACTOR && !placed)
        {
          vc_tlv_append (out, TAG_POINT, vc_buf_bytes (&point));
          placed = true;
        }
      vc_tlv_append (out, tag, value);
    }
  if (!placed)
    vc_tlv_append (out, TAG_POINT, vc_buf_bytes (&point));
  return true;
}

bool
vc_cvc_append_device (VcBuf *out, EVP_PKEY *device_key, const char *serial)
{
  VC_AUTOBUF public_key = { 0 };
  VC_AUTOBUF point = { 0 };
  char holder[32];

  if (!vc_key_append_point (device_key, &point))
    return false;
  vc_tlv_append (&public_key, TAG_OID, (VcBytes){ ecdsa_sha256, sizeof ecdsa_sha256 });
  vc_tlv_append (&public_key, TAG_POINT, vc_buf_bytes (&point));
  return append_certificate (out, vc_bytes_from_text ("VCARDCA00001"), vc_buf_bytes (&public_key),
                             holder_reference (serial, holder), device_key);
}

bool
vc_cvc_append_request (VcBuf *out, EVP_PKEY *key, VcBytes template_public_key, VcBytes holder,
                       EVP_PKEY *device_key, const char *serial)
{
  VC_AUTOBUF public_key = { 0 };
  VC_AUTOBUF content = { 0 };
  VC_AUTOBUF signature = { 0 };
  char device[32];

  if (!(vc_key_is_rsa (key) ? append_rsa_public_key (&public_key, key, template_public_key)
                            : append_ec_public_key (&public_key, key, template_public_key))
      || !append_certificate (&content, vc_bytes_from_text ("UTCA00001"), vc_buf_bytes (&public_key), holder,
                              key))
    return false;
  vc_tlv_append (&content, VC_TAG_CAR, holder_reference (serial, device));
  if (!vc_key_sign_cvc (device_key, vc_buf_bytes (&content), &signature))
    return false;
  vc_tlv_append (&content, VC_TAG_SIGNATURE, vc_buf_bytes (&signature));
  vc_tlv_append (out, VC_TAG_REQUEST, vc_buf_bytes (&content));
  return true;
}
