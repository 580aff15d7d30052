/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/plan.h"

#include <string.h>

#include "policy/eligible.h"
#include "policy/ending.h"
#include "policy/removal.h"
#include "policy/setback.h"
#include "policy/standing.h"
#include "policy/supersede.h"

/* What is worked with while a plan is made. */
typedef struct
{
  const CeWorld *world;
  GPtrArray *templates; /* of const CeTemplate, by name */
  CeOffers *offers;
  CeSuperseding *superseding;
  gboolean *eligible;
  GArray *in_force; /* of guint: the templates of which a certificate in force is on the card */
  GArray *acted;    /* of guint: the templates of the plan's actions */
  CeVerdict *verdicts; /* those of templates that are not eligible are made first */
  const CeTemplate *asked;
  CePlan *plan;
} Making;

static int
by_name (gconstpointer a, gconstpointer b)
{
  const CeTemplate *x = *(const CeTemplate *const *) a, *y = *(const CeTemplate *const *) b;
  int order = g_ascii_strcasecmp (x->name, y->name);

  return order != 0 ? order : strcmp (x->name, y->name);
}

static GPtrArray *
sort_templates (const CePolicy *policy)
{
  GPtrArray *templates = g_ptr_array_sized_new (policy->templates->len);

  for (guint i = 0; i < policy->templates->len; i++)
    g_ptr_array_add (templates, g_ptr_array_index (policy->templates, i));
  g_ptr_array_sort (templates, by_name);
  return templates;
}

static void
decide (Making *m, guint index, CeActionKind kind, CeReason because, char *detail)
{
  CeVerdict *verdict = g_new0 (CeVerdict, 1);

  verdict->template = g_ptr_array_index (m->templates, index);
  verdict->verdict = kind;
  verdict->because = because;
  verdict->detail = detail;
  g_ptr_array_add (m->plan->verdicts, verdict);
}

/* @certificate: of the one that it replaces; %NULL or "" where it replaces none */
static void
act (Making *m, guint index, CeActionKind kind, CeReason because, char *detail, const char *certificate,
     const CePending *pending)
{
  CeAction *action = g_new0 (CeAction, 1);

  action->kind = kind;
  action->template = g_ptr_array_index (m->templates, index);
  action->because = because;
  action->detail = g_strdup (detail);
  action->certificate = certificate != NULL && *certificate != '\0' ? g_strdup (certificate) : NULL;
  action->pending = pending;
  g_ptr_array_add (m->plan->actions, action);
  g_array_append_val (m->acted, index);
  decide (m, index, kind, because, detail);
}

static void
look_again_at (Making *m, gint64 unix_s)
{
  if (unix_s > m->world->now_unix)
    m->plan->next_look_unix = MIN (m->plan->next_look_unix, unix_s);
}

/* Which bit of AEPolicy allows what; a person's wish needs none. */
static gboolean
is_allowed (const Making *m, guint32 any_of)
{
  return m->asked != NULL || ce_policy_allows (m->world->policy, any_of);
}

/* The request of the template that is issued, else the pending one that is asked about first. */
static const CePending *
find_pending (const Making *m, const CeTemplate *template)
{
  const CePending *first = NULL;

  for (guint i = 0; m->world->pending != NULL && i < m->world->pending->len; i++)
    {
      const CePending *one = g_ptr_array_index (m->world->pending, i);

      if (ce_template_is_called (template, one->template_name)
          && (first == NULL || (one->issued && !first->issued)
              || (one->issued == first->issued && one->ask_again_unix < first->ask_again_unix)))
        first = one;
    }
  return first;
}

static char *
describe_issued (const CePending *pending)
{
  return g_strdup_printf ("CA '%s' has issued request %s; its certificate only has to be written to the card",
                          pending->ca_name, pending->request_id);
}

static char *
describe_waiting (const CePending *pending)
{
  g_autofree char *since = ce_standing_date (pending->since_unix);

  return g_strdup_printf ("request %s is pending at CA '%s' since %s", pending->request_id, pending->ca_name,
                          since);
}

/* What was asked for and granted needs no leave any more. */
static gboolean
may_fetch (const Making *m, const CePending *pending)
{
  return pending->issued || is_allowed (m, CE_AUTOENROLLMENT_RETRIEVE_PENDING);
}

static gboolean
is_time_to_fetch (const Making *m, const CePending *pending)
{
  return pending->issued || m->asked != NULL || m->world->now_unix >= pending->ask_again_unix;
}

