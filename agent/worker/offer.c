/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/worker/offer.h"

#include <string.h>

#include "agent/base/text.h"
#include "agent/enroll/setbacks.h"

#define DAY_S (24 * 3600)
#define HISTORY_LINES 1000
#define MAX_SAMPLES 5
#define MAX_SECONDS 900 /* longer: somebody pulled the card in between */

static gint
compare_seconds (gconstpointer a, gconstpointer b)
{
  const guint x = *(const guint *) a, y = *(const guint *) b;

  return x < y ? -1 : x > y;
}

static guint
median (GArray *seconds)
{
  const guint n = seconds->len;

  g_array_sort (seconds, compare_seconds);
  return n > 0 ? g_array_index (seconds, guint, n / 2) : 0;
}

static gboolean
is_state (const CeHistoryLine *line, CeJobState state)
{
  return strcmp (line->state, ce_job_state_name (state)) == 0;
}

/* When the job that ended with line @end took to the card, or 0: it had to be carried on, or waited. */
static gint64
begin_of (const GPtrArray *lines, guint end)
{
  const CeHistoryLine *last = lines->pdata[end];
  gint64 begin = 0;

  for (guint i = end + 1; i < lines->len; i++)
    {
      const CeHistoryLine *line = lines->pdata[i];

      if (strcmp (line->card_serial, last->card_serial) != 0
          || strcmp (line->template_name, last->template_name) != 0)
        continue;
      if (is_state (line, CE_JOB_KEY_GENERATING))
        return line->when_unix;
      if (is_state (line, CE_JOB_DONE) || strcmp (line->state, CE_EVENT_ISSUED_IN_VAIN) == 0)
        return begin;
      if (is_state (line, CE_JOB_PENDING))
        return 0;
      begin = line->when_unix;
    }
  return begin;
}

guint
ce_offer_seconds (const GPtrArray *lines, const char *template_name)
{
  g_autoptr (GArray) samples = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = 0; i < lines->len && samples->len < MAX_SAMPLES; i++)
    {
      const CeHistoryLine *line = lines->pdata[i];
      const gint64 begin = is_state (line, CE_JOB_DONE) && strcmp (line->template_name, template_name) == 0
                               ? begin_of (lines, i)
                               : 0;
      const gint64 took = line->when_unix - begin;

      if (begin > 0 && took >= 0 && took <= MAX_SECONDS)
        {
          const guint seconds = (guint) MAX (took, 1);

          g_array_append_val (samples, seconds);
        }
    }
  return median (samples);
}

static gboolean
is_begun (const GPtrArray *open, const CeAction *action)
{
  for (guint i = 0; i < open->len; i++)
    {
      const CeJob *job = open->pdata[i];

      if (action->template != NULL && strcmp (job->template_name, action->template->name) == 0)
        return TRUE;
    }
  return FALSE;
}

/* Until when it can wait; 0: it cannot. */
static gint64
latest_of (const CeSession *session, const GPtrArray *open, const CeAction *action, gint64 *ret_expires)
{
  const CeCardEntry *old
      = action->certificate != NULL ? ce_card_entries_find (session->entries, action->certificate) : NULL;
  gint64 latest;

  *ret_expires = 0;
  if (action->kind == CE_ACTION_REMOVE)
    return G_MAXINT64;
  if ((action->kind != CE_ACTION_RENEW && action->kind != CE_ACTION_REENROLL
       && action->kind != CE_ACTION_SUPERSEDE)
      || old == NULL || old->parsed == NULL || is_begun (open, action))
    return 0;
  *ret_expires = old->parsed->not_after_unix;
  latest = *ret_expires - (gint64) session->config->postpone_until_days * DAY_S;
  return latest > session->now_unix ? latest : 0;
}

static void
set_time (JsonObject *object, const char *name, gint64 unix_s)
{
  g_autofree char *text = ce_time_iso (unix_s);

  if (unix_s > 0 && unix_s < G_MAXINT64)
    json_object_set_string_member (object, name, text);
  else
    json_object_set_null_member (object, name);
}

static JsonObject *
describe (const CeAction *action, gint64 expires)
{
  JsonObject *object = json_object_new ();
  const CeTemplate *template = action->template;

  json_object_set_string_member (object, "action", ce_action_name (action->kind));
  json_object_set_string_member (object, "template", template != NULL ? template->name : "");
  json_object_set_string_member (object, "display_name", template != NULL ? template->display_name : "");
  set_time (object, "expires", expires);
  return object;
}

/* Of all of it; 0 where one of them was never done before. */
static guint
total_seconds (const CePlan *plan, const GPtrArray *lines)
{
  guint total = 0;

  for (guint i = 0; i < plan->actions->len; i++)
    {
      const CeAction *action = plan->actions->pdata[i];
      const guint seconds = action->template != NULL ? ce_offer_seconds (lines, action->template->name) : 0;

      if (seconds == 0 && action->kind != CE_ACTION_REMOVE)
        return 0;
      total += seconds;
    }
  return total;
}

gboolean
ce_worker_offer (CeSession *session, JsonObject **ret_offer, GError **error)
{
  g_autoptr (JsonObject) offer = json_object_new ();
  g_autoptr (GPtrArray) open
      = ce_journal_open_jobs (session->journal, ce_token_info (session->token)->serial, error);
  g_autoptr (GPtrArray) lines
      = open != NULL ? ce_journal_history (session->journal, NULL, HISTORY_LINES, error) : NULL;
  JsonArray *actions = json_array_new ();
  gint64 until = G_MAXINT64;

  json_object_set_array_member (offer, "actions", actions);
  *ret_offer = NULL;
  if (lines == NULL)
    return FALSE;
  for (guint i = 0; i < session->plan->actions->len; i++)
    {
      const CeAction *action = session->plan->actions->pdata[i];
      gint64 expires = 0;
      const gint64 latest = latest_of (session, open, action, &expires);

      if (latest == 0)
        return TRUE;
      until = MIN (until, latest);
      json_array_add_object_element (actions, describe (action, expires));
    }
  set_time (offer, "until", until);
  json_object_set_int_member (offer, "seconds", total_seconds (session->plan, lines));
  *ret_offer = g_steal_pointer (&offer);
  return TRUE;
}
