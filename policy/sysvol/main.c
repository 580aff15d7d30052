/* SPDX-License-Identifier: GPL-3.0-or-later */

/* cardenroll-sysvol: reads files of a domain's SYSVOL as the user whose Kerberos ticket is in the default
 * cache. One job, then it exits; job.h has both formats. Never anything but Kerberos, never unsigned. */

#include <errno.h>
#include <fcntl.h>
#include <libsmbclient.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/base/error.h"
#include "agent/base/harden.h"
#include "policy/sysvol/job.h"

#define DEADLINE_S 25
#define CONNECTION_TIMEOUT_MS 8000
#define AT_ONCE 65536

/* On top of whatever smb.conf the computer has. */
static const char settings[] = "[global]\n"
                               "client min protocol = SMB2_10\n"
                               "client signing = required\n"
                               "client use kerberos = required\n"
                               "client use spnego = yes\n"
                               "name resolve order = host\n";

/* Leaves user and password as they are: an empty user would be a guest. */
static void
ask_nobody (const char *server G_GNUC_UNUSED, const char *share G_GNUC_UNUSED, char *workgroup G_GNUC_UNUSED,
            int workgroup_size G_GNUC_UNUSED, char *user G_GNUC_UNUSED, int user_size G_GNUC_UNUSED,
            char *password G_GNUC_UNUSED, int password_size G_GNUC_UNUSED)
{
}

static char *
read_job (gsize *ret_length)
{
  GString *text = g_string_new (NULL);
  char chunk[AT_ONCE];
  size_t n;

  while ((n = fread (chunk, 1, sizeof chunk, stdin)) > 0 && text->len <= CE_SYSVOL_MAX_JOB_BYTES)
    g_string_append_len (text, chunk, (gssize) n);
  *ret_length = text->len;
  return g_string_free (text, FALSE);
}

static gboolean
apply_settings (SMBCCTX *smb)
{
  int fd = memfd_create ("smb.conf", MFD_CLOEXEC);
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", fd);
  gboolean ok;

  ok = fd >= 0 && write (fd, settings, strlen (settings)) == (ssize_t) strlen (settings)
       && smbc_setConfiguration (smb, path) == 0;
  if (fd >= 0)
    close (fd);
  return ok;
}

static SMBCCTX *
connect_samba (void)
{
  SMBCCTX *smb = smbc_new_context ();

  if (smb == NULL)
    return NULL;
  smbc_setDebug (smb, 0);
  smbc_setOptionDebugToStderr (smb, 1);
  smbc_setFunctionAuthData (smb, ask_nobody);
  smbc_setTimeout (smb, CONNECTION_TIMEOUT_MS);
  if (smbc_init_context (smb) == NULL || !apply_settings (smb))
    return NULL;
  smbc_setOptionUseKerberos (smb, 1);
  smbc_setOptionFallbackAfterKerberos (smb, 0);
  smbc_setOptionNoAutoAnonymousLogin (smb, 1);
  smbc_setOptionUseCCache (smb, 0);
  return smb;
}

/* One byte more than is allowed, where there is that much. */
static gboolean
read_all (SMBCCTX *smb, SMBCFILE *file, GByteArray *bytes)
{
  smbc_read_fn read_some = smbc_getFunctionRead (smb);
  g_autofree guint8 *chunk = g_malloc (AT_ONCE);

  while (bytes->len <= CE_SYSVOL_MAX_FILE_BYTES)
    {
      ssize_t n = read_some (smb, file, chunk, AT_ONCE);

      if (n <= 0)
        return n == 0;
      g_byte_array_append (bytes, chunk, (guint) n);
    }
  return TRUE;
}

static char *
describe (const char *server, int code)
{
  if (code == EINVAL)
    return g_strdup_printf ("%s does not take the Kerberos ticket for its SYSVOL", server);
  return g_strdup_printf ("%s: %s", server, g_strerror (code));
}

/* @ret_hopeless: set where it makes no sense to ask for another file: what is wrong. */
static void
serve (SMBCCTX *smb, const char *server, const char *path, char **ret_hopeless)
{
  g_autofree char *url = ce_sysvol_url (server, path);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  SMBCFILE *file = smbc_getFunctionOpen (smb) (smb, url, O_RDONLY, 0);
  int code = errno;
  gboolean ok = file != NULL && read_all (smb, file, bytes);
  g_autofree char *problem = NULL;

  if (file != NULL)
    {
      code = ok ? 0 : errno;
      smbc_getFunctionClose (smb) (smb, file);
    }
  if (ok && bytes->len <= CE_SYSVOL_MAX_FILE_BYTES)
    {
      printf ("file %u\n", bytes->len);
      fwrite (bytes->data, 1, bytes->len, stdout);
      return;
    }
  if (code == ENOENT || code == ENOTDIR)
    {
      printf ("missing\n");
      return;
    }
  problem = ok ? g_strdup_printf ("it has more than %d bytes", CE_SYSVOL_MAX_FILE_BYTES)
               : describe (server, code);
  printf ("failed %s\n", problem);
  if (!ok && code != EACCES && code != EISDIR)
    *ret_hopeless = g_steal_pointer (&problem);
}

int
main (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_autofree char *hopeless = NULL;
  g_autoptr (CeSysvolJob) job = NULL;
  SMBCCTX *smb;
  gsize length;

  ce_harden_process ();
  alarm (DEADLINE_S);
  text = read_job (&length);
  job = ce_sysvol_job_parse (text, length, &error);
  if (job == NULL)
    {
      g_printerr ("cardenroll-sysvol: %s\n", error->message);
      return CE_EXIT_USAGE;
    }
  smb = connect_samba ();
  if (smb == NULL)
    {
      g_printerr ("cardenroll-sysvol: libsmbclient cannot be set up: %s\n", g_strerror (errno));
      return CE_EXIT_FAILED;
    }
  for (guint i = 0; i < job->paths->len; i++)
    if (hopeless == NULL)
      serve (smb, job->server, g_ptr_array_index (job->paths, i), &hopeless);
    else
      printf ("failed %s\n", hopeless);
  fflush (stdout);
  smbc_free_context (smb, 1);
  return CE_EXIT_DONE;
}