static char *
describe_fetching (const CePending *pending)
{
  g_autofree char *waits = describe_waiting (pending);

  return pending->issued ? describe_issued (pending) : g_strdup_printf ("%s; it may be issued by now", waits);
}

static void
plan_pending (Making *m, guint index, const CePending *pending)
{
  g_autofree char *waits = describe_waiting (pending);
  g_autofree char *again = ce_standing_date (pending->ask_again_unix);

  if (is_time_to_fetch (m, pending) && may_fetch (m, pending))
    {
      act (m, index, CE_ACTION_FETCH_PENDING, CE_REASON_PENDING_ISSUED, describe_fetching (pending),
           pending->replaces, pending);
      return;
    }
  look_again_at (m, pending->ask_again_unix);
  if (may_fetch (m, pending))
    decide (m, index, CE_ACTION_NONE, CE_REASON_PENDING,
            g_strdup_printf ("%s; asked again on %s", waits, again));
  else
    {
      g_autofree char *why = ce_policy_describe_refusal (m->world->policy, "RETRIEVE_PENDING 0x4");

      decide (m, index, CE_ACTION_NONE, CE_REASON_PENDING,
              g_strdup_printf ("%s; not asked again: %s", waits, why));
    }
}

/* A request whose template the policy has no more: what was granted is not to be lost. */
static void
plan_orphan (Making *m, const CePending *pending)
{
  g_autofree char *what = describe_fetching (pending);
  CeAction *action;

  if (!may_fetch (m, pending))
    return;
  if (!is_time_to_fetch (m, pending))
    {
      look_again_at (m, pending->ask_again_unix);
      return;
    }
  action = g_new0 (CeAction, 1);
  action->kind = CE_ACTION_FETCH_PENDING;
  action->because = CE_REASON_PENDING_ISSUED;
  action->detail
      = g_strdup_printf ("%s (the directory has no template '%s' any more)", what, pending->template_name);
  action->pending = pending;
  action->certificate = *pending->replaces != '\0' ? g_strdup (pending->replaces) : NULL;
  g_ptr_array_add (m->plan->actions, action);
}

static gboolean
is_orphan (const Making *m, const CePending *pending)
{
  for (guint i = 0; i < m->templates->len; i++)
    if (ce_template_is_called (g_ptr_array_index (m->templates, i), pending->template_name))
      return FALSE;
  return TRUE;
}

static void
plan_orphans (Making *m)
{
  for (guint i = 0; m->asked == NULL && m->world->pending != NULL && i < m->world->pending->len; i++)
    if (is_orphan (m, g_ptr_array_index (m->world->pending, i)))
      plan_orphan (m, g_ptr_array_index (m->world->pending, i));
}

/* The eligible template that takes the place of @index, the first by name; %NULL where none does. */
static const CeTemplate *
find_successor (const Making *m, guint index)
{
  guint by = ce_superseding_successor (m->superseding, index, m->eligible);

  return by != G_MAXUINT ? g_ptr_array_index (m->templates, by) : NULL;
}

/* A certificate of a template that @index supersedes, as long as it is usable itself. */
static const CeHeld *
find_predecessor (const Making *m, guint index, const CeTemplate **ret_template)
{
  const CeWorld *world = m->world;

  for (guint i = 0; i < m->in_force->len; i++)
    {
      guint old = g_array_index (m->in_force, guint, i);

      if (!ce_superseding_replaces (m->superseding, index, old))
        continue;
      *ret_template = g_ptr_array_index (m->templates, old);
      return ce_standing_usable (*ret_template, world->held, &world->policy->user, world->now_unix);
    }
  return NULL;
}

/* A certificate in force vouches for its successor; any other is only replaced. */
static CeActionKind
kind_of (CeReason because)
{
  switch (because)
    {
    case CE_REASON_RENEWAL_DUE:
    case CE_REASON_CA_RENEWED:
      return CE_ACTION_RENEW;
    case CE_REASON_TEMPLATE_MAJOR_VERSION:
      return CE_ACTION_REENROLL;
    default:
      return CE_ACTION_ENROLL;
    }
}

/* The directory's copy of a certificate says that the user holds one somewhere, if not here. That of one
 * which is here and due does not stop its renewal. */
