/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/enroll/setbacks.h"

#include <string.h>

#include "agent/base/clock.h"
#include "agent/base/text.h"
#include "agent/enroll/held.h"
#include "policy/standing.h"

#define HISTORY_LINES 1000

/* What the history says of one template, read from its end. */
typedef struct
{
  CeSetback *setback; /* %NULL: the last request ended well, or is on its way */
  gboolean closed;    /* what is older does not count any more */
  guint n_done;       /* jobs that were done since the last certificate in vain, or before it: that one */
} Trail;

static void
trail_free (gpointer data)
{
  Trail *trail = data;

  ce_setback_free (trail->setback);
  g_free (trail);
}

static CeSetback *
begin (const CeHistoryLine *line)
{
  CeSetback *setback = NULL;

  if (strcmp (line->state, CE_EVENT_ISSUED_IN_VAIN) == 0)
    setback = ce_setback_new (line->template_name, CE_SETBACK_IN_VAIN, line->when_unix);
  else if (strcmp (line->state, ce_job_state_name (CE_JOB_DENIED)) == 0)
    setback = ce_setback_new (line->template_name,
                              strcmp (line->note, CE_NOTE_CANCELLED) == 0 ? CE_SETBACK_CANCELLED
                                                                          : CE_SETBACK_DENIED,
                              line->when_unix);
  if (setback == NULL)
    return NULL;
  ce_text_set (&setback->ca_name, line->ca_name);
  ce_text_set (&setback->request_id, line->request_id);
  ce_text_set (&setback->note, line->note);
  return setback;
}

/* A denied job has a second such line once its key is deleted: the first says when. */
static void
go_on_denied (Trail *trail, const CeHistoryLine *line)
{
  if (strcmp (line->state, ce_job_state_name (CE_JOB_DENIED)) == 0)
    trail->setback->when_unix = line->when_unix;
  else
    trail->closed = TRUE;
}

/* Between two in a row stand the steps of the later one's job. */
static void
go_on_in_vain (Trail *trail, const CeHistoryLine *line)
{
  if (strcmp (line->state, CE_EVENT_ISSUED_IN_VAIN) == 0)
    {
      trail->closed = strcmp (line->note, trail->setback->note) != 0;
      trail->setback->count += trail->closed ? 0 : 1;
      trail->n_done = 0;
    }
  else if (strcmp (line->state, ce_job_state_name (CE_JOB_DONE)) == 0)
    trail->closed = ++trail->n_done > 1;
  else
    trail->closed = strcmp (line->state, ce_job_state_name (CE_JOB_DENIED)) == 0;
}

/* Other events may stand between the lines of a job. */
static gboolean
is_about_a_request (const CeHistoryLine *line)
{
  return (line->job != 0 && strcmp (line->action, ce_action_name (CE_ACTION_REMOVE)) != 0)
         || strcmp (line->state, CE_EVENT_ISSUED_IN_VAIN) == 0;
}

static void
read_line (GHashTable *trails, const CeHistoryLine *line)
{
  Trail *trail = g_hash_table_lookup (trails, line->template_name);

  if (trail == NULL)
    {
      trail = g_new0 (Trail, 1);
      trail->setback = begin (line);
      trail->closed = trail->setback == NULL;
      g_hash_table_insert (trails, g_strdup (line->template_name), trail);
    }
  else if (trail->closed)
    return;
  else if (trail->setback->kind == CE_SETBACK_IN_VAIN)
    go_on_in_vain (trail, line);
  else
    go_on_denied (trail, line);
}

GPtrArray *
ce_setbacks_from_history (const GPtrArray *lines, const char *user)
{
  g_autoptr (GHashTable) trails = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, trail_free);
  GPtrArray *setbacks = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_setback_free);
  GHashTableIter iter;
  gpointer value;

  for (guint i = 0; i < lines->len; i++)
    {
      const CeHistoryLine *line = lines->pdata[i];

      if (is_about_a_request (line) && strcmp (line->user, user) == 0)
        read_line (trails, line);
    }
  g_hash_table_iter_init (&iter, trails);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Trail *trail = value;

      if (trail->setback != NULL)
        g_ptr_array_add (setbacks, g_steal_pointer (&trail->setback));
    }
  return setbacks;
}

/* Of an enrolment or a renewal; a removal has no certificate to log on with. */
static gboolean
is_got (const CeHistoryLine *line)
{
  return line->job != 0 && strcmp (line->state, ce_job_state_name (CE_JOB_DONE)) == 0
         && strcmp (line->action, ce_action_name (CE_ACTION_REMOVE)) != 0;
}

GPtrArray *
ce_unproved_from_history (const GPtrArray *lines, const char *user)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  GPtrArray *unproved = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < lines->len; i++)
    {
      const CeHistoryLine *line = lines->pdata[i];

      if (strcmp (line->user, user) != 0)
        continue;
      if (strcmp (line->state, CE_EVENT_LOGON_TEST) == 0)
        break;
      if (is_got (line) && g_hash_table_add (seen, line->template_name)
          && g_str_has_prefix (line->note, CE_NOTE_LOGON_REFUSED))
        g_ptr_array_add (unproved, g_strdup (line->template_name));
    }
  return unproved;
}

gboolean
ce_enroll_read_history (const CeEnrollContext *context, GPtrArray **ret_setbacks, GPtrArray **ret_unproved,
                        GError **error)
{
  g_autoptr (GPtrArray) lines
      = ce_journal_history (context->journal, ce_token_info (context->token)->serial, HISTORY_LINES, error);

  if (lines == NULL)
    return FALSE;
  *ret_setbacks = ce_setbacks_from_history (lines, context->policy->user.principal);
  *ret_unproved = ce_unproved_from_history (lines, context->policy->user.principal);
  return TRUE;
}

static char *
find_flaw (const CeEnrollContext *context, const CeJob *job)
{
  const CeTemplate *template = ce_policy_find_template (context->policy, job->template_name);
  g_autoptr (CeHeld) held = template != NULL ? ce_held_from_issued (job->certificate, context->policy,
                                                                    context->config->renew_with_ca, ce_now ())
                                             : NULL;

  return held != NULL ? ce_standing_flaw (template, held, &context->policy->user, ce_now ()) : NULL;
}

gboolean
ce_enroll_note_flaw (const CeEnrollContext *context, CePerformed *performed, GError **error)
{
  CeJob *job = performed->job;
  g_autofree char *flaw = performed->outcome == CE_PERFORMED_DONE && performed->kind != CE_ACTION_REMOVE
                              ? find_flaw (context, job)
                              : NULL;
  const CeHistoryLine line = {
    .when_unix = ce_now (),
    .card_serial = job->card_serial,
    .user = job->user,
    .action = job->action,
    .template_name = job->template_name,
    .state = (char *) CE_EVENT_ISSUED_IN_VAIN,
    .ca_name = job->ca_name,
    .request_id = job->request_id,
    .note = flaw,
  };

  if (flaw == NULL)
    return TRUE;
  performed->in_vain = TRUE;
  g_free (job->note);
  job->note = g_strdup_printf ("it does not count: %s; ask the administrator of %s", flaw, job->ca_name);
  return ce_journal_add_event (context->journal, &line, error);
}
