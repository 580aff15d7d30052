/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/enroll/kerberos.h"

#include <krb5.h>
#include <string.h>

#include "agent/base/error.h"

static gboolean
fail (krb5_context context, krb5_error_code code, CeErrorCode as, const char *what, GError **error)
{
  const char *words = context != NULL ? krb5_get_error_message (context, code) : NULL;

  g_set_error (error, CE_ERROR, (gint) as, "%s: %s", what, words != NULL ? words : "libkrb5 does not start");
  if (words != NULL)
    krb5_free_error_message (context, words);
  return FALSE;
}

/* The end of the ticket-granting ticket of @owner's realm; 0 where there is none. */
static gint64
find_tgt (krb5_context context, krb5_ccache cache, krb5_principal owner)
{
  krb5_cc_cursor cursor;
  krb5_creds creds;
  gint64 end = 0;

  if (krb5_cc_start_seq_get (context, cache, &cursor) != 0)
    return 0;
  while (krb5_cc_next_cred (context, cache, &cursor, &creds) == 0)
    {
      const krb5_data *first = krb5_princ_component (context, creds.server, 0);

      if (!krb5_is_config_principal (context, creds.server) && first != NULL && first->length == 6
          && memcmp (first->data, "krbtgt", 6) == 0 && krb5_realm_compare (context, creds.server, owner))
        end = MAX (end, (gint64) (guint32) creds.times.endtime);
      krb5_free_cred_contents (context, &creds);
    }
  krb5_cc_end_seq_get (context, cache, &cursor);
  return end;
}

static gboolean
read_cache (krb5_context context, krb5_ccache cache, char **ret_principal, gint64 *ret_end, GError **error)
{
  krb5_principal owner = NULL;
  char *name = NULL;
  krb5_error_code code = krb5_cc_get_principal (context, cache, &owner);

  if (code == 0)
    code = krb5_unparse_name (context, owner, &name);
  if (code != 0)
    {
      krb5_free_principal (context, owner);
      return fail (context, code, CE_ERROR_NO_TICKET, "no Kerberos ticket", error);
    }
  *ret_principal = g_strdup (name);
  *ret_end = find_tgt (context, cache, owner);
  krb5_free_unparsed_name (context, name);
  krb5_free_principal (context, owner);
  return TRUE;
}

gboolean
ce_kerberos_ticket (char **ret_principal, gint64 *ret_expires_unix, GError **error)
{
  krb5_context context = NULL;
  krb5_ccache cache = NULL;
  g_autofree char *principal = NULL;
  gint64 end = 0;
  krb5_error_code code = krb5_init_context (&context);
  gboolean ok;

  if (code == 0)
    code = krb5_cc_default (context, &cache);
  ok = code == 0 ? read_cache (context, cache, &principal, &end, error)
                 : fail (context, code, CE_ERROR_NO_TICKET, "no Kerberos ticket", error);
  if (cache != NULL)
    krb5_cc_close (context, cache);
  if (context != NULL)
    krb5_free_context (context);
  if (!ok)
    return FALSE;
  if (end <= g_get_real_time () / G_USEC_PER_SEC)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_NO_TICKET, "the Kerberos ticket of %s has expired", principal);
      return FALSE;
    }
  *ret_principal = g_steal_pointer (&principal);
  *ret_expires_unix = end;
  return TRUE;
}

gboolean
ce_kerberos_probe (const char *principal, GError **error)
{
  krb5_context context = NULL;
  krb5_principal client = NULL;
  krb5_creds creds = { 0 };
  krb5_error_code code = krb5_init_context (&context);
  gboolean ok = TRUE;

  if (code == 0)
    code = krb5_parse_name (context, principal, &client);
  /* No password and nobody to ask: any answer but silence means that a KDC is there. */
  if (code == 0)
    code = krb5_get_init_creds_password (context, &creds, client, NULL, NULL, NULL, 0, NULL, NULL);
  if (code == KRB5_KDC_UNREACH || code == KRB5_REALM_UNKNOWN || code == KRB5_REALM_CANT_RESOLVE || context == NULL)
    ok = fail (context, code, CE_ERROR_KDC_UNREACHABLE, "no domain controller answers for Kerberos", error);
  if (context != NULL)
    {
      krb5_free_cred_contents (context, &creds);
      krb5_free_principal (context, client);
      krb5_free_context (context);
    }
  return ok;
}
