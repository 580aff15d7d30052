/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <winscard.h>

/* Where pcscd listens. */
const char *ce_pcsc_socket (void);

/**
 * ce_pcsc_establish:
 * @ret_context: (out): to be given back with SCardReleaseContext()
 *
 * SCardEstablishContext() that tells a pcscd which is away from one that lets nobody in. Where polkit says no,
 * pcscd hangs up on the new client without a word, and libpcsclite calls that a refusal, a broken connection or
 * no service at all, depending on how much was sent by then (PCSC: src/winscard_svc.c, ContextThread;
 * src/winscard_msg.c).
 *
 * Blocks as long as pcscd does. Returns: SCARD_S_SUCCESS, SCARD_W_SECURITY_VIOLATION where pcscd hung up, or what
 * libpcsclite said.
 */
LONG ce_pcsc_establish (SCARDCONTEXT *ret_context);
