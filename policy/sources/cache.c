/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/sources/cache.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

#include "agent/base/error.h"
#include "agent/base/text.h"
#include "policy/policy-json.h"

#define MAX_FILE_BYTES (64 * 1024 * 1024)
#define CLOCKS_DIFFER_S 300

/* A principal may hold any character, so the file is named by its hash. */
static char *
find_path (const char *principal, GError **error)
{
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, principal, -1);
  g_autofree char *name = g_strdup_printf ("policy-%.16s.json", hash);

  return ce_user_path (g_get_user_cache_dir (), name, error);
}

static char *
read_file (const char *path, gsize *ret_length, GError **error)
{
  GStatBuf info;
  g_autoptr (GError) problem = NULL;
  char *text = NULL;

  if (g_stat (path, &info) == 0 && info.st_size > MAX_FILE_BYTES)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "the cached policy %s has more than %d bytes", path,
                   MAX_FILE_BYTES);
      return NULL;
    }
  if (g_file_get_contents (path, &text, ret_length, &problem))
    return text;
  g_set_error (error, CE_ERROR,
               g_error_matches (problem, G_FILE_ERROR, G_FILE_ERROR_NOENT) ? CE_ERROR_NOT_FOUND
                                                                           : CE_ERROR_FAILED,
               "no policy is cached: %s", problem->message);
  return NULL;
}

static CePolicy *
parse (const char *text, gsize length, const char *path, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (GError) problem = NULL;
  CePolicy *policy;

  if (!json_parser_load_from_data (parser, text, (gssize) length, &problem)
      || json_parser_get_root (parser) == NULL)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "the cached policy %s is damaged: %s", path,
                   problem != NULL ? problem->message : "it is empty");
      return NULL;
    }
  policy = ce_policy_from_json (json_parser_get_root (parser), error);
  if (policy == NULL)
    g_prefix_error (error, "the cached policy %s is damaged: ", path);
  return policy;
}

CePolicy *
ce_policy_cache_read (const char *principal, gint64 now_unix, GError **error)
{
  g_autofree char *path = find_path (principal, error);
  gsize length;
  g_autofree char *text = path != NULL ? read_file (path, &length, error) : NULL;
  g_autoptr (CePolicy) policy = text != NULL ? parse (text, length, path, error) : NULL;

  if (policy == NULL)
    return NULL;
  if (!g_str_equal (policy->user.principal, principal) || policy->fetched_unix > now_unix + CLOCKS_DIFFER_S)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "the cached policy %s is not one of %s up to now",
                   path, principal);
      return NULL;
    }
  return g_steal_pointer (&policy);
}

gboolean
ce_policy_cache_write (const CePolicy *policy, GError **error)
{
  g_autofree char *path = find_path (policy->user.principal, error);
  g_autoptr (JsonNode) node = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GError) problem = NULL;

  if (path == NULL)
    return FALSE;
  node = ce_policy_to_json (policy);
  text = json_to_string (node, FALSE);
  if (g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &problem))
    return TRUE;
  g_set_error (error, CE_ERROR, CE_ERROR_FAILED, "the policy cannot be cached: %s", problem->message);
  return FALSE;
}

gboolean
ce_policy_cache_drop (const char *principal, GError **error)
{
  g_autofree char *path = find_path (principal, error);

  if (path == NULL)
    return FALSE;
  if (g_unlink (path) == 0 || errno == ENOENT)
    return TRUE;
  g_set_error (error, CE_ERROR, CE_ERROR_FAILED, "cannot remove %s: %s", path, g_strerror (errno));
  return FALSE;
}
