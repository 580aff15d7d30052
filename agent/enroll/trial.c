/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/enroll/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <krb5.h>
#include <openssl/pem.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/error.h"
#include "agent/base/openssl.h"
#include "agent/base/text.h"

/* One attempt and what it opened. */
typedef struct
{
  const CeTrial *trial;
  gboolean let_in; /* the KDC accepted the card; only its answer may still not fit */
  char *anchors_path;
  char *config_path;
  krb5_context context;
  krb5_principal principal;
  krb5_get_init_creds_opt *options;
} Attempt;

static void
attempt_clear (Attempt *a)
{
  if (a->options != NULL)
    krb5_get_init_creds_opt_free (a->context, a->options);
  if (a->principal != NULL)
    krb5_free_principal (a->context, a->principal);
  if (a->context != NULL)
    krb5_free_context (a->context);
  if (a->anchors_path != NULL)
    g_unlink (a->anchors_path);
  if (a->config_path != NULL)
    g_unlink (a->config_path);
  g_free (a->anchors_path);
  g_free (a->config_path);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Attempt, attempt_clear)

static char *
write_private_file (const char *template_name, const char *text, gsize length, GError **error)
{
  g_autofree char *path = ce_user_path (g_get_user_runtime_dir (), template_name, error);
  int fd;

  if (path == NULL)
    return NULL;
  fd = g_mkstemp_full (path, O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0 || write (fd, text, length) != (gssize) length)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_FAILED, "cannot write %s: %s", path, g_strerror (errno));
      if (fd >= 0)
        {
          close (fd);
          g_unlink (path);
        }
      return NULL;
    }
  close (fd);
  return g_steal_pointer (&path);
}

static gboolean
write_anchors (Attempt *a, GError **error)
{
  g_autoptr (BIO) pem = BIO_new (BIO_s_mem ());
  char *text = NULL;
  long length;

  for (guint i = 0; i < a->trial->roots->len; i++)
    {
      gsize size = 0;
      const guint8 *der = g_bytes_get_data (a->trial->roots->pdata[i], &size);
      g_autoptr (X509) root = d2i_X509 (NULL, &der, (long) size);

      if (root != NULL)
        PEM_write_bio_X509 (pem, root);
    }
  length = BIO_get_mem_data (pem, &text);
  a->anchors_path = write_private_file ("anchors-XXXXXX", text, (gsize) length, error);
  return a->anchors_path != NULL;
}

/* Domain controllers of Active Directory are recognised by their host name: libkrb5 wants it in the realm's section,
 * and only krb5.conf can say so. An entry of the system's own krb5.conf comes first. */
static gboolean
write_config (Attempt *a, GError **error)
{
  const char *realm = strrchr (a->trial->principal, '@');
  g_autofree char *text = NULL;

  if (realm == NULL || a->trial->kdc_host == NULL || strpbrk (realm + 1, "{}=\n") != NULL
      || strpbrk (a->trial->kdc_host, "{}= \n") != NULL)
    return TRUE;
  text = g_strdup_printf ("[realms]\n\t%s = {\n\t\tpkinit_kdc_hostname = %s\n\t}\n", realm + 1, a->trial->kdc_host);
  a->config_path = write_private_file ("krb5-XXXXXX", text, strlen (text), error);
  return a->config_path != NULL;
}

/* A context that has read our file after the system's own; the environment is as it was afterwards. */
static krb5_error_code
init_context (Attempt *a)
{
  g_autofree char *own = g_strdup (g_getenv ("KRB5_CONFIG"));
  g_autofree char *both = NULL;
  krb5_error_code code;

  if (a->config_path == NULL)
    return krb5_init_context (&a->context);
  both = g_strdup_printf ("%s:%s", own != NULL ? own : "/etc/krb5.conf", a->config_path);
  g_setenv ("KRB5_CONFIG", both, TRUE);
  code = krb5_init_context (&a->context);
  if (own != NULL)
    g_setenv ("KRB5_CONFIG", own, TRUE);
  else
    g_unsetenv ("KRB5_CONFIG");
  return code;
}

/* Only libkrb5's trace says how far a logon came. */
static void
note_progress (krb5_context context, const krb5_trace_info *info, void *data)
{
  Attempt *a = data;

  (void) context;
  if (info != NULL && strstr (info->message, "AS key determined by preauth") != NULL)
    a->let_in = TRUE;
}

static krb5_error_code
set_option (Attempt *a, const char *name, const char *value)
{
  return krb5_get_init_creds_opt_set_pa (a->context, a->options, name, value);
}

static krb5_error_code
prepare (Attempt *a)
{
  g_autofree char *identity
    = g_strdup_printf ("PKCS11:module_name=%s:certid=%s", a->trial->module_path, a->trial->key_id);
  g_autofree char *anchors = g_strdup_printf ("FILE:%s", a->anchors_path);
  krb5_error_code code = init_context (a);

  if (code == 0 && g_getenv ("KRB5_TRACE") == NULL)
    code = krb5_set_trace_callback (a->context, note_progress, a);
  if (code == 0)
    code = krb5_parse_name (a->context, a->trial->principal, &a->principal);
  if (code == 0)
    code = krb5_get_init_creds_opt_alloc (a->context, &a->options);
  if (code == 0)
    code = set_option (a, "X509_user_identity", identity);
  if (code == 0)
    code = set_option (a, "X509_anchors", anchors);
  return code;
}

static CeErrorCode
error_of (krb5_error_code code)
{
  switch (code)
    {
    case KRB5_KDC_UNREACH:
    case KRB5_REALM_UNKNOWN:
    case KRB5_REALM_CANT_RESOLVE:
      return CE_ERROR_KDC_UNREACHABLE;
    default:
      return CE_ERROR_LOGON_REFUSED;
    }
}

static gboolean
fail (const Attempt *a, krb5_error_code code, GError **error)
{
  const char *words = a->context != NULL ? krb5_get_error_message (a->context, code) : NULL;

  g_set_error (error, CE_ERROR, (gint) error_of (code), "logon as %s with the card: %s", a->trial->principal,
               words != NULL ? words : "libkrb5 does not start");
  if (words != NULL)
    krb5_free_error_message (a->context, words);
  return FALSE;
}

/* Samba's KDC loses a leading zero of the Diffie-Hellman secret (heimdal pull request 1177, open in 2026): one in 256
 * of its answers cannot be decrypted, although it accepted the card and the PIN. The next one can. */
static krb5_error_code
logon (Attempt *a)
{
  krb5_creds credentials = { 0 };
  krb5_error_code code = 0;

  for (guint i = 0; i < 3 && (i == 0 || (code != 0 && a->let_in)); i++)
    code = krb5_get_init_creds_password (a->context, &credentials, a->principal, NULL, NULL, NULL, 0, NULL, a->options);
  if (code == 0)
    krb5_free_cred_contents (a->context, &credentials);
  return code;
}

gboolean
ce_trial_logon (const CeTrial *trial, GError **error)
{
  g_auto (Attempt) a = { .trial = trial };
  krb5_error_code code;

  if (!write_anchors (&a, error) || !write_config (&a, error))
    return FALSE;
  code = prepare (&a);
  if (code == 0)
    code = logon (&a);
  return code == 0 || fail (&a, code, error);
}
