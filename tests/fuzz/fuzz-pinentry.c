/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <glib-unix.h>
#include <unistd.h>

#include "agent/prompt/assuan.h"

/* Less than a pipe holds, so that all of it is there before anything is read. */
#define MAX_SIZE 60000

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (CeAssuan) assuan = NULL;
  g_auto (CeAssuanReply) described = { 0 };
  g_auto (CeAssuanReply) reply = { 0 };
  g_autoptr (CePin) pin = NULL;
  int ends[2];

  if (size > MAX_SIZE || !g_unix_open_pipe (ends, FD_CLOEXEC, NULL))
    return 0;
  if (write (ends[1], data, size) != (gssize) size)
    g_error ("the pipe is full");
  close (ends[1]);
  assuan = ce_assuan_new_for_pipes (open ("/dev/null", O_WRONLY | O_CLOEXEC), ends[0], 10, NULL);
  if (assuan != NULL && ce_assuan_ask (assuan, "SETDESC", "PIN\n100%", &described, NULL, NULL))
    (void) ce_assuan_ask (assuan, "GETPIN", NULL, &reply, &pin, NULL);
  return 0;
}
