/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/vcard/loop.h"
#include "tests/vcard/control.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define MAX_CLIENTS 16
#define MAX_LINE 8192
#define RECONNECT_MS 50
#define SEND_TIMEOUT_S 5

typedef struct
{
  int fd; /* -1: free */
  VcBuf line;
} Client;

struct VcLoop
{
  VcReader *reader;
  int signal_fd;
  int listen_fd; /* -1: no control socket */
  char *socket_path;
  Client clients[MAX_CLIENTS];
};

static int
listen_at (const char *path, VcError *error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  struct stat status;
  mode_t mask;
  bool bound;
  int fd;

  if (strlen (path) >= sizeof address.sun_path)
    {
      vc_error_set (error, "control socket '%s': the path is longer than %zu characters", path,
                    sizeof address.sun_path - 1);
      return -1;
    }
  memcpy (address.sun_path, path, strlen (path) + 1);
  if (lstat (path, &status) == 0 && S_ISSOCK (status.st_mode))
    (void) unlink (path);
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  mask = umask (0177);
  bound
      = fd >= 0 && bind (fd, (const struct sockaddr *) &address, sizeof address) == 0 && listen (fd, 8) == 0;
  (void) umask (mask);
  if (bound)
    return fd;
  vc_error_set (error, "control socket '%s': %s", path, strerror (errno));
  if (fd >= 0)
    (void) close (fd);
  return -1;
}

static int
open_signals (void)
{
  sigset_t signals;

  (void) sigemptyset (&signals);
  (void) sigaddset (&signals, SIGTERM);
  (void) sigaddset (&signals, SIGINT);
  (void) sigaddset (&signals, SIGHUP);
  (void) sigprocmask (SIG_BLOCK, &signals, NULL);
  return signalfd (-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void
send_answer (int fd, VcBytes answer)
{
  while (answer.len > 0)
    {
      ssize_t sent = send (fd, answer.data, answer.len, MSG_NOSIGNAL);

      if (sent <= 0)
        return;
      answer = (VcBytes){ answer.data + sent, answer.len - (size_t) sent };
    }
}

static void
close_client (Client *client)
{
  (void) close (client->fd);
  client->fd = -1;
  vc_buf_clear (&client->line);
}

static void
accept_client (VcLoop *loop)
{
  struct timeval timeout = { .tv_sec = SEND_TIMEOUT_S };
  int fd = accept4 (loop->listen_fd, NULL, NULL, SOCK_CLOEXEC);

  if (fd < 0)
    return;
  (void) setsockopt (fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
  for (size_t i = 0; i < MAX_CLIENTS; i++)
    if (loop->clients[i].fd < 0)
      {
        loop->clients[i].fd = fd;
        return;
      }
  (void) close (fd);
}

/* Carries out each whole line. False when the client sends what is no line. */
static bool
handle_lines (VcLoop *loop, Client *client)
{
  for (;;)
    {
      VC_AUTOBUF answer = { 0 };
      uint8_t *newline = client->line.len > 0 ? memchr (client->line.data, '\n', client->line.len) : NULL;

      if (newline == NULL)
        return client->line.len < MAX_LINE;
      *newline = '\0';
      vc_control_execute (loop->reader, (const char *) client->line.data, &answer);
      vc_buf_consume (&client->line, (size_t) (newline + 1 - client->line.data));
      send_answer (client->fd, vc_buf_bytes (&answer));
    }
}

static void
read_client (VcLoop *loop, Client *client)
{
  uint8_t chunk[1024];
  ssize_t got = recv (client->fd, chunk, sizeof chunk, MSG_DONTWAIT);

  if (got < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if (got > 0)
    vc_buf_append (&client->line, chunk, (size_t) got);
  if (got <= 0 || !handle_lines (loop, client))
    close_client (client);
}

static void
read_signals (VcLoop *loop)
{
  struct signalfd_siginfo info;

  while (read (loop->signal_fd, &info, sizeof info) == (ssize_t) sizeof info)
    {
      vc_reader_eject (loop->reader);
      loop->reader->quit = true;
    }
}

/* One wait for whoever speaks first. The card's own descriptor is left out while it carries out a command. */
static void
serve_once (VcLoop *loop, bool with_card, int timeout_ms)
{
  struct pollfd fds[MAX_CLIENTS + 4] = { 0 };
  struct pollfd *signals = &fds[MAX_CLIENTS], *control = &fds[MAX_CLIENTS + 1], *card = &fds[MAX_CLIENTS + 2];
  struct pollfd *farewell = &fds[MAX_CLIENTS + 3];

  for (size_t i = 0; i < MAX_CLIENTS; i++)
    fds[i] = (struct pollfd){ .fd = loop->clients[i].fd, .events = POLLIN };
  *signals = (struct pollfd){ .fd = loop->signal_fd, .events = POLLIN };
  *control = (struct pollfd){ .fd = loop->listen_fd, .events = POLLIN };
  *card = (struct pollfd){ .fd = with_card ? loop->reader->fd : -1, .events = POLLIN };
  *farewell = (struct pollfd){ .fd = loop->reader->farewell.fd, .events = POLLIN };
  if (poll (fds, MAX_CLIENTS + 4, timeout_ms) <= 0)
    return;
  if (signals->revents != 0)
    read_signals (loop);
  for (size_t i = 0; i < MAX_CLIENTS; i++)
    if (fds[i].revents != 0)
      read_client (loop, &loop->clients[i]);
  if (control->revents != 0)
    accept_client (loop);
  if (farewell->revents != 0 && loop->reader->farewell.fd == farewell->fd)
    vc_farewell_receive (&loop->reader->farewell);
  /* A command above may have pulled the card. */
  if (card->revents != 0 && loop->reader->fd == card->fd)
    vc_reader_receive (loop->reader);
}

static void
pause_card (void *data, unsigned ms)
{
  serve_once (data, false, (int) ms);
}

void
vc_loop_run (VcLoop *loop)
{
  VcReader *reader = loop->reader;

  while (!reader->quit)
    {
      int timeout_ms = vc_reader_connect_due_ms (reader);

      if (timeout_ms == 0)
        timeout_ms = vc_reader_connect (reader) ? -1 : RECONNECT_MS;
      serve_once (loop, true, timeout_ms);
      vc_reader_process (reader);
    }
}

VcLoop *
vc_loop_new (VcReader *reader, const char *socket_path, VcError *error)
{
  VcLoop *loop = calloc (1, sizeof *loop);

  if (loop == NULL)
    abort ();
  loop->reader = reader;
  loop->listen_fd = -1;
  for (size_t i = 0; i < MAX_CLIENTS; i++)
    loop->clients[i].fd = -1;
  reader->pause = pause_card;
  reader->pause_data = loop;
  loop->signal_fd = open_signals ();
  if (socket_path != NULL)
    {
      loop->listen_fd = listen_at (socket_path, error);
      loop->socket_path = strdup (socket_path);
      if (loop->listen_fd < 0)
        {
          vc_loop_free (loop);
          return NULL;
        }
    }
  return loop;
}

void
vc_loop_free (VcLoop *loop)
{
  if (loop == NULL)
    return;
  for (size_t i = 0; i < MAX_CLIENTS; i++)
    if (loop->clients[i].fd >= 0)
      close_client (&loop->clients[i]);
  if (loop->listen_fd >= 0)
    {
      (void) close (loop->listen_fd);
      (void) unlink (loop->socket_path);
    }
  if (loop->signal_fd >= 0)
    (void) close (loop->signal_fd);
  loop->reader->pause = NULL;
  free (loop->socket_path);
  free (loop);
}
