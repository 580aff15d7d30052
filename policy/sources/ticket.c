/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/sources/ticket.h"

#include <krb5.h>
#include <string.h>
#include <time.h>

#include "agent/base/error.h"

/* A context and what hangs on it: everything is released together. */
typedef struct
{
  krb5_context context;
  krb5_ccache cache;
  krb5_principal client;
} Kerberos;

static void
kerberos_clear (Kerberos *k)
{
  if (k->context == NULL)
    return;
  if (k->client != NULL)
    krb5_free_principal (k->context, k->client);
  if (k->cache != NULL)
    krb5_cc_close (k->context, k->cache);
  krb5_free_context (k->context);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Kerberos, kerberos_clear)

void
ce_ticket_free (CeTicket *ticket)
{
  g_free (ticket->principal);
  g_free (ticket->name);
  g_free (ticket->realm);
  g_free (ticket);
}

static gboolean
is_granting (krb5_context context, krb5_const_principal server)
{
  return !krb5_is_config_principal (context, server) && server->length == 2
         && server->data[0].length == strlen (KRB5_TGS_NAME)
         && memcmp (server->data[0].data, KRB5_TGS_NAME, strlen (KRB5_TGS_NAME)) == 0;
}

/* The latest end of a ticket-granting ticket in the cache, 0 where there is none. The timestamp is unsigned, until 2106. */
static gint64
find_end (Kerberos *k)
{
  krb5_cc_cursor cursor;
  krb5_creds creds;
  gint64 end = 0;

  if (krb5_cc_start_seq_get (k->context, k->cache, &cursor) != 0)
    return 0;
  while (krb5_cc_next_cred (k->context, k->cache, &cursor, &creds) == 0)
    {
      if (is_granting (k->context, creds.server))
        end = MAX (end, (gint64) (guint32) creds.times.endtime);
      krb5_free_cred_contents (k->context, &creds);
    }
  krb5_cc_end_seq_get (k->context, k->cache, &cursor);
  return end;
}

static char *
cache_name (Kerberos *k)
{
  char *name = NULL;
  char *copy;

  if (krb5_cc_get_full_name (k->context, k->cache, &name) != 0)
    return g_strdup ("the default credential cache");
  copy = g_strdup (name);
  krb5_free_string (k->context, name);
  return copy;
}

static CeTicket *
no_ticket (GError **error, const char *what, const char *cache)
{
  g_set_error (error, CE_ERROR, CE_ERROR_NO_TICKET, "%s in %s", what, cache);
  return NULL;
}

static CeTicket *
describe (Kerberos *k)
{
  g_autoptr (CeTicket) ticket = g_new0 (CeTicket, 1);
  char *text = NULL;

  if (krb5_unparse_name (k->context, k->client, &text) == 0)
    ticket->principal = g_strdup (text);
  krb5_free_unparsed_name (k->context, text);
  if (ticket->principal == NULL || k->client->length < 1)
    return NULL;
  ticket->name = g_strndup (k->client->data[0].data, k->client->data[0].length);
  ticket->realm = g_strndup (k->client->realm.data, k->client->realm.length);
  return g_steal_pointer (&ticket);
}

CeTicket *
ce_ticket_find (GError **error)
{
  g_auto (Kerberos) k = { 0 };
  g_autofree char *cache = NULL;
  g_autoptr (CeTicket) ticket = NULL;

  if (krb5_init_context (&k.context) != 0)
    return no_ticket (error, "Kerberos cannot be set up: something is wrong", "/etc/krb5.conf");
  if (krb5_cc_default (k.context, &k.cache) != 0)
    return no_ticket (error, "no Kerberos ticket", "the default credential cache");
  cache = cache_name (&k);
  if (krb5_cc_get_principal (k.context, k.cache, &k.client) != 0)
    return no_ticket (error, "no Kerberos ticket", cache);
  ticket = describe (&k);
  if (ticket != NULL)
    ticket->expires_unix = find_end (&k);
  if (ticket == NULL || ticket->expires_unix == 0)
    return no_ticket (error, "no ticket-granting ticket", cache);
  if (ticket->expires_unix <= (gint64) time (NULL))
    {
      g_autofree char *what = g_strdup_printf ("the Kerberos ticket of %s has expired", ticket->principal);

      return no_ticket (error, what, cache);
    }
  return g_steal_pointer (&ticket);
}
