/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/sources/locate.h"

#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <string.h>

#include "agent/base/error.h"

#define MAX_ANSWER_BYTES 65536
#define MAX_RECORDS 64
#define MAX_CONTROLLERS 5
#define SRV_FIXED_BYTES 6
#define QUERY_TIMEOUT_S 2
#define QUERY_TRIES 1

CeSrv *
ce_srv_new (const char *host, guint16 priority, guint16 weight, guint16 port)
{
  CeSrv *srv = g_new0 (CeSrv, 1);

  srv->host = g_strdup (host);
  srv->priority = priority;
  srv->weight = weight;
  srv->port = port;
  return srv;
}

void
ce_srv_free (CeSrv *srv)
{
  g_free (srv->host);
  g_free (srv);
}

gboolean
ce_is_host_name (const char *name)
{
  gsize length = strlen (name);

  if (length == 0 || length > 255 || name[0] == '.' || name[0] == '-')
    return FALSE;
  for (const char *p = name; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && *p != '-' && *p != '.' && *p != '_')
      return FALSE;
  return TRUE;
}

/* The index of the record that @draw picks among [from, to), by weight. */
static guint
pick (const GPtrArray *records, guint from, guint to, CeDraw draw)
{
  guint32 sum = 0, drawn;

  for (guint i = from; i < to; i++)
    sum += ((CeSrv *) g_ptr_array_index (records, i))->weight + 1u;
  drawn = draw (sum - 1);
  for (guint i = from; i < to; i++)
    {
      guint32 share = ((CeSrv *) g_ptr_array_index (records, i))->weight + 1u;

      if (drawn < share)
        return i;
      drawn -= share;
    }
  return to - 1;
}

static int
by_priority (gconstpointer a, gconstpointer b)
{
  const CeSrv *x = *(const CeSrv *const *) a, *y = *(const CeSrv *const *) b;

  return x->priority != y->priority ? (int) x->priority - (int) y->priority : strcmp (x->host, y->host);
}

void
ce_srv_order (GPtrArray *records, CeDraw draw)
{
  g_ptr_array_sort (records, by_priority);
  for (guint i = 0; i < records->len; i++)
    {
      guint16 priority = ((CeSrv *) g_ptr_array_index (records, i))->priority;
      guint end = i + 1, picked;
      gpointer here = g_ptr_array_index (records, i);

      while (end < records->len && ((CeSrv *) g_ptr_array_index (records, end))->priority == priority)
        end++;
      picked = pick (records, i, end, draw);
      g_ptr_array_index (records, i) = g_ptr_array_index (records, picked);
      g_ptr_array_index (records, picked) = here;
    }
}

static CeSrv *
parse_record (const ns_msg *message, const ns_rr *record)
{
  const guint8 *data = ns_rr_rdata (*record);
  char host[NS_MAXDNAME];

  if (ns_rr_type (*record) != ns_t_srv || ns_rr_rdlen (*record) <= SRV_FIXED_BYTES)
    return NULL;
  if (ns_name_uncompress (ns_msg_base (*message), ns_msg_end (*message), data + SRV_FIXED_BYTES, host,
                          sizeof host)
      < 0)
    return NULL;
  if (!ce_is_host_name (host))
    return NULL;
  return ce_srv_new (host, (guint16) ns_get16 (data), (guint16) ns_get16 (data + 2),
                     (guint16) ns_get16 (data + 4));
}

GPtrArray *
ce_srv_parse (const guint8 *bytes, gsize length)
{
  GPtrArray *records = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_srv_free);
  ns_msg message;

  if (length > MAX_ANSWER_BYTES || ns_initparse (bytes, (int) length, &message) != 0)
    return records;
  for (int i = 0; i < ns_msg_count (message, ns_s_an) && records->len < MAX_RECORDS; i++)
    {
      ns_rr record;
      CeSrv *srv;

      if (ns_parserr (&message, ns_s_an, i, &record) != 0)
        break;
      srv = parse_record (&message, &record);
      if (srv != NULL)
        g_ptr_array_add (records, srv);
    }
  return records;
}

void
ce_limit_resolver (void)
{
  if (!(_res.options & RES_INIT) && res_init () != 0)
    return;
  _res.retrans = QUERY_TIMEOUT_S;
  _res.retry = QUERY_TRIES;
}

static GPtrArray *
query (const char *name, gboolean *ret_answered)
{
  g_autofree guint8 *answer = g_malloc (MAX_ANSWER_BYTES);
  struct __res_state state = { 0 };
  GPtrArray *records;
  int length;

  *ret_answered = FALSE;
  if (res_ninit (&state) != 0)
    return g_ptr_array_new_with_free_func ((GDestroyNotify) ce_srv_free);
  state.retrans = QUERY_TIMEOUT_S;
  state.retry = QUERY_TRIES;
  length = res_nquery (&state, name, ns_c_in, ns_t_srv, answer, MAX_ANSWER_BYTES);
  *ret_answered = length >= 0 || state.res_h_errno == HOST_NOT_FOUND || state.res_h_errno == NO_DATA;
  records = ce_srv_parse (answer, length > 0 ? MIN ((gsize) length, MAX_ANSWER_BYTES) : 0);
  res_nclose (&state);
  return records;
}

GStrv
ce_locate_controllers (const char *domain, GError **error)
{
  g_autofree char *name = g_strdup_printf ("_ldap._tcp.dc._msdcs.%s", domain);
  g_autoptr (GStrvBuilder) hosts = g_strv_builder_new ();
  g_autoptr (GPtrArray) records = NULL;
  gboolean answered;

  if (!ce_is_host_name (domain))
    {
      g_set_error (error, CE_ERROR, CE_ERROR_MISCONFIGURED, "'%s' is not the DNS name of a domain", domain);
      return NULL;
    }
  records = query (name, &answered);
  if (records->len == 0)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_DIRECTORY_UNREACHABLE,
                   answered ? "DNS knows no domain controller of '%s': there is no SRV record %s"
                            : "no domain controller of '%s' was found: DNS does not answer for %s",
                   domain, name);
      return NULL;
    }
  ce_srv_order (records, ce_draw);
  for (guint i = 0; i < MIN (records->len, MAX_CONTROLLERS); i++)
    g_strv_builder_add (hosts, ((CeSrv *) g_ptr_array_index (records, i))->host);
  return g_strv_builder_end (hosts);
}
