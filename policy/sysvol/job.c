/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/sysvol/job.h"

#include <string.h>

#include "agent/base/error.h"
#include "agent/base/text.h"

#define SHARE "sysvol/"
#define MAX_SENTENCE 300

void
ce_sysvol_job_free (CeSysvolJob *job)
{
  g_free (job->server);
  g_ptr_array_unref (job->paths);
  g_free (job);
}

void
ce_sysvol_file_free (CeSysvolFile *file)
{
  g_clear_pointer (&file->bytes, g_bytes_unref);
  g_free (file->problem);
  g_free (file);
}

gboolean
ce_sysvol_is_path (const char *path)
{
  g_auto (GStrv) parts = NULL;

  if (strlen (path) > CE_SYSVOL_MAX_PATH || g_ascii_strncasecmp (path, SHARE, strlen (SHARE)) != 0
      || !g_utf8_validate (path, -1, NULL))
    return FALSE;
  for (const char *p = path; *p != '\0'; p++)
    if (g_ascii_iscntrl (*p) || strchr ("\\:*?\"<>|", *p) != NULL)
      return FALSE;
  parts = g_strsplit (path, "/", -1);
  for (char **part = parts; *part != NULL; part++)
    if (**part == '\0' || g_str_equal (*part, ".") || g_str_equal (*part, ".."))
      return FALSE;
  return TRUE;
}

static gboolean
is_server (const char *name)
{
  gsize length = strlen (name);

  return length > 0 && length <= 255 && g_ascii_isalnum (*name)
         && strspn (name, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "-._") == length;
}

static gboolean
take_line (CeSysvolJob *job, const char *line)
{
  if (job->server == NULL)
    {
      if (!g_str_has_prefix (line, "server ") || !is_server (line + 7))
        return FALSE;
      job->server = g_strdup (line + 7);
      return TRUE;
    }
  if (!g_str_has_prefix (line, "read ") || !ce_sysvol_is_path (line + 5)
      || job->paths->len >= CE_SYSVOL_MAX_FILES)
    return FALSE;
  g_ptr_array_add (job->paths, g_strdup (line + 5));
  return TRUE;
}

CeSysvolJob *
ce_sysvol_job_parse (const char *text, gsize length, GError **error)
{
  g_autoptr (CeSysvolJob) job = g_new0 (CeSysvolJob, 1);
  g_autofree char *copy = g_strndup (text, length);
  g_auto (GStrv) lines = NULL;
  guint n;

  job->paths = g_ptr_array_new_with_free_func (g_free);
  if (length == 0 || length > CE_SYSVOL_MAX_JOB_BYTES || memchr (text, '\0', length) != NULL
      || text[length - 1] != '\n')
    {
      g_set_error_literal (error, CE_ERROR, CE_ERROR_USAGE,
                           "the job is empty, cut off, too long or not text");
      return NULL;
    }
  lines = g_strsplit (copy, "\n", -1);
  for (n = 0; lines[n] != NULL && lines[n + 1] != NULL; n++)
    if (!take_line (job, lines[n]))
      {
        g_set_error (error, CE_ERROR, CE_ERROR_USAGE,
                     "line %u of the job is neither a server nor a file of SYSVOL", n + 1);
        return NULL;
      }
  return g_steal_pointer (&job);
}

char *
ce_sysvol_job_format (const char *server, const GPtrArray *paths)
{
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "server %s\n", server);
  for (guint i = 0; i < paths->len; i++)
    g_string_append_printf (text, "read %s\n", (const char *) g_ptr_array_index (paths, i));
  return g_string_free (text, FALSE);
}

/* What follows "\\host\" where that host is meant; %NULL otherwise. */
static const char *
skip_host (const char *unc, const char *host)
{
  gsize length = strlen (host);

  if (strncmp (unc, "\\\\", 2) != 0 || g_ascii_strncasecmp (unc + 2, host, length) != 0
      || unc[2 + length] != '\\')
    return NULL;
  return unc + 2 + length + 1;
}

char *
ce_sysvol_path (const char *unc, const char *domain, const char *server, const char *file, GError **error)
{
  const char *rest = skip_host (unc, domain);
  g_autofree char *path = NULL;

  if (rest == NULL)
    rest = skip_host (unc, server);
  if (rest != NULL && strchr (rest, '/') == NULL)
    path = g_strdelimit (g_strconcat (rest, g_str_has_suffix (rest, "\\") ? "" : "/", file, NULL), "\\", '/');
  if (path != NULL && ce_sysvol_is_path (path))
    return g_steal_pointer (&path);
  g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "gPCFileSysPath '%s' is not in the SYSVOL of %s", unc,
               domain);
  return NULL;
}

char *
ce_sysvol_url (const char *server, const char *path)
{
  g_autofree char *escaped = g_uri_escape_string (path, "/", FALSE);

  return g_strdup_printf ("smb://%s/%s", server, escaped);
}

static CeSysvolFile *
take_answer (const guint8 **bytes, gsize *left)
{
  const guint8 *newline = memchr (*bytes, '\n', MIN (*left, CE_SYSVOL_MAX_PATH));
  gsize used = newline != NULL ? (gsize) (newline - *bytes) : 0;
  g_autofree char *line = g_strndup ((const char *) *bytes, used);
  CeSysvolFile *file;
  guint64 size = 0;

  if (newline == NULL)
    return NULL;
  *bytes += used + 1;
  *left -= used + 1;
  file = g_new0 (CeSysvolFile, 1);
  if (g_str_has_prefix (line, "failed "))
    file->problem = ce_text_clean (line + 7, strlen (line + 7), MAX_SENTENCE);
  else if (g_str_has_prefix (line, "file ")
           && g_ascii_string_to_unsigned (line + 5, 10, 0, MIN (*left, CE_SYSVOL_MAX_FILE_BYTES), &size,
                                          NULL))
    {
      file->bytes = g_bytes_new (*bytes, (gsize) size);
      *bytes += size;
      *left -= (gsize) size;
    }
  else if (!g_str_equal (line, "missing"))
    g_clear_pointer (&file, ce_sysvol_file_free);
  return file;
}

GPtrArray *
ce_sysvol_answer_parse (const guint8 *bytes, gsize length, guint n, GError **error)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_sysvol_file_free);

  while (files->len < n)
    {
      CeSysvolFile *file = length > 0 ? take_answer (&bytes, &length) : NULL;

      if (file == NULL)
        {
          g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "its answer ends or breaks after %u of %u files",
                       files->len, n);
          return NULL;
        }
      g_ptr_array_add (files, file);
    }
  return g_steal_pointer (&files);
}
