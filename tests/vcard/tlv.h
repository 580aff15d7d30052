/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * BER-TLV as smart cards use it: tags of one or two bytes, definite lengths of up to 65535.
 * Source: ISO/IEC 7816-4, 5.2.2.
 */

#include "tests/vcard/buf.h"

/**
 * vc_tlv_next:
 * @rest: (inout): what is still to be read; moves past the object
 * @ret_tag: (out): one or two bytes, e.g. 0x53 or 0x7F49
 * @ret_value: (out): the value, inside @rest
 *
 * Returns: false at the end, and for an object that is cut off or malformed; @rest then stays.
 */
bool vc_tlv_next (VcBytes *rest, unsigned *ret_tag, VcBytes *ret_value);

/* The first object with @tag at the top level of @list; false when there is none. */
bool vc_tlv_find (VcBytes list, unsigned tag, VcBytes *ret_value);

/* Appends an object with the shortest length. @value.len is at most 65535. */
void vc_tlv_append (VcBuf *buf, unsigned tag, VcBytes value);
