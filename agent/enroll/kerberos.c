/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/enroll/kerberos.h"

#include <krb5.h>

#include "agent/base/error.h"

static gboolean
fail (krb5_context context, krb5_error_code code, GError **error)
{
  const char *words = context != NULL ? krb5_get_error_message (context, code) : NULL;

  g_set_error (error, CE_ERROR, CE_ERROR_KDC_UNREACHABLE, "no domain controller answers for Kerberos: %s",
               words != NULL ? words : "libkrb5 does not start");
  if (words != NULL)
    krb5_free_error_message (context, words);
  return FALSE;
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
    ok = fail (context, code, error);
  if (context != NULL)
    {
      krb5_free_cred_contents (context, &creds);
      krb5_free_principal (context, client);
      krb5_free_context (context);
    }
  return ok;
}
