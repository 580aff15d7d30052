/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/daemon/network.h"

#include <errno.h>
#include <glib-unix.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct _CeNetwork
{
  void (*changed) (gpointer data);
  gpointer data;
  int fd; /* -1: nobody listens */
  guint source;
};

gboolean
ce_network_has_address (const guint8 *messages, gsize length)
{
  struct nlmsghdr header;

  while (length >= sizeof header)
    {
      memcpy (&header, messages, sizeof header);
      if (header.nlmsg_len < sizeof header || header.nlmsg_len > length)
        return FALSE;
      if (header.nlmsg_type == RTM_NEWADDR)
        return TRUE;
      messages += MIN (NLMSG_ALIGN (header.nlmsg_len), length);
      length -= MIN (NLMSG_ALIGN (header.nlmsg_len), length);
    }
  return FALSE;
}

/* Messages that were lost, ENOBUFS, may have been of an address. */
static gboolean
read_all (int fd)
{
  guint8 buffer[8192];
  gboolean any = FALSE;
  gssize n;

  do
    {
      n = recv (fd, buffer, sizeof buffer, MSG_DONTWAIT);
      any |= n > 0 ? ce_network_has_address (buffer, (gsize) n) : n < 0 && errno == ENOBUFS;
    }
  while (n > 0);
  return any;
}

static gboolean
on_readable (int fd, GIOCondition condition G_GNUC_UNUSED, gpointer data)
{
  CeNetwork *network = data;

  if (read_all (fd))
    network->changed (network->data);
  return G_SOURCE_CONTINUE;
}

static int
open_socket (void)
{
  const struct sockaddr_nl address
      = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR };
  int fd = socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

  if (fd < 0 || bind (fd, (const struct sockaddr *) &address, sizeof address) == 0)
    return fd;
  close (fd);
  return -1;
}

void
ce_network_listen (CeNetwork *network, gboolean wanted)
{
  if (wanted == (network->fd >= 0))
    return;
  if (wanted)
    {
      network->fd = open_socket ();
      if (network->fd >= 0)
        network->source = g_unix_fd_add (network->fd, G_IO_IN, on_readable, network);
      return;
    }
  g_source_remove (network->source);
  close (network->fd);
  network->fd = -1;
}

CeNetwork *
ce_network_new (void (*changed) (gpointer data), gpointer data)
{
  CeNetwork *network = g_new0 (CeNetwork, 1);

  network->changed = changed;
  network->data = data;
  network->fd = -1;
  return network;
}

void
ce_network_free (CeNetwork *network)
{
  if (network == NULL)
    return;
  ce_network_listen (network, FALSE);
  g_free (network);
}
