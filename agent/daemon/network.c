/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/daemon/network.h"

#include <errno.h>
#include <glib-unix.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct _CeNetwork
{
  void (*changed) (gpointer data);
  gpointer data;
  int fd; /* -1: nobody listens */
  guint source;
  GHashTable *known; /* while it listens */
};

GHashTable *
ce_network_known_new (void)
{
  return g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify) g_bytes_unref, NULL);
}

/* (nullable): @message ends too soon, or names no address. */
static GBytes *
read_address (const guint8 *message, gsize length)
{
  struct rtattr attribute;

  for (gsize at = NLMSG_SPACE (sizeof (struct ifaddrmsg)); at + sizeof attribute <= length;
       at += RTA_ALIGN (attribute.rta_len))
    {
      memcpy (&attribute, message + at, sizeof attribute);
      if (attribute.rta_len < sizeof attribute || attribute.rta_len > length - at)
        return NULL;
      if (attribute.rta_type == IFA_ADDRESS)
        return g_bytes_new (message + at + sizeof attribute, attribute.rta_len - sizeof attribute);
    }
  return NULL;
}

static gboolean
learn_one (GHashTable *known, guint16 type, const guint8 *message, gsize length)
{
  g_autoptr (GBytes) address = read_address (message, length);

  if (address != NULL && type == RTM_NEWADDR)
    return g_hash_table_add (known, g_steal_pointer (&address));
  if (address != NULL && type == RTM_DELADDR)
    g_hash_table_remove (known, address);
  return FALSE;
}

gboolean
ce_network_learn (GHashTable *known, const guint8 *messages, gsize length)
{
  struct nlmsghdr header;
  gboolean any = FALSE;

  while (length >= sizeof header)
    {
      memcpy (&header, messages, sizeof header);
      if (header.nlmsg_len < sizeof header || header.nlmsg_len > length)
        break;
      any |= learn_one (known, header.nlmsg_type, messages, header.nlmsg_len);
      messages += MIN (NLMSG_ALIGN (header.nlmsg_len), length);
      length -= MIN (NLMSG_ALIGN (header.nlmsg_len), length);
    }
  return any;
}

/* Messages that were lost, ENOBUFS, may have been of an address. */
static gboolean
read_all (int fd, GHashTable *known)
{
  guint8 buffer[8192];
  gboolean any = FALSE;
  gssize n;

  do
    {
      n = recv (fd, buffer, sizeof buffer, MSG_DONTWAIT);
      any |= n > 0 ? ce_network_learn (known, buffer, (gsize) n) : n < 0 && errno == ENOBUFS;
    }
  while (n > 0);
  return any;
}

static gboolean
on_readable (int fd, GIOCondition condition G_GNUC_UNUSED, gpointer data)
{
  CeNetwork *network = data;

  if (read_all (fd, network->known))
    network->changed (network->data);
  return G_SOURCE_CONTINUE;
}

static GHashTable *
addresses_now (void)
{
  GHashTable *known = ce_network_known_new ();
  struct ifaddrs *all = NULL;

  if (getifaddrs (&all) != 0)
    return known;
  for (const struct ifaddrs *one = all; one != NULL; one = one->ifa_next)
    {
      if (one->ifa_addr != NULL && one->ifa_addr->sa_family == AF_INET)
        g_hash_table_add (known,
                          g_bytes_new (&((const struct sockaddr_in *) (const void *) one->ifa_addr)->sin_addr,
                                       sizeof (struct in_addr)));
      else if (one->ifa_addr != NULL && one->ifa_addr->sa_family == AF_INET6)
        g_hash_table_add (
            known, g_bytes_new (&((const struct sockaddr_in6 *) (const void *) one->ifa_addr)->sin6_addr,
                                sizeof (struct in6_addr)));
    }
  freeifaddrs (all);
  return known;
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
      if (network->fd < 0)
        return;
      network->known = addresses_now ();
      network->source = g_unix_fd_add (network->fd, G_IO_IN, on_readable, network);
      return;
    }
  g_source_remove (network->source);
  close (network->fd);
  network->fd = -1;
  g_clear_pointer (&network->known, g_hash_table_unref);
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