static const CeHeld *
find_published (const Making *m, const CeTemplate *template, CeReason because)
{
  const CeWorld *world = m->world;

  if (m->asked != NULL || !(template->enrollment_flags & CE_TEMPLATE_ENROLL_CHECK_USER_DS_CERTIFICATE)
      || kind_of (because) != CE_ACTION_ENROLL)
    return NULL;
  return ce_standing_usable_elsewhere (template, world->published, &world->policy->user, world->now_unix);
}

static void
plan_new (Making *m, guint index, const CeStanding *standing)
{
  const CeTemplate *template = g_ptr_array_index (m->templates, index), *old = NULL;
  const CeActionKind kind = kind_of (standing->because);
  const CeHeld *predecessor = kind == CE_ACTION_ENROLL ? find_predecessor (m, index, &old) : NULL;
  const CeHeld *published = find_published (m, template, standing->because);

  if (published != NULL)
    {
      g_autofree char *until = ce_standing_date (published->not_after_unix);

      decide (m, index, CE_ACTION_NONE, CE_REASON_UP_TO_DATE,
              g_strdup_printf ("the directory has a certificate of it, valid until %s (userCertificate), and "
                               "msPKI-Enrollment-Flag has CHECK_USER_DS_CERTIFICATE 0x10",
                               until));
    }
  else if (predecessor != NULL)
    act (m, index, CE_ACTION_SUPERSEDE, CE_REASON_SUPERSEDED_BY,
         g_strdup_printf (
             "it supersedes '%s' (msPKI-Supersede-Templates), of which a certificate is on the card",
             old->name),
         predecessor->fingerprint, NULL);
  else if (m->asked != NULL && standing->held == NULL)
    act (m, index, CE_ACTION_ENROLL, CE_REASON_REQUESTED,
         g_strdup_printf ("you asked for it; %s", standing->detail), NULL, NULL);
  else
    act (m, index, kind, standing->because, g_strdup (standing->detail),
         standing->because != CE_REASON_NO_VALID_CERTIFICATE ? standing->held->fingerprint : NULL, NULL);
}

static gboolean
is_renewal (CeReason because)
{
  return kind_of (because) != CE_ACTION_ENROLL || because == CE_REASON_EXPIRED;
}

/* A certificate that is up to date, and is to be renewed because a person says so. */
static const CeHeld *
find_wished (const Making *m, const CeStanding *standing)
{
  const CeHeld *held = standing->held;

  return standing->because == CE_REASON_UP_TO_DATE && m->asked != NULL && m->world->renew != NULL
                 && strcmp (held->fingerprint, m->world->renew) == 0
             ? held
             : NULL;
}

/* What came to nothing not long ago is left alone, unless a person asks for it. Returns: whether it is. */
static gboolean
plan_setback (Making *m, guint index)
{
  const CeTemplate *template = g_ptr_array_index (m->templates, index);
  gint64 until = 0;
  const CeSetback *setback = m->asked == NULL ? ce_setback_find (m->world, template, &until) : NULL;

  if (setback == NULL)
    return FALSE;
  look_again_at (m, until);
  decide (m, index, CE_ACTION_NONE,
          setback->kind == CE_SETBACK_IN_VAIN ? CE_REASON_ISSUED_IN_VAIN : CE_REASON_DENIED,
          ce_setback_describe (setback, template, until));
  return TRUE;
}

static void
plan_eligible (Making *m, guint index)
{
  const CeWorld *world = m->world;
  const CeTemplate *template = g_ptr_array_index (m->templates, index);
  g_auto (CeStanding) standing
      = ce_standing_of (template, world->held, &world->policy->user, world->now_unix);
  gboolean renewal = is_renewal (standing.because);
  guint32 bits = CE_AUTOENROLLMENT_ENROLL | (renewal ? (guint32) CE_AUTOENROLLMENT_MANAGE : 0);

  look_again_at (m, standing.look_again_unix);
  if (find_wished (m, &standing) != NULL)
    act (m, index, CE_ACTION_RENEW, CE_REASON_REQUESTED, g_strdup_printf ("you asked for it; %s", standing.detail),
         standing.held->fingerprint, NULL);
  else if (standing.because == CE_REASON_UP_TO_DATE)
    decide (m, index, CE_ACTION_NONE, CE_REASON_UP_TO_DATE, g_strdup (standing.detail));
  else if (!is_allowed (m, bits))
    decide (m, index, CE_ACTION_NONE, CE_REASON_AUTOENROLLMENT_DISABLED,
            ce_policy_describe_refusal (m->world->policy, renewal ? "ENROLL 0x1 and MANAGE 0x2" : "ENROLL 0x1"));
  else if (!plan_setback (m, index))
    plan_new (m, index, &standing);
}

