/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * Card verifiable certificates: how the applet hands out public keys and its own serial number.
 * Source: BSI TR-03110-3, appendix C (profile) and D (data objects).
 */

#include "tests/vcard/buf.h"

#define VC_TAG_CVC 0x7F21
#define VC_TAG_CVC_BODY 0x7F4E
#define VC_TAG_PROFILE 0x5F29
#define VC_TAG_CAR 0x42
#define VC_TAG_PUBLIC_KEY 0x7F49
#define VC_TAG_CHR 0x5F20
#define VC_TAG_SIGNATURE 0x5F37
#define VC_TAG_REQUEST 0x67

/**
 * vc_cvc_append_device:
 * @serial: the token's serial number; the certificate names it with "00001" behind
 *
 * Appends the content of EF C_DevAut (2F02).
 */
bool vc_cvc_append_device (VcBuf *out, EVP_PKEY *device_key, const char *serial);

/**
 * vc_cvc_append_request:
 * @template_public_key: content of 7F49 as the terminal asked for it; its domain parameters are echoed
 * @holder: certificate holder reference that the terminal asked for
 *
 * Appends the answer to GENERATE ASYMMETRIC KEY PAIR: a request signed by the new key, in an envelope signed
 * by the device key.
 */
bool vc_cvc_append_request (VcBuf *out, EVP_PKEY *key, VcBytes template_public_key, VcBytes holder,
                            EVP_PKEY *device_key, const char *serial);
