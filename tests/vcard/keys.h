/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * What a key on the card can do. All work is libcrypto's; nothing here touches files or PINs.
 */

#include "tests/vcard/buf.h"
#include "tests/vcard/sw.h"

/* Called again and again while a key is being generated; false gives it up. */
typedef bool (*VcKeepGoing) (void *data);

/* Algorithm identifiers as the applet numbers them (P2 of SIGN and DECIPHER); the low nibble is the hash. */
#define VC_ALG_RSA_RAW 0x20
#define VC_ALG_RSA_DECIPHER 0x21
#define VC_ALG_RSA_PKCS1 0x30
#define VC_ALG_RSA_PSS 0x40
#define VC_ALG_ECDSA 0x70
#define VC_ALG_ECDH 0x80

/**
 * vc_key_generate_rsa:
 * @bits: 1024, 1536, 2048, 3072 or 4096, as the real card offers
 * @exponent: public exponent, big endian; odd, at most eight bytes
 * @keep_going: (nullable): asked between candidates
 * @ret_status: (out): why there is no key
 *
 * Returns: (transfer full) (nullable): the key
 */
EVP_PKEY *vc_key_generate_rsa (unsigned bits, VcBytes exponent, VcKeepGoing keep_going, void *data,
                               VcStatus *ret_status);

/**
 * vc_key_generate_ec:
 * @prime: p of the wanted curve, big endian
 * @coefficient_a: a of the wanted curve, big endian
 *
 * Returns: (transfer full) (nullable): a key on the curve with these parameters
 */
EVP_PKEY *vc_key_generate_ec (VcBytes prime, VcBytes coefficient_a, VcStatus *ret_status);

/* The curve by its OpenSSL name; for the card's own device key. */
EVP_PKEY *vc_key_generate_named_curve (const char *curve);

bool vc_key_is_rsa (const EVP_PKEY *key);
bool vc_key_is_ec (const EVP_PKEY *key);

/* Appends the modulus, the public exponent, or the uncompressed public point. */
bool vc_key_append_modulus (const EVP_PKEY *key, VcBuf *out);
bool vc_key_append_exponent (const EVP_PKEY *key, VcBuf *out);
bool vc_key_append_point (const EVP_PKEY *key, VcBuf *out);

/**
 * vc_key_sign:
 * @algorithm: VC_ALG_RSA_RAW (a whole block), or _PKCS1, _PSS, _ECDSA: alone for a hash (PKCS1: a DigestInfo)
 *   made outside, plus 1 to 5 (SHA-1, -224, -256, -384, -512) for a hash made by the card
 * @out: the signature is appended; ECDSA as DER SEQUENCE of r and s
 */
VcStatus vc_key_sign (EVP_PKEY *key, unsigned algorithm, VcBytes input, VcBuf *out);

/**
 * vc_key_decipher:
 * @algorithm: VC_ALG_RSA_DECIPHER (raw, the caller takes the padding off) or VC_ALG_ECDH (@input is the
 *   other side's uncompressed point, and the whole resulting point comes back)
 */
VcStatus vc_key_decipher (EVP_PKEY *key, unsigned algorithm, VcBytes input, VcBuf *out);

/* A SHA-256 signature as card verifiable certificates carry it: PKCS#1 v1.5, or r and s side by side. */
bool vc_key_sign_cvc (EVP_PKEY *key, VcBytes input, VcBuf *out);

/* Private key to DER and back; the latter takes RSA and EC only. */
bool vc_key_append_der (const EVP_PKEY *key, VcBuf *out);
EVP_PKEY *vc_key_from_der (VcBytes der);
