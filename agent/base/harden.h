/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/**
 * No core dump of this process, no new privileges for it or its children. Called first in main() of every
 * program that handles a PIN.
 */
void ce_harden_process (void);
