/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pkcs11/pcsc.h"

#include <glib.h>

#define TRIES 4

LONG
ce_pcsc_establish (SCARDCONTEXT *ret_context)
{
  LONG rv = SCARD_E_NO_SERVICE;

  /* A pcscd that hung up before the client had said anything looks like none at all. */
  for (guint i = 0; i < TRIES && rv == (LONG) SCARD_E_NO_SERVICE; i++)
    rv = SCardEstablishContext (SCARD_SCOPE_SYSTEM, NULL, NULL, ret_context);
  return rv == (LONG) SCARD_F_COMM_ERROR ? (LONG) SCARD_W_SECURITY_VIOLATION : rv;
}
