/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/worker/job.h"

#include <json-glib/json-glib.h>

#include "agent/base/error.h"

#define DEFAULT_LIMIT 50
#define MAX_LIMIT 10000

static JsonNode *
member_of_type (JsonObject *object, const char *name, GType type, GError **error)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return NULL;
  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == type)
    return node;
  g_set_error (error, CE_ERROR, CE_ERROR_USAGE, "job: '%s' is not a %s", name, g_type_name (type));
  return NULL;
}

static gboolean
read_text (JsonObject *object, const char *name, char **ret_text, GError **error)
{
  g_autoptr (GError) wrong = NULL;
  JsonNode *node = member_of_type (object, name, G_TYPE_STRING, &wrong);

  if (wrong != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&wrong));
      return FALSE;
    }
  *ret_text = node != NULL ? json_node_dup_string (node) : NULL;
  return TRUE;
}

static gboolean
read_number (JsonObject *object, const char *name, gint64 min, gint64 max, gint64 otherwise, gint64 *ret_number,
             GError **error)
{
  g_autoptr (GError) wrong = NULL;
  JsonNode *node = member_of_type (object, name, G_TYPE_INT64, &wrong);

  *ret_number = node != NULL ? json_node_get_int (node) : otherwise;
  if (wrong == NULL && *ret_number >= min && *ret_number <= max)
    return TRUE;
  g_set_error (error, CE_ERROR, CE_ERROR_USAGE, "job: '%s' is not a number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT,
               name, min, max);
  return FALSE;
}

static gboolean
read_flag (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_BOOLEAN
         && json_node_get_boolean (node);
}

static gboolean
fill (CeWorkerJob *job, JsonObject *object, GError **error)
{
  gint64 pin_fd, limit;

  if (!read_text (object, "command", &job->command, error) || !read_text (object, "reader", &job->reader, error)
      || !read_text (object, "card", &job->card, error) || !read_text (object, "template", &job->template_name, error)
      || !read_text (object, "certificate", &job->certificate, error)
      || !read_text (object, "verb", &job->verb, error) || !read_text (object, "request", &job->request_id, error)
      || !read_number (object, "pin_fd", -1, 1023, -1, &pin_fd, error)
      || !read_number (object, "limit", 1, MAX_LIMIT, DEFAULT_LIMIT, &limit, error))
    return FALSE;
  if (job->command == NULL)
    {
      g_set_error_literal (error, CE_ERROR, CE_ERROR_USAGE, "job: 'command' is missing");
      return FALSE;
    }
  job->interactive = read_flag (object, "interactive");
  job->may_wait = read_flag (object, "may_wait");
  job->refresh = read_flag (object, "refresh");
  job->pin_fd = (int) pin_fd;
  job->limit = (guint) limit;
  return TRUE;
}

CeWorkerJob *
ce_worker_job_parse (const char *line, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (CeWorkerJob) job = g_new0 (CeWorkerJob, 1);
  g_autoptr (GError) reason = NULL;
  JsonNode *root;

  job->pin_fd = -1;
  if (!json_parser_load_from_data (parser, line, -1, &reason))
    {
      g_set_error (error, CE_ERROR, CE_ERROR_USAGE, "job: not JSON: %s", reason->message);
      return NULL;
    }
  root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    {
      g_set_error_literal (error, CE_ERROR, CE_ERROR_USAGE, "job: not a JSON object");
      return NULL;
    }
  return fill (job, json_node_get_object (root), error) ? g_steal_pointer (&job) : NULL;
}

void
ce_worker_job_free (CeWorkerJob *job)
{
  if (job == NULL)
    return;
  g_free (job->command);
  g_free (job->reader);
  g_free (job->card);
  g_free (job->template_name);
  g_free (job->certificate);
  g_free (job->verb);
  g_free (job->request_id);
  g_free (job);
}
