/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/job/report.h"

#include <string.h>

#include "agent/base/text.h"
#include "ui/job/json.h"
#include "ui/job/plain.h"

#define MAX_TEXT 4000
#define MAX_CHOICES 8
#define DEFAULT_DEADLINE_MS (15 * 1000)
#define MAX_DEADLINE_MS (15 * 60 * 1000)

typedef struct
{
  const char *name;
  CeExitCode exit_code;
} Outcome;

static const Outcome outcomes[] = {
  [CE_OUTCOME_DONE] = { "done", CE_EXIT_DONE },
  [CE_OUTCOME_NOTHING_TO_DO] = { "nothing-to-do", CE_EXIT_NOTHING_TO_DO },
  [CE_OUTCOME_WAITING] = { "waiting", CE_EXIT_WAITING },
  [CE_OUTCOME_REFUSED] = { "refused", CE_EXIT_REFUSED },
  [CE_OUTCOME_FAILED] = { "failed", CE_EXIT_FAILED },
  [CE_OUTCOME_OFFERED] = { "offered", CE_EXIT_NOTHING_TO_DO },
};

const char *
ce_job_outcome_name (CeJobOutcome outcome)
{
  return outcomes[(guint) outcome < G_N_ELEMENTS (outcomes) ? outcome : CE_OUTCOME_FAILED].name;
}

static CeJobOutcome
outcome_from_name (const char *name)
{
  for (guint i = 0; name != NULL && i < G_N_ELEMENTS (outcomes); i++)
    if (g_str_equal (outcomes[i].name, name))
      return (CeJobOutcome) i;
  return CE_OUTCOME_FAILED;
}

static char *
clean (const char *text)
{
  return text != NULL && *text != '\0' ? ce_text_clean (text, strlen (text), MAX_TEXT) : NULL;
}

static guint
small (JsonObject *object, const char *name)
{
  return (guint) CLAMP (ce_json_int (object, name, 0), 0, 1000);
}

static CeJobProgress *
parse_progress (JsonObject *object)
{
  CeJobProgress *progress;

  if (ce_json_string (object, "step") == NULL)
    return NULL;
  progress = g_new0 (CeJobProgress, 1);
  progress->step = clean (ce_json_string (object, "step"));
  progress->n = small (object, "n");
  progress->of = small (object, "of");
  progress->text = clean (ce_json_string (object, "text"));
  progress->module = clean (ce_json_string (object, "module"));
  progress->deadline_ms
      = (guint) CLAMP (ce_json_int (object, "deadline_ms", DEFAULT_DEADLINE_MS), 1, MAX_DEADLINE_MS);
  progress->hold = ce_json_bool (object, "hold");
  progress->card = ce_json_object (object, "card");
  if (progress->card != NULL)
    json_object_ref (progress->card);
  return progress;
}

static CeJobQuestion *
parse_question (JsonObject *object)
{
  g_autoptr (GStrvBuilder) choices = g_strv_builder_new ();
  JsonArray *array = ce_json_array (object, "choices");
  CeJobQuestion *question;

  if (ce_json_string (object, "id") == NULL)
    return NULL;
  for (guint i = 0; i < MIN (ce_json_length (array), MAX_CHOICES); i++)
    {
      JsonNode *node = json_array_get_element (array, i);

      if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_string (node) != NULL)
        g_strv_builder_add (choices, json_node_get_string (node));
    }
  question = g_new0 (CeJobQuestion, 1);
  question->id = g_strdup (ce_json_string (object, "id"));
  question->text = clean (ce_json_string (object, "text"));
  question->choices = g_strv_builder_end (choices);
  return question;
}

static CeJobError *
job_error_new (CeErrorCode code, char *message, const char *hint)
{
  CeJobError *error = g_new0 (CeJobError, 1);

  error->code = code;
  error->detail = message;
  error->message = ce_job_plain (message);
  error->hint = clean (hint != NULL ? hint : ce_error_hint (code));
  error->tries_left = -1;
  return error;
}

static CeJobError *
parse_error (JsonObject *object)
{
  char *message = clean (ce_json_string (object, "message"));
  CeJobError *error = job_error_new (ce_error_from_name (ce_json_string (object, "code")),
                                     message != NULL ? message : g_strdup ("the worker gave no reason"),
                                     ce_json_string (object, "hint"));

  error->tries_left = (int) CLAMP (ce_json_int (object, "tries_left", -1), -1, 255);
  return error;
}

