/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pkcs11/pcsc.h"

#include <glib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Of both Debians' libpcsclite. */
#define SOCKET "/run/pcscd/pcscd.comm"

const char *
ce_pcsc_socket (void)
{
  const char *other = g_getenv ("PCSCLITE_CSOCK_NAME");

  return other != NULL ? other : SOCKET;
}

static gboolean
somebody_listens (void)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  gboolean listens;

  if (fd < 0)
    return FALSE;
  g_strlcpy (address.sun_path, ce_pcsc_socket (), sizeof address.sun_path);
  listens = connect (fd, (const struct sockaddr *) &address, sizeof address) == 0;
  close (fd);
  return listens;
}

LONG
ce_pcsc_establish (SCARDCONTEXT *ret_context)
{
  LONG rv = SCardEstablishContext (SCARD_SCOPE_SYSTEM, NULL, NULL, ret_context);

  /* It may have come only now. */
  if (rv == (LONG) SCARD_E_NO_SERVICE && somebody_listens ())
    {
      rv = SCardEstablishContext (SCARD_SCOPE_SYSTEM, NULL, NULL, ret_context);
      if (rv == (LONG) SCARD_E_NO_SERVICE)
        return SCARD_W_SECURITY_VIOLATION;
    }
  return rv == (LONG) SCARD_F_COMM_ERROR ? (LONG) SCARD_W_SECURITY_VIOLATION : rv;
}
