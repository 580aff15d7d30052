/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "agent/base/shuffle.h"

/* A host that DNS names for a service. Source: RFC 2782. */
typedef struct
{
  char *host;
  guint16 priority;
  guint16 weight;
  guint16 port;
} CeSrv;

CeSrv *ce_srv_new (const char *host, guint16 priority, guint16 weight, guint16 port);
void ce_srv_free (CeSrv *srv);

/* Letters, digits, hyphens and dots only, at most 255 bytes. */
gboolean ce_is_host_name (const char *name);

/**
 * ce_srv_order:
 * @records: of CeSrv; sorted in place: lower priority first; within one priority by a weighted draw
 */
void ce_srv_order (GPtrArray *records, CeDraw draw);

/* The answer to an SRV query: @bytes is a whole DNS message, hostile. (transfer full): of CeSrv, maybe empty.
 */
GPtrArray *ce_srv_parse (const guint8 *bytes, gsize length);

/* Lets every host name look-up of this thread give up after two seconds a name server: libldap asks for the
 * names of both sides, several times, and would wait for twenty each where DNS does not answer. */
void ce_limit_resolver (void);

/**
 * ce_locate_controllers:
 * @domain: DNS name of an AD domain
 *
 * Blocks on DNS, at most some six seconds. Host names in the order in which to try them; an error and never
 * an empty list. Errors: DIRECTORY_UNREACHABLE (no such name, no answer), MISCONFIGURED (not a domain name).
 */
GStrv ce_locate_controllers (const char *domain, GError **error);
