/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* What the tests of the card share: cards ready to use, and commands written as hexadecimal. */

#include "tests/vcard/apdu.h"

#include <glib.h>

#define VC_TEST_PIN "648219"
#define VC_TEST_SO_PIN "57621880"
#define VC_SELECT "00A404000BE82B0601040181C31F020100"
#define VC_VERIFY "0020008106363438323139"

/* An initialised, empty card. */
VcCard *vc_test_card (void);

/* The same, selected and logged in. */
VcCard *vc_test_card_ready (void);

/* Sends @hex. Answer data goes to @out (nullable). Returns the status word. */
VcStatus vc_test_send (VcCard *card, const char *hex, VcBuf *out);
VcStatus vc_test_send_bytes (VcCard *card, VcBytes command, VcBuf *out);

/* Appends an extended command with @data. */
void vc_test_build (VcBuf *out, const char *header_hex, VcBytes data, unsigned le);

/* Sends GENERATE KEY PAIR for key @number, RSA of @bits. */
VcStatus vc_test_generate_rsa (VcCard *card, uint8_t number, unsigned bits, VcBuf *out);

/* Sends GENERATE KEY PAIR for key @number on the curve named so by OpenSSL. */
VcStatus vc_test_generate_ec (VcCard *card, uint8_t number, const char *curve, VcBuf *out);

void vc_test_hex (const char *hex, VcBuf *out);

#define vc_assert_bytes(a, b) g_assert_true (vc_bytes_equal ((a), (b)))
#define vc_assert_sw(got, expected) g_assert_cmphex ((got), ==, (expected))
