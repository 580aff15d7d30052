/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/ending.h"

#include <string.h>

#include "policy/plain.h"
#include "policy/standing.h"

#define RENEWING ((guint32) (CE_AUTOENROLLMENT_ENROLL | CE_AUTOENROLLMENT_MANAGE))

static gboolean
is_in_force (const CeWorld *world, const CeHeld *held)
{
  return held->has_private_key && held->trusted && !held->revoked && world->now_unix < held->not_after_unix
         && ce_standing_is_users (held, &world->policy->user);
}

static gboolean
ends_soon (const CeWorld *world, const CeHeld *held)
{
  const gint64 lifetime = held->not_after_unix - held->not_before_unix;

  return world->now_unix >= held->not_before_unix
         && (held->not_after_unix - world->now_unix) * 100 <= lifetime * world->policy->expiry_percent;
}

static gboolean
is_same_kind (const CeHeld *a, const CeHeld *b)
{
  return strcmp (a->template_oid, b->template_oid) == 0 && strcmp (a->template_name, b->template_name) == 0;
}

static gboolean
lasts_longer_elsewhere (const CeWorld *world, const CeHeld *held)
{
  for (guint i = 0; i < world->held->len; i++)
    {
      const CeHeld *other = g_ptr_array_index (world->held, i);

      if (is_same_kind (held, other) && other->not_after_unix > held->not_after_unix
          && other->not_before_unix <= world->now_unix && is_in_force (world, other))
        return TRUE;
    }
  return FALSE;
}

/* A request that nobody has decided may come to nothing, and so may what only follows it. */
static gboolean
is_sure (const CePlan *plan, const CeAction *action)
{
  for (guint i = 0; action->after != NULL && i < plan->actions->len; i++)
    {
      const CeAction *before = g_ptr_array_index (plan->actions, i);

      if (before->template == action->after)
        return is_sure (plan, before);
    }
  return action->kind != CE_ACTION_FETCH_PENDING || action->pending->issued;
}

static gboolean
is_replaced (const CePlan *plan, const CeHeld *held)
{
  for (guint i = 0; i < plan->actions->len; i++)
    {
      const CeAction *action = g_ptr_array_index (plan->actions, i);

      if (is_sure (plan, action)
          && (g_strcmp0 (action->certificate, held->fingerprint) == 0
              || (action->template != NULL && ce_standing_is_of (held, action->template))))
        return TRUE;
    }
  return FALSE;
}

static const CeVerdict *
find_verdict (const CePlan *plan, const CeHeld *held)
{
  for (guint i = 0; i < plan->verdicts->len; i++)
    {
      const CeVerdict *verdict = g_ptr_array_index (plan->verdicts, i);

      if (ce_standing_is_of (held, verdict->template))
        return verdict;
    }
  return NULL;
}

/* May it come to nothing, for now? */
static gboolean
is_stuck (const CePlan *plan, const CeVerdict *verdict)
{
  for (guint i = 0; i < plan->actions->len; i++)
    {
      const CeAction *action = g_ptr_array_index (plan->actions, i);

      if (action->template == verdict->template)
        return !is_sure (plan, action);
    }
  return verdict->because == CE_REASON_PENDING || verdict->because == CE_REASON_DENIED
         || verdict->because == CE_REASON_ISSUED_IN_VAIN;
}

/* What is superseded waits for the template that takes its place: then that one's verdict says why nothing comes. */
static const CeVerdict *
find_deciding (const CePlan *plan, const CeVerdict *verdict)
{
  for (guint i = 0; verdict != NULL && verdict->because == CE_REASON_SUPERSEDED_BY && i < plan->verdicts->len;
       i++)
    {
      const CeVerdict *other = g_ptr_array_index (plan->verdicts, i);

      for (char **name = other->template->supersedes; *name != NULL; name++)
        if (ce_template_is_called (verdict->template, *name) && is_stuck (plan, other))
          return other;
    }
  return verdict;
}

static void
describe_no_template (CeEnding *ending, const CeHeld *held)
{
  const char *name = *held->template_oid != '\0' ? held->template_oid : held->template_name;

  ending->because = CE_REASON_NO_TEMPLATE;
  ending->detail = *name != '\0'
                       ? g_strdup_printf ("the policy has no template '%s', which it was issued by", name)
                       : g_strdup ("it names no template, by which it could be renewed");
}

/* What is up to date is renewed once that is due, and what is superseded is replaced; or will it not be? */
static gboolean
describe_waiting (CeEnding *ending, const CeWorld *world, const CeVerdict *verdict)
{
  if (!ce_policy_allows (world->policy, RENEWING))
    {
      ending->because = CE_REASON_AUTOENROLLMENT_DISABLED;
      ending->detail = ce_policy_describe_refusal (world->policy, "ENROLL 0x1 and MANAGE 0x2");
      return TRUE;
    }
  if (verdict->because != CE_REASON_UP_TO_DATE || ce_standing_renews_by_itself (verdict->template))
    return FALSE;
  ending->because = CE_REASON_SKIP_AUTO_RENEWAL;
  ending->detail = g_strdup (verdict->detail);
  return TRUE;
}

/* %FALSE: it will be renewed by itself. */
static gboolean
describe (CeEnding *ending, const CeWorld *world, const CeHeld *held, const CeVerdict *verdict)
{
  if (verdict == NULL)
    describe_no_template (ending, held);
  else if (verdict->because == CE_REASON_UP_TO_DATE || verdict->because == CE_REASON_SUPERSEDED_BY)
    return describe_waiting (ending, world, verdict);
  else
    {
      ending->because = verdict->verdict == CE_ACTION_FETCH_PENDING ? CE_REASON_PENDING : verdict->because;
      ending->detail = g_strdup (verdict->detail);
    }
  return TRUE;
}

static void
add (const CeWorld *world, CePlan *plan, const CeHeld *held)
{
  const CeVerdict *verdict = find_verdict (plan, held);
  const CeVerdict *deciding = find_deciding (plan, verdict);
  CeEnding *ending = g_new0 (CeEnding, 1);

  if (!describe (ending, world, held, deciding))
    {
      g_free (ending);
      return;
    }
  ending->certificate = g_strdup (held->fingerprint);
  ending->subject = g_strdup (held->subject);
  ending->template = verdict != NULL ? verdict->template : NULL;
  ending->not_after_unix = held->not_after_unix;
  ending->words = ce_plain_words (ending->because, deciding != NULL ? deciding->template : NULL);
  g_ptr_array_add (plan->endings, ending);
}

static int
first_to_end (gconstpointer a, gconstpointer b)
{
  const CeEnding *x = *(const CeEnding *const *) a, *y = *(const CeEnding *const *) b;

  if (x->not_after_unix != y->not_after_unix)
    return x->not_after_unix < y->not_after_unix ? -1 : 1;
  return strcmp (x->certificate, y->certificate);
}

void
ce_endings_add (const CeWorld *world, CePlan *plan)
{
  for (guint i = 0; world->held != NULL && i < world->held->len; i++)
    {
      const CeHeld *held = g_ptr_array_index (world->held, i);

      if (is_in_force (world, held) && ends_soon (world, held) && !is_replaced (plan, held)
          && !lasts_longer_elsewhere (world, held))
        add (world, plan, held);
    }
  g_ptr_array_sort (plan->endings, first_to_end);
}
