/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/ca/ca-private.h"

void
ce_ca_reply_free (CeCaReply *reply)
{
  if (reply == NULL)
    return;
  g_clear_pointer (&reply->certificate, g_bytes_unref);
  g_clear_pointer (&reply->chain, g_ptr_array_unref);
  g_free (reply->request_id);
  g_free (reply->poll_url);
  g_free (reply->reason);
  g_free (reply);
}

void
ce_ca_free (CeCa *ca)
{
  if (ca == NULL)
    return;
  g_free (ca->name);
  ca->protocol->free (ca);
}

/* Hands @reply out, or says which CA @local is about. */
static gboolean
finish (CeCa *ca, CeCaReply *reply, GError *local, CeCaReply **ret_reply, GError **error)
{
  if (reply != NULL)
    {
      *ret_reply = reply;
      return TRUE;
    }
  g_propagate_prefixed_error (error, local, "CA '%s': ", ca->name);
  return FALSE;
}

gboolean
ce_ca_submit (CeCa *ca, GBytes *request, const char *public_key_id, CeCaReply **ret_reply,
              gboolean *ret_maybe_sent, GError **error)
{
  GError *local = NULL;
  gboolean maybe_sent = FALSE;
  CeCaReply *reply;

  g_return_val_if_fail (ca != NULL && request != NULL && public_key_id != NULL && ret_reply != NULL, FALSE);
  reply = ca->protocol->submit (ca, request, public_key_id, &maybe_sent, &local);
  if (ret_maybe_sent != NULL)
    *ret_maybe_sent = maybe_sent;
  return finish (ca, reply, local, ret_reply, error);
}

gboolean
ce_ca_query (CeCa *ca, const char *request_id, const char *public_key_id, CeCaReply **ret_reply,
             GError **error)
{
  GError *local = NULL;
  CeCaReply *reply;

  g_return_val_if_fail (ca != NULL && request_id != NULL && public_key_id != NULL && ret_reply != NULL,
                        FALSE);
  reply = ca->protocol->query (ca, request_id, public_key_id, &local);
  return finish (ca, reply, local, ret_reply, error);
}
