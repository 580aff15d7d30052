/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/plan.h"

/* What goes into a plan and what comes out of it: made and freed. */

CeHeld *
ce_held_new (void)
{
  CeHeld *held = g_new0 (CeHeld, 1);
  char **texts[] = { &held->fingerprint, &held->subject, &held->template_oid, &held->template_name,
                     &held->revocation,  &held->upn,     &held->sid };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    *texts[i] = g_strdup ("");
  return held;
}

void
ce_held_free (CeHeld *held)
{
  if (held == NULL)
    return;
  g_free (held->fingerprint);
  g_free (held->subject);
  g_free (held->template_oid);
  g_free (held->template_name);
  g_free (held->revocation);
  g_free (held->upn);
  g_free (held->sid);
  g_free (held);
}

CePending *
ce_pending_new (const char *template_name, const char *ca_name, const char *request_id, gint64 since_unix,
                gint64 ask_again_unix)
{
  CePending *pending = g_new0 (CePending, 1);

  pending->template_name = g_strdup (template_name);
  pending->ca_name = g_strdup (ca_name);
  pending->request_id = g_strdup (request_id);
  pending->since_unix = since_unix;
  pending->ask_again_unix = ask_again_unix;
  pending->replaces = g_strdup ("");
  return pending;
}

void
ce_pending_free (CePending *pending)
{
  if (pending == NULL)
    return;
  g_free (pending->template_name);
  g_free (pending->ca_name);
  g_free (pending->request_id);
  g_free (pending->replaces);
  g_free (pending);
}

static void
action_free (gpointer data)
{
  CeAction *action = data;

  g_free (action->detail);
  g_free (action->certificate);
  g_free (action);
}

const char *
ce_action_template_name (const CeAction *action)
{
  if (action->template != NULL)
    return action->template->name;
  return action->pending != NULL ? action->pending->template_name : NULL;
}

static void
verdict_free (gpointer data)
{
  CeVerdict *verdict = data;

  g_free (verdict->detail);
  g_free (verdict);
}

static void
ending_free (gpointer data)
{
  CeEnding *ending = data;

  g_free (ending->certificate);
  g_free (ending->subject);
  g_free (ending->detail);
  g_free (ending->words);
  g_free (ending);
}

CePlan *
ce_plan_new (gint64 next_look_unix)
{
  CePlan *plan = g_new0 (CePlan, 1);

  plan->actions = g_ptr_array_new_with_free_func (action_free);
  plan->verdicts = g_ptr_array_new_with_free_func (verdict_free);
  plan->endings = g_ptr_array_new_with_free_func (ending_free);
  plan->next_look_unix = next_look_unix;
  return plan;
}

void
ce_plan_free (CePlan *plan)
{
  if (plan == NULL)
    return;
  g_ptr_array_unref (plan->actions);
  g_ptr_array_unref (plan->verdicts);
  g_ptr_array_unref (plan->endings);
  g_free (plan);
}
