/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/vcard/vpcd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEADER 2
#define SEND_TIMEOUT_MS 10000

static struct sockaddr_in
loopback (uint32_t host, unsigned port)
{
  return (struct sockaddr_in){ .sin_family = AF_INET,
                               .sin_port = htons ((uint16_t) port),
                               .sin_addr.s_addr = htonl (INADDR_LOOPBACK + host) };
}

/* From 127.0.0.2 to 127.0.0.1: vpcd's port is in the range of ephemeral ports, and with one address for both
 * ends a socket that asks often enough while nobody listens connects to itself. */
static bool
connect_socket (int fd, unsigned port)
{
  struct sockaddr_in from = loopback (1, 0);
  struct sockaddr_in to = loopback (0, port);
  int one = 1;

  (void) setsockopt (fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
  (void) setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return bind (fd, (const struct sockaddr *) &from, sizeof from) == 0
         && connect (fd, (const struct sockaddr *) &to, sizeof to) == 0
         && fcntl (fd, F_SETFL, O_NONBLOCK) == 0;
}

int
vc_vpcd_connect (unsigned port)
{
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  if (fd >= 0 && !connect_socket (fd, port))
    {
      (void) close (fd);
      return -1;
    }
  return fd;
}

bool
vc_vpcd_receive (int fd, VcBuf *in)
{
  uint8_t chunk[8192];
  int one = 1;
  ssize_t got;

  /* vpcd sends length and body in two segments: without this each exchange waits 40 ms for a delayed
   * acknowledgement. The kernel forgets the option, so it is set each time. */
  (void) setsockopt (fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof one);
  got = recv (fd, chunk, sizeof chunk, 0);
  if (got > 0)
    vc_buf_append (in, chunk, (size_t) got);
  return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

bool
vc_vpcd_peek (const VcBuf *in, VcBytes *ret_message)
{
  size_t len;

  if (in->len < HEADER)
    return false;
  len = vc_u16 (in->data);
  if (in->len < HEADER + len)
    return false;
  *ret_message = (VcBytes){ in->data + HEADER, len };
  return true;
}

void
vc_vpcd_drop (VcBuf *in, VcBytes message)
{
  vc_buf_consume (in, HEADER + message.len);
}

static bool
send_all (int fd, VcBytes bytes)
{
  while (bytes.len > 0)
    {
      ssize_t sent = send (fd, bytes.data, bytes.len, MSG_NOSIGNAL);
      struct pollfd wait = { .fd = fd, .events = POLLOUT };

      if (sent > 0)
        bytes = (VcBytes){ bytes.data + sent, bytes.len - (size_t) sent };
      else if (errno == EAGAIN && poll (&wait, 1, SEND_TIMEOUT_MS) <= 0)
        return false;
      else if (errno != EAGAIN && errno != EINTR)
        return false;
    }
  return true;
}

bool
vc_vpcd_send (int fd, VcBytes message)
{
  VC_AUTOBUF framed = { 0 };

  if (message.len > 0xFFFF)
    return false;
  vc_buf_append_u16 (&framed, (unsigned) message.len);
  vc_buf_append_bytes (&framed, message);
  return send_all (fd, vc_buf_bytes (&framed));
}
