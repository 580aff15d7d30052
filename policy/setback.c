/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/setback.h"

#include <string.h>

#define DAY_S (24 * 60 * 60)
#define MAX_DOUBLINGS 5

CeSetback *
ce_setback_new (const char *template_name, CeSetbackKind kind, gint64 when_unix)
{
  CeSetback *setback = g_new0 (CeSetback, 1);

  setback->template_name = g_strdup (template_name);
  setback->kind = kind;
  setback->when_unix = when_unix;
  setback->count = 1;
  setback->ca_name = g_strdup ("");
  setback->request_id = g_strdup ("");
  setback->note = g_strdup ("");
  return setback;
}

void
ce_setback_free (CeSetback *setback)
{
  if (setback == NULL)
    return;
  g_free (setback->template_name);
  g_free (setback->ca_name);
  g_free (setback->request_id);
  g_free (setback->note);
  g_free (setback);
}

static gint64
pause_after (const CeSetback *setback)
{
  const guint doublings
      = setback->kind == CE_SETBACK_IN_VAIN ? MIN (MAX (setback->count, 1) - 1, MAX_DOUBLINGS) : 0;

  return (gint64) DAY_S << doublings;
}

/* A clock that was set back makes no pause longer. */
static gboolean
is_resting (const CeSetback *setback, gint64 now_unix)
{
  return setback->when_unix <= now_unix && now_unix < setback->when_unix + pause_after (setback);
}

/* Is what is wrong with @held what was wrong with it when it was issued? Then nobody has changed anything. */
static gboolean
is_the_same (const CeSetback *setback, const CeWorld *world, const CeTemplate *template, const CeHeld *held)
{
  g_autofree char *flaw = ce_standing_is_of (held, template)
                              ? ce_standing_flaw (template, held, &world->policy->user, world->now_unix)
                              : NULL;

  return flaw != NULL && strcmp (flaw, setback->note) == 0;
}

/* The last certificate that @setback may be about. A better one may be on the card beside it: the one that it was to replace. */
static const CeHeld *
find_in_vain (const CeSetback *setback, const CeWorld *world, const CeTemplate *template)
{
  const CeHeld *last = NULL;

  for (guint i = 0; world->held != NULL && i < world->held->len; i++)
    {
      const CeHeld *one = g_ptr_array_index (world->held, i);

      if (is_the_same (setback, world, template, one)
          && (last == NULL || one->not_before_unix > last->not_before_unix))
        last = one;
    }
  return last;
}

gboolean
ce_setback_is_about (const CeWorld *world, const CeTemplate *template, const CeHeld *held)
{
  for (guint i = 0; world->setbacks != NULL && i < world->setbacks->len; i++)
    {
      const CeSetback *setback = g_ptr_array_index (world->setbacks, i);

      if (setback->kind == CE_SETBACK_IN_VAIN && strcmp (template->name, setback->template_name) == 0
          && is_resting (setback, world->now_unix) && find_in_vain (setback, world, template) == held)
        return TRUE;
    }
  return FALSE;
}

const CeSetback *
ce_setback_find (const CeWorld *world, const CeTemplate *template, gint64 *ret_until_unix)
{
  for (guint i = 0; world->setbacks != NULL && i < world->setbacks->len; i++)
    {
      const CeSetback *setback = g_ptr_array_index (world->setbacks, i);

      if (strcmp (template->name, setback->template_name) != 0 || !is_resting (setback, world->now_unix)
          || (setback->kind == CE_SETBACK_IN_VAIN && find_in_vain (setback, world, template) == NULL))
        continue;
      *ret_until_unix = setback->when_unix + pause_after (setback);
      return setback;
    }
  return NULL;
}

static char *
describe_request (const CeSetback *setback)
{
  return *setback->request_id != '\0' ? g_strdup_printf ("request %s", setback->request_id)
                                      : g_strdup ("the last request");
}

char *
ce_setback_describe (const CeSetback *setback, const CeTemplate *template, gint64 until_unix)
{
  g_autofree char *when = ce_standing_date (setback->when_unix), *until = ce_standing_date (until_unix);
  g_autofree char *request = describe_request (setback);
  g_autofree char *again = g_strdup_printf (
      "it is asked for again on %s, or at once by 'cardenroll enroll --template %s'", until, template->name);
  const char *ca = *setback->ca_name != '\0' ? setback->ca_name : "its CA";

  switch (setback->kind)
    {
    case CE_SETBACK_CANCELLED:
      return g_strdup_printf ("%s at %s was given up on %s; %s", request, ca, when, again);
    case CE_SETBACK_IN_VAIN:
      return g_strdup_printf ("what %s issued on %s does not count: %s; ask its administrator; %s", ca, when,
                              setback->note, again);
    case CE_SETBACK_DENIED:
    default:
      return g_strdup_printf ("%s refused %s on %s: %s; %s", ca, request, when, setback->note, again);
    }
}
