/* SPDX-License-Identifier: GPL-3.0-or-later */

/* vcardctl SOCKET COMMAND...: says one thing to a running vcard and prints its answer. */

#include "tests/vcard/buf.h"
#include "tests/vcard/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define EXIT_USAGE 64

static int
connect_to (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  if (strlen (path) >= sizeof address.sun_path)
    {
      errno = ENAMETOOLONG;
      return -1;
    }
  memcpy (address.sun_path, path, strlen (path) + 1);
  if (fd >= 0 && connect (fd, (const struct sockaddr *) &address, sizeof address) == 0)
    return fd;
  return -1;
}

static bool
send_command (int fd, int n_words, char **words)
{
  VC_AUTOBUF line = { 0 };

  for (int i = 0; i < n_words; i++)
    vc_buf_printf (&line, "%s%s", i > 0 ? " " : "", words[i]);
  vc_buf_append_byte (&line, '\n');
  return send (fd, line.data, line.len, MSG_NOSIGNAL) == (ssize_t) line.len;
}

static bool
receive_line (int fd, VcBuf *line)
{
  for (;;)
    {
      uint8_t chunk[4096];
      ssize_t got = recv (fd, chunk, sizeof chunk, 0);

      if (got <= 0)
        return false;
      vc_buf_append (line, chunk, (size_t) got);
      if (chunk[got - 1] == '\n')
        break;
    }
  line->data[line->len - 1] = '\0';
  return true;
}

static int
print_answer (const char *answer)
{
  if (strncmp (answer, "error ", 6) == 0)
    {
      (void) fprintf (stderr, "vcardctl: %s\n", answer + 6);
      return EXIT_FAILURE;
    }
  if (strncmp (answer, "ok ", 3) == 0)
    (void) puts (answer + 3);
  return EXIT_SUCCESS;
}

int
main (int argc, char **argv)
{
  VC_AUTOBUF answer = { 0 };
  int fd;

  if (argc < 3)
    {
      (void) fprintf (stderr, "Usage: vcardctl SOCKET COMMAND [ARGUMENT...]\n\nCommands:\n%s",
                      vc_control_help);
      return EXIT_USAGE;
    }
  fd = connect_to (argv[1]);
  if (fd < 0)
    {
      (void) fprintf (stderr, "vcardctl: no card answers at '%s': %s\n", argv[1], strerror (errno));
      return EXIT_FAILURE;
    }
  if (!send_command (fd, argc - 2, argv + 2) || !receive_line (fd, &answer))
    {
      (void) fprintf (stderr, "vcardctl: the card at '%s' went away\n", argv[1]);
      return EXIT_FAILURE;
    }
  (void) close (fd);
  return print_answer ((const char *) answer.data);
}