static void
plan_template (Making *m, guint index)
{
  const CeTemplate *template = g_ptr_array_index (m->templates, index);
  const CePending *pending = find_pending (m, template);
  const CeTemplate *successor;

  if (pending != NULL)
    {
      plan_pending (m, index, pending);
      return;
    }
  if (!m->eligible[index])
    {
      decide (m, index, CE_ACTION_NONE, m->verdicts[index].because,
              g_steal_pointer (&m->verdicts[index].detail));
      return;
    }
  successor = m->asked != NULL ? NULL : find_successor (m, index);
  if (successor != NULL)
    decide (m, index, CE_ACTION_NONE, CE_REASON_SUPERSEDED_BY,
            g_strdup_printf ("'%s' supersedes it (msPKI-Supersede-Templates) and you may have that one",
                             successor->name));
  else
    plan_eligible (m, index);
}

static void
judge_eligibility (Making *m)
{
  for (guint i = 0; i < m->templates->len; i++)
    {
      const CeTemplate *template = g_ptr_array_index (m->templates, i);

      m->eligible[i] = ce_eligible (m->world, m->offers, template, template == m->asked,
                                    &m->verdicts[i].because, &m->verdicts[i].detail);
    }
}

static void
find_in_force (Making *m)
{
  const CeWorld *world = m->world;

  for (guint i = 0; i < m->templates->len; i++)
    if (ce_standing_usable (g_ptr_array_index (m->templates, i), world->held, &world->policy->user, world->now_unix)
        != NULL)
      g_array_append_val (m->in_force, i);
}

static int
pending_first (gconstpointer a, gconstpointer b)
{
  const CeAction *x = *(const CeAction *const *) a, *y = *(const CeAction *const *) b;
  int rank_x = x->kind == CE_ACTION_FETCH_PENDING ? 0 : 1,
      rank_y = y->kind == CE_ACTION_FETCH_PENDING ? 0 : 1;

  if (rank_x != rank_y)
    return rank_x - rank_y;
  if (x->template != NULL && y->template != NULL)
    return by_name (&x->template, &y->template);
  if (x->template != NULL || y->template != NULL)
    return x->template != NULL ? -1 : 1;
  return strcmp (x->pending->request_id, y->pending->request_id);
}

static void
free_making (Making *m)
{
  for (guint i = 0; i < m->templates->len; i++)
    g_free (m->verdicts[i].detail);
  g_free (m->verdicts);
  g_array_unref (m->in_force);
  g_array_unref (m->acted);
  g_free (m->eligible);
  ce_superseding_free (m->superseding);
  ce_offers_free (m->offers);
  g_ptr_array_unref (m->templates);
}

CePlan *
ce_plan_make (const CeWorld *world)
{
  Making m = { .world = world, .plan = ce_plan_new (world->now_unix + world->look_every_s) };

  if (world->only_template != NULL)
    {
      m.asked = ce_policy_find_template (world->policy, world->only_template);
      if (m.asked == NULL)
        return m.plan;
    }
  m.templates = sort_templates (world->policy);
  m.offers = ce_offers_new (world->policy, world->ways);
  m.superseding = ce_superseding_new (m.templates);
  m.eligible = g_new0 (gboolean, m.templates->len);
  m.in_force = g_array_new (FALSE, FALSE, sizeof (guint));
  m.acted = g_array_new (FALSE, FALSE, sizeof (guint));
  m.verdicts = g_new0 (CeVerdict, m.templates->len);
  judge_eligibility (&m);
  find_in_force (&m);
  for (guint i = 0; i < m.templates->len; i++)
    if (m.asked == NULL || g_ptr_array_index (m.templates, i) == m.asked)
      plan_template (&m, i);
  plan_orphans (&m);
  g_ptr_array_sort (m.plan->actions, pending_first);
  if (m.asked == NULL && is_allowed (&m, CE_AUTOENROLLMENT_MANAGE))
    ce_removals_add (&(CeRemovalView){ world, m.templates, m.superseding, m.eligible, m.in_force, m.acted },
                     m.plan);
  if (m.asked == NULL)
    ce_endings_add (world, m.plan);
  free_making (&m);
  return m.plan;
}
