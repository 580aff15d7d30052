/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/daemon/pending.h"

#include "agent/base/clock.h"
#include "agent/base/log.h"
#include "agent/base/names.h"
#include "agent/daemon/look.h"
#include "agent/daemon/rest.h"
#include "agent/daemon/timer.h"
#include "ui/job/json.h"
#include "ui/job/run.h"

struct _CePendingLook
{
  CePendingIssued issued;
  gpointer data;
  char **environment;
  CeTimer *timer;
  CeJobRun *run;
  GHashTable *told; /* "CA number" of what was told */
  gint64 at_unix;
  guint failures;
};

static void
set_time (CePendingLook *look, gint64 at_unix)
{
  look->at_unix = at_unix;
  ce_timer_set (look->timer, at_unix);
}

static void
tell (CePendingLook *look, JsonObject *job)
{
  const char *serial = ce_json_string (job, "card");
  const char *label = ce_json_string (job, "label");
  const char *template_name = ce_json_string (job, "template");
  g_autofree char *key = g_strdup_printf ("%s %s", ce_json_string (job, "ca"), ce_json_string (job, "request_id"));

  if (serial == NULL || template_name == NULL || g_strcmp0 (ce_json_string (job, "state"), "issued") != 0
      || !g_hash_table_add (look->told, g_steal_pointer (&key)))
    return;
  look->issued (serial, label != NULL ? label : "", template_name, look->data);
}

static void
on_finished (CeJobRun *run, const CeJobResult *result, gpointer data)
{
  CePendingLook *look = data;
  JsonArray *jobs = ce_json_array (result->object, "pending");

  look->run = NULL;
  look->failures = result->error != NULL ? look->failures + 1 : 0;
  if (result->error != NULL)
    ce_log (G_LOG_LEVEL_MESSAGE, result->error->detail, CE_FIELD_ERROR, ce_error_name (result->error->code), NULL);
  set_time (look, ce_look_after (result, ce_now (), ce_look_every (), look->failures, g_random_double ()));
  for (guint i = 0; i < ce_json_length (jobs); i++)
    tell (look, ce_json_nth (jobs, i));
  ce_job_run_free (run);
  ce_rest ();
}

static gboolean
has_journal (void)
{
  g_autofree char *path = g_build_filename (g_get_user_state_dir (), CE_DIRECTORY, CE_JOURNAL_FILE, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

void
ce_pending_look_now (CePendingLook *look)
{
  static const CeJobEvents events = { NULL, NULL, on_finished };
  CeJobRequest request = CE_JOB_REQUEST_INIT;
  g_autoptr (GError) error = NULL;

  if (look->run != NULL)
    return;
  set_time (look, ce_now () + ce_look_every ());
  if (!has_journal ())
    return;
  request.command = "pending";
  request.verb = "fetch-due";
  request.environment = look->environment;
  look->run = ce_job_run_start (&request, &events, look, &error);
  if (look->run == NULL)
    ce_log (G_LOG_LEVEL_WARNING, error->message, NULL);
}

void
ce_pending_look_by (CePendingLook *look, gint64 at_unix)
{
  if (look->run == NULL && (look->at_unix == 0 || at_unix < look->at_unix))
    set_time (look, at_unix);
}

static void
on_timer (gpointer data)
{
  ce_pending_look_now (data);
}

CePendingLook *
ce_pending_look_new (CePendingIssued issued, gpointer data, char **environment)
{
  CePendingLook *look = g_new0 (CePendingLook, 1);

  look->issued = issued;
  look->data = data;
  look->environment = environment;
  look->timer = ce_timer_new (on_timer, look);
  look->told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return look;
}

void
ce_pending_look_free (CePendingLook *look)
{
  if (look == NULL)
    return;
  ce_job_run_free (look->run);
  ce_timer_free (look->timer);
  g_hash_table_unref (look->told);
  g_free (look);
}
