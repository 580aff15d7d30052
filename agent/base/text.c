/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/base/text.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "agent/base/error.h"
#include "agent/base/names.h"

char *
ce_hex (const void *bytes, gsize length)
{
  static const char digits[] = "0123456789abcdef";
  const guint8 *b = bytes;
  char *text = g_malloc (2 * length + 1);

  for (gsize i = 0; i < length; i++)
    {
      text[2 * i] = digits[b[i] >> 4];
      text[2 * i + 1] = digits[b[i] & 15];
    }
  text[2 * length] = '\0';
  return text;
}

void
ce_text_take (char **field, char *text)
{
  g_free (*field);
  *field = text;
}

void
ce_text_set (char **field, const char *text)
{
  ce_text_take (field, g_strdup (text != NULL ? text : ""));
}

char *
ce_time_iso (gint64 unix_s)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (unix_s);

  return time != NULL ? g_date_time_format (time, "%Y-%m-%dT%H:%M:%SZ") : g_strdup ("");
}

char *
ce_user_path (const char *base, const char *name, GError **error)
{
  g_autofree char *folder = g_build_filename (base, CE_DIRECTORY, NULL);

  if (g_mkdir_with_parents (folder, 0700) != 0)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_FAILED, "cannot make the folder %s: %s", folder, g_strerror (errno));
      return NULL;
    }
  return name != NULL ? g_build_filename (folder, name, NULL) : g_steal_pointer (&folder);
}

gboolean
ce_user_file_write (const char *path, const char *bytes, gssize length, gboolean durable, GError **error)
{
  GFileSetContentsFlags flags
      = G_FILE_SET_CONTENTS_CONSISTENT | (durable ? G_FILE_SET_CONTENTS_DURABLE : G_FILE_SET_CONTENTS_NONE);
  GStatBuf old;

  /* GLib 2.84 gives the new file the mode of the one that it replaces. */
  if (g_lstat (path, &old) == 0 && (old.st_mode & 077) != 0)
    (void) g_unlink (path);
  return g_file_set_contents_full (path, bytes, length, flags, 0600, error);
}

char *
ce_text_clean (const char *bytes, gsize length, gsize max)
{
  g_autofree char *valid = g_utf8_make_valid (bytes, (gssize) MIN (length, max));
  GString *clean = g_string_sized_new (strlen (valid));

  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      g_string_append_unichar (clean, g_unichar_iscntrl (c) ? ' ' : c);
    }
  g_strstrip (clean->str);
  return g_string_free (clean, FALSE);
}

gboolean
ce_is_https_url (const char *url)
{
  static const char scheme[] = "https://";

  return g_ascii_strncasecmp (url, scheme, strlen (scheme)) == 0 && url[strlen (scheme)] != '\0'
         && strpbrk (url, " \"<>\\^`{|}") == NULL && g_str_is_ascii (url);
}
