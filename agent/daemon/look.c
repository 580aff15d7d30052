/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/daemon/look.h"

#include "agent/base/config.h"
#include "ui/job/json.h"

#define SOONEST_S 60
#define BUSY_S 60
#define DEFAULT_LOOK_S (8 * 3600)
#define UNREACHABLE_S (15 * 60)
#define MAX_DOUBLINGS 10

guint
ce_look_every (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CeConfig) config = ce_config_load (&error);

  return config != NULL ? config->look_every_s : DEFAULT_LOOK_S;
}

static gint64
planned_look (JsonObject *result)
{
  JsonObject *plan = ce_json_object (result, "plan");

  return ce_json_time (ce_json_string (plan, "next_look") != NULL ? plan : result, "next_look", G_MAXINT64);
}

gboolean
ce_look_is_offline (const CeJobResult *result)
{
  JsonObject *policy = ce_json_object (ce_json_object (result->object, "plan"), "policy");

  return ce_json_string (policy, "cached_because") != NULL;
}

gboolean
ce_look_is_backing_off (const CeJobResult *result)
{
  const CeJobError *error = result->error;

  if (error == NULL)
    return ce_look_is_offline (result);
  return ce_error_exit_code (error->code) == CE_EXIT_UNREACHABLE && error->code != CE_ERROR_NOT_TRUSTED;
}

gboolean
ce_look_brought_something (const CeJobResult *result)
{
  JsonArray *performed = ce_json_array (result->object, "performed");

  for (guint i = 0; i < ce_json_length (performed); i++)
    if (g_strcmp0 (ce_json_string (ce_json_nth (performed, i), "outcome"), "done") == 0)
      return TRUE;
  return FALSE;
}

static gint64
back_off (guint failures)
{
  return (gint64) UNREACHABLE_S << MIN (failures > 0 ? failures - 1 : 0, MAX_DOUBLINGS);
}

/* How long to leave it alone after @result; 0: as the plan says. */
static gint64
pause_after (const CeJobResult *result, guint failures)
{
  if (result->error != NULL && result->error->code == CE_ERROR_BUSY)
    return BUSY_S;
  return ce_look_is_backing_off (result) ? back_off (failures) : 0;
}

gint64
ce_look_after (const CeJobResult *result, gint64 now_unix, guint every_s, guint failures, double chance)
{
  gint64 longest = (gint64) every_s - (gint64) (every_s / 10 * chance);
  gint64 pause = pause_after (result, failures);
  gint64 planned = planned_look (result->object);

  if (pause > 0)
    return now_unix + MIN (pause - (gint64) ((double) (pause / 4) * chance), longest);
  if (result->outcome == CE_OUTCOME_FAILED || result->outcome == CE_OUTCOME_REFUSED
      || result->outcome == CE_OUTCOME_OFFERED)
    planned = G_MAXINT64;
  return MIN (MAX (planned, now_unix + SOONEST_S), now_unix + longest);
}

gint64
ce_look_asks_again (const CeJobResult *result)
{
  JsonArray *templates = ce_json_array (ce_json_object (result->object, "plan"), "templates");
  gboolean waits = result->outcome == CE_OUTCOME_WAITING;
  gint64 at = planned_look (result->object);

  for (guint i = 0; i < ce_json_length (templates); i++)
    waits |= g_strcmp0 (ce_json_string (ce_json_nth (templates, i), "because"), "pending") == 0;
  return waits && at != G_MAXINT64 ? at : 0;
}