static CeJobResult *
parse_result (JsonObject *object)
{
  CeJobResult *result = g_new0 (CeJobResult, 1);
  JsonObject *error = ce_json_object (object, "error");
  gint64 code = ce_json_int (object, "exit_code", -1);

  result->outcome = outcome_from_name (ce_json_string (object, "outcome"));
  if (error != NULL || result->outcome == CE_OUTCOME_FAILED)
    result->error = parse_error (error);
  if (code < 0 || code > 255 || (code == CE_EXIT_DONE && result->outcome == CE_OUTCOME_FAILED))
    code = result->error != NULL ? ce_error_exit_code (result->error->code)
                                 : outcomes[result->outcome].exit_code;
  result->exit_code = (int) code;
  result->object = json_object_ref (object);
  return result;
}

CeReport *
ce_report_parse (const char *line, gsize length)
{
  g_autoptr (JsonObject) object = ce_json_parse_object (line, length);
  g_autoptr (CeReport) report = g_new0 (CeReport, 1);
  const char *type = ce_json_string (object, "type");

  if (g_strcmp0 (type, "progress") == 0)
    report->progress = parse_progress (object);
  else if (g_strcmp0 (type, "question") == 0)
    report->question = parse_question (object);
  else if (g_strcmp0 (type, "result") == 0)
    report->result = parse_result (object);
  if (report->progress == NULL && report->question == NULL && report->result == NULL)
    return NULL;
  return g_steal_pointer (&report);
}

static JsonObject *
error_object (const CeJobError *error)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "code", ce_error_name (error->code));
  json_object_set_string_member (object, "message", error->detail);
  if (error->hint != NULL)
    json_object_set_string_member (object, "hint", error->hint);
  else
    json_object_set_null_member (object, "hint");
  json_object_set_null_member (object, "tries_left");
  return object;
}

CeJobResult *
ce_job_result_new_error (CeErrorCode code, char *message)
{
  CeJobResult *result = g_new0 (CeJobResult, 1);

  result->outcome = CE_OUTCOME_FAILED;
  result->exit_code = (int) ce_error_exit_code (code);
  result->error = job_error_new (code, message, NULL);
  result->object = json_object_new ();
  json_object_set_string_member (result->object, "type", "result");
  json_object_set_string_member (result->object, "outcome", ce_job_outcome_name (result->outcome));
  json_object_set_int_member (result->object, "exit_code", result->exit_code);
  json_object_set_object_member (result->object, "error", error_object (result->error));
  return result;
}

CeJobResult *
ce_job_result_copy (const CeJobResult *result)
{
  CeJobResult *copy = g_memdup2 (result, sizeof *result);

  json_object_ref (copy->object);
  if (copy->error != NULL)
    {
      copy->error = g_memdup2 (result->error, sizeof *result->error);
      copy->error->message = g_strdup (result->error->message);
      copy->error->detail = g_strdup (result->error->detail);
      copy->error->hint = g_strdup (result->error->hint);
    }
  return copy;
}

void
ce_job_progress_free (CeJobProgress *progress)
{
  if (progress == NULL)
    return;
  g_free (progress->step);
  g_free (progress->text);
  g_free (progress->module);
  g_clear_pointer (&progress->card, json_object_unref);
  g_free (progress);
}

void
ce_job_question_free (CeJobQuestion *question)
{
  if (question == NULL)
    return;
  g_free (question->id);
  g_free (question->text);
  g_strfreev (question->choices);
  g_free (question);
}

void
ce_job_result_free (CeJobResult *result)
{
  if (result == NULL)
    return;
  if (result->error != NULL)
    {
      g_free (result->error->message);
      g_free (result->error->detail);
      g_free (result->error->hint);
      g_free (result->error);
    }
  json_object_unref (result->object);
  g_free (result);
}

void
ce_report_free (CeReport *report)
{
  if (report == NULL)
    return;
  ce_job_progress_free (report->progress);
  ce_job_question_free (report->question);
  ce_job_result_free (report->result);
  g_free (report);
}
