/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/sources/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/error.h"
#include "agent/base/text.h"
#include "policy/policy-json.h"

#define PREFIX "policy-"
#define SUFFIX ".json"
#define MAX_BYTES (32 * 1024 * 1024)
#define MAX_DEPTH 8

/* Around the policy: which version made it, under which settings. */
#define MEMBER_VERSION "version"
#define MEMBER_SETTINGS "settings"
#define MEMBER_POLICY "policy"

char *
ce_policy_cache_to_text (const CePolicy *policy, const char *settings)
{
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, MEMBER_VERSION, CE_VERSION);
  json_object_set_string_member (object, MEMBER_SETTINGS, settings);
  json_object_set_member (object, MEMBER_POLICY, ce_policy_to_json (policy));
  json_node_take_object (root, object);
  return json_to_string (root, FALSE);
}

static CePolicy *
of_no_use (GError **error, const char *why)
{
  g_set_error (error, CE_ERROR, CE_ERROR_NOT_FOUND, "no policy is cached: %s", why);
  return NULL;
}

/* json-glib descends once for each bracket. */
static gboolean
is_shallow (const char *text, gsize length)
{
  gboolean quoted = FALSE;
  int depth = 0;

  for (gsize i = 0; i < length; i++)
    {
      if (quoted && text[i] == '\\')
        i++;
      else if (text[i] == '"')
        quoted = !quoted;
      else if (!quoted && (text[i] == '[' || text[i] == '{') && ++depth > MAX_DEPTH)
        return FALSE;
      else if (!quoted && (text[i] == ']' || text[i] == '}'))
        depth--;
    }
  return TRUE;
}

static gboolean
member_is (JsonObject *object, const char *name, const char *wanted)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_STRING
         && g_str_equal (json_node_get_string (node), wanted);
}

static CePolicy *
unwrap (JsonObject *object, const char *settings, GError **error)
{
  JsonNode *node = json_object_get_member (object, MEMBER_POLICY);
  g_autoptr (GError) problem = NULL;
  g_autoptr (CePolicy) policy = NULL;

  if (!member_is (object, MEMBER_VERSION, CE_VERSION))
    return of_no_use (error, "what is there is of another version");
  if (!member_is (object, MEMBER_SETTINGS, settings))
    return of_no_use (error, "the settings have changed since");
  policy = node != NULL ? ce_policy_from_json (node, &problem) : NULL;
  if (policy == NULL)
    return of_no_use (error, problem != NULL ? problem->message : "there is none in the file");
  policy->cached = TRUE;
  return g_steal_pointer (&policy);
}

CePolicy *
ce_policy_cache_from_text (const char *text, gsize length, const char *settings, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  JsonNode *root;

  if (length > MAX_BYTES || !g_utf8_validate (text, (gssize) length, NULL) || !is_shallow (text, length)
      || !json_parser_load_from_data (parser, text, (gssize) length, NULL))
    return of_no_use (error, "what is there is damaged");
  root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    return of_no_use (error, "what is there is damaged");
  return unwrap (json_node_get_object (root), settings, error);
}

static char *
path_for (const char *principal, GError **error)
{
  g_autofree char *escaped = g_uri_escape_string (principal, "@", FALSE);
  g_autofree char *name = g_strconcat (PREFIX, escaped, SUFFIX, NULL);

  return ce_user_path (g_get_user_cache_dir (), name, error);
}

gboolean
ce_policy_cache_write (const CePolicy *policy, const char *settings, GError **error)
{
  g_autofree char *path = path_for (policy->user.principal, error);
  g_autofree char *text = path != NULL ? ce_policy_cache_to_text (policy, settings) : NULL;
  g_autoptr (GError) reason = NULL;

  if (path == NULL)
    return FALSE;
  if (ce_user_file_write (path, text, -1, FALSE, &reason))
    return TRUE;
  g_set_error (error, CE_ERROR, CE_ERROR_FAILED, "the policy cannot be cached: %s", reason->message);
  return FALSE;
}

/* Whoever could write it could make the plan say anything. %NULL: it may be read. */
static const char *
check_file (int fd, struct stat *ret_stat)
{
  if (fstat (fd, ret_stat) != 0 || !S_ISREG (ret_stat->st_mode))
    return "what is there is no file";
  if (ret_stat->st_uid != geteuid () || (ret_stat->st_mode & 077) != 0)
    return "others own the file or may change it";
  return ret_stat->st_size <= 0 || ret_stat->st_size > MAX_BYTES ? "the file is empty or too large" : NULL;
}

static char *
read_all (int fd, gsize size, gsize *ret_length)
{
  g_autofree char *text = g_malloc (size + 1);
  gsize length = 0;

  while (length < size)
    {
      ssize_t n = read (fd, text + length, size - length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        break;
      length += (gsize) n;
    }
  text[length] = '\0';
  *ret_length = length;
  return g_steal_pointer (&text);
}

static CePolicy *
read_file (const char *path, const char *settings, GError **error)
{
  const int fd = open (path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  const char *wrong;
  g_autofree char *text = NULL;
  struct stat info;
  gsize length = 0;

  if (fd < 0)
    return of_no_use (error, g_strerror (errno));
  wrong = check_file (fd, &info);
  if (wrong == NULL)
    text = read_all (fd, (gsize) info.st_size, &length);
  close (fd);
  return wrong == NULL ? ce_policy_cache_from_text (text, length, settings, error) : of_no_use (error, wrong);
}

/* Of all files of this kind the one that was written last; %NULL where there is none. */
static char *
find_last (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  char *last = NULL;
  gint64 newest = G_MININT64;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      struct stat info;

      if (!g_str_has_prefix (name, PREFIX) || !g_str_has_suffix (name, SUFFIX) || lstat (path, &info) != 0
          || info.st_mtime <= newest)
        continue;
      newest = info.st_mtime;
      g_free (last);
      last = g_steal_pointer (&path);
    }
  return last;
}

static CePolicy *
read_last (const char *settings, GError **error)
{
  g_autofree char *folder = ce_user_path (g_get_user_cache_dir (), NULL, error);
  g_autofree char *path = folder != NULL ? find_last (folder) : NULL;

  if (folder == NULL)
    return NULL;
  return path != NULL ? read_file (path, settings, error) : of_no_use (error, "there is none");
}

CePolicy *
ce_policy_cache_read (const char *principal, const char *settings, GError **error)
{
  g_autoptr (CePolicy) policy = NULL;
  g_autofree char *path = NULL;

  if (principal == NULL)
    return read_last (settings, error);
  path = path_for (principal, error);
  policy = path != NULL ? read_file (path, settings, error) : NULL;
  if (policy != NULL && !g_str_equal (policy->user.principal, principal))
    return of_no_use (error, "what is there is of another user");
  return g_steal_pointer (&policy);
}
