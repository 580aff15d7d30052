/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* New cards as files, without a reader. */

#include "tests/vcard/card.h"

/**
 * vc_make_card:
 * @path: where to put it; refused when something is there
 * @label: (nullable): token label, at most VC_LABEL_MAX bytes
 * @pin_path: (nullable): a file of two lines, user PIN and SO-PIN (16 hexadecimal digits). With it the card
 * is as after `sc-hsm-tool --initialize`; without it as it left the factory
 */
bool vc_make_card (const char *path, const char *serial, const char *label, const char *pin_path,
                   VcError *error);
