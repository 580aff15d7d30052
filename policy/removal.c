/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/removal.h"

#include <string.h>

#include "policy/setback.h"
#include "policy/standing.h"

/* What takes the place of a certificate: one that is on the card, or one that is about to be got. */
typedef struct
{
  const CeTemplate *template;
  const CeHeld *held;
  gboolean to_come;
} Successor;

typedef struct
{
  const CeRemovalView *view;
  const CeHeld *held;
  guint index; /* of its template */
  CeReason because;
} Question;

static const CeTemplate *
nth_template (const CeRemovalView *view, guint index)
{
  return g_ptr_array_index (view->templates, index);
}

static const CeHeld *
find_usable (const CeRemovalView *view, const CeTemplate *template)
{
  const CeWorld *world = view->world;

  return ce_standing_usable (template, world->held, &world->policy->user, world->now_unix);
}

/* Certificates of @index would have been replaced by those of @by: the same template's only by better ones.
 */
static gboolean
gives_way (const Question *q, guint by)
{
  if (by == q->index)
    return q->because != CE_REASON_UP_TO_DATE;
  return q->view->eligible[by] && ce_superseding_replaces (q->view->superseding, by, q->index);
}

/* What it is to replace may be the only one that logs on. */
static gboolean
is_unproved (const CeWorld *world, const CeTemplate *template)
{
  for (guint i = 0; world->unproved != NULL && i < world->unproved->len; i++)
    if (strcmp (g_ptr_array_index (world->unproved, i), template->name) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
is_on_the_card (const Question *q, guint by, Successor *ret_successor)
{
  const CeWorld *world = q->view->world;
  const CeTemplate *template = nth_template (q->view, by);
  const CeHeld *usable = find_usable (q->view, template);

  if (usable == NULL || usable == q->held || !gives_way (q, by) || is_unproved (world, template))
    return FALSE;
  if (by == q->index
      && ce_standing_judge (template, usable, &world->policy->user, world->now_unix) == q->because)
    return FALSE;
  *ret_successor = (Successor){ template, usable, FALSE };
  return TRUE;
}

/* One that is there before one that is to come; of several the first by name. */
static gboolean
find_successor (const Question *q, Successor *ret_successor)
{
  for (guint i = 0; i < q->view->in_force->len; i++)
    if (is_on_the_card (q, g_array_index (q->view->in_force, guint, i), ret_successor))
      return TRUE;
  for (guint i = 0; i < q->view->acted->len; i++)
    {
      guint by = g_array_index (q->view->acted, guint, i);

      if (!gives_way (q, by))
        continue;
      *ret_successor = (Successor){ nth_template (q->view, by), NULL, TRUE };
      return TRUE;
    }
  return FALSE;
}

static gboolean
find_template (const CeRemovalView *view, const CeHeld *held, guint *ret_index)
{
  for (guint i = 0; i < view->templates->len; i++)
    if (ce_standing_is_of (held, nth_template (view, i)))
      {
        *ret_index = i;
        return TRUE;
      }
  return FALSE;
}

static gboolean
is_replaced_by_an_action (const CePlan *plan, const CeHeld *held)
{
  for (guint i = 0; i < plan->actions->len; i++)
    if (g_strcmp0 (((CeAction *) g_ptr_array_index (plan->actions, i))->certificate, held->fingerprint) == 0)
      return TRUE;
  return FALSE;
}

/* What it is by itself, in words. */
static char *
describe (const Question *q)
{
  g_autofree char *until = ce_standing_date (q->held->not_after_unix);
  const char *name = nth_template (q->view, q->index)->name;

  if (q->because == CE_REASON_EXPIRED)
    return g_strdup_printf ("the certificate of '%s' expired on %s", name, until);
  if (q->because == CE_REASON_REVOKED)
    return g_strdup_printf ("the certificate of '%s' is %s", name,
                            *q->held->revocation != '\0' ? q->held->revocation : "revoked");
  return g_strdup_printf ("the certificate of '%s' that is valid until %s", name, until);
}

static char *
describe_successor (const Question *q, const Successor *successor)
{
  g_autofree char *what = describe (q);
  g_autofree char *until = successor->to_come ? NULL : ce_standing_date (successor->held->not_after_unix);
  const char *and = q->because == CE_REASON_EXPIRED || q->because == CE_REASON_REVOKED ? ", and"
                                                                                       : " gives way:";

  if (successor->to_come)
    return g_strdup_printf ("%s%s a new one of '%s' takes its place", what, and, successor->template->name);
  return g_strdup_printf ("%s%s one of '%s', valid until %s, has taken its place", what, and,
                          successor->template->name, until);
}

static CeAction *
new_removal (const Question *q, CeReason because, char *detail, const CeTemplate *after)
{
  CeAction *action = g_new0 (CeAction, 1);

  action->kind = CE_ACTION_REMOVE;
  action->because = because;
  action->detail = detail;
  action->certificate = g_strdup (q->held->fingerprint);
  action->after = after;
  return action;
}

/* Is it one that a plan may judge at all? */
static gboolean
is_ours (const CeHeld *held)
{
  return held->has_private_key && held->trusted && !held->decrypts;
}

static CeAction *
judge (const CeRemovalView *view, const CePlan *plan, const CeHeld *held)
{
  const CeWorld *world = view->world;
  Question q = { .view = view, .held = held };
  Successor successor;
  const CeTemplate *template;
  gboolean useless;

  if (!is_ours (held) || is_replaced_by_an_action (plan, held) || !find_template (view, held, &q.index))
    return NULL;
  template = nth_template (view, q.index);
  q.because = ce_standing_judge (template, held, &world->policy->user, world->now_unix);
  if (q.because == CE_REASON_NO_VALID_CERTIFICATE || ce_setback_is_about (world, template, held))
    return NULL;
  useless = q.because == CE_REASON_EXPIRED || q.because == CE_REASON_REVOKED;
  if (find_successor (&q, &successor))
    return new_removal (&q, useless ? q.because : CE_REASON_SUPERSEDED_BY,
                        describe_successor (&q, &successor), successor.to_come ? successor.template : NULL);
  if (useless && template->enrollment_flags & CE_TEMPLATE_ENROLL_REMOVE_INVALID)
    {
      g_autofree char *what = describe (&q);

      return new_removal (&q, q.because,
                          g_strdup_printf ("%s, and msPKI-Enrollment-Flag of its template has "
                                           "REMOVE_INVALID_CERTIFICATE_FROM_PERSONAL_STORE 0x400",
                                           what),
                          NULL);
    }
  return NULL;
}

static int
by_fingerprint (gconstpointer a, gconstpointer b)
{
  const CeAction *x = *(const CeAction *const *) a, *y = *(const CeAction *const *) b;

  return strcmp (x->certificate, y->certificate);
}

void
ce_removals_add (const CeRemovalView *view, CePlan *plan)
{
  g_autoptr (GPtrArray) removals = g_ptr_array_new ();

  for (guint i = 0; view->world->held != NULL && i < view->world->held->len; i++)
    {
      CeAction *removal = judge (view, plan, g_ptr_array_index (view->world->held, i));

      if (removal != NULL)
        g_ptr_array_add (removals, removal);
    }
  g_ptr_array_sort (removals, by_fingerprint);
  for (guint i = 0; i < removals->len; i++)
    g_ptr_array_add (plan->actions, g_ptr_array_index (removals, i));
}
