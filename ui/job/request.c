/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/job/request.h"

#include "ui/job/json.h"

static void
set_text (JsonObject *object, const char *name, const char *text)
{
  if (text != NULL)
    json_object_set_string_member (object, name, text);
  else
    json_object_set_null_member (object, name);
}

static char *
line (JsonObject *object)
{
  g_autofree char *text = ce_json_line (object);

  return g_strconcat (text, "\n", NULL);
}

char *
ce_job_request_line (const CeJobRequest *request, int pin_fd)
{
  g_autoptr (JsonObject) job = json_object_new ();

  set_text (job, "command", request->command);
  set_text (job, "reader", request->reader);
  set_text (job, "card", request->card);
  set_text (job, "template", request->template_name);
  json_object_set_boolean_member (job, "interactive", request->interactive);
  if (request->certificate != NULL)
    set_text (job, "certificate", request->certificate);
  if (request->verb != NULL)
    set_text (job, "verb", request->verb);
  if (request->request_id != NULL)
    set_text (job, "request", request->request_id);
  if (request->may_wait)
    json_object_set_boolean_member (job, "may_wait", TRUE);
  if (request->refresh)
    json_object_set_boolean_member (job, "refresh", TRUE);
  json_object_set_int_member (job, "pin_fd", pin_fd);
  json_object_set_int_member (job, "limit", request->limit);
  return line (job);
}

char *
ce_job_answer_line (const char *id, const char *answer)
{
  g_autoptr (JsonObject) object = json_object_new ();

  set_text (object, "id", id);
  set_text (object, "answer", answer);
  return line (object);
}
