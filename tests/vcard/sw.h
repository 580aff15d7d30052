/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* Status words. Source: ISO/IEC 7816-4, 5.6. */

#include <stdint.h>

typedef uint16_t VcStatus;

#define VC_SW_OK 0x9000
#define VC_SW_END_OF_FILE 0x6282
#define VC_SW_TRIES_LEFT(n) ((VcStatus) (0x63C0 | ((n) &0x0F)))
#define VC_SW_MEMORY_FAILURE 0x6581
#define VC_SW_WRONG_LENGTH 0x6700
#define VC_SW_NOT_AUTHENTICATED 0x6982
#define VC_SW_PIN_LOCKED 0x6983
#define VC_SW_NOT_INITIALISED 0x6984
#define VC_SW_CONDITIONS 0x6985
#define VC_SW_NO_CURRENT_FILE 0x6986
#define VC_SW_WRONG_DATA 0x6A80
#define VC_SW_NOT_SUPPORTED 0x6A81
#define VC_SW_FILE_NOT_FOUND 0x6A82
#define VC_SW_NO_ROOM 0x6A84
#define VC_SW_WRONG_P1P2 0x6A86
#define VC_SW_KEY_NOT_FOUND 0x6A88
#define VC_SW_WRONG_OFFSET 0x6B00
#define VC_SW_UNKNOWN_INS 0x6D00
#define VC_SW_UNKNOWN_CLA 0x6E00
#define VC_SW_INTERNAL 0x6F00
